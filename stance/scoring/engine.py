"""Engines: who runs the two models over chunks of work. They keep nothing and know nothing of a store.

A chunk is the unit of work and of storage: a model reads it in one call, so that the same chunk gives the
same numbers wherever it is run. Whoever cuts the chunks cuts them the same way on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from stance.attribution.extract import Tags
from stance.attribution.linking import Span
from stance.judging import PairScorer, ScoresLike
from stance.scoring.store import Array, Named

Advance = Callable[[int], None]
TextPairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities that a model has given, shape (n, 3), and how many of its inputs were cut."""

    probabilities: Array
    truncated: int = 0


class ScorerLike(Named, Protocol):
    """What is known of a pair model wherever it runs."""

    @property
    def symmetric(self) -> bool: ...  # noqa: D102


class Engine(Protocol):
    """Runs the models; results may come in any order, each with the number of its chunk.

    ``tagger`` and ``scorer`` tell what the models are, wherever they run. Chunks are taken as needed.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def tagger(self) -> Named: ...  # noqa: D102

    @property
    def scorer(self) -> ScorerLike: ...  # noqa: D102

    def tag(  # noqa: D102
        self, chunks: Iterable[Sequence[str]], *, progress: Advance
    ) -> Iterator[tuple[int, list[list[Span]]]]: ...

    def read(  # noqa: D102
        self, chunks: Iterable[TextPairs], *, progress: Advance
    ) -> Iterator[tuple[int, ScoresLike]]: ...


class Tagger(Tags, Named, Protocol):
    """A span tagger with a name and a hash."""


class Scorer(PairScorer, Named, Protocol):
    """A pair scorer with a name and a hash."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Runs the models in this process, chunk after chunk."""

    tagger: Tagger
    scorer: Scorer
    name: str = "local"

    def tag(
        self, chunks: Iterable[Sequence[str]], *, progress: Advance
    ) -> Iterator[tuple[int, list[list[Span]]]]:
        """Yield the spans of each chunk of texts; ``progress`` is given the number of texts just done."""
        for number, texts in enumerate(chunks):
            counter = _Counter(progress)
            spans = self.tagger.tag(texts, progress=counter)
            counter.fill(len(texts))
            yield number, spans

    def read(self, chunks: Iterable[TextPairs], *, progress: Advance) -> Iterator[tuple[int, ScoresLike]]:
        """Yield the scores of each chunk of inputs; ``progress`` is given the number just done."""
        for number, pairs in enumerate(chunks):
            counter = _Counter(progress)
            scores = self.scorer.probabilities(pairs, progress=counter)
            counter.fill(len(set(pairs)))
            yield number, scores


class _Counter:
    """Passes progress on, and makes up for models that tell less than they did."""

    def __init__(self, progress: Advance) -> None:
        self._progress, self._done = progress, 0

    def __call__(self, n: int) -> None:
        self._done += n
        self._progress(n)

    def fill(self, total: int) -> None:
        if total > self._done:
            self(total - self._done)
