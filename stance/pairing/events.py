"""Groups articles into events: near in time, alike in names and leads. It reads no statement.

Two articles are compared when they share a telling name and appeared within days of each other; groups grow
from the likest pair down, and two groups become one only if their articles are alike on average (UPGMA), so
that no chain of neighbours joins what is far apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.pairing.closeness import Encoder
from stance.pairing.encoder import GRID, Grid, shipped_encoder
from stance.records import Article

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

EVENT_DAYS = 14
# Cosine of names plus cosine of leads. 0.6 to 0.9 all part the six sets of seeds/ from each other and split
# none; docs/retrieval.md has what they do to larger collections.
LEAST_ALIKE = 0.85
# Of an article's names the heaviest lead to others, and of those that have a name the nearest in time.
_NAMES = 8
_NEIGHBOURS = 32
_TEXT = 2000
_LEAD = 100
_PAIRS = 1 << 16

# The lookahead saves asking most words whether they have a capital.
_WORD = r"(?=[^\W\d_a-zß-öø-ÿ])[^\W\d_]+(?:[-'’][^\W\d_]+)*"
_CAPITAL = re.compile(rf"\b{_WORD}")
# A capital where no sentence begins is a name's.
_INSIDE = re.compile(rf"(?<=[a-z,;] ){_WORD}")
_SMALL = re.compile(r"\b[a-z][^\W\d_]*(?:[-'’][^\W\d_]+)*")
_NO_NAMES = frozenset(
    (  # noqa: SIM905  # a list of thirty quoted words would hide them
        "i mr mrs ms dr monday tuesday wednesday thursday friday saturday sunday january february march "
        "april may june july august september october november december"
    ).split()
)

Names = list[list[str]]


def find_events(
    articles: Sequence[Article], *, days: int = EVENT_DAYS, encoder: Encoder | None = None
) -> list[str | None]:
    """Return the event of each article: its own where it has one, else that of the group it falls into.

    A group is named by its two commonest names and its first day. Two given events are never joined; an
    article without one may fall into a given event. An article with no name in it has none (None). Articles
    more than ``days`` apart are not compared, though others between may bring them together; an unknown day
    is near to any. The order of ``articles`` is irrelevant.

    Time grows with the number of articles, times the neighbours of each.

    Raises:
        ValueError: ``days`` is below 0.
        ModelError: the shipped encoder is missing or damaged.
    """
    if days < 0:
        raise ValueError(f"days is {days}: a gap of 0 days or more is needed")
    if all(article.event for article in articles):
        return [article.event for article in articles]
    order = sorted(range(len(articles)), key=lambda i: _age(articles[i]))
    ordered = [articles[i] for i in order]
    names = _names([a.text[:_TEXT] for a in ordered], [a.title or "" for a in ordered])
    if not any(names):
        return [article.event for article in articles]
    groups = _Groups(ordered, _weights(names), (encoder or shipped_encoder())([_lead(a) for a in ordered]))
    groups.grow(days)
    found = dict(zip(order, _named(groups, names), strict=True))
    return [found[i] for i in range(len(articles))]


def _age(article: Article) -> tuple[bool, int, str]:
    day = article.published
    return day is None, day.toordinal() if day else 0, article.id


def _lead(article: Article) -> str:
    return " ".join(f"{article.title or ''} {article.text[:_TEXT]}".split()[:_LEAD])


def _names(texts: Sequence[str], titles: Sequence[str]) -> Names:
    """Return the names in each article: words more often with a capital inside a sentence than without."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        capital.update(_bare(word) for word in _INSIDE.findall(text) if word[0].isupper())
        small.update(_bare(word) for word in _SMALL.findall(text))
    known = {word for word, n in capital.items() if n > small[word] and len(word) > 1} - _NO_NAMES
    return [
        [
            w
            for word in _CAPITAL.findall(f"{title}\n{text}")
            if word[0].isupper() and (w := _bare(word)) in known
        ]
        for text, title in zip(texts, titles, strict=True)
    ]


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold())


def _weights(names: Names) -> csr_matrix:
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix: csr_matrix = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(names).tocsr()
    matrix.sort_indices()
    return matrix


