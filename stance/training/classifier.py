"""Fine-tunes a pair classifier on examples. Reads no files and writes none but checkpoints."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.classifier.network import load_network
from stance.errors import ModelError
from stance.records import LABELS, Example, Label, label_of
from stance.training.finetune import LoopSettings, finetune
from stance.training.settings import TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Weights come in when the most frequent label has this many times the rows of the rarest.
SKEWED = 2.0


def load_base(place: str, settings: TrainSettings) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return the model to train, on its way to three labels, and its tokenizer.

    A base that already tells our labels apart by name keeps its head and its column order; any other
    (a bare encoder) gets a fresh head with our names in our order, drawn by ``settings.seed``.

    Raises:
        ModelError: it cannot be loaded from safetensors, or has no dropout of the usual names to set.
    """
    import torch
    from transformers import AutoConfig, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(place)
        if settings.dropout is not None:
            _set_dropout(config, settings.dropout, place)
        if not names_labels(config.id2label):
            names = [label.value for label in LABELS]
            config.id2label = dict(enumerate(names))
            config.label2id = {name: i for i, name in enumerate(names)}
        torch.manual_seed(settings.seed)
        model = load_network(place, config=config)
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, KeyError, ModelError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"cannot train from '{place}': {reason}") from error
    return model, tokenizer


def names_labels(id2label: Mapping[Any, str]) -> bool:
    """Whether a config's ``id2label`` names each of our labels once and nothing else."""
    return sorted(label_of(str(name)) or "" for name in id2label.values()) == sorted(LABELS)


def _set_dropout(config: Any, dropout: float, place: str) -> None:
    names = [n for n in ("hidden_dropout_prob", "attention_probs_dropout_prob") if hasattr(config, n)]
    if not names:
        raise ModelError(
            f"{place}: a {config.model_type} has no dropout that stance can set: leave dropout out"
        )
    for name in names:
        setattr(config, name, dropout)


def encode(
    tokenizer: Any, examples: Sequence[Example], columns: dict[Label, int], *, max_length: int
) -> list[dict[str, Any]]:
    """Return tokenised rows with ``labels``; same order and length as ``examples``."""
    if not examples:
        return []
    encoded = tokenizer(
        [e.premise for e in examples],
        [e.hypothesis for e in examples],
        truncation=True,
        max_length=max_length,
        verbose=False,
    )
    return [
        {**{key: encoded[key][i] for key in encoded}, "labels": columns[e.gold]}
        for i, e in enumerate(examples)
    ]


def both_orders(examples: Sequence[Example]) -> list[Example]:
    """Return the examples, each symmetric one followed by itself with its sides swapped."""
    result: list[Example] = []
    for e in examples:
        result.append(e)
        if not e.directed:
            result.append(_turned(e))
    return result


def _turned(example: Example) -> Example:
    return replace(example, premise=example.hypothesis, hypothesis=example.premise)


class MatedCollator:
    """Pads a batch in which a symmetric pair brings both its orders, next to each other.

    ``labels`` come out with shape (n, 2): the column of the gold label, and the row of the same pair in the
    other order, -1 where there is none.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return tensors for the model; ``features`` are rows of :func:`encode`, some with ``swapped``."""
        import torch

        rows: list[dict[str, Any]] = []
        labels: list[tuple[int, int]] = []
        for feature in features:
            mate = feature.get("swapped")
            here = len(rows)
            rows.append({k: v for k, v in feature.items() if k not in {"labels", "swapped"}})
            labels.append((feature["labels"], here + 1 if mate else -1))
            if mate:
                rows.append(dict(mate))
                labels.append((feature["labels"], here))
        batch: dict[str, Any] = dict(self._tokenizer.pad(rows, return_tensors="pt"))
        batch["labels"] = torch.tensor(labels)
        return batch


