"""Picks the pairs worth reading: opposing parties, one event, near in time, close in wording.

It judges nothing. Every opponent is compared (``closeness.py``), exactly and deterministically; the model
decides what the pairs mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from stance.pairing.closeness import Closeness, Encoder, Indices
from stance.records import Pair, Statement

TOP_K = 20
# On the gold of seeds/, set by set, 0.4 keeps 98 of 100 contradicting or supporting pairs and 38 % of all
# 2,306 opposing pairs; 0.45 keeps 93 and 27 %, 0.35 as many as 0.4 and 51 % (docs/retrieval.md).
MIN_CLOSENESS = 0.4
# Rows compared at a time, and similarities held at a time: 25 million in float64 are 200 MB.
_BLOCK = 512
_CELLS = 25_000_000


@dataclass(frozen=True, slots=True)
class PairingSettings:
    """How candidates are chosen.

    ``top_k`` opponents are kept per statement, ``days`` is the largest gap in days (None: any), and
    ``min_closeness`` the least likeness in words and sense, from 0 (nothing in common) to 2 (the same).
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

    def oppose(self, rows: Indices, columns: Indices) -> NDArray[np.bool_]:
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


def _groups(event: Indices, no_event: NDArray[np.bool_]) -> Iterator[tuple[Indices, Indices]]:
    """Yield who may meet whom by event, as rows and columns; without an event one meets all."""
    loose = np.flatnonzero(no_event)
    order = np.argsort(event, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(event[order])) + 1):
        if not no_event[group[0]]:
            yield group, np.union1d(group, loose) if loose.size else group
    if loose.size:
        yield loose, np.arange(len(event))


def _windows(
    rows: Indices, columns: Indices, when: NDArray[np.float64], days: int | None
) -> Iterator[tuple[Indices, Indices]]:
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
    closeness: Closeness

    def choose(
        self, rows: Indices, columns: Indices, settings: PairingSettings
    ) -> tuple[int, NDArray[np.int64]]:
        """Return how many of rows x columns may meet, and the chosen ones, each as low x size + high."""
        considered, codes = 0, [np.empty(0, dtype=np.int64)]
        near = self.closeness.towards(columns)
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
            closeness = np.where(allowed, near(part), -np.inf)
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
    encoder: Encoder | None = None,
) -> Candidates:
    """Return the pairs to read, each once, in the order of the statements, and how many were looked at.

    ``opposed`` says whether two party ids oppose each other, whatever their order. ``events`` gives the
    event of each statement (None: unknown, pairs with anything); two statements of different events are
    not paired. With ``days`` neither are those said further apart; an unknown day pairs with any.
    Statements without a party, and fragments, stay alone. Each statement brings its ``top_k`` closest
    opponents, ties by id; two that have next to nothing in common (``min_closeness``) are not worth reading.
    ``encoder`` gives the embeddings; by default the shipped one does.

    Time grows with the sum over events of their statements squared, or, without events and with ``days``,
    with the statements of a window; with neither, with all statements squared.

    Raises:
        ValueError: ``events`` has another length than ``statements``.
        ModelError: the shipped encoder is missing or damaged.
    """
    settings = settings or PairingSettings()
    if events is not None and len(events) != len(statements):
        raise ValueError(f"{len(events)} events for {len(statements)} statements: one each is needed")
    spoken = [i for i, s in enumerate(statements) if s.party is not None and not s.fragment]
    # Ties go by the order of rows: by id they don't depend on the order in which articles were read.
    spoken.sort(key=lambda i: statements[i].id)
    parties = [p for i in spoken if (p := statements[i].party) is not None]
    if len(set(parties)) < 2:  # noqa: PLR2004  # sides
        return Candidates([], 0)
    names = [(events[i] if events else None) or "" for i in spoken]
    event = np.unique(names, return_inverse=True)[1]
    field = _Spoken(
        _Sides(parties, opposed),
        _ordinals([statements[i].said for i in spoken]),
        Closeness([statements[i].text for i in spoken], encoder),
    )
    considered, chosen = 0, [np.empty(0, dtype=np.int64)]
    for group, others in _groups(event, np.array([not name for name in names])):
        for rows, columns in _windows(group, others, field.when, settings.days):
            possible, codes = field.choose(rows, columns, settings)
            considered += possible
            chosen.append(codes)
    # Either side may have brought a pair: it is kept once, and was looked at from both.
    rows = np.array(np.divmod(np.unique(np.concatenate(chosen)), len(spoken)), dtype=np.intp)
    places = np.sort(np.array(spoken)[rows], axis=0)
    order = np.lexsort((places[1], places[0]))
    pairs = [Pair(statements[a], statements[b]) for a, b in places[:, order].T.tolist()]
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