class _Groups:
    """Groups of articles, each known by the sums of its articles' names and leads."""

    def __init__(self, articles: Sequence[Article], names: csr_matrix, leads: Grid) -> None:
        self._names, self._leads = names, leads
        self._day = np.array([a.published.toordinal() if a.published else np.nan for a in articles])
        self._published = [a.published for a in articles]
        self._parent = list(range(len(articles)))
        self._given = {n: a.event for n, a in enumerate(articles) if a.event}
        self._sums: dict[int, tuple[dict[int, float], NDArray[np.float64], int]] = {}
        first: dict[str, int] = {}
        for n, event in list(self._given.items()):
            if (head := first.setdefault(event, n)) != n:
                self._join(self.head(head), n)

    def head(self, n: int) -> int:
        """Return the number of the group that article ``n`` is in: that of its first article."""
        while self._parent[n] != n:
            self._parent[n] = self._parent[self._parent[n]]
            n = self._parent[n]
        return n

    def given(self, head: int) -> str | None:
        """Return the event that a group was given, if any."""
        return self._given.get(head)

    def day(self, head: int) -> str:
        """Return the first day of a group, empty when it has none."""
        day = self._published[head]
        return day.isoformat() if day else ""

    def grow(self, days: int) -> None:
        """Join what is alike, the likest first."""
        pairs, alike = self._likest(days)
        for a, b in pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -alike))].tolist():
            one, other = sorted((self.head(a), self.head(b)))
            apart = self.given(one) and self.given(other)
            if one != other and not apart and self._on_average(one, other) >= LEAST_ALIKE:
                self._join(one, other)

    def _likest(self, days: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the neighbours that are alike enough, shape (n, 2), and how alike they are."""
        pairs, alike = [np.empty((0, 2), dtype=np.intp)], [np.empty(0)]
        codes = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *self._neighbours(days)]))
        for first in range(0, len(codes), _PAIRS):
            a, b = np.divmod(codes[first : first + _PAIRS], len(self._parent))
            leads = np.einsum(
                "ij,ij->i", self._leads[a].astype(np.float64), self._leads[b].astype(np.float64)
            )
            names = np.asarray(self._names[a].multiply(self._names[b]).sum(axis=1)).ravel()
            # Rounded, so that equals are equal on any machine.
            near = np.round(leads / GRID**2 + names, 9)
            kept = near >= LEAST_ALIKE
            pairs.append(np.stack([a[kept], b[kept]], axis=1))
            alike.append(near[kept])
        return np.concatenate(pairs), np.concatenate(alike)

    def _neighbours(self, days: int) -> Iterator[NDArray[np.int64]]:
        """Yield who shares a telling name and is near in time, each two as low x size + high."""
        names, size = self._names, len(self._parent)
        held = []
        for n in range(size):
            row = slice(names.indptr[n], names.indptr[n + 1])
            heaviest = np.lexsort((names.indices[row], -names.data[row]))[:_NAMES]
            held.append(names.indices[row][heaviest].astype(np.int64))
        article = np.repeat(np.arange(size), [len(h) for h in held])
        name = np.concatenate(held)
        # By name, and there by age: articles are in that order.
        order = np.argsort(name, kind="stable")
        name, article = name[order], article[order]
        for step in range(1, min(_NEIGHBOURS, len(name) - 1) + 1):
            a, b = article[:-step], article[step:]
            near = (name[:-step] == name[step:]) & ~(np.abs(self._day[a] - self._day[b]) > days)
            yield a[near].astype(np.int64) * size + b[near]

    def _sum(self, n: int) -> tuple[dict[int, float], NDArray[np.float64], int]:
        if n not in self._sums:
            row = slice(self._names.indptr[n], self._names.indptr[n + 1])
            names = dict(zip(self._names.indices[row].tolist(), self._names.data[row].tolist(), strict=True))
            self._sums[n] = names, self._leads[n].astype(np.float64), 1
        return self._sums[n]

    def _on_average(self, one: int, other: int) -> float:
        """Return how alike the articles of two groups are on average: the product of the sums."""
        (names, leads, size), (names2, leads2, size2) = self._sum(one), self._sum(other)
        small, large = sorted((names, names2), key=len)
        shared = sum(weight * large.get(name, 0.0) for name, weight in small.items())
        return round((shared + float(leads @ leads2) / GRID**2) / (size * size2), 9)

    def _join(self, one: int, other: int) -> None:
        (names, leads, size), (names2, leads2, size2) = self._sum(one), self._sum(other)
        for name, weight in names2.items():
            names[name] = names.get(name, 0.0) + weight
        self._sums[one] = names, leads + leads2, size + size2
        del self._sums[other]
        self._parent[other] = one
        if event := self._given.pop(other, None):
            self._given[one] = event


def _named(groups: _Groups, names: Names) -> list[str | None]:
    """Return the event of each article, by the names and the first day of its group."""
    members: dict[int, list[int]] = defaultdict(list)
    for n in range(len(names)):
        members[groups.head(n)].append(n)
    found: list[str | None] = [None] * len(names)
    taken: Counter[str] = Counter(filter(None, (groups.given(head) for head in members)))
    for head, group in members.items():
        event = groups.given(head)
        if event is None and names[head]:
            event = _title([names[n] for n in group], groups.day(head))
            taken[event] += 1
            event += f" ({taken[event]})" if taken[event] > 1 else ""
        for n in group:
            found[n] = event
    return found


def _title(names: Names, day: str) -> str:
    """Return the two names that most articles have, the most often named first, and the day."""
    spread = Counter(name for own in names for name in set(own))
    often = Counter(name for own in names for name in own)
    best = sorted(spread, key=lambda name: (-spread[name], -often[name], name))[:2]
    return " ".join([*(name.title() for name in best), *([day] if day else [])])
