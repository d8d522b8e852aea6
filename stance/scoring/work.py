"""The two things models are asked for, each once per content: tags of texts and readings of text pairs.

What the store holds is taken from there, the rest is cut into chunks for the engine and stored as it comes.
It pairs nothing and judges nothing but what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.attribution.linking import Span
from stance.judging import both_readings, judge
from stance.records import Judgement, Pair
from stance.scoring.engine import Advance, Answers, Engine
from stance.scoring.store import Array, Readings, RunStore, pair_key, text_key

# What a kill can cost: some ten seconds of either model on two cores. A part of the store is a chunk.
TEXTS_AT_ONCE = 32
PAIRS_AT_ONCE = 512
# Pairs turned into judgements at a time.
_JUDGED_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True)
class Known:
    """Spans by text; a tagger for what has been tagged. ``reused`` texts came from the store."""

    spans: dict[str, list[Span]]
    reused: int

    def tag(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> list[list[Span]]:
        """Return the spans of each text; they must be among those that were tagged."""
        if progress:
            progress(len(texts))
        return [self.spans[text] for text in texts]


@dataclass(frozen=True, slots=True)
class Read:
    """Distinct text pairs as read, and for each pair that was asked for its row and whether it is turned."""

    readings: Readings
    row: NDArray[np.intp]
    turned: NDArray[np.bool_]
    reused: int

    @property
    def scored(self) -> int:
        """Return how many distinct text pairs the model has read in this run."""
        return len(self.readings.values) - self.reused

    @property
    def truncated(self) -> int:
        """Return how many inputs had to be cut to fit the model, now or when they were read."""
        return int(self.readings.cut.sum())


def tag_texts(texts: Sequence[str], engine: Engine, store: RunStore | None, *, progress: Advance) -> Known:
    """Return the spans of all texts, each tagged once; ``progress`` is given texts done, copies included."""
    unique = list(dict.fromkeys(texts))
    keys = [text_key(text) for text in unique]
    found = store.tags(keys) if store else [None] * len(unique)
    spans = {text: tags for text, tags in zip(unique, found, strict=True) if tags is not None}
    missing = [i for i, tags in enumerate(found) if tags is None]
    reused = len(unique) - len(missing)
    progress(len(texts) - len(missing))
    chunks = _chunks(missing, TEXTS_AT_ONCE)
    for number, tags in engine.tag(([unique[i] for i in chunk] for chunk in chunks), progress=progress):
        spans.update(zip((unique[i] for i in chunks[number]), tags, strict=True))
        if store:
            store.keep_tags([keys[i] for i in chunks[number]], tags)
    return Known(spans, reused)


def read_pairs(
    pairs: Sequence[Pair],
    engine: Engine,
    store: RunStore | None,
    *,
    progress: Callable[[int], Advance],
) -> Read:
    """Return the readings of all pairs in both orders, each two texts read once.

    ``progress`` is given the number of inputs in all, and returns what to call with the number just done.
    """
    place: dict[tuple[str, str], int] = {}
    row = np.empty(len(pairs), dtype=np.intp)
    turned = np.empty(len(pairs), dtype=np.bool_)
    for i, pair in enumerate(pairs):
        a, b = pair.a.text, pair.b.text
        turned[i] = a > b
        row[i] = place.setdefault((b, a) if a > b else (a, b), len(place))
    texts = list(place)
    keys = [pair_key(a, b) for a, b in texts]
    inputs = np.array([1 if a == b else 2 for a, b in texts], dtype=np.intp)
    readings = Readings(np.empty((len(texts), 6)), np.zeros((len(texts), 2), dtype=np.bool_))
    is_known = np.zeros(len(texts), dtype=np.bool_)
    if store:
        is_known, known = store.readings(keys)
        readings.values[is_known], readings.cut[is_known] = known.values, known.cut
    advance = progress(int(inputs.sum()))
    advance(int(inputs[is_known].sum()))
    # Alike in length they need little padding. The order is the same after a stop, and so are the chunks.
    missing = sorted(
        np.flatnonzero(~is_known).tolist(), key=lambda i: (-len(texts[i][0]) - len(texts[i][1]), texts[i])
    )
    chunks = _chunks(missing, PAIRS_AT_ONCE)

    def asked(chunk: Sequence[int]) -> list[tuple[str, str]]:
        return both_readings([texts[i] for i in chunk])

    for number, scores in engine.read(map(asked, chunks), progress=advance):
        chunk, half = chunks[number], len(chunks[number])
        new = Readings(
            np.hstack([scores.probabilities[:half], scores.probabilities[half:]]),
            _cut(asked(chunk), scores.truncated),
        )
        readings.values[chunk], readings.cut[chunk] = new.values, new.cut
        if store:
            store.keep_readings([keys[i] for i in chunk], new)
    return Read(readings, row, turned, int(is_known.sum()))


def judge_read(
    pairs: Sequence[Pair], read: Read, *, symmetric: bool, review_below: float, least: float | None = None
) -> list[Judgement]:
    """Return the judgement of each pair from what the model has read, in order."""
    judgements: list[Judgement] = []
    for first in range(0, len(pairs), _JUDGED_AT_ONCE):
        part = slice(first, first + _JUDGED_AT_ONCE)
        values = read.readings.values[read.row[part]]
        turned = read.turned[part]
        values[turned] = np.roll(values[turned], 3, axis=1)
        given = _Given(np.vstack([values[:, :3], values[:, 3:]]), symmetric)
        judgements += judge(pairs[part], given, review_below=review_below, least=least)[0]
    return judgements


@dataclass(slots=True)
class _Given:
    """A scorer that has its answers already: one row for each input that judging will ask for."""

    rows: Array
    symmetric: bool

    def probabilities(
        self, pairs: Sequence[tuple[str, str]], *, progress: Callable[[int], None] | None = None
    ) -> Answers:
        if len(pairs) != len(self.rows):
            raise ValueError(f"{len(pairs)} inputs for {len(self.rows)} answers: one each is needed")
        if progress:
            progress(len(pairs))
        return Answers(self.rows)


def _chunks(items: Sequence[int], size: int) -> list[list[int]]:
    return [list(items[first : first + size]) for first in range(0, len(items), size)]


def _cut(asked: Sequence[tuple[str, str]], truncated: int) -> NDArray[np.bool_]:
    """Return which inputs were cut, shape (pairs, 2), when only their number is told: the longest ones."""
    flags = np.zeros(len(asked), dtype=np.bool_)
    longest = sorted(range(len(asked)), key=lambda i: -len(asked[i][0]) - len(asked[i][1]))
    flags[longest[:truncated]] = True
    return flags.reshape(2, -1).T
