"""Finds the numbers of a text with unit, bound and scope, as exact spans, and compares those of two texts.

Numbers in words are read by text2num; what is counted, how the words bound it and over which time is a thin
layer of ours. Dates, times, ordinals, scores and names with a number in them are no quantities. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stance.facts.units import counts_persons, factor, is_plural, persons_behind, sign_unit, unit_behind
from stance.records import Bound, Days, NumberPair, Quantity, Scope

_BOUNDS: tuple[tuple[Bound, str], ...] = (
    (
        Bound.AT_LEAST,
        r"at least|no (?:fewer|less) than|not (?:fewer|less) than|a minimum of|minimum of",
    ),
    (Bound.UP_TO, r"up to|at most|no more than|not more than|as many as|as much as|a maximum of|within"),
    (Bound.MORE_THAN, r"more than|over|above|upwards of|exceeding|in excess of|well over|greater than"),
    (Bound.FEWER_THAN, r"fewer than|less than|under|below|not even"),
    (
        Bound.ABOUT,
        r"about|around|roughly|approximately|some|close to|an estimated|estimated|circa|almost|nearly",
    ),
    (Bound.EXACTLY, r"exactly|precisely|only|just"),
)
_BEFORE = re.compile(
    r"\b(?:" + "|".join(f"(?P<{bound.name}>{words})" for bound, words in _BOUNDS) + r")\W+(?:the\W+)?\Z",
    re.IGNORECASE,
)
_OR_MORE = re.compile(r"\s+or (?P<more>more)\b|\s+or (?:fewer|less)\b", re.IGNORECASE)
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?|\S")
_DIGITS = re.compile(
    r"(?<![\w.,:/–-])(?P<sign>[$€£]\s?)?(?P<low>\d{1,3}(?:,\d{3})+|\d+)(?P<point>\.\d+)?"
    r"(?:\s?[–-]\s?(?P<high>\d{1,3}(?:,\d{3})+|\d+)(?=\s[a-z]))?"
    r"(?![\d:/])(?!-\w)(?!(?:st|nd|rd|th)\b)(?!\s?[ap]\.?m\b)(?!\.\d)"
)
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "m": 1e6,
    "bn": 1e9,
}
_SCALE = re.compile(r"[\s-]?(?P<scale>hundred|thousand|million|billion|(?<=\d)m|(?<=\d)bn)\b")
_VAGUE = {"dozens": 24.0, "scores": 40.0, "hundreds": 200.0, "thousands": 2000.0, "millions": 2e6}
_WORDS = re.compile(
    r"\b(?P<vague>dozens|scores|hundreds|thousands|millions)\s+(?:of\s+)?"
    r"|\b(?:(?P<half>half)|(?P<thirds>a|one|two)[\s-]thirds?|(?P<quarters>a|one|three)[\s-]quarters?)\s+"
    r"(?=of\b(?! an hour)|the\b|its\b)"
    r"|\b(?:(?P<count>a|half a|two|three|four|several)\s+)?dozen\b"
    r"|\b(?P<nobody>nobody|no one|none of (?:the|its|our|their))\b"
    r"|\bno\s+(?=(?:\w+\s+)?(?P<none>people|civilians|soldiers|troops|casualties|deaths|injuries|losses|ships|votes)\b)",
    re.IGNORECASE,
)
_DOZENS = {None: 12.0, "a": 12.0, "half a": 6.0, "two": 24.0, "three": 36.0, "four": 48.0}
# "In 2023", "Article 5", "T-72", "number 7": a number that counts nothing.
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_LABEL = re.compile(
    r"\b(?:No|Nos|[Nn]umber|[Aa]rticle|[Ss]ection|[Cc]hapter|[Rr]oute|[Gg]ate|[Pp]hase|[Rr]eactor|[Pp]age|[Ll]ine|[Uu]nit"
    r"|[Cc]lause|[Rr]esolution|[Cc]ase|[Pp]ier|[Bb]erth|[Pp]latform|[Aa]ged?)\.?\s\Z|[A-Z][a-z]+\s\Z"
)
_OF_ALL = re.compile(
    r"\s*(?P<out>out\s+)?of\s+(?:all\s+)?(?:(?:the|its|their|our|his|her)\s+)?(?:[\w-]+['’]s?\s+)?"
)
_PART = re.compile(r"\b(?:first|second|other|(?:north|south|east|west)ern|upper|lower)\s+\Z", re.IGNORECASE)
_OPENING = re.compile(r"(?:\A|[.!?\"“]\s*)[A-Z][a-z]+\s\Z")
# Characters looked at around a number: one text may be a million long.
_NEAR = 30
_RANGE = re.compile(r"\s*(?:to|and|or|[–-])\s*\Z")
_BETWEEN = re.compile(r"\b(?:between|from)\s+\Z", re.IGNORECASE)
_SCOPES = re.compile(
    r"(?P<day>\b(?:per|a|each|every) day\b|\bdaily\b"
    r"|\bin (?:a|one|the (?:past|last)) (?:single )?(?:day|24 hours)\b"
    r"|\bovernight\b"
    r"|\bin 24 hours\b)|(?P<total>\bin (?:total|all)\b|\baltogether\b|\boverall\b|\bso far\b|\bto date\b"
    r"|\ball told\b|\bsince (?:the|it|then|\w+day|[A-Z][a-z]+)\b)",
    re.IGNORECASE,
)
_APPROXIMATELY = 0.1  # either way of "about"
_Number = tuple[int, int, float, float, str]


def find_quantities(text: str, start: int, end: int, days: Sequence[Days] = ()) -> tuple[Quantity, ...]:
    """Return the quantities of ``text[start:end]`` in order; those within ``days`` are dates."""
    taken = [(d.start, d.end) for d in days]
    piece = text[start:end]
    scope = _scope(piece)
    found: list[Quantity] = []
    numbers = _of_wholes(piece, _joined(piece, sorted(_numbers(piece))))
    numbers = [n for n in numbers if not _overlaps(n, taken, start)]
    for place, (left, right, low, high, sign) in enumerate(numbers):
        following = numbers[place + 1][0] if place + 1 < len(numbers) else len(piece)
        named = _unit(piece, right, following, sign)
        if named is None:
            continue
        unit, stop = named
        before = _BEFORE.search(piece[max(0, left - _NEAR) : left])
        bound = Bound[before.lastgroup] if before and before.lastgroup else Bound.EXACTLY
        if piece[left:right].lower().rstrip().split()[0] in _VAGUE:
            bound = Bound.AT_LEAST
        more = _OR_MORE.match(piece, stop) or _OR_MORE.match(piece, right)
        if more:
            bound, stop = (Bound.AT_LEAST if more.group("more") else Bound.UP_TO), max(stop, more.end())
        opening = left - len(before.group()) if before else left
        stop = opening + len(piece[opening:stop].rstrip())
        found.append(Quantity(low, high, unit, bound, scope, start + opening, start + stop))
    return tuple(found)


def compare(a: Sequence[Quantity], b: Sequence[Quantity]) -> NumberPair | None:
    """Return the two numbers that a pair of statements turns on: the first that clash, else that agree.

    Only numbers of one unit are compared, and none of a day with a total. None when there are no such two.
    """
    pairs = [NumberPair(x, y, clash) for x in a for y in b if (clash := _clash(x, y)) is not None]
    return min(pairs, key=lambda pair: not pair.clash, default=None)


def _clash(a: Quantity, b: Quantity) -> bool | None:
    """Whether two numbers exclude each other; None when they are not about the same thing."""
    if a.scope and b.scope and a.scope is not b.scope:
        return None
    size = factor(a.unit, b.unit)
    if size is None:
        return None
    (low, high), (other_low, other_high) = _interval(a), _interval(b)
    return not (low * size <= other_high and other_low <= high * size)


def _interval(quantity: Quantity) -> tuple[float, float]:
    low, high = quantity.low, quantity.high
    tiny = 1e-9 * max(abs(low), abs(high), 1.0)
    match quantity.bound:
        case Bound.AT_LEAST:
            return low, float("inf")
        case Bound.MORE_THAN:
            return low + tiny, float("inf")
        case Bound.UP_TO:
            return 0.0, high
        case Bound.FEWER_THAN:
            return 0.0, high - tiny
        case Bound.ABOUT:
            return low * (1 - _APPROXIMATELY), high * (1 + _APPROXIMATELY)
    return low - tiny, high + tiny


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as text2num wants it."""

    match: re.Match[str]

    def text(self) -> str:
        return self.match.group()

    def text_lowercase(self) -> str:
        return self.match.group().lower()

    def nt_separated(self, previous: object) -> bool:  # noqa: ARG002
        return False

    def not_a_number_part(self) -> bool:
        return self.match.group()[0].isdigit()


