"""What is counted or measured behind a number, in one spelling, and which units can be compared.

Sizes of units are scipy's; which words count people, and what became of them, is a list of ours.
"""

from __future__ import annotations

import re
from functools import cache

_NOUN = re.compile(
    r"\s*-?\s*(?:(?:or\s+)?(?:more|fewer)\s+|other\s+|further\s+|additional\s+|of\s+(?:the|its|our|their|his)\s+)?"
    r"(?P<words>(?:[\w’'-]+[ \xa0]){0,3}[\w’'-]+|%)?"
)
_PLURAL = re.compile(
    r"(?!(?:was|is|has|its|this|his|as|us|plus|across|times)\b)[a-z][\w-]*[a-rt-z]s\b|[a-z]+(?:ss)?es\b"
)
# What is counted ends at these.
_STOPS = frozenset({"and", "or", "in", "on", "at", "to", "were", "was", "have", "had", "the", "of"})
# Nouns of several, and what one of them is; who is dead or wounded is a person.
_ONE_OF = {
    "aircraft": "aircraft",
    "cattle": "cattle",
    "children": "child",
    "dead": "person",
    "deaths": "person",
    "injured": "person",
    "injuries": "person",
    "killed": "person",
    "lives": "person",
    "men": "man",
    "missing": "person",
    "others": "person",
    "people": "person",
    "persons": "person",
    "personnel": "person",
    "police": "police",
    "servicemen": "soldier",
    "sheep": "sheep",
    "staff": "staff",
    "troops": "soldier",
    "women": "woman",
    "wounded": "person",
}
_PERSONS = frozenset({*_ONE_OF.values(), "civilian", "soldier", "worker"}) - {"aircraft", "cattle", "sheep"}
_WORKERS = ("er", "ian", "or", "ist", "ee")
_FATE = re.compile(
    r"\b(?:(?P<killed>kill\w*|dead|die[ds]?|deaths?|lost (?:their|his|her) li\w+|lives|fatal\w*|slain)"
    r"|(?P<wounded>wound\w*|injur\w*|hurt)|(?P<missing>missing)|(?P<arrested>arrest\w*|detain\w*)"
    r"|(?P<captured>captur\w*|taken prisoner|prisoners?|surrender\w*))\b",
    re.IGNORECASE,
)
_FATE_REACH = 60
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound"}
_SPELLINGS = {
    "%": "percent",
    "feet": "foot",
    "kg": "kilogram",
    "kilometer": "kilometre",
    "km": "kilometre",
    "liter": "litre",
    "m": "metre",
    "meter": "metre",
    "percent": "percent",
    "percentage": "percent",
    "t": "tonne",
}


def unit_behind(piece: str, right: int, following: int) -> tuple[str, int] | None:
    """Return what a number that ends at ``right`` counts, in the singular, and where its words end.

    ``following`` is where the next number begins. People get what became of them: "soldier killed". None when
    nothing is counted.
    """
    match = _NOUN.match(piece, right, max(right, following))
    words = match.group("words") if match else None
    if match is None or not words:
        fate = _fate(piece, max(0, right - _FATE_REACH), right)
        return (f"person {fate}", right) if fate else None
    at, single_too = match.start("words"), piece[:right].lower().endswith("one")
    if cent := re.match(r"per\scent\b", words):
        return "percent", at + cent.end()
    for word in re.finditer(r"[\w’-]+|%", words):
        low, stop = word.group().lower(), at + word.end()
        single = singular(low)
        if single in _SPELLINGS:
            return _SPELLINGS[single], stop
        if low in _ONE_OF or _PLURAL.fullmatch(low) or (single_too and low in _PERSONS):
            return _with_fate(piece, low, stop, (right, following)), stop
        if low in _STOPS:
            break
    return None


def sign_unit(sign: str) -> str:
    """Return the unit that a sign before or behind a number stands for: $, €, £ or %."""
    return _CURRENCIES.get(sign) or _SPELLINGS[sign]


def persons_behind(piece: str, right: int) -> str:
    """Return the unit of "nobody": a person to whom something happened, or nothing when it is unsaid."""
    fate = _fate(piece, right, right + _FATE_REACH)
    return f"person {fate}" if fate else ""


def counts_persons(word: str) -> bool:
    """Return whether "one" before ``word`` counts: "one soldier", "one dead"."""
    return word in _PERSONS or word in _ONE_OF


def is_plural(word: str) -> bool:
    """Return whether a lower-case word looks like the plural of a noun."""
    return _PLURAL.fullmatch(word) is not None


def factor(unit: str, other: str) -> float | None:
    """Return what the one unit is in the other, 1 for the same; None when they measure different things."""
    if unit == other:
        return 1.0
    kinds = _measures()
    if unit in kinds and other in kinds and kinds[unit][0] == kinds[other][0]:
        return kinds[unit][1] / kinds[other][1]
    # "12 people killed" and "12 soldiers killed" count one thing; "12 soldiers" and "12 people" may not.
    one, _, fate = unit.partition(" ")
    two, _, other_fate = other.partition(" ")
    return 1.0 if fate and fate == other_fate and "person" in {one, two} else None


def singular(word: str) -> str:
    """Return the singular of a lower-case noun."""
    if word in _ONE_OF:
        return _ONE_OF[word]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _with_fate(piece: str, low: str, stop: int, reach: tuple[int, int]) -> str:
    """A unit with what became of those counted; of things nothing is added."""
    if own := _FATE.fullmatch(low):
        return f"person {own.lastgroup}"
    single = singular(low)
    if single not in _PERSONS and not single.endswith(_WORKERS):
        return single
    ahead = _fate(piece, stop, min(reach[1], stop + _FATE_REACH))
    fate = ahead or _fate(piece, max(0, reach[0] - _FATE_REACH), reach[0])
    return f"{single} {fate}" if fate else single


def _fate(piece: str, start: int, end: int) -> str:
    match = _FATE.search(piece, start, end)
    return (match.lastgroup or "") if match else ""


@cache
def _measures() -> dict[str, tuple[str, float]]:
    """Units of measure by name: what they measure, and their size in SI units."""
    from scipy import constants as c

    sizes = {
        "length": {"metre": 1.0, "kilometre": 1e3, "mile": c.mile, "foot": c.foot},
        "mass": {"kilogram": 1.0, "tonne": 1e3},
        "area": {"hectare": c.hectare, "acre": c.acre},
        "volume": {"litre": c.liter, "gallon": c.gallon, "barrel": c.barrel},
        "time": {"minute": c.minute, "hour": c.hour, "day": c.day, "week": c.week},
    }
    return {name: (kind, size) for kind, units in sizes.items() for name, size in units.items()}
