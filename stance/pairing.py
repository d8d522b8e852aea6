"""Picks the pairs worth reading: opposing parties, one event, near in time, close in wording.

It judges nothing. The filter is lexical (TF-IDF over words and character n-grams), exact and
deterministic; the model decides what the pairs mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
# Rows compared at a time: 512 x 50,000 similarities in float64 stay under 200 MB.
_BLOCK = 512


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


def pair_statements(
    statements: Sequence[Statement],
    opposed: Callable[[str, str], bool],
    *,
    events: Sequence[str | None] | None = None,
    settings: PairingSettings | None = None,
) -> list[Pair]:
    """Return the pairs to read, each once, in the order of the statements.

    ``opposed`` says whether two party ids oppose each other, whatever their order. ``events`` gives the
    event of each statement (None: unknown, pairs with anything); two statements of different events are
    not paired. With ``days`` neither are those said further apart; an unknown day pairs with any.
    Statements without a party stay alone. Each statement brings its ``top_k`` closest opponents; two that
    have next to no wording in common (``min_closeness``) are not worth reading.

    Raises:
        ValueError: ``events`` has another length than ``statements``.
    """
    settings = settings or PairingSettings()
    if events is not None and len(events) != len(statements):
        raise ValueError(f"{len(events)} events for {len(statements)} statements: one each is needed")
    spoken = [i for i, s in enumerate(statements) if s.party is not None]
    if len(spoken) < 2 or len({statements[i].party for i in spoken}) < 2:  # noqa: PLR2004
        return []
    parties = sorted({s.party for s in statements if s.party is not None})
    number = {party: n for n, party in enumerate(parties)}
    against = np.array([[a != b and opposed(a, b) for b in parties] for a in parties])
    side = np.array([number[p] for i in spoken if (p := statements[i].party) is not None])
    names = [events[i] if events else None for i in spoken]
    event = np.unique([n or "" for n in names], return_inverse=True)[1]
    no_event = np.array([not n for n in names])
    when = _ordinals([statements[i].said for i in spoken])
    vectors = _vectors([statements[i].text for i in spoken])
    chosen: set[tuple[int, int]] = set()
    for first in range(0, len(spoken), _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, len(spoken)))
        allowed = against[side[rows][:, None], side[None, :]]
        allowed &= (event[rows][:, None] == event[None, :]) | no_event[rows][:, None] | no_event[None, :]
        if settings.days is not None:
            allowed &= ~(np.abs(when[rows][:, None] - when[None, :]) > settings.days)
        closeness = np.where(allowed, (vectors[rows] @ vectors.T).toarray(), -1.0)
        for row, values in zip(rows.tolist(), closeness, strict=True):
            best = _closest(values, settings.top_k, settings.min_closeness).tolist()
            chosen.update((min(row, column), max(row, column)) for column in best)
    ordered = sorted((spoken[a], spoken[b]) for a, b in chosen)
    return [Pair(statements[a], statements[b]) for a, b in ordered]