def _numbers(piece: str) -> Iterator[_Number]:
    """All numbers of a text: in digits, in words, and the few words that text2num does not know."""
    from text_to_num import find_numbers

    special = list(_WORDS.finditer(piece))
    for match in special:
        if (value := _special(match)) and not _PART.search(
            piece[max(0, match.start() - _NEAR) : match.start()]
        ):
            yield (match.start(), match.end(), *value)
    taken = [m.span() for m in special]
    for match in _DIGITS.finditer(piece):
        number = _digits(piece, match)
        if number is not None and not _within(match.start(), taken):
            yield number
    tokens = [_Word(m) for m in _TOKEN.finditer(piece)]
    for number in find_numbers(tokens, "en", threshold=0):
        left, right = tokens[number.start].match.start(), tokens[number.end - 1].match.end()
        words = piece[left:right]
        if number.is_ordinal or words[0].isdigit() or words.lower() in _SCALES or _within(left, taken):
            continue
        if words.lower() == "one" and not _one_of_them(piece, left, right):
            continue
        yield left, right, number.value, number.value, ""


def _special(match: re.Match[str]) -> tuple[float, float, str] | None:
    if vague := match.group("vague"):
        value = _VAGUE[vague.lower()]
        return value, value, ""
    for name, size, base in (("half", 50.0, ""), ("thirds", 100 / 3, "two"), ("quarters", 25.0, "three")):
        if told := match.group(name):
            times = {"two": 2, "three": 3}.get(told.lower(), 1) if base else 1
            return size * times, size * times, "%"
    if match.group("nobody"):
        return 0.0, 0.0, "nobody"
    if match.group("none"):
        return 0.0, 0.0, ""
    count = match.group("count")
    value = _DOZENS.get(count.lower() if count else None, 24.0)
    return value, value, ""


