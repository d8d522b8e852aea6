"""Says who a source phrase refers to: pronouns go to the last speaker who fits, surnames to full names.

Rules, no model: an unresolved pronoun stays unknown rather than wrong. Parties are found elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stance.attribution.descriptions import Page, page_of
from stance.attribution.lexicon import words
from stance.attribution.linking import Span
from stance.attribution.names import (
    CONNECTOR,
    NO_NAME,
    SPACE,
    TITLES,
    full_name,
    is_body_noun,
    kind_of_source,
)

_FEMININE = frozenset({"she", "her", "hers", "herself"})
_MASCULINE = frozenset({"he", "him", "his", "himself"})
_PLURAL = frozenset({"they", "them", "their", "theirs", "themselves"})
_NEUTER = frozenset({"it", "its", "itself"})
_RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
_FIRST = frozenset(
    {"i", "we", "me", "us", "my", "our", "mine", "ours", "myself", "ourselves", "you", "your", "yours", "one"}
)
PRONOUNS = _FEMININE | _MASCULINE | _PLURAL | _NEUTER | _RELATIVE | _FIRST

_FEMALE = re.compile(
    r"\b(?:M(?:r?s|iss|adam)\b|[a-z]*woman\b|[A-Z][a-z]+woman\b|wife\b|mother\b|daughter\b|sister\b"
    r"|(?:Queen|Lady|Princess) (?=[A-Z]))"
)
_MALE = re.compile(
    r"\b(?:Mr\b|[a-z]*man\b|(?:Spokes|Chair|Congress|Police|Business|Council)man\b|husband\b|father\b|son\b|brother\b"
    r"|(?:Sir|King|Lord|Prince|Pope) (?=[A-Z]))"
)
_OTHERS = re.compile(r",?\s(?:who|whose|which)\s.*|\bM(?:r|rs|s|iss)\.?\s[A-Z][\w-]+['’]s\b", re.DOTALL)
_MARKS = ' \xa0\t\r\n,;:"“”«»'
_RECENT = 200  # people and bodies looked at behind a pronoun
_LONGEST, _WINDOW = 40, 120  # characters looked at behind and before a name
_LEAD = re.compile(r"(?:But|And|As|So|Or|Yet|Even|Still,)\s+(?=\S)")
# A sentence begins with "Lind told", "President Lind, who", "The minister said".
_FRONTED = rf"(?:(?:In|At|On|From|Near|Outside|Across|By|After|Before){SPACE}[^,.;\n\"“”]{{1,60}},{SPACE})?"
_SUBJECT = re.compile(
    rf"(?:\A|\n|[.!?]['’”\"]*{SPACE})\s*{_FRONTED}(?P<who>(?!The\b)(?:[A-Z][\w'’-]*\.?{SPACE}+){{0,4}}[A-Z][\w'’-]+"
    rf"|The{SPACE}+(?:[a-z]+{SPACE}+)?(?:{'|'.join(sorted(TITLES))}))(?=,|{SPACE}+(?!and\b|or\b)[a-z])"
)
# "The company has hired divers", "Harrow Terminals, which runs the port, closed".
_BODY_SUBJECT = re.compile(
    rf"(?:\A|\n|[.!?]['’”\"]*{SPACE})\s*{_FRONTED}(?P<who>[Tt]he(?:{SPACE}[\w'’-]+){{1,4}}?"
    rf"|(?:[A-Z][\w'’&-]*{SPACE}+){{0,4}}[A-Z][\w'’-]+)(?=,|{SPACE}+(?:\w+ed|\w+ly|ran|won|took|held|lost|has"
    rf"|had|have|was|were|is|are|will|did|does|says|plans|runs|owns|employs|makes|wants)\b)"
)
# The name before a clause that was tagged without it: "Marta Lind, {who chairs the union}".
_NAME_BEFORE = re.compile(
    rf"(?P<name>(?:[A-Z][\w'’.-]*{SPACE}+(?:{CONNECTOR}{SPACE}+)*){{1,3}}[A-Z][\w'’-]+),{SPACE}*\Z"
)
_RELATIVE_CLAUSE = re.compile(rf"(?:who|whom|which){SPACE}+\w")
_POSSESSIVE = re.compile(rf"(?P<whose>[Ii]ts|[Tt]heir|[Hh]is|[Hh]er){SPACE}+(?=\w)")
_BEFORE_WHO = re.compile(
    rf"(?P<name>(?:[A-Z][\w'’-]*\.?{SPACE}+(?:{CONNECTOR}{SPACE}+)*)*[A-Z][\w'’-]+"
    rf"|\b(?:[Tt]he|[Aa]n?|[Ss]ome|[Mm]any|[Oo]ther|[Ss]everal)(?:{SPACE}+[\w'’-]+){{1,3}}|\b[a-z]{{3,}}s)"
    rf",?{SPACE}*\Z"
)
_TITLED = re.compile(
    rf"\b(?:Mrs?|Ms|Miss|Sir|Lady)\b\.?{SPACE}+([A-Z][\w’'-]*\w)(?:{SPACE}+([A-Z][\w-]*\w))?"
)
_PLACED = re.compile(rf"\b(?:in|at|of|from|near|around|across|to){SPACE}+(?:the{SPACE}+)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceMention:
    """Where the speaker of a content is named: a span of the article and the name to show.

    ``of`` is the span of whoever a possessive pronoun in it stands for: in "Its director", the company.
    """

    name: str
    start: int
    end: int
    of: tuple[int, int] | None = None


def is_pronoun(phrase: str) -> bool:
    """Return whether a source phrase is one pronoun ("He", "they")."""
    return phrase.strip(_MARKS + ".'").lower() in PRONOUNS


def _sign(phrase: str) -> str:
    """Return "f", "m" or "" by the first title or noun that tells; others named in the phrase don't count."""
    phrase = _OTHERS.sub("", phrase)
    hits = [(m.start(), sign) for sign, p in (("f", _FEMALE), ("m", _MALE)) if (m := p.search(phrase))]
    return min(hits)[1] if hits else ""


