"""Knows the persons of an article set: who is called by surname in one article and by full name in another.

Names are compared within one event only, and a surname of two people tells nothing. It reads no articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stance.attribution.lexicon import words_of
from stance.attribution.names import CONNECTOR, NO_NAME, SPACE, TITLES, kind_of_source

_WORD = r"[A-ZÀ-Þ][\w’'-]*\w"
_FULL = re.compile(
    rf"(?P<title>(?:(?:{_WORD}|[A-Z]\.)\.?{SPACE}+)*?)"
    rf"(?P<full>(?:{_WORD}|[A-Z]\.)(?:{SPACE}(?:{_WORD}|[A-Z]\.)){{0,2}}(?:{SPACE}{CONNECTOR})*{SPACE}(?P<surname>{_WORD}))"
)
_SHORT = re.compile(rf"(?P<title>(?:{_WORD}\.?{SPACE}+){{0,3}})(?P<surname>{_WORD})(?P<rest>,.*)?", re.DOTALL)
_COURTESY = frozenset({"mr", "mrs", "ms", "miss", "mx"})
# Endings and letters by which the same name is written in English: Zelensky, Zelenskyy, Zelenskiy.
_SPELLINGS = (
    (re.compile(r"(?:yy|iy|ii|ij|yi|yj|i|j)$"), "y"),
    (re.compile(r"(?:ey|ei)$"), "y"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"(?:ou|w)"), lambda m: "u" if m.group() == "ou" else "v"),
    (re.compile(r"ks"), "x"),
    (re.compile(r"(?:ye|je|yo)"), "e"),
    (re.compile(r"(.)\1"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class People:
    """The full names of one event by surname, and the phrases that describe each full name."""

    full: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str | None:
        """Return a speaker's name with the given name, None when it has one already or none is known."""
        match = _SHORT.fullmatch(name)
        if match is None:
            return None
        titles = [word.strip(".").lower() for word in match["title"].split()]
        full = self.full.get(spelling(match["surname"]))
        if full is None or any(t not in TITLES | _COURTESY for t in titles):
            return None
        kept = "" if not titles or set(titles) <= _COURTESY else " ".join(match["title"].split()) + " "
        return f"{kept}{full}{match['rest'] or ''}"


def gather(names: Iterable[str]) -> People:
    """Return the people among speaker names as they are shown ("Defence Minister Ann Lind, 52")."""
    found: dict[str, dict[str, str]] = {}
    described: dict[str, set[str]] = {}
    for name in sorted(set(names)):
        full = full_of(name)
        if full is None:
            continue
        found.setdefault(spelling(full.split()[-1]), {}).setdefault(spelling(full), full)
        described.setdefault(full, set()).add(name)
    return People(
        {surname: next(iter(full.values())) for surname, full in found.items() if len(full) == 1},
        {full: "; ".join(sorted(phrases)) for full, phrases in described.items()},
    )


def full_of(name: str) -> str | None:
    """Return the given name and surname in a speaker's name, without titles; None when it has no both."""
    head, *others = (part.strip() for part in re.split(rf",|\(|{SPACE}(?:who|of|from|at)\b", name))
    if others and head.split() and head.split()[-1].lower() in words_of("roles") and ", " in name:
        # "the firm's manager, Jon Moss"
        head = others[0]
    owned = re.match(r".*['’]s?\s+(?:[a-z]\S*\s+)*(?=[A-Z])", head)
    words = head[owned.end() :].split() if owned else head.split()
    last = max((n for n, word in enumerate(words[:-1]) if _is_title(word)), default=-1)
    words = words[last + 1 :]
    match = _FULL.fullmatch(" ".join(words)) if len(words) > 1 else None
    return " ".join(words) if match and kind_of_source(" ".join(words)) == "person" else None


def _is_title(word: str) -> bool:
    """Whether a word before a name is no part of it: a title, a role, or in lower case."""
    plain = word.strip(".").lower()
    if word[0].islower() and not re.fullmatch(CONNECTOR, word):
        return True
    return plain in TITLES | NO_NAME | _COURTESY or plain in words_of("roles") | words_of("outside")


def spelling(name: str) -> str:
    """Return a name by the sound that its ways of writing share: no accents, no case, no doubled letters.

    "Zelenskyy" and "Zelensky", "Oleksandr Syrskyi" and "Oleksandr Syrsky" are one; "Kim" and "Kin" are not.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = ["".join(c for c in word if c.isalnum()) for word in plain.split()]
    return " ".join(_folded(word) for word in words if word)


def _folded(word: str) -> str:
    for pattern, to in _SPELLINGS:
        word = pattern.sub(to, word)
    return word
