"""The words that speaker phrases are read by: ``phrase_words.txt``, and the words of a text looked up in it.

It knows single words only; ``phrases.py`` reads them together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BODIES = ("bodies", "crowds", "fighters", "kinds", "companies")
"""The word lists of what can be a body, without the last words of company names."""

_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:[’'\-&.][^\W_]+)*(?:(?<=s)[’'])?")
_POSSESSIVE = re.compile(r"(?:[’']s|(?<=s)[’'])$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an article, a possessive ending included.

    ``base`` is the word without that ending, ``low`` the base in lower case; ``capital``: it begins with a
    capital or a digit.
    """

    text: str
    start: int
    end: int
    base: str
    low: str
    capital: bool

    @property
    def possessive(self) -> bool:
        """Whether the word ends in 's or s'."""
        return len(self.base) < len(self.text)

    @property
    def stop(self) -> int:
        """Behind the last character of the base."""
        return self.start + len(self.base)

    def is_a(self, *sections: str) -> bool:
        """Whether the base is in one of the word lists."""
        own = _sections_of().get(self.low)
        return own is not None and not own.isdisjoint(sections)


def words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Cut a span of ``text`` into words."""
    found: list[Word] = []
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        word = match.group()
        base = _POSSESSIVE.sub("", word) if word[-1] in "s’'" else word
        found.append(Word(word, match.start(), match.end(), base, base.lower(), not word[0].islower()))
    return found


def is_body(word: Word) -> bool:
    """Whether a word heads bodies: 'union', 'company', and in capitals also 'Lines' and 'Office'."""
    return word.is_a(*BODIES) or (word.capital and word.is_a("names", "organs"))


@cache
def words_of(section: str) -> frozenset[str]:
    """Return the words of one section of ``phrase_words.txt``. Raises KeyError for an unknown section."""
    return frozenset(" ".join(_sections()[section]).split())


@cache
def known_bodies() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the bodies known by name everywhere: (id, names)."""
    pairs = [line.split("=") for line in _sections()["known"]]
    return tuple((id_.strip(), tuple(n.strip() for n in names.split(";"))) for id_, names in pairs)


@cache
def _sections_of() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for section in _sections():
        if section != "known":
            for word in words_of(section):
                found.setdefault(word, set()).add(section)
    return found


@cache
def _sections() -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    for row in (Path(__file__).parent / "phrase_words.txt").read_text(encoding="utf-8").splitlines():
        line = row.split("#")[0].strip()
        if line.startswith("["):
            sections[line.strip("[]")] = lines = []
        elif line:
            lines.append(line)
    return sections