def _signs(text: str) -> dict[str, set[str]]:
    """The genders by which the text titles each surname ("Ms Lind")."""
    signs: dict[str, set[str]] = {}
    for match in _TITLED.finditer(text):
        for name in filter(None, match.groups()):
            signs.setdefault(name, set()).add(_sign(match.group()))
    return signs


def _kind(page: Page, phrase: str) -> str:
    """The kind of a source phrase, where the article shows a bare name to be a company's."""
    kind = kind_of_source(phrase)
    if kind != "person":
        return kind
    name = phrase.split(",", 1)[0].strip()
    is_body = name in page.bodies or page.company_called(name) is not None
    return "body" if is_body and not page.is_person(words(name)) else kind


def _fits(page: Page, pronoun: str, phrase: str, signs: Mapping[str, set[str]]) -> bool:
    kind = _kind(page, phrase)
    if pronoun in _FEMININE | _MASCULINE:
        own = _sign(phrase)
        told = {own} if own else signs.get(_surname(phrase), set())
        return kind == "person" and told != {"m" if pronoun in _FEMININE else "f"}
    return kind in {"body", "thing"} if pronoun in _NEUTER else kind in {"body", "group"}


def _surname(phrase: str) -> str:
    words = phrase.split(",", 1)[0].split()
    return words[-1] if words else ""


def _quoted(text: str) -> list[int]:
    """Offsets at which quotations begin and end by turns; a paragraph's end closes an open one."""
    edges: list[int] = []
    for paragraph in re.finditer(r"[^\n]+", text):
        inside = False
        for mark in re.finditer("[\"“”«»]|''", paragraph.group()):
            opens = mark.group() in "“«" or (mark.group() in "\"''" and not inside)
            if opens != inside:
                edges.append(paragraph.start() + mark.start())
                inside = opens
        if inside:
            edges.append(paragraph.end())
    return edges


