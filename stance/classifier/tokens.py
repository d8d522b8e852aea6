"""Turns pairs of texts into padded batches of token ids, each distinct text tokenised once. Runs no model.

Pairs are put together as the tokenizer's own post-processor would; one whose form is not known here is asked
to encode every pair itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stance.classifier.engine import Batch
from stance.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

IntArray = NDArray[np.int64]

# Texts handed to the tokenizer at a time: its own records of a text are many times the size of the ids.
_CHUNK = 4096
_LEFT = "left"


class Encoded(Protocol):
    """Encoded pairs: ``lengths`` in tokens as the model reads them, ``cut`` where something was left out."""

    lengths: IntArray
    cut: NDArray[np.bool_]

    def batch(self, rows: Sequence[int]) -> Batch:
        """Return the given rows, padded to the longest of them."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an encoded pair: special tokens, or the text of one side (0, 1); and its type id."""

    side: int | None
    ids: tuple[int, ...]
    kind: int


class PairTokenizer:
    """A tokenizer of pairs for one model.

    Attributes:
        max_length: tokens that the model reads of a pair, special ones included; longer pairs are cut, the
            longer text first.

    ``typed`` says whether the model was trained with the type ids of its tokenizer; without, all are 0.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        max_length: int,
        typed: bool,
        pad_id: int = 0,
        truncation_side: str = "right",
    ) -> None:
        from tokenizers import Tokenizer

        raw = tokenizer.to_str()
        # A copy of our own: the caller's may cut and pad as it likes.
        self._tokenizer = Tokenizer.from_str(raw)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.max_length = max_length
        self._pad_id = pad_id
        self._side = truncation_side
        self._typed = typed
        template = pair_template(json.loads(raw).get("post_processor"))
        if template is not None and not typed:
            template = tuple(replace(piece, kind=0) for piece in template)
        self._template = template
        specials = sum(len(piece.ids) for piece in self._template or ())
        self._room = max_length - specials

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Encoded:
        """Return the encoded pairs, in order; the memory they take is that of their distinct texts."""
        if self._template is None or self._side == _LEFT:
            return _Whole(self._each(pairs), self._pad_id)
        place = {text: i for i, text in enumerate(dict.fromkeys(text for pair in pairs for text in pair))}
        sides = np.array([[place[a], place[b]] for a, b in pairs], dtype=np.int64).reshape(-1, 2)
        return _Joined(self._texts(list(place)), sides, self._template, self._room, self._pad_id)

    def _texts(self, texts: Sequence[str]) -> list[IntArray]:
        ids: list[IntArray] = []
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])
            for encoding in self._tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
                ids.append(np.asarray(encoding.ids, dtype=np.int32))
        return ids

    def _each(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int], bool]]:
        """Ids, type ids and whether it was cut, of pairs that the tokenizer encodes itself."""
        self._tokenizer.enable_truncation(self.max_length, strategy="longest_first", direction=self._side)
        try:
            encodings = self._tokenizer.encode_batch(list(pairs))
        finally:
            self._tokenizer.no_truncation()
        return [
            (e.ids, e.type_ids if self._typed else [0] * len(e.ids), bool(e.overflowing)) for e in encodings
        ]


class _Joined:
    """Pairs as two indices into the ids of their texts; put together batch by batch."""

    def __init__(
        self, texts: list[IntArray], sides: IntArray, template: Sequence[Piece], room: int, pad_id: int
    ) -> None:
        self._texts, self._sides, self._template, self._pad_id = texts, sides, template, pad_id
        sizes = np.array([len(ids) for ids in texts], dtype=np.int64)
        whole = sizes[sides] if len(sides) else np.zeros((0, 2), dtype=np.int64)
        self._kept = longest_first(whole, room)
        self.cut = self._kept.sum(axis=1) < whole.sum(axis=1)
        self.lengths = self._kept.sum(axis=1) + sum(len(piece.ids) for piece in template)

    def batch(self, rows: Sequence[int]) -> Batch:
        shape = (len(rows), int(self.lengths[list(rows)].max()))
        ids = np.full(shape, self._pad_id, dtype=np.int64)
        mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for line, row in enumerate(rows):
            end = 0
            for piece in self._template:
                start = end
                if piece.side is None:
                    end += len(piece.ids)
                    ids[line, start:end] = piece.ids
                else:
                    end += self._kept[row, piece.side]
                    ids[line, start:end] = self._texts[self._sides[row, piece.side]][: end - start]
                if piece.kind:
                    types[line, start:end] = piece.kind
            mask[line, :end] = 1
        return Batch(ids, mask, types)


class _Whole:
    """Pairs that the tokenizer encoded itself."""

    def __init__(self, rows: Sequence[tuple[list[int], list[int], bool]], pad_id: int) -> None:
        self._rows, self._pad_id = rows, pad_id
        self.lengths = np.array([len(ids) for ids, _, _ in rows], dtype=np.int64)
        self.cut = np.array([cut for _, _, cut in rows], dtype=np.bool_)

    def batch(self, rows: Sequence[int]) -> Batch:
        shape = (len(rows), int(self.lengths[list(rows)].max()))
        ids = np.full(shape, self._pad_id, dtype=np.int64)
        mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for line, row in enumerate(rows):
            these, kinds, _ = self._rows[row]
            ids[line, : len(these)], types[line, : len(these)], mask[line, : len(these)] = these, kinds, 1
        return Batch(ids, mask, types)


def longest_first(sizes: IntArray, room: int) -> IntArray:
    """Return the tokens kept of both sides, shape (n, 2), so that no pair exceeds ``room``.

    The rule is that of the ``tokenizers`` library: the longer side is cut down to the room the shorter one
    leaves; if both are longer than half, each keeps half, and the longer one the odd token.
    """
    short, long = sizes.min(axis=1), sizes.max(axis=1)
    over = sizes.sum(axis=1) > room
    rest = np.where(short > room, short, np.maximum(short, room - short))
    halves = short + rest > room
    kept_short = np.where(over & halves, room // 2, short)
    kept_long = np.where(over, np.where(halves, room // 2 + room % 2, rest), long)
    turned = sizes[:, 0] > sizes[:, 1]
    return np.stack(
        [np.where(turned, kept_long, kept_short), np.where(turned, kept_short, kept_long)], axis=1
    )


def pair_template(processor: Mapping[str, Any] | None) -> tuple[Piece, ...] | None:
    """Return how a post-processor (its JSON) joins two texts; None where only it knows."""
    kind = (processor or {}).get("type")
    if processor is None:
        return None
    if kind == "TemplateProcessing":
        return tuple(_piece(part, processor["special_tokens"]) for part in processor["pair"])
    if kind == "BertProcessing":
        start, end = (processor["cls"][1],), (processor["sep"][1],)
        return (
            Piece(None, start, 0),
            Piece(0, (), 0),
            Piece(None, end, 0),
            Piece(1, (), 1),
            Piece(None, end, 1),
        )
    if kind == "RobertaProcessing":
        start, end = (processor["cls"][1],), (processor["sep"][1],)
        return (
            Piece(None, start, 0),
            Piece(0, (), 0),
            Piece(None, end * 2, 0),
            Piece(1, (), 0),
            Piece(None, end, 0),
        )
    return None


def _piece(part: Mapping[str, Any], specials: Mapping[str, Any]) -> Piece:
    if "Sequence" in part:
        return Piece(0 if part["Sequence"]["id"] == "A" else 1, (), int(part["Sequence"]["type_id"]))
    special = part["SpecialToken"]
    return Piece(None, tuple(specials[special["id"]]["ids"]), int(special["type_id"]))


# Families whose positions start behind that of the padding token, so that fewer tokens fit.
_OFFSET = frozenset({"mpnet", "roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "longformer"})


def longest_input(config: Mapping[str, Any], tokenizer_limit: float | None) -> int:
    """Return how many tokens a model reads: what it has positions for and what its tokenizer allows."""
    positions = int(config.get("max_position_embeddings") or 512)
    if config.get("model_type") in _OFFSET:
        pad = config.get("pad_token_id")
        positions -= 2 if pad is None else int(pad) + 1
    return positions if tokenizer_limit is None else int(min(positions, tokenizer_limit))


def tokenizer_from_folder(folder: Path, config: Mapping[str, Any]) -> PairTokenizer | None:
    """Return the tokenizer in ``folder``, read without transformers; None if it has no tokenizer.json.

    Raises:
        ModelError: a file is there that cannot be read.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        return None
    notes: dict[str, Any] = {}
    try:
        tokenizer = Tokenizer.from_file(str(file))
        beside = folder / "tokenizer_config.json"
        if beside.is_file():
            notes = json.loads(beside.read_text(encoding="utf-8"))
    # The library raises bare Exception for a file that it cannot parse.
    except Exception as error:
        raise ModelError(
            f"cannot load '{folder}': tokenizer: {str(error).strip().splitlines()[0]}"
        ) from error
    pad = config.get("pad_token_id")
    if pad is None:
        pad = tokenizer.token_to_id(_text(notes.get("pad_token")) or "[PAD]")
    return PairTokenizer(
        tokenizer,
        max_length=longest_input(config, notes.get("model_max_length")),
        typed=_is_typed(notes, config),
        pad_id=int(pad or 0),
        truncation_side=str(notes.get("truncation_side", "right")),
    )


