"""Words a statement so that it reads alone: who "we" are, without the reporting words that stand inside.

For people; models read the statement's own text, which measures better (docs/experiments.md). It resolves
only what is safe: first persons of someone who speaks for a party, and "its troops" where nobody else was
named before.
"""

from __future__ import annotations

import re

from stance.attribution.lexicon import words_of
from stance.attribution.linking import Span
from stance.attribution.names import NO_NAME
from stance.attribution.quotes import MARKS

_WE = re.compile(
    r"\b(?P<we>[Ww]e)(?:['’](?P<short>re|ve|ll|d)|(?P<be>\s(?:are|were|have)))?\b"
    r"|\b(?P<our>[Oo]urs?)\b|\b(?P<us>us|ourselves)\b(?!\.)"
)
_VERBS = {
    "re": " is",
    "ve": " has",
    "ll": " will",
    "d": "’d",
    " are": " is",
    " were": " was",
    " have": " has",
}
# Whose forces these are, when the one who speaks is the only one named so far.
_FORCES = re.compile(
    r"\b(?P<whose>[Ii]ts|[Tt]heir|[Hh]is|[Hh]er)(?=\s(?:own\s)?(?:troops|forces|soldiers|army|military|navy"
    r"|air force|units|men|fighters|defenders|air defen[cs]es?|artillery|drones|members|workers|crews|staff"
    r"|engineers|players)\b)"
)
_CAPITAL = re.compile(r"\b[A-Z][\w’'-]+")
# "We" of a person who is asked how it was for them, or of all people, is no party.
_PRIVATE = re.compile(r"\b(?:my|I|me|mine|myself)\b")
_SHORT = 6


def said_as(text: str, span: tuple[int, int], aside: Span | None, party: str | None) -> str | None:
    """Return the words of ``text[start:end]`` for reading alone, None when they are the text itself.

    ``aside`` (", he said,") is left out; ``party`` is the name of the party spoken for, if any.
    """
    start, end = span
    plain = text[start:end]
    words = plain
    if aside is not None and start < aside.start and aside.end < end:
        words = _without(text, start, end, aside)
    if party is not None:
        words = _named(words, party)
    return words if words != plain else None


def is_fragment(text: str) -> bool:
    """Return whether words say nothing without what they answer: "This is a lie", "They did not do it"."""
    told = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+", text.lower())
    pointing = words_of("pointing")
    return len(told) <= _SHORT and all(word.replace("’", "'") in pointing for word in told)


def _without(text: str, start: int, end: int, aside: Span) -> str:
    """The two halves around an aside as one clause; the comma that opened the aside goes with it."""
    before, after = text[start : aside.start].rstrip(), text[aside.end : end].lstrip()
    if before[-1:] in tuple(MARKS) and after[:1] in tuple(MARKS):
        before, after = before[:-1].rstrip(), after[1:]
    return f"{before.rstrip(',')} {after}"


def _named(words: str, party: str) -> str:
    whose = f"{party}’" if party.endswith("s") else f"{party}’s"
    if not _PRIVATE.search(words):
        # Named once, then "it": a name in every place reads like several.
        first = _WE.sub(lambda m: _first_person(m, party, whose), words, count=1)
        words = first if first == words else _WE.sub(lambda m: _first_person(m, "it", "its"), first)
    forces = _FORCES.search(words)
    others = _CAPITAL.findall(words, 0, forces.start()) if forces else []
    if forces and all(word.lower() in NO_NAME for word in others):
        words = f"{words[: forces.start()]}{whose}{words[forces.end() :]}"
    return words


def _first_person(match: re.Match[str], party: str, whose: str) -> str:
    if match.group("our"):
        return whose
    if match.group("us"):
        return party if match.group("us") == "us" else "itself"
    return party + _VERBS.get(match.group("short") or match.group("be") or "", "")