def _subjects(
    text: str, edges: Sequence[int], surnames: Collection[str]
) -> list[tuple[int, str, SourceMention]]:
    """People at the head of a sentence outside quotations: they answer to "he" and "she" like sources."""
    found = []
    for match in _SUBJECT.finditer(text):
        start, end = match.span("who")
        after = re.match(rf"{SPACE}+([a-z-]+)", text[end : end + _LONGEST])
        # In "Lind campaign spokesman Jon Ek" nobody called Lind speaks.
        modifies = after is not None and (is_body_noun(after.group(1)) or after.group(1) in TITLES)
        someone = match.group("who") in surnames or _is_someone(text, match.group("who"))
        if not modifies and bisect_left(edges, start) % 2 == 0 and someone:
            found.append(
                (start, text[start:end], SourceMention(full_name(text, text[start:end]), start, end))
            )
    return found


def _body_subjects(page: Page, edges: Sequence[int]) -> list[tuple[int, str, SourceMention]]:
    """Bodies at the head of a sentence outside quotations: they answer to "it" and "they" like sources."""
    found = []
    for match in _BODY_SUBJECT.finditer(page.text):
        start, end = match.span("who")
        phrase = match.group("who")
        if bisect_left(edges, start) % 2 == 0 and _kind(page, phrase) == "body":
            found.append((start, phrase, SourceMention(phrase, start, end)))
    return found


def _is_someone(text: str, phrase: str) -> bool:
    """Whether capitalised words at the head of a sentence name a person; "The <title>" always does."""
    words = phrase.split()
    if words[0] == "The":
        return True
    if words[-1].endswith(("'s", "’s")) or any(w.lower() in NO_NAME for w in words):
        return False
    if words[-1].lower() in TITLES or kind_of_source(phrase) != "person":
        return False
    return len(words) > 1 or full_name(text, phrase) != phrase


def subjects(text: str, surnames: Collection[str] = ()) -> list[tuple[int, str, SourceMention]]:
    """Return the people at the heads of sentences outside quotations: (offset, phrase, mention), by offset.

    ``surnames``: names in the text that are known to be persons' from elsewhere.
    """
    return _subjects(text, _quoted(text), surnames)


def resolve(
    text: str, sources: Sequence[Span | None], surnames: Collection[str] = ()
) -> list[SourceMention | None]:
    """Return the mention behind each source, same order and length; None where it cannot be known.

    "He" and "she" take the last person named before them, as a source or at the head of a sentence,
    whose title does not disagree; "it" takes the last body, "they" the last body or group; "who" takes
    the words just before it. "Its director" is the director of whoever "it" is. First persons, and pronouns
    inside quotations, stay unknown. ``surnames`` are names known to be persons' from other articles.
    """
    page = page_of(text)
    edges = _quoted(text)
    seen = sorted(
        _subjects(text, edges, surnames) + _body_subjects(page, edges), key=lambda one: (one[0], one[1])
    )
    signs = _signs(text)
    names = [_named(text, span) if span else None for span in sources]
    result: list[SourceMention | None] = []
    for span, named in zip(sources, names, strict=True):
        if span is None or named is None:
            result.append(None)
            continue
        word = named.name.lower()
        quoted = bool(bisect_left(edges, span.start) % 2)
        mention: SourceMention | None = named
        if word in _RELATIVE:
            mention = _antecedent(text, span, names)
        elif word in _FIRST or (word in PRONOUNS and quoted):
            mention = None
        elif word in PRONOUNS:
            mention = _last(page, seen, word, span.start, signs)
        elif not quoted and (possessive := _POSSESSIVE.match(named.name)):
            owner = _last(page, seen, _OBJECTIVE[possessive.group("whose").lower()], span.start, signs)
            mention = _owned(named, possessive.end(), owner) if owner else named
        if mention and not quoted:
            # Saying it again makes a speaker the latest one.
            insort(seen, (span.start, text[mention.start : mention.end], mention), key=lambda one: one[0])
        result.append(mention)
    return result


