"""Picks the pairs worth reading: opposing parties, one event, near in time, close in wording.

It judges nothing. The filter is lexical (TF-IDF over words and character n-grams), exact and
deterministic; the model decides what the pairs mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.records import Pair, Statement

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TOP_K = 20
# Sum of the two cosines, 0 to 2. On the gold of seeds/ 0.07 keeps 72 of 75 contradicting or supporting pairs
# and 32 % of all 1,958 opposing pairs; 0.05 keeps 73 and 43 %, 0.1 keeps 72 and 24 %.
MIN_CLOSENESS = 0.07
# Rows compared at a time, and similarities held at a time: 25 million in float64 are 200 MB.
_BLOCK = 512
_CELLS = 25_000_000

_Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PairingSettings:
    """How candidates are chosen.

    ``top_k`` opponents are kept per statement, ``days`` is the largest gap in days (None: any), and
    ``min_closeness`` the least likeness in wording, from 0 (nothing in common) to 2 (the same).
    """

    top_k: int = TOP_K
    days: int | None = None
    min_closeness: float = MIN_CLOSENESS

    def __post_init__(self) -> None:
        if self.top_k < 1:
            raise ValueError(f"top_k is {self.top_k}: at least 1 opponent per statement is needed")
        if self.days is not None and self.days < 0:
            raise ValueError(f"days is {self.days}: a gap of 0 days or more is needed")
        if self.min_closeness < 0:
            raise ValueError(f"min_closeness is {self.min_closeness}: it must be 0 or more")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs to read, and how many opposing pairs of one event and time they were chosen from."""

    pairs: list[Pair]
    considered: int


def _vectors(texts: Sequence[str]) -> csr_matrix:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    # Character n-grams let "withdrawal" meet "withdrew"; words keep names heavy.
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", token_pattern=r"\b\w+\b")
    parts = [TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)]
    # scikit-learn refuses a vocabulary without words, as "They will not do that" leaves it.
    if any(map(words.build_analyzer(), texts)):
        parts.append(words)
    matrix: csr_matrix = make_union(*parts).fit_transform(texts).tocsr()
    return matrix


def _ordinals(days: Sequence[date | None]) -> NDArray[np.float64]:
    # A gap to NaN is never "larger than": an unknown day pairs with any.
    return np.array([d.toordinal() if d else np.nan for d in days])


def _closest(closeness: NDArray[np.float64], top_k: int, least: float) -> NDArray[np.intp]:
    """Return the columns of the ``top_k`` largest values of ``least`` or more, ties in column order."""
    if top_k < len(closeness):
        # Only these can be among the first k; sorting whole rows would cost most of the time.
        least = max(least, np.partition(closeness, -top_k)[-top_k])
    columns = np.flatnonzero(closeness >= least)
    return columns[np.argsort(-closeness[columns], kind="stable")][:top_k]


class _Sides:
    """Which parties oppose each other; a roster is asked once for each two of them that meet."""

    def __init__(self, parties: Sequence[str], opposed: Callable[[str, str], bool]) -> None:
        self._names = sorted(set(parties))
        number = {party: n for n, party in enumerate(self._names)}
        self._of = np.array([number[party] for party in parties])
        self._opposed = opposed
        self._known: dict[tuple[int, int], bool] = {}

    def oppose(self, rows: _Indices, columns: _Indices) -> NDArray[np.bool_]:
        """Return whether each of ``rows`` opposes each of ``columns``, shape (rows, columns)."""
        ours, row = np.unique(self._of[rows], return_inverse=True)
        theirs, column = np.unique(self._of[columns], return_inverse=True)
        table = np.array([[self._ask(a, b) for b in theirs.tolist()] for a in ours.tolist()])
        return np.asarray(table[row][:, column])

    def _ask(self, a: int, b: int) -> bool:
        key = (a, b) if a < b else (b, a)
        if key not in self._known:
            self._known[key] = a != b and self._opposed(self._names[key[0]], self._names[key[1]])
        return self._known[key]


def _groups(event: _Indices, no_event: NDArray[np.bool_]) -> Iterator[tuple[_Indices, _Indices]]:
    """Yield who may meet whom by event, as rows and columns; without an event one meets all."""
    loose = np.flatnonzero(no_event)
    order = np.argsort(event, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(event[order])) + 1):
        if not no_event[group[0]]:
            yield group, np.union1d(group, loose) if loose.size else group
    if loose.size:
        yield loose, np.arange(len(event))


