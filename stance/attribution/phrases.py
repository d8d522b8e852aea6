"""Reads speaker phrases: cuts them into segments and takes those apart into body, role and name.

Plain rules over the word lists of ``lexicon.py``. It knows no parties; ``parties.py`` decides those. All
offsets count characters of the whole article.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stance.attribution.lexicon import BODIES, Word, is_body, words, words_of

PREPOSITIONS = words_of("prepositions")
# The segments behind these say for whom someone speaks; behind others stand objects and places.
LINKS = frozenset({"", "of", "for", "from", "at", "with", "within"})
# What follows is a person's name, whatever it looks like ('Mr. Church').
_COURTESY = frozenset({"mr", "mrs", "ms", "dr"})
# A name behind these is a person's, not the body's own.
_PEOPLE = ("roles", "organs", "outside", "crowds", "fighters")

_PART_END = re.compile(r"\s*(?:,|;|\(|\)|\s[-–—]+\s|—|:|\n\s*\n)\s*")
_RELATIVE = re.compile(
    r"(?:who|which|that)\s+(?P<verb>(?:also\s+|has\s+|had\s+)?(?:chair(?:s|ed)?|head(?:s|ed)?|leads?|led|runs?|commands?|owns?|manages?|directs?"
    r"|represents?|represented|speaks?\s+for|spoke\s+for|works?\s+for|belongs?\s+to|serves?\s+as|is|are))\s+"
)
_ON_BEHALF = re.compile(r"(?:speaking\s+for|speaking\s+on\s+behalf\s+of|on\s+behalf\s+of|representing)\s+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A noun phrase between prepositions, and the preposition before it ('' for the head)."""

    link: str
    words: tuple[Word, ...]

    @property
    def start(self) -> int:
        """First character."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Behind the last character."""
        return self.words[-1].end


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A segment taken apart: its article, ``core`` (the body, if any), ``roles`` and ``name`` of a person."""

    article: str
    core: tuple[Word, ...]
    roles: tuple[Word, ...]
    name: tuple[Word, ...]

    def is_a(self, *sections: str) -> bool:
        """Whether the last word of the core, or any of the roles, is in one of the word lists."""
        return any(word.is_a(*sections) for word in (*self.core[-1:], *self.roles))


def parts(
    text: str, start: int, end: int, whole: Collection[tuple[int, int]] = ()
) -> list[tuple[Segment, ...]]:
    """Cut a speaker phrase at commas and relative clauses into parts, and those at prepositions.

    Spans of ``whole`` (names such as 'Republic of Korea') are not cut. Of later parts only those that can
    describe the first stay; of a relative clause, its object ('who chairs the union').
    """
    cuts = [start]
    for gap in _PART_END.finditer(text, start, end):
        if not _inside(gap.start(), whole):
            cuts.append(gap.end())
    clauses: list[tuple[int, int]] = []
    for left, right in zip(cuts, [*cuts[1:], end], strict=True):
        clauses.extend(_unfold(text, left, right))
    found = [_segments(text, left, right, whole) for left, right in clauses]
    return [part for n, part in enumerate(found) if part and (n == 0 or describes(part))]


def _unfold(text: str, start: int, end: int) -> list[tuple[int, int]]:
    behalf = _ON_BEHALF.match(text, start, end)
    if behalf:
        return [(behalf.end(), end)]
    relative = re.compile(r"\b(?:who|which|whose|that|where)\b").search(text, start, end)
    if relative is None:
        return [(start, end)]
    clause = _RELATIVE.match(text, relative.start(), end)
    spans = [(start, relative.start())] if relative.start() > start else []
    return [*spans, (clause.end(), end)] if clause else spans


def _segments(text: str, start: int, end: int, whole: Collection[tuple[int, int]]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    link: str = ""
    held: list[Word] = []
    for word in words(text, start, end):
        if word.text.lower() in PREPOSITIONS and not _inside(word.start, whole):
            if held:
                segments.append(Segment(link, tuple(held)))
            link, held = word.text.lower() if held or segments else link, []
        else:
            held.append(word)
    if held:
        segments.append(Segment(link, tuple(held)))
    return tuple(segments)


def describes(part: Sequence[Segment]) -> bool:
    """Whether a part can be an apposition: it names a role or body, holds no verb and no other person."""
    every = [word for segment in part for word in segment.words]
    if any(word.low in words_of("verbs") and not word.capital for word in every):
        return False
    first = every[0]
    opens = (
        first.capital
        or first.possessive
        or first.low in words_of("articles")
        or first.is_a("roles", "ranks", *BODIES)
    )
    if any(word.is_a("articles") for segment in part for word in segment.words[1:]):
        return False
    told = any(word.is_a("roles", "outside") or is_body(word) for word in every)
    phrases = [noun_phrase(segment) for segment in part]
    named = any(phrase.name and (phrase.roles or n == 0) for n, phrase in enumerate(phrases))
    return opens and told and not named


def noun_phrase(segment: Segment) -> NounPhrase:
    """Take a segment apart.

    'the Harbour Lines spokesman Tom Hale' gives article 'the', core 'Harbour Lines', roles 'spokesman', name
    'Tom Hale'. A segment in capitals with neither article nor role nor body word is all name; words in
    capitals behind a body in lower case are the body's own name ('oil company Shell').
    """
    rest = list(segment.words)
    article = ""
    while rest and rest[0].text.lower() in words_of("articles"):
        article = rest.pop(0).text.lower()
    anchor = max((i for i, word in enumerate(rest) if _anchors(word, i, len(rest))), default=-1)
    titled = max((i for i, word in enumerate(rest[:-1]) if word.low in _COURTESY), default=-1)
    anchor = titled if titled >= 0 and all(w.capital for w in rest[titled:]) else anchor
    name = rest[anchor + 1 :]
    if not all(w.capital or w.is_a("particles") for w in name) or (anchor < 0 and article):
        name = []
    core = rest[: len(rest) - len(name)]
    if name and anchor >= 0 and not core[-1].capital and not core[-1].is_a(*_PEOPLE):
        core, name = name, []
    roles: list[Word] = []
    while core and _role(core[-1]):
        roles.insert(0, core.pop())
    while roles and len(core) > 1 and core[-1].is_a("modifiers") and _owned(core):
        # 'the company's operations director': the operations belong to the role
        roles.insert(0, core.pop())
    while core and core[0].is_a("ranks", "former", "abbreviated"):
        roles.insert(0, core.pop(0))
    if core and core[-1].capital and is_body(core[-1]):
        # 'the fiscally conservative Growth Club', 'ferry company Harbour Lines'
        while not core[0].capital and not core[0].possessive:
            core.pop(0)
    if core and all(w.is_a("modifiers") and not w.is_a(*BODIES) and not w.possessive for w in core):
        roles, core = core + roles, []
    return NounPhrase(article, tuple(core), tuple(roles), tuple(name))


def _owned(core: Sequence[Word]) -> bool:
    """Whether a common word follows a possessive that is a body of its own."""
    return not core[-1].capital and not is_body(core[-1]) and core[-2].possessive


def _role(word: Word) -> bool:
    """Whether a last word is no part of the body before it."""
    if word.possessive:
        return False
    return (
        word.is_a("roles", "outside", "ranks")
        or word.low == "and"
        or (not word.capital and word.is_a("organs"))
    )


def _anchors(word: Word, index: int, size: int) -> bool:
    """Whether capitals behind this word begin a name: 'General Staff Lind', not 'Union Pacific'."""
    if word.is_a("roles", "outside"):
        return True
    return is_body(word) and (index > 0 or not word.capital or size == 1)


def outside(segment: Segment) -> bool:
    """Whether a segment names someone outside the dispute: a judge, a resident, an analyst."""
    stately = any(w.low.startswith("state") and not w.capital for w in segment.words)
    phrase = noun_phrase(segment)
    # 'Associated Press', 'Channel News'
    if phrase.core and phrase.core[-1].capital and phrase.core[-1].low in {"press", "news"}:
        return True
    return any(w.is_a("outside") and not (stately and w.is_a("mouthpieces")) for w in phrase.roles)


def former(segment: Segment) -> bool:
    """Whether a segment names someone who no longer speaks for a body."""
    return any(w.is_a("former") or w.low.startswith("ex-") for w in segment.words)


def common(core: Sequence[Word]) -> bool:
    """Whether a core is common words only ('general staff'), a capital at the head of a sentence aside."""
    return bool(core) and not any(
        w.capital and not (n == 0 and w.is_a(*BODIES) and not w.text.isupper()) for n, w in enumerate(core)
    )


def capitals(core: Sequence[Word]) -> bool:
    """Whether all words of a core begin with a capital."""
    return bool(core) and all(word.capital for word in core)


def _inside(at: int, spans: Collection[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