_OBJECTIVE = {"its": "it", "their": "they", "his": "he", "her": "she"}


def _last(
    page: Page,
    seen: Sequence[tuple[int, str, SourceMention]],
    pronoun: str,
    before: int,
    signs: Mapping[str, set[str]],
) -> SourceMention | None:
    """The last of those seen before an offset who answers to a pronoun; ``seen`` is in order of offsets."""
    at = bisect_left(seen, before, key=lambda one: one[0])
    for _, phrase, mention in reversed(seen[max(0, at - _RECENT) : at]):
        if _fits(page, pronoun, phrase, signs):
            return mention
    return None


def _owned(named: SourceMention, skip: int, owner: SourceMention) -> SourceMention:
    """The mention of "Its director" with the owner's name in place of the pronoun."""
    whose = owner.name.split(",", 1)[0]
    ending = "’" if whose.endswith("s") else "’s"
    return SourceMention(
        f"{whose}{ending} {named.name[skip:]}",
        named.start,
        named.end,
        of=owner.of or (owner.start, owner.end),
    )


def _named(text: str, span: Span) -> SourceMention | None:
    """The source without outer marks, a leading "But" and a possessive ending.

    A clause or apposition that was tagged without the name before it gets the name.
    """
    start, end = span.start, span.end
    lead = _LEAD.match(text, start, end)
    start = lead.end() if lead else start
    while start < end and text[start] in _MARKS:
        start += 1
    while (
        start < end
        and text[end - 1] in _MARKS
        and not (text[end - 1] in '"”»' and _opens(text[start : end - 1]))
    ):
        end -= 1
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    # "Jr." and "Wis." keep the stop that "... the ministry." only has at a sentence's end.
    if re.search(r"[a-z]{4,}\.$", text[start:end]):
        end -= 1
    if start < end and text[start].islower():
        start = _with_name(text, start, end)
    return SourceMention(full_name(text, text[start:end]), start, end) if start < end else None


def _with_name(text: str, start: int, end: int) -> int:
    """Where a source begins that has a person's name and a comma before it, if it describes a person."""
    before = text[max(0, start - _WINDOW) : start]
    name = _NAME_BEFORE.search(before)
    if name is None or is_pronoun(text[start:end]) or _is_clause_of_body(text, start, end):
        return start
    if any(w.lower() in NO_NAME for w in name.group("name").split()):
        return start
    return start - len(before) + name.start("name")


def _is_clause_of_body(text: str, start: int, end: int) -> bool:
    """Whether a source after a name and a comma is someone else: "In Kyiv, the ministry"."""
    phrase = text[start:end]
    return not _RELATIVE_CLAUSE.match(phrase) and kind_of_source(phrase) != "person"


def _opens(phrase: str) -> bool:
    return phrase.count('"') % 2 == 1 or phrase.count("“") > phrase.count("”")


def _antecedent(text: str, span: Span, names: Sequence[SourceMention | None]) -> SourceMention | None:
    """The source or noun phrase right before a relative pronoun; None for a place or when nothing fits."""
    for name in names:
        if name and name.end <= span.start and not text[name.end : span.start].strip(_MARKS):
            return name
    before = text[max(0, span.start - _WINDOW) : span.start]
    match = _BEFORE_WHO.search(before)
    if match is None or match.group("name").lower() in {"those", "people"}:
        return None
    phrase = match.group("name")
    kind = kind_of_source(phrase)
    if text[span.start : span.end].lower() in {"who", "whom"}:
        fits = kind in {"person", "group"} and not _PLACED.search(before[: match.start("name")])
    else:
        fits = kind != "person"
    start = span.start - len(before) + match.start("name")
    return SourceMention(full_name(text, phrase), start, start + len(phrase)) if fits else None