def _windows(
    rows: _Indices, columns: _Indices, when: NDArray[np.float64], days: int | None
) -> Iterator[tuple[_Indices, _Indices]]:
    """Cut a group into neighbours in time, so that what is too far apart is not even compared."""
    if days is None or len(columns) <= _BLOCK:
        yield rows, columns
        return
    dated = ~np.isnan(when[rows])
    if not dated.all():
        yield rows[~dated], columns
    ordered = rows[dated][np.argsort(when[rows[dated]], kind="stable")]
    for first in range(0, len(ordered), _BLOCK):
        part = ordered[first : first + _BLOCK]
        far = (when[columns] < when[part[0]] - days) | (when[columns] > when[part[-1]] + days)
        yield np.sort(part), columns[~far]


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What is known of the statements with a party, row by row."""

    sides: _Sides
    when: NDArray[np.float64]
    vectors: csr_matrix

    def choose(
        self, rows: _Indices, columns: _Indices, settings: PairingSettings
    ) -> tuple[int, NDArray[np.int64]]:
        """Return how many of rows x columns may meet, and the chosen ones, each as low x size + high."""
        considered, codes = 0, [np.empty(0, dtype=np.int64)]
        turned = self.vectors[columns].T
        step = max(1, min(_BLOCK, _CELLS // len(columns)))
        for first in range(0, len(rows), step):
            part = rows[first : first + step]
            allowed = self.sides.oppose(part, columns)
            if settings.days is not None:
                gap = np.abs(self.when[part][:, None] - self.when[columns][None, :])
                allowed &= ~(gap > settings.days)
            possible = int(allowed.sum())
            if not possible:
                continue
            considered += possible
            closeness = np.where(allowed, (self.vectors[part] @ turned).toarray(), -1.0)
            for row, values in zip(part.tolist(), closeness, strict=True):
                best = columns[_closest(values, settings.top_k, settings.min_closeness)].astype(np.int64)
                codes.append(np.minimum(best, row) * len(self.when) + np.maximum(best, row))
        return considered, np.concatenate(codes)


def find_candidates(
    statements: Sequence[Statement],
    opposed: Callable[[str, str], bool],
    *,
    events: Sequence[str | None] | None = None,
    settings: PairingSettings | None = None,
) -> Candidates:
    """Return the pairs to read, each once, in the order of the statements, and how many were looked at.

    ``opposed`` says whether two party ids oppose each other, whatever their order. ``events`` gives the
    event of each statement (None: unknown, pairs with anything); two statements of different events are
    not paired. With ``days`` neither are those said further apart; an unknown day pairs with any.
    Statements without a party, and fragments, stay alone. Each statement brings its ``top_k`` closest
    opponents; two that have next to no wording in common (``min_closeness``) are not worth reading.

    Time grows with the sum over events of their statements squared, or, without events and with ``days``,
    with the statements of a window; with neither, with all statements squared.

    Raises:
        ValueError: ``events`` has another length than ``statements``.
    """
    settings = settings or PairingSettings()
    if events is not None and len(events) != len(statements):
        raise ValueError(f"{len(events)} events for {len(statements)} statements: one each is needed")
    spoken = [i for i, s in enumerate(statements) if s.party is not None and not s.fragment]
    parties = [p for i in spoken if (p := statements[i].party) is not None]
    if len(set(parties)) < 2:  # noqa: PLR2004  # sides
        return Candidates([], 0)
    names = [(events[i] if events else None) or "" for i in spoken]
    event = np.unique(names, return_inverse=True)[1]
    field = _Spoken(
        _Sides(parties, opposed),
        _ordinals([statements[i].said for i in spoken]),
        _vectors([statements[i].text for i in spoken]),
    )
    considered, chosen = 0, [np.empty(0, dtype=np.int64)]
    for group, others in _groups(event, np.array([not name for name in names])):
        for rows, columns in _windows(group, others, field.when, settings.days):
            possible, codes = field.choose(rows, columns, settings)
            considered += possible
            chosen.append(codes)
    # Either side may have brought a pair: it is kept once, and was looked at from both.
    first, second = np.divmod(np.unique(np.concatenate(chosen)), len(spoken))
    pairs = [
        Pair(statements[spoken[a]], statements[spoken[b]])
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
    ]
    return Candidates(pairs, considered // 2)


def pair_statements(
    statements: Sequence[Statement],
    opposed: Callable[[str, str], bool],
    *,
    events: Sequence[str | None] | None = None,
    settings: PairingSettings | None = None,
) -> list[Pair]:
    """Return the pairs of :func:`find_candidates`, with the same arguments and errors."""
    return find_candidates(statements, opposed, events=events, settings=settings).pairs
