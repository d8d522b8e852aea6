"""Finds wire copy: statements of one party that several articles print in all but the same words.

It drops nothing: it says which statement stands for its copies, and the caller does with it what it wants.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.records import Statement

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Jaccard of character 5-grams. At 0.9 a 200-character statement may differ in one or two words.
LEAST_ALIKE = 0.9
_SHINGLE = 5
# Reprints of a wire report follow within days; the same words weeks later are said anew.
COPY_DAYS = 3

# A sign, a currency and a percent belong to their number.
_WORD = re.compile(r"(?:(?<!\w)[-−+$€£¥]+(?=\d))?[^\W_]+(?:['.,][^\W_]+)*%?")
_TELLING = frozenset(
    (  # noqa: SIM905  # a list of fifty quoted words would hide them
        "no not never nobody none nothing neither nor without cannot denied denies false "
        "zero one two three four five six seven eight nine ten eleven twelve dozen dozens "
        "twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
        "million millions billion half first second third all some only"
    ).split()
)
# A sub-editor exchanges these, and forms of one word; "before" for "after" is none of them.
_SMALL = frozenset(
    (  # noqa: SIM905
        "a an the this that these those it its he his she her they their who which and as at by for from in "
        "into of on to with is are was were be been being has have had do does did will would shall should "
        "can could may might until till while whilst also"
    ).split()
)
_STEM = 4


def find_copies(
    statements: Sequence[Statement], *, events: Sequence[str | None] | None = None, days: int = COPY_DAYS
) -> dict[str, str]:
    """Return for each statement that is a copy the id of the one that stands for it, by statement id.

    Copies share party, denial and event and were said within ``days`` of the one that stands for them: the
    earliest, the lowest id among equals. Their words, without case and punctuation, are the same, or
    their character 5-grams have a Jaccard likeness of ``LEAST_ALIKE`` or more while numbers, negations
    and names agree ("12 dead" is no copy of "13 dead") and no word of weight stands for another ("north"
    for "south"). The order of ``statements`` is irrelevant. Statements without a party are not looked at.
    Not told apart: long sentences of which one has a word more, which is no number, negation or name.

    Raises:
        ValueError: ``events`` has another length than ``statements``, or ``days`` is below 0.
    """
    if events is not None and len(events) != len(statements):
        raise ValueError(f"{len(events)} events for {len(statements)} statements: one each is needed")
    if days < 0:
        raise ValueError(f"days is {days}: a gap of 0 days or more is needed")
    groups: dict[tuple[str, bool, str], list[Statement]] = defaultdict(list)
    for statement, event in zip(statements, events or [None] * len(statements), strict=True):
        if statement.party is not None:
            groups[statement.party, statement.denies, event or ""].append(statement)
    copy_of: dict[str, str] = {}
    for group in groups.values():
        if len(group) > 1:
            copy_of |= _in_group(sorted(group, key=_age), days)
    return {statement.id: copy_of[statement.id] for statement in statements if statement.id in copy_of}


def plain_words(text: str) -> str:
    """Return a text as its words alone: no case, no punctuation, one form of each character."""
    even = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").casefold()
    return " ".join(_WORD.findall(even))


def _age(statement: Statement) -> tuple[bool, int, str]:
    return statement.said is None, statement.said.toordinal() if statement.said else 0, statement.id


def _in_group(group: Sequence[Statement], days: int) -> dict[str, str]:
    """Take the statements of one party and event by age; each joins the first it is a copy of, or stands."""
    texts = [plain_words(s.text) or s.text for s in group]
    alike = _alike(sorted(set(texts)))
    standing: dict[str, list[int]] = defaultdict(list)
    copy_of: dict[str, str] = {}
    for i, statement in enumerate(group):
        near = sorted(j for text in (texts[i], *alike.get(texts[i], ())) for j in standing.get(text, ()))
        for j in near:
            same = texts[i] == texts[j] or (
                _telling(statement.text) == _telling(group[j].text) and not _exchanged(texts[i], texts[j])
            )
            if same and _close(statement, group[j], days):
                copy_of[statement.id] = group[j].id
                break
        else:
            standing[texts[i]].append(i)
    return copy_of


def _close(a: Statement, b: Statement, days: int) -> bool:
    """Whether two days are near; unknown ones are near to any, unless none but the same will do."""
    if a.said is None or b.said is None:
        return days > 0 or a.said is b.said
    return abs((a.said - b.said).days) <= days


def _telling(text: str) -> Counter[str]:
    """Count the words that must agree: numbers, negations, and names behind the first word."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).replace("’", "'"))
    return Counter(
        word.casefold()
        for place, word in enumerate(found)
        if any(c.isdigit() for c in word)
        or word.casefold() in _TELLING
        or word.casefold().endswith("n't")
        or (place and word[0].isupper())
    )


def _exchanged(one: str, other: str) -> bool:
    """Whether a word of weight stands in the place of another that is no form of it."""
    a, b = Counter(one.split()), Counter(other.split())
    only, instead = ([w for w in rest if w not in _SMALL] for rest in (a - b, b - a))
    forms = {word[:_STEM] for word in only} ^ {word[:_STEM] for word in instead}
    return bool(only and instead and forms)


def _alike(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return for each text the others that are near enough, by exact set similarity.

    Prefix filtering (Bayardo, Ma and Srikant, WWW 2007): two sets as like as that share one of their
    rarest elements, so only few are compared, and none is missed.
    """
    grams = _shingles(texts)
    rarity = np.argsort(np.argsort(np.bincount(grams.indices, minlength=grams.shape[1]), kind="stable"))
    seen: dict[int, list[int]] = defaultdict(list)
    found: dict[str, list[str]] = defaultdict(list)
    rows = [grams.indices[grams.indptr[i] : grams.indptr[i + 1]] for i in range(len(texts))]
    for i, row in enumerate(rows):
        prefix = row[np.argsort(rarity[row])][: _prefix(len(row))].tolist()
        for j in sorted({j for gram in prefix for j in seen[gram]}):
            if _jaccard(row, rows[j]) >= LEAST_ALIKE:
                found[texts[i]].append(texts[j])
                found[texts[j]].append(texts[i])
        for gram in prefix:
            seen[gram].append(i)
    return found


def _prefix(size: int) -> int:
    # A hair less, so that 0.9 x 10 is not rounded up to 10.
    return size - ceil(LEAST_ALIKE * size - 1e-9) + 1


def _shingles(texts: Sequence[str]) -> csr_matrix:
    from sklearn.feature_extraction.text import CountVectorizer

    # A mark at either end gives even the shortest text a shingle.
    marked = [f"^^{text}$$$" for text in texts]
    grams: csr_matrix = CountVectorizer(
        analyzer="char", ngram_range=(_SHINGLE, _SHINGLE), binary=True, lowercase=False
    ).fit_transform(marked)
    grams.sort_indices()
    return grams


def _jaccard(a: NDArray[np.int32], b: NDArray[np.int32]) -> float:
    small, large = sorted((len(a), len(b)))
    if small < LEAST_ALIKE * large:
        return 0.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)