def _digits(piece: str, match: re.Match[str]) -> _Number | None:
    whole, sign = match.group("low"), (match.group("sign") or "").strip()
    stop = match.end()
    if not sign and (_LABEL.search(piece, max(0, match.start() - 15), match.start()) and match.start() > 0):
        opening = _OPENING.search(piece[max(0, match.start() - _NEAR) : match.start()])
        if not opening or _YEAR.match(whole):
            return None
    scale = _SCALE.match(piece, stop)
    size = _SCALES[scale.group("scale")] if scale else 1.0
    if _YEAR.fullmatch(whole) and not scale and not sign and not match.group("point"):
        before = piece[max(0, match.start() - _NEAR) : match.start()].rstrip()
        behind = piece[stop : stop + _NEAR].split(maxsplit=1)
        if not behind or not is_plural(behind[0]) or before.endswith((" in", "In", "since", "of", "from")):
            return None
    low = float(whole.replace(",", "") + (match.group("point") or "")) * size
    high = match.group("high")
    top = float(high.replace(",", "")) * size if high else low
    return match.start(), scale.end() if scale else stop, low, max(low, top), sign


def _one_of_them(piece: str, left: int, right: int) -> bool:
    """Whether "one" counts: "one soldier was killed", "only one"; not "one of", "no one", "one day"."""
    behind = re.match(r"\s+(?:[a-z]+\s+)?(\w+)", piece[right : right + 2 * _NEAR])
    counted = behind is not None and any(map(counts_persons, behind.group().lower().split()))
    return counted and not re.search(
        r"\b(?:no|every|any|each|some)\s+\Z", piece[max(0, left - _NEAR) : left], re.IGNORECASE
    )


def _joined(piece: str, numbers: Sequence[_Number]) -> list[_Number]:
    """The numbers, with "between 10 and 15" and "10 to 15" as one."""
    result: list[_Number] = []
    for number in numbers:
        last = result[-1] if result else None
        if last is not None and number[0] < last[1]:
            continue
        if last is not None and (link := _RANGE.match(piece[last[1] : number[0]])):
            word = link.group().strip()
            if (word != "and" or _BETWEEN.search(piece[max(0, last[0] - _NEAR) : last[0]])) and last[
                2
            ] < number[3]:
                result[-1] = (last[0], number[1], last[2], number[3], last[4] or number[4])
                continue
        result.append(number)
    return result


def _of_wholes(piece: str, numbers: Sequence[_Number]) -> list[_Number]:
    """The numbers, with "900 of the port's 1,000", "half of its 14" and "three out of four" as one."""
    result: list[_Number] = []
    for number in numbers:
        last = result[-1] if result else None
        of = _OF_ALL.fullmatch(piece, last[1], number[0]) if last else None
        if last is None or of is None or number[4] or last[4] not in {"", "%"} or not number[2]:
            result.append(number)
            continue
        low, high, sign = last[2], last[3], ""
        if of.group("out"):
            low, high, sign = 100 * low / number[2], 100 * high / number[2], "%"
        elif last[4]:
            low, high = low * number[2] / 100, high * number[2] / 100
        result[-1] = (last[0], number[1], low, high, sign)
    return result


def _unit(piece: str, right: int, following: int, sign: str) -> tuple[str, int] | None:
    """What is counted and where its words end; None when nothing is."""
    if sign == "nobody":
        unit = persons_behind(piece, right)
        return (unit, right) if unit else None
    return (sign_unit(sign), right) if sign else unit_behind(piece, right, following)


def _scope(piece: str) -> Scope | None:
    match = _SCOPES.search(piece)
    return Scope(match.lastgroup) if match and match.lastgroup else None


def _overlaps(number: _Number, taken: Sequence[tuple[int, int]], offset: int) -> bool:
    return any(number[0] + offset < end and start < number[1] + offset for start, end in taken)


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
