"""Says who a source phrase refers to: pronouns go to the last speaker who fits, surnames to full names.

Rules, no model: an unresolved pronoun stays unknown rather than wrong. Parties are found elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    r"\b(?:M(?:r?s|iss|adam)\b|\w*woman\b|wife\b|mother\b|daughter\b|sister\b"
    r"|(?:Queen|Lady|Princess) (?=[A-Z]))"
)
_MALE = re.compile(
    r"\b(?:Mr\b|\w*[a-z]man\b|man\b|husband\b|father\b|son\b|brother\b"
    r"|(?:Sir|King|Lord|Prince|Pope) (?=[A-Z]))"
)
_MARKS = ' \xa0\t\r\n,;:"“”«»'
_LONGEST, _WINDOW = 40, 120  # characters looked at behind and before a name
_LEAD = re.compile(r"(?:But|And|As|So|Or|Yet|Even|Still,)\s+(?=\S)")
# A sentence begins with "Lind told", "President Lind, who", "The minister said".
_SUBJECT = re.compile(
    rf"(?:\A|\n|[.!?]['’”\"]*{SPACE})\s*(?P<who>(?!The\b)(?:[A-Z][\w'’-]*\.?{SPACE}+){{0,4}}[A-Z][\w'’-]+"
    rf"|The{SPACE}+(?:[a-z]+{SPACE}+)?(?:{'|'.join(sorted(TITLES))}))(?=,|{SPACE}+(?!and\b|or\b)[a-z])"
)
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
    """Where the speaker of a content is named: a span of the article and the name to show."""

    name: str
    start: int
    end: int


def is_pronoun(phrase: str) -> bool:
    """Return whether a source phrase is one pronoun ("He", "they")."""
    return phrase.strip(_MARKS + ".'").lower() in PRONOUNS


def _sign(phrase: str) -> str:
    """Return "f", "m" or "" by the first title or noun that tells."""
    hits = [(m.start(), sign) for sign, p in (("f", _FEMALE), ("m", _MALE)) if (m := p.search(phrase))]
    return min(hits)[1] if hits else ""


def _signs(text: str) -> dict[str, set[str]]:
    """The genders by which the text titles each surname ("Ms Lind")."""
    signs: dict[str, set[str]] = {}
    for match in _TITLED.finditer(text):
        for name in filter(None, match.groups()):
            signs.setdefault(name, set()).add(_sign(match.group()))
    return signs


def _fits(pronoun: str, phrase: str, signs: Mapping[str, set[str]]) -> bool:
    kind = kind_of_source(phrase)
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


def _subjects(text: str, edges: Sequence[int]) -> list[tuple[int, str, SourceMention]]:
    """People at the head of a sentence outside quotations: they answer to "he" and "she" like sources."""
    found = []
    for match in _SUBJECT.finditer(text):
        start, end = match.span("who")
        after = re.match(rf"{SPACE}+([a-z-]+)", text[end : end + _LONGEST])
        # In "Lind campaign spokesman Jon Ek" nobody called Lind speaks.
        modifies = after is not None and (is_body_noun(after.group(1)) or after.group(1) in TITLES)
        if not modifies and bisect_left(edges, start) % 2 == 0 and _is_someone(text, match.group("who")):
            found.append(
                (start, text[start:end], SourceMention(full_name(text, text[start:end]), start, end))
            )
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


def resolve(text: str, sources: Sequence[Span | None]) -> list[SourceMention | None]:
    """Return the mention behind each source, same order and length; None where it cannot be known.

    "He" and "she" take the last person named before them, as a source or at the head of a sentence,
    whose title does not disagree; "it" takes the last body, "they" the last body or group; "who" takes
    the words just before it. First persons, and pronouns inside quotations, stay unknown.
    """
    edges = _quoted(text)
    seen = _subjects(text, edges)
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
            fitting = [(at, m) for at, phrase, m in seen if at < span.start and _fits(word, phrase, signs)]
            mention = max(fitting, key=lambda found: found[0])[1] if fitting else None
        if mention and not quoted:
            # Saying it again makes a speaker the latest one.
            seen.append((span.start, text[mention.start : mention.end], mention))
        result.append(mention)
    return result


def _named(text: str, span: Span) -> SourceMention | None:
    """The source without outer marks, a leading "But" and a possessive ending."""
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
    return SourceMention(full_name(text, text[start:end]), start, end) if start < end else None


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
