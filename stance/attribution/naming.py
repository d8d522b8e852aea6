"""Gives speakers the fullest name that their article has: "Mr Lind" is Jon Lind, "the union" is which one.

It follows names, titles and the words for bodies; pronouns are for ``speakers.py``, parties for
``parties.py``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from stance.attribution.bodies import stem
from stance.attribution.descriptions import Page, page_of
from stance.attribution.lexicon import Word, is_body, words
from stance.attribution.linking import Span
from stance.attribution.names import SPACE, TITLES, full_name, kind_of_source
from stance.attribution.people import People, full_of, spelling
from stance.attribution.phrases import noun_phrase, parts
from stance.attribution.speakers import SourceMention, subjects

_COURTESY = re.compile(rf"(?:Mr|Mrs|Ms|Miss|Mx)\.?{SPACE}+")
_TITLED = re.compile(rf"(?P<title>(?:[A-Z][\w-]*\.?{SPACE}+){{1,4}})(?P<surname>[A-Z][\w’'-]+)")
_THE_ROLE = re.compile(rf"[Tt]he{SPACE}+(?:[a-z]+(?:['’]s?)?{SPACE}+){{0,2}}(?P<role>[a-z]+)")
# What else a person is called whom the article then calls by the first word.
_SAME_ROLE = {
    "general": r"gen\.|general|chief of (?:the )?(?:[\w’'-]+ ){0,3}staff|(?:army|military) chief"
    r"|commander(?:-in-chief)?",
    "commander": r"commander(?:-in-chief)?|general|colonel|captain",
    "officer": r"officer|lieutenant|captain|major|colonel|sergeant|policeman|policewoman",
    "soldier": r"soldier|sergeant|private|corporal|serviceman",
    "minister": r"minister|foreign secretary|home secretary",
    "spokesman": r"spokesman|spokesperson",
    "spokeswoman": r"spokeswoman|spokesperson",
    "spokesperson": r"spokes\w+",
    "chairman": r"chair(?:man|s)?",
    "chairwoman": r"chair(?:woman|s)?",
    "chair": r"chair\w*",
    "manager": r"manag(?:er|es)",
    "leader": r"leader|leads|head|heads",
    "lawmaker": r"lawmaker|senator|mp|member of parliament|representative|legislator",
    "diplomat": r"diplomat|ambassador|envoy|consul",
    "executive": r"executive|ceo|boss",
    "lawyer": r"lawyer|attorney|counsel|solicitor|barrister",
    "judge": r"judge|justice",
    "prosecutor": r"prosecutor|state attorney|district attorney",
    "professor": r"professor|prof\.",
    "doctor": r"doctor|dr\.?|physician|surgeon",
}
_ROLE_NOUN = re.compile(r"\w+(?:er|or|ist|man|woman|person|ian|ant|eon|ief|ate|ess|al|ee|ey|ay|et)\Z")
_THE_PAPER = re.compile(
    rf"[Tt]he{SPACE}+(?P<paper>leaflet|statement|letter|post|bulletin|note|message|release|report)"
)
_AUTHOR_REACH = 80  # characters from whoever "said in a leaflet" to the leaflet


_RECENT = 20  # speakers, and people at the heads of sentences, looked at behind "the general"
# A speaker, and where in the text it speaks: not where its name stands when a pronoun led to it.
_Spoke = tuple[Span, SourceMention]


def fuller(
    text: str,
    sources: Sequence[Span | None],
    mentions: Sequence[SourceMention | None],
    people: People | None = None,
) -> list[SourceMention | None]:
    """Return the mentions behind the sources with their fullest names, same order and length.

    A title before a surname takes the given name of the one person so called. "The general" takes the last
    speaker before it whose description has that word or one for the same office, and the place where that
    speaker is named; "the leaflet" takes whoever said something in a leaflet before. A body's short name
    takes the nearest longer one before it with all its words. Whatever
    has no such counterpart stays as it is. ``people`` are those of the other articles about the same event.
    """
    page = _Known(page_of(text), people or People())
    heads = [(Span("source", at, m.end), m) for at, _, m in subjects(text, surnames(text, page.people))]
    result: list[SourceMention | None] = [None] * len(mentions)
    spoke: list[_Spoke] = []
    pairs = [
        (n, source, mention)
        for n, (source, mention) in enumerate(zip(sources, mentions, strict=True))
        if source is not None and mention is not None
    ]
    for n, source, mention in sorted(pairs, key=lambda item: (item[1].start, item[0])):
        at = bisect_left(heads, source.start, key=lambda h: h[0].start)
        recent = [*heads[max(0, at - _RECENT) : at], *spoke[-_RECENT:]]
        earlier = sorted(recent, key=lambda s: s[0].start)
        named = result[n] = _fuller(page, mention, source, earlier)
        spoke.append((source, named))
    return result


def surnames(text: str, people: People) -> list[str]:
    """Return the capitalised words of a text that are surnames of people known from elsewhere."""
    return sorted({w.base for w in words(text) if w.capital and spelling(w.base) in people.full})


@dataclass(frozen=True, slots=True)
class _Known:
    """An article, and the people of the others."""

    page: Page
    people: People


def _fuller(known: _Known, mention: SourceMention, source: Span, before: Sequence[_Spoke]) -> SourceMention:
    page = known.page
    titled = _TITLED.fullmatch(mention.name)
    if titled and (name := _titled(page.text, titled["title"], titled["surname"])):
        return replace(mention, name=name)
    paper = _THE_PAPER.fullmatch(mention.name)
    if paper and (author := _author(page.text, mention, paper["paper"], before)):
        return author
    role = _THE_ROLE.fullmatch(mention.name)
    if role and kind_of_source(mention.name) == "person" and _ROLE_NOUN.match(role["role"]):
        holder = _holder(known, mention, role["role"], source, before) or mention
        return replace(holder, name=known.people.named(holder.name) or holder.name)
    name = known.people.named(mention.name) if kind_of_source(mention.name) == "person" else None
    name = name or _body(page, mention)
    return replace(mention, name=name) if name else mention


def _titled(text: str, title: str, surname: str) -> str | None:
    """Jon Lind for "Mr Lind", President Jon Lind for "President Lind"; None where no given name is found."""
    roles = [word.strip(".").lower() for word in title.split()]
    if not _COURTESY.fullmatch(title) and roles[-1] not in TITLES:
        return None
    name = full_name(text, surname)
    if name == surname:
        return None
    return name if _COURTESY.fullmatch(title) else f"{' '.join(title.split())} {name}"


def _holder(
    known: _Known, mention: SourceMention, role: str, source: Span, before: Sequence[_Spoke]
) -> SourceMention | None:
    """The last person before ``mention`` who is described by ``role``; else the last of its paragraph.

    The latter only when nothing tells that person's own role: "Kessler will appeal. The chairwoman said".
    """
    page, same = (
        known.page,
        re.compile(rf"\b(?:{_SAME_ROLE.get(role, re.escape(role))})(?![\w’'])", re.IGNORECASE),
    )
    people = [
        (place, person)
        for place, person in reversed(before)
        if kind_of_source(page.text[person.start : person.end]) == "person"
        and person.name.lower() != mention.name.lower()
    ]
    for _, person in people:
        if any(same.search(told) for told in _described(known, person)):
            return person
    if not people or "\n" in page.text[people[0][0].end : source.start]:
        return None
    told = [w for phrase in _described(known, people[0][1]) for w in words(phrase)]
    titled = any(w.is_a("roles", "outside", "crowds", "fighters") and w.low not in _PLAIN for w in told)
    return None if titled or people[0][1].name[:1].islower() else people[0][1]


_PLAIN = frozenset({"mr", "mrs", "ms", "miss"})


def _author(text: str, mention: SourceMention, paper: str, before: Sequence[_Spoke]) -> SourceMention | None:
    """Who said something in the paper that speaks here: "The union said in a leaflet. The leaflet said"."""
    written = re.compile(rf"\bin (?:an?|its|their|his|her) (?:[\w-]+ )?{paper}\b")
    places = [m.start() for m in written.finditer(text, 0, mention.start)]
    if not places:
        return None
    near = [m for source, m in before if source.end <= places[-1] <= source.end + _AUTHOR_REACH]
    return near[-1] if near else None


def _described(known: _Known, person: SourceMention) -> list[str]:
    """What this article and the others say beside a person's name: titles and appositions."""
    page = known.page
    pieces = parts(page.text, person.start, person.end)
    name = noun_phrase(pieces[0][0]).name if pieces else ()
    own = [(person.start, person.end), *(page.describe(name) if name else [])]
    full = full_of(known.people.named(person.name) or person.name)
    return [*(page.text[a:b] for a, b in own), known.people.described.get(full or "", "")]


