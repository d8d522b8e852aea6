"""Lays predicted statements on gold statements by their spans. Compares no texts and counts nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stance.records import Statement

_ARTICLES = frozenset({"the", "a", "an"})


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which predicted statements are which gold statement, by id.

    ``gold_of`` has the gold id of every predicted statement that is right; ``pieces`` the predicted ids of
    every gold statement that was found, in text order.
    """

    gold_of: Mapping[str, str]
    pieces: Mapping[str, tuple[str, ...]]


def align(predicted: Sequence[Statement], gold: Sequence[Statement]) -> Alignment:
    """Match predicted with gold statements of the same article by the characters they share.

    A predicted span may stand for a gold span when their intersection is at least half of their union, or
    when at least 90 % of it lies inside the gold span (extraction cuts a content of several sentences into
    one statement a sentence). Each predicted statement stands for one gold statement at most: the closest
    links (by intersection over union; then same ``denies``, same speaker, order) are made first, and the
    pieces of one gold statement never overlap each other, so that a second copy of it counts as wrong. A
    gold statement is found when its pieces together cover at least half of it; else they count as wrong too.
    """
    taken: dict[int, int] = {}
    pieces: dict[int, list[int]] = {}
    for p, g in _links(predicted, gold):
        held = pieces.setdefault(g, [])
        if p not in taken and not any(_shared(predicted[p], predicted[other]) for other in held):
            taken[p] = g
            held.append(p)
    found: dict[str, tuple[str, ...]] = {}
    gold_of: dict[str, str] = {}
    for g, held in sorted(pieces.items()):
        covered = sum(_shared(predicted[p], gold[g]) for p in held)
        if 2 * covered >= _length(gold[g]):
            ordered = sorted(held, key=lambda p: predicted[p].start)
            found[gold[g].id] = tuple(predicted[p].id for p in ordered)
            gold_of.update({predicted[p].id: gold[g].id for p in ordered})
    return Alignment(gold_of, found)


def _links(predicted: Sequence[Statement], gold: Sequence[Statement]) -> Iterator[tuple[int, int]]:
    """Yield the (predicted, gold) positions that may belong together, the closest first."""
    by_article: dict[str, list[int]] = {}
    for g, statement in enumerate(gold):
        by_article.setdefault(statement.article_id, []).append(g)
    links: list[tuple[float, int, int, int]] = []
    for p, one in enumerate(predicted):
        for g in by_article.get(one.article_id, []):
            other = gold[g]
            shared = _shared(one, other)
            union = _length(one) + _length(other) - shared
            # Whole numbers: a half is exactly a half.
            if shared and (2 * shared >= union or 10 * shared >= 9 * _length(one)):
                unlike = (one.denies != other.denies) + (not speaker_fits(one.speaker, other.speaker))
                links.append((-shared / union, unlike, p, g))
    for _, _, p, g in sorted(links):
        yield p, g


def _length(statement: Statement) -> int:
    return statement.end - statement.start


def _shared(a: Statement, b: Statement) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def speaker_fits(predicted: str | None, gold: str | None) -> bool:
    """Return whether a predicted speaker names the gold one: all words of the gold name are in it.

    Case and a/an/the do not count, titles may be added ("Chief of Staff Ann Lund" fits "Ann Lund"), a bare
    surname does not fit. No speaker fits no speaker only.
    """
    if predicted is None or gold is None:
        return predicted is None and gold is None
    return _words(gold) <= _words(predicted)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold())) - _ARTICLES
