"""Finds the states that a text names: by name, demonym, adjective, capital, seat of government or organ.

It does not decide whom a speaker stands for (``parties.py`` does) and knows nothing of context: 'Georgia'
is always the country, 'Chad' never the man. The table of names is ``states.txt`` beside this file; official
names are added from pycountry and the CLDR names of Babel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Longest name of the table in words ("Democratic People's Republic of Korea" has six with its apostrophe,
# "United Kingdom of Great Britain and Northern Ireland" nine).
_MOST_WORDS = 10

_WORD = re.compile(r"[^\W_]+")

# 'the Russian-installed governor' speaks for Russia; 'Iran-backed', 'pro-Moscow', 'Kyiv-based' do not speak
# for the state they name, so every other hyphenated compound is one unknown word.
_SPEAKS_FOR = ("led", "installed", "appointed", "run")


@dataclass(frozen=True, slots=True)
class State:
    """A state: lower-case ISO 3166 alpha-2 ``id`` ('xk' for Kosovo), its name and everything it is called.

    ``names`` are noun forms, ``adjectives`` adjectives and demonyms, ``capitals`` cities used for the
    government, ``seats`` buildings and organs of state.
    """

    id: str
    name: str
    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()

    @property
    def aliases(self) -> tuple[str, ...]:
        """Everything the state is called, its name first."""
        return self.names + self.adjectives + self.capitals + self.seats

    def form(self, text: str) -> str:
        """Return what ``text``, as found in an article, is to this state.

        One of 'name', 'demonym', 'capital', 'seat'. Raises ValueError when it is none of them.
        """
        key = _key(text)
        for form, group in (
            ("name", self.names),
            ("demonym", self.adjectives),
            ("capital", self.capitals),
            ("seat", self.seats),
        ):
            if any(_key(alias) == key for alias in group):
                return form
        raise ValueError(f"{text!r} is no name of {self.name} ({self.id}); it has {list(self.aliases)}")


def states() -> tuple[State, ...]:
    """Return all states known, by id: UN members, Kosovo, Palestine, Taiwan and the Vatican."""
    return _table()[0]


def find_states(text: str) -> list[tuple[State, int, int]]:
    """Find the states named in ``text``, as (state, start, end) in order of appearance.

    Whole words, case-sensitive, the longest name first, never overlapping; a possessive ending is not part
    of the span. Of hyphenated compounds only '-led', '-installed', '-appointed' and '-run' count.

    Known risks: 'Georgia' the US state, 'Polish' at the head of a sentence, people called Jordan or Chad.
    """
    words = list(_WORD.finditer(text))
    lookup = _table()[1]
    found: list[tuple[State, int, int]] = []
    i = 0
    while i < len(words):
        step = 1
        if words[i].group()[0].isupper():
            for n in range(min(_MOST_WORDS, len(words) - i), 0, -1):
                start, end = words[i].start(), words[i + n - 1].end()
                hit, end = _look_up(text, start, end, lookup)
                if hit is None or _compound(text, start, end):
                    continue
                step = n
                if isinstance(hit, State):
                    found.append((hit, start, end))
                break
        i += step
    return found


def _look_up(
    text: str, start: int, end: int, lookup: dict[str, State | str]
) -> tuple[State | str | None, int]:
    """Look up a span, with the full stop behind it when that is part of the name ('U.S.')."""
    if text[end : end + 1] == ".":
        hit = lookup.get(_key(text[start : end + 1]))
        if hit is not None:
            return hit, end + 1
    return lookup.get(_key(text[start:end])), end


def _compound(text: str, start: int, end: int) -> bool:
    """Whether the span is a part of a hyphenated word that does not speak for the state."""
    if start >= 2 and text[start - 1] in "-‑–" and text[start - 2].isalnum():  # noqa: PLR2004
        return True
    after = re.match(r"[-‑–](\w+)", text[end:])
    return after is not None and after.group(1) not in _SPEAKS_FOR


def _key(name: str) -> str:
    return " ".join(name.replace("’", "'").split())


def _split(cell: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in cell.split(";") if value.strip())


@cache
def _table() -> tuple[tuple[State, ...], dict[str, State | str]]:
    """Read ``states.txt`` once: the states by id, and the look-up of every name ('' means no state)."""
    lookup: dict[str, State | str] = {}
    rows: list[State] = []
    for line in (Path(__file__).parent / "states.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        id_, names, adjectives, capitals, seats = (cell.strip() for cell in line.split("|"))
        if id_ == "-":
            lookup |= {_key(name): "" for name in _split(names)}
            continue
        first = _split(names)
        rows.append(
            State(id_, first[0], first, _split(adjectives), _split(capitals), _split(seats)),
        )
    taken = set(lookup) | {_key(alias) for state in rows for alias in state.aliases}
    full = tuple(sorted((_with_official_names(state, taken) for state in rows), key=lambda s: s.id))
    lookup |= {_key(alias): state for state in full for alias in state.aliases}
    return full, lookup


def _with_official_names(state: State, taken: set[str]) -> State:
    """Add the names of pycountry and CLDR that no row of the table claims (so 'Congo' stays with 'cd')."""
    import pycountry
    from babel import Locale

    country = pycountry.countries.get(alpha_2=state.id.upper())
    official = [getattr(country, name, "") for name in ("name", "common_name", "official_name")]
    official.append(Locale("en").territories.get(state.id.upper(), ""))
    extra: list[str] = []
    for name in official:
        plain = name.removeprefix("the ")
        # 'Korea, Republic of' and 'Myanmar (Burma)' are index forms that no article uses
        if plain and not set(plain) & set(",(") and " - " not in plain and _key(plain) not in taken:
            extra.append(plain)
            taken.add(_key(plain))
    return State(
        state.id, state.name, state.names + tuple(extra), state.adjectives, state.capitals, state.seats
    )
