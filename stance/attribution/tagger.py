"""SpanTagger: finds source, cue and content spans in articles with a token classifier.

It tags; `stance.attribution.linking` says which spans belong together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.attribution.decoding import best_tags
from stance.attribution.linking import Span
from stance.errors import ModelError
from stance.weights import TAGGER_MODEL, WHOLE, find_model, loading, model_hash

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ROLES = ("source", "cue", "content")
TAGS = ("O", *(f"{prefix}-{role}" for role in ROLES for prefix in "BI"))

# As trained. Neighbouring windows share 64 tokens, and each token is read where it has most context.
WINDOW = 256
STRIDE = 190
BATCH = 8
_EMPTY_LINE = re.compile(r"\n\s*\n")


class SpanTagger:
    """A token classifier with O and B/I tags for source, cue and content; make one with :meth:`load`."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str = "tagger",
        fingerprint: str = "memory",
    ) -> None:
        self.name = name
        self.hash = fingerprint
        names = {int(k): str(v) for k, v in model.config.id2label.items()}
        if set(names.values()) != set(TAGS):
            raise ModelError(f"{name}: labels {', '.join(sorted(names.values()))}: needed: {', '.join(TAGS)}")
        self._tags = [names[i] for i in range(len(names))]
        self._transitions = _transitions(model, self._tags)
        self._model = model.eval()
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, name: str | Path | None = None) -> SpanTagger:
        """Load the shipped tagger (None), a folder or a hub model; safetensors only.

        Raises:
            ModelError: nothing there, no safetensors, or other labels.
        """
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        place = find_model(name, default=TAGGER_MODEL)
        with loading(place, needs=WHOLE):
            model = AutoModelForTokenClassification.from_pretrained(
                place, use_safetensors=True, dtype=torch.float32
            )
            tokenizer = AutoTokenizer.from_pretrained(place)
        return cls(model, tokenizer, name=Path(place).name or place, fingerprint=model_hash(place))

    def tag(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> list[list[Span]]:
        """Return the spans of each text, in reading order; same length as ``texts``.

        ``progress`` is called with the number of texts just finished.
        """
        result: list[list[Span]] = []
        for text in texts:
            result.append(self._tag_one(text))
            if progress:
                progress(1)
        return result

    def _tag_one(self, text: str) -> list[Span]:
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        if not ids:
            return []
        return spans_of(text, best_tags(self._scores_of(ids), self._tags, self._transitions), offsets)

    def _scores_of(self, ids: Sequence[int]) -> NDArray[np.float64]:
        """Scores, shape (tokens, tags), each token's from the window where it lies furthest from the edge."""
        body = WINDOW - 2
        last = max(0, len(ids) - body)
        starts = sorted({*range(0, last, STRIDE), last})
        scores = np.full((len(ids), len(self._tags)), -np.inf)
        depth = np.full(len(ids), -1)
        for first in range(0, len(starts), BATCH):
            group = starts[first : first + BATCH]
            logits = self._forward([list(ids[s : s + body]) for s in group])
            for start, rows in zip(group, logits, strict=True):
                size = min(body, len(ids) - start)
                inside = np.minimum(np.arange(size), size - 1 - np.arange(size))
                # The article's own edges are no edges: nothing is missing there.
                if start == 0:
                    inside[: size // 2] = body
                if start + size == len(ids):
                    inside[size // 2 :] = body
                better = inside > depth[start : start + size]
                scores[start : start + size][better] = rows[1 : size + 1][better]
                depth[start : start + size][better] = inside[better]
        return scores

    def _forward(self, windows: Sequence[list[int]]) -> NDArray[np.float32]:
        import torch

        tokenizer = self._tokenizer
        rows: list[dict[str, Any]] = [
            {"input_ids": [tokenizer.cls_token_id, *w, tokenizer.sep_token_id]} for w in windows
        ]
        batch = tokenizer.pad(rows, return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**batch).logits
        return np.asarray(logits.numpy())


def _transitions(model: PreTrainedModel, tags: Sequence[str]) -> NDArray[np.float64] | None:
    """The transition scores that training left in ``config.json``, by tag name; None for other models."""
    notes: dict[str, Any] = getattr(model.config, "stance", None) or {}
    table = notes.get("transitions")
    if table is None:
        return None
    return np.array([[float(table[a][b]) for b in tags] for a in tags])


def spans_of(text: str, tags: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """Decode BIO tags into spans. An I without its B opens a span: losing one token beats losing all.

    A span that would begin or end inside a word is carried to the word's edge; an empty line ends it, so
    that a heading never grows into the source below it; outer spaces go.
    """
    spans: list[Span] = []
    role, start, end, word = "", 0, 0, 0
    for tag, (left, right) in zip([*tags, "O"], [*offsets, (len(text), len(text))], strict=True):
        prefix, _, kind = tag.partition("-")
        glued = 0 < left < len(text) and text[left - 1].isalnum() and text[left].isalnum()
        word = word if glued else left
        runs_on = kind == role and prefix == "I" and not _EMPTY_LINE.search(text, end, left)
        if role and (glued or runs_on):
            end = right
            continue
        if role:
            spans.append(Span(role, start, end))
        role, start, end = kind, max(word, spans[-1].end if spans else 0), right
    trimmed = (_trimmed(text, s) for s in spans)
    return [s for s in trimmed if s.start < s.end]


def _trimmed(text: str, span: Span) -> Span:
    piece = text[span.start : span.end]
    left = len(piece) - len(piece.lstrip())
    return Span(span.role, span.start + left, max(span.start + left, span.start + len(piece.rstrip())))