def mated_rows(
    tokenizer: Any, examples: Sequence[Example], columns: dict[Label, int], *, max_length: int
) -> list[dict[str, Any]]:
    """Return tokenised rows; a symmetric example's other order lies under ``swapped`` of its row."""
    rows = encode(tokenizer, examples, columns, max_length=max_length)
    places = [i for i, e in enumerate(examples) if not e.directed]
    turned = [_turned(examples[i]) for i in places]
    for i, row in zip(places, encode(tokenizer, turned, columns, max_length=max_length), strict=True):
        rows[i]["swapped"] = {k: v for k, v in row.items() if k != "labels"}
    return rows


def disagreement(logits: Any, mates: Any) -> Any:
    """Return the mean symmetric KL divergence between the two orders of each pair, 0 without any.

    The regulariser of R-Drop (Liang et al. 2021), with the two orders of a pair in place of two dropout
    masks: what the labels don't depend on, the answers should not either.
    """
    import torch

    paired = mates >= 0
    if not bool(paired.any()):
        return logits.sum() * 0.0
    here = torch.log_softmax(logits[paired], dim=-1)
    there = torch.log_softmax(logits[mates[paired]], dim=-1)
    # Each pair stands in it twice, once from either side, so one direction of the divergence is enough.
    return torch.nn.functional.kl_div(here, there, log_target=True, reduction="batchmean")


def class_weights(golds: Sequence[Label]) -> list[float] | None:
    """Return weights in the order of ``LABELS`` with mean 1 over the rows, or None when not skewed.

    A label without rows gets weight 1; it plays no part.
    """
    counts = Counter(golds)
    present = [counts[label] for label in LABELS if counts[label]]
    if not present or max(present) <= SKEWED * min(present):
        return None
    total = sum(present)
    return [total / (len(present) * counts[label]) if counts[label] else 1.0 for label in LABELS]


def train_classifier(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    train: Sequence[Example],
    dev: Sequence[Example],
    *,
    settings: TrainSettings,
    checkpoints: Path,
    say: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Fine-tune ``model`` in place and return the log. The best weights by macro-F1 on ``dev`` stay.

    The rows are shuffled by ``settings.seed``; two runs with the same seed and threads are the same.
    """
    import torch
    from sklearn.metrics import f1_score

    columns = {label: int(c) for c, n in model.config.id2label.items() if (label := label_of(str(n)))}
    longest = min(
        settings.max_length,
        getattr(model.config, "max_position_embeddings", settings.max_length),
        tokenizer.model_max_length,
    )
    chosen = both_orders(train) if settings.both_orders else train
    if settings.consistency:
        rows = mated_rows(tokenizer, train, columns, max_length=longest)
    else:
        rows = encode(tokenizer, chosen, columns, max_length=longest)
    random.Random(settings.seed).shuffle(rows)
    weights = class_weights([e.gold for e in chosen]) if settings.class_weights else None
    by_column = sorted(zip([columns[label] for label in LABELS], weights, strict=True)) if weights else []

    def loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:  # noqa: ARG001
        weight = outputs.logits.new_tensor([w for _, w in by_column]) if by_column else None
        found = torch.nn.functional.cross_entropy(
            outputs.logits, labels[:, 0], weight=weight, label_smoothing=settings.label_smoothing
        )
        if settings.consistency:
            found = found + settings.consistency * disagreement(outputs.logits, labels[:, 1])
        return found

    def metrics(prediction: Any) -> dict[str, float]:
        best = np.argmax(prediction.predictions, axis=-1)
        golds = prediction.label_ids[:, 0]
        return {"f1_macro": float(f1_score(golds, best, average="macro", zero_division=0.0))}

    return finetune(
        model,
        rows,
        encode(tokenizer, dev, columns, max_length=longest),
        settings=loop_settings(settings),
        folder=checkpoints,
        collate=MatedCollator(tokenizer),
        loss=loss,
        metrics=metrics,
        best="f1_macro",
        say=say,
    )


def loop_settings(settings: TrainSettings) -> LoopSettings:
    """Return the part of the settings that the loop reads."""
    return LoopSettings(**{f.name: getattr(settings, f.name) for f in fields(LoopSettings)})
