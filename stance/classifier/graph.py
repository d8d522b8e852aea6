"""Builds an OpenVINO graph of a pair classifier from its safetensors. Compiles and runs nothing.

BERT, RoBERTa, XLM-RoBERTa and MPNet are known. The logits depend on the first token of the last layer only,
so that layer computes nothing else of its queries and its feed-forward part: the same numbers for a seventh
less work at six layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.classifier.packing import is_packed, unpack
from stance.errors import ModelError

if TYPE_CHECKING:
    from openvino import Model, Node

Array = NDArray[Any]

# Added to the scores of padding; float16 holds it, and its exponential is zero.
_CLOSED = -1e4


class UnknownArchitectureError(Exception):
    """A model for which there is no graph here; its message says why. Another engine can still run it."""


@dataclass(frozen=True, slots=True)
class _Names:
    """Where a family of models keeps its weights, under ``prefix.`` or ``prefix.encoder.layer.N.``."""

    prefix: str
    query: str
    key: str
    value: str
    attended: str
    attended_norm: str
    # (weights, bias-bearing) layers from the first token to the logits; tanh between them.
    head: tuple[str, str]
    # Position of the first token; None: behind that of the padding token.
    first_position: int | None = 0
    types: bool = True
    relative: bool = False


def _bert_like(prefix: str, head: tuple[str, str], first_position: int | None) -> _Names:
    own = "attention.self."
    return _Names(
        prefix,
        own + "query",
        own + "key",
        own + "value",
        "attention.output.dense",
        "attention.output.LayerNorm",
        head,
        first_position,
    )


_CLASSIFIER = ("classifier.dense", "classifier.out_proj")
_FAMILIES = {
    "bert": _bert_like("bert", ("bert.pooler.dense", "classifier"), 0),
    "roberta": _bert_like("roberta", _CLASSIFIER, None),
    "xlm-roberta": _bert_like("roberta", _CLASSIFIER, None),
    "mpnet": _Names(
        "mpnet",
        "attention.attn.q",
        "attention.attn.k",
        "attention.attn.v",
        "attention.attn.o",
        "attention.LayerNorm",
        _CLASSIFIER,
        first_position=2,
        types=False,
        relative=True,
    ),
}


def relative_buckets(length: int, buckets: int = 32, furthest: int = 128) -> NDArray[np.int64]:
    """Return MPNet's bucket of each distance from -(length - 1) to length - 1, as transformers has them.

    Half of the buckets are for each direction; of these, half hold one distance each, the rest grow
    logarithmically up to ``furthest`` (Raffel et al. 2020, T5).
    """
    distance = np.arange(-(length - 1), length)
    half = buckets // 2
    exact = half // 2
    size = np.abs(distance)
    # In float32, as torch reckons it: a bound that falls between two buckets must fall the same way.
    ratio = np.log(np.maximum(size, 1).astype(np.float32) / np.float32(exact))
    share = ratio / np.float32(np.log(furthest / exact))
    far = exact + (share * np.float32(half - exact)).astype(np.int64)
    bucket = np.where(size < exact, size, np.minimum(far, half - 1))
    return np.asarray(bucket + np.where(distance > 0, half, 0), dtype=np.int64)


class _Builder:
    """Makes nodes of one graph from one set of weights."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, Array], names: _Names) -> None:
        from openvino import opset13

        self.ops = opset13
        self.weights = weights
        self.names = names
        self.heads = int(config["num_attention_heads"])
        self.width = int(config["hidden_size"])
        self.layers = int(config["num_hidden_layers"])
        self.epsilon = float(config.get("layer_norm_eps", 1e-12))
        behind = int(config.get("pad_token_id", 1)) + 1
        self.start = behind if names.first_position is None else names.first_position
        self.longest = int(config["max_position_embeddings"]) - self.start

    def table(self, name: str) -> Node:
        """The weights called ``name``; half precision on disk stays so, and is widened when compiled."""
        values = self.weights.get(name)
        if values is None:
            raise UnknownArchitectureError(f"no weights called '{name}'")
        node = self.ops.constant(values)
        return node if values.dtype == np.float32 else self.ops.convert(node, "f32")

    def linear(self, x: Node, name: str) -> Node:
        product = self.ops.matmul(x, self.table(f"{name}.weight"), transpose_a=False, transpose_b=True)
        product.set_friendly_name(name)
        return self.ops.add(product, self.table(f"{name}.bias"))

    def norm(self, x: Node, name: str) -> Node:
        centred = self.ops.mvn(
            x,
            self.ops.constant(np.array([-1])),
            normalize_variance=True,
            eps=self.epsilon,
            eps_mode="inside_sqrt",
        )
        scaled = self.ops.multiply(centred, self.table(f"{name}.weight"))
        return self.ops.add(scaled, self.table(f"{name}.bias"))

    def whole(self, *values: int) -> Node:
        return self.ops.constant(np.array(values, dtype=np.int64))

    def number(self, value: int) -> Node:
        return self.ops.constant(np.int64(value))

    def first(self, x: Node, axis: int) -> Node:
        """The first element along an axis, the axis kept."""
        return self.ops.gather(x, self.whole(0), self.number(axis))

    def split(self, x: Node) -> Node:
        """(n, length, width) to (n, heads, length, width / heads)."""
        shaped = self.ops.reshape(
            x, self.whole(0, 0, self.heads, self.width // self.heads), special_zero=True
        )
        return self.ops.transpose(shaped, self.whole(0, 2, 1, 3))

    def embed(self, ids: Node, mask: Node, types: Node | None) -> Node:
        """Token, position and type embeddings, normalised: (n, length, width)."""
        place = f"{self.names.prefix}.embeddings"
        words = self.ops.gather(self.table(f"{place}.word_embeddings.weight"), ids, self.number(0))
        positions = self.positions(mask)
        placed = self.ops.gather(self.table(f"{place}.position_embeddings.weight"), positions, self.number(0))
        total = self.ops.add(words, placed)
        if types is not None:
            kinds = self.table(f"{place}.token_type_embeddings.weight")
            total = self.ops.add(total, self.ops.gather(kinds, types, self.number(0)))
        return self.norm(total, f"{place}.LayerNorm")

    def positions(self, mask: Node) -> Node:
        # Padding stands on the right and is masked, so its own position never matters.
        length = self.ops.gather(self.ops.shape_of(mask), self.number(1), self.number(0))
        start = self.number(self.start)
        return self.ops.range(start, self.ops.add(start, length), self.number(1), "i64")

    def scores_bias(self, mask: Node) -> Node:
        """What is added to attention scores: (n, 1, 1, length), or (n, heads, length, length)."""
        shown = self.ops.convert(mask, "f32")
        closed = self.ops.multiply(
            self.ops.subtract(self.ops.constant(np.float32(1)), shown), self.ops.constant(np.float32(_CLOSED))
        )
        bias = self.ops.unsqueeze(closed, self.whole(1, 2))
        return self.ops.add(bias, self.relative_bias(mask)) if self.names.relative else bias

    def relative_bias(self, mask: Node) -> Node:
        """MPNet's bias by distance, shared by its layers: (1, heads, length, length)."""
        name = f"{self.names.prefix}.encoder.relative_attention_bias.weight"
        values = self.weights.get(name)
        if values is None:
            raise UnknownArchitectureError(f"no weights called '{name}'")
        table = values.astype(np.float32)[relative_buckets(self.longest, len(values))]
        length = self.ops.gather(self.ops.shape_of(mask), self.number(1), self.number(0))
        line = self.ops.range(self.number(0), length, self.number(1), "i64")
        distance = self.ops.subtract(
            self.ops.unsqueeze(line, self.whole(0)), self.ops.unsqueeze(line, self.whole(1))
        )
        index = self.ops.add(distance, self.number(self.longest - 1))
        bias = self.ops.gather(self.ops.constant(table.T.copy()), index, self.number(1))
        return self.ops.unsqueeze(bias, self.whole(0))

    def layer(self, x: Node, bias: Node, number: int) -> Node:
        """One layer; of the last one only the first token."""
        place = f"{self.names.prefix}.encoder.layer.{number}."
        names = self.names
        asking = x
        if number == self.layers - 1:
            asking = self.first(x, 1)
            if names.relative:
                bias = self.first(bias, 2)
        query = self.split(self.linear(asking, place + names.query))
        key = self.split(self.linear(x, place + names.key))
        value = self.split(self.linear(x, place + names.value))
        scale = self.ops.constant(np.float32(1 / np.sqrt(self.width // self.heads)))
        scores = self.ops.matmul(self.ops.multiply(query, scale), key, transpose_a=False, transpose_b=True)
        shares = self.ops.softmax(self.ops.add(scores, bias), -1)
        mixed = self.ops.matmul(shares, value, transpose_a=False, transpose_b=False)
        mixed = self.ops.transpose(mixed, self.whole(0, 2, 1, 3))
        joined = self.ops.reshape(mixed, self.whole(0, 0, self.width), special_zero=True)
        attended = self.norm(
            self.ops.add(self.linear(joined, place + names.attended), asking), place + names.attended_norm
        )
        inner = self.ops.gelu(self.linear(attended, place + "intermediate.dense"), "erf")
        outer = self.linear(inner, place + "output.dense")
        return self.norm(self.ops.add(outer, attended), place + "output.LayerNorm")

    def logits(self, x: Node) -> Node:
        """(n, 1, width) to (n, labels)."""
        pooled = self.ops.tanh(self.linear(self.ops.squeeze(x, self.whole(1)), self.names.head[0]))
        return self.linear(pooled, self.names.head[1])


def build_graph(folder: Path, config: Mapping[str, Any]) -> Model:
    """Return the graph of the model in ``folder``: inputs (n, length), output ``logits`` (n, labels).

    Inputs are ``input_ids``, ``attention_mask`` and, where the model has them, ``token_type_ids``; padding
    stands on the right.

    Raises:
        UnknownArchitectureError: no graph for this kind of model.
        ModelError: no weights, or damaged ones.
    """
    import openvino as ov
    from openvino import opset13 as ops

    kind = str(config.get("model_type"))
    names = _FAMILIES.get(kind)
    if names is None:
        raise UnknownArchitectureError(f"model type '{kind}'")
    if config.get("hidden_act", "gelu") != "gelu":
        raise UnknownArchitectureError(f"activation '{config['hidden_act']}'")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise UnknownArchitectureError(f"positions '{config['position_embedding_type']}'")
    builder = _Builder(config, _weights(folder), names)
    wanted = ["input_ids", "attention_mask", *(["token_type_ids"] if names.types else [])]
    inputs = [ops.parameter([-1, -1], np.int64, name=name) for name in wanted]
    for node, name in zip(inputs, wanted, strict=True):
        node.output(0).set_names({name})
    ids, mask, types = inputs[0], inputs[1], inputs[2] if names.types else None
    x = builder.embed(ids, mask, types)
    bias = builder.scores_bias(mask)
    for number in range(builder.layers):
        x = builder.layer(x, bias, number)
    result = ops.result(builder.logits(x))
    result.output(0).set_names({"logits"})
    return ov.Model([result], inputs, "stance")


def _weights(folder: Path) -> Mapping[str, Array]:
    """The weights by name, as they are stored or unpacked.

    Raises:
        ModelError: no safetensors, or damaged ones.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if is_packed(folder):
        return unpack(folder)
    weights: dict[str, Array] = {}
    try:
        for file in sorted(folder.glob("model*.safetensors")):
            weights.update(load_file(file))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot load '{folder}': {file.name} is damaged ({error}): copy it anew") from error
    if not weights:
        raise ModelError(
            f"cannot load '{folder}': no .safetensors weights "
            "(stance needs config.json, a tokenizer and .safetensors weights)"
        )
    return weights