# Kinds of tokenizers and models that transformers feeds type ids, though their files don't say so.
_TYPED = frozenset({"bert", "convbert", "deberta", "debertav2", "electra", "mobilebert"})


def _is_typed(notes: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether transformers would hand on type ids, given tokenizer_config.json and config.json."""
    if "model_input_names" in notes:
        return "token_type_ids" in notes["model_input_names"]
    kind = str(notes.get("tokenizer_class") or config.get("model_type")).lower().replace("-", "")
    return kind.removesuffix("fast").removesuffix("tokenizer") in _TYPED


def _text(token: object) -> str | None:
    """A token as tokenizer_config.json writes it: a string, or a mapping that holds it."""
    if isinstance(token, Mapping):
        return str(token.get("content"))
    return None if token is None else str(token)


def tokenizer_from_transformers(tokenizer: Any, config: Mapping[str, Any], name: str) -> PairTokenizer:
    """Return a tokenizer of pairs from one of transformers; the given one is left as it is.

    Raises:
        ModelError: it is one of the slow kind, which the ``tokenizers`` library cannot run.
    """
    backend: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(
            f"{name}: its tokenizer has no tokenizer.json: save it from one of transformers' fast tokenizers"
        )
    return PairTokenizer(
        backend,
        max_length=longest_input(config, tokenizer.model_max_length),
        typed="token_type_ids" in tokenizer.model_input_names,
        pad_id=int(tokenizer.pad_token_id or 0),
        truncation_side=tokenizer.truncation_side,
    )