def _body(page: Page, mention: SourceMention) -> str | None:
    """The longer name of a body before the mention, None when it has none or is no body."""
    pieces = parts(page.text, mention.start, mention.end)
    phrase = noun_phrase(pieces[0][0]) if len(pieces) == 1 and len(pieces[0]) == 1 else None
    if phrase is None or phrase.roles or phrase.article not in {"", "the"}:
        return None
    core = phrase.core or phrase.name
    if len(core) == 1 and core[0].capital and not is_body(core[0]):
        return page.company_called(core[0].base)
    if not core or not is_body(core[-1]):
        return None
    company = page.company_before(mention.start)
    if company and len(core) == 1 and core[0].is_a("companies"):
        name = _shown(page, *company)
        return page.company_called(name) or name
    own = _stems(core)
    for start, end in islice(page.earlier(core[-1:], mention.start), _RECENT):
        found = words(page.text, start, end)
        if own < _stems(found) and not found[0].is_a("crowd-of") and _definite(found):
            return _shown(page, start, end)
    return None


def _definite(found: Sequence[Word]) -> bool:
    """Whether a phrase names one known body: "the union's office" is, "a union" and "its union" are not."""
    return not found[0].is_a("articles") or found[0].low == "the"


def _stems(core: Iterable[Word]) -> set[str]:
    return {stem(word.low) for word in core if not word.is_a("articles")}


def _shown(page: Page, start: int, end: int) -> str:
    return " ".join(page.text[start:end].split())
