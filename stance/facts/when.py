"""Finds the days that a text names for what it tells, as exact spans, and resolves them against one day.

What a phrase means is dateparser's business; which words are a date ("in March", not "a march"), and whether
they name the day of an event or only a limit ("by Sunday"), is decided here. English only.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache

from stance.records import Days

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.?(?=\s\d)|(?<=\d\s)(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b)"
)
_NUMBER = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_S = "[ \xa0\n]"
# Captured by name: what a phrase is tells how wide it is.
_PHRASE = re.compile(
    rf"\b(?:(?P<lead>by|until|till|before|after|since|from|between|as of){_S}+(?:the{_S}+)?)?(?P<what>"
    rf"(?P<date>(?:{_DAY},?{_S}+(?:the{_S}+)?)?(?:\d{{1,2}}(?:st|nd|rd|th)?{_S}+(?:of{_S}+)?{_MONTH}(?:,?{_S}+\d{{4}})?"
    rf"|{_MONTH}{_S}+\d{{1,2}}(?:st|nd|rd|th)?(?![\d:.]\d|%)\b(?:,{_S}*\d{{4}}\b|{_S}+(?:19|20)\d\d\b)?)"
    r"|\d{4}-\d\d-\d\d)"
    rf"|(?P<weekday>(?:(?P<which>[Ll]ast|[Nn]ext|[Tt]his(?:{_S}(?:past|coming))?){_S}+)?{_DAY}\b)"
    rf"|(?P<near>(?i:(?:the{_S}day{_S}before{_S})?yesterday|today|tonight|tomorrow|last{_S}night))\b"
    rf"|(?P<ago>(?i:{_NUMBER}){_S}+(?P<step>day|week|month|year)s?{_S}+ago)\b"
    rf"|(?P<span>(?i:last|this|next){_S}(?P<length>week(?:end)?|month|year)|(?i:over|at){_S}the{_S}(?P<end>weekend))\b"
    rf"|(?:[Ii]n|[Dd]uring|[Ll]ast|[Ss]ince|[Ee]arly|[Ll]ate|[Mm]id){_S}+(?:(?:early|late|mid){_S}+)?"
    rf"(?P<month>{_MONTH}(?:{_S}+(?:19|20)\d\d)?)(?!{_S}+\d)\b"
    r"|[Ii]n (?P<year>(?:19|20)\d\d)(?![\d,%-])\b"
    rf")(?:,?{_S}(?:of{_S})?(?P<of>last|this|next){_S}year\b)?"
)
# "Easter Sunday", "the Sunday Times", "Sundays": no day of an event.
_NAME_BEFORE = re.compile(r"\b(?:Easter|Palm|Good|Ash|Bloody|Black|Super|Holy|Manic)\s\Z")
_NAME_BEHIND = re.compile(r"\s(?:Times|Mail|Mirror|Telegraph|Express|League|Post|Herald|Night)\b")
# A limit is no day on which anything happened.
_LIMITS = frozenset({"by", "until", "till", "before", "after", "as of"})
_TO = re.compile(r"\s*(?:to|until|till|through|and|[–—-])\s*\Z")
_TO_COME = re.compile(
    r"\b(?:will|shall|would|won['’]t|going to|due|set to|plan(?:s|ned|ning)?|schedul\w+|expect\w*|intend\w*"
    r"|(?:is|are|was|were) to|promis\w+|next|from now|hopes?|aims?)\b|['’]ll\b"
)
_WEEK = 7
# "May 2" in an article of April is the coming one, "in August" the past one, unless the words look ahead.
_SOON, _THIS_YEAR = timedelta(days=31), timedelta(days=366)
_SATURDAY = 5
_MONTHS = 12


def find_days(text: str, start: int, end: int, base: date | None) -> tuple[Days, ...]:
    """Return the days named in ``text[start:end]``, in order, resolved against ``base``.

    A weekday is ``base`` or the last one before it, or, in words about what is to come, the next; a date
    without a year is the nearest. "By", "until", "before" and "after" a day name none; "since" one runs to
    ``base``. Without a base only dates with a year are found.
    """
    ahead = _TO_COME.search(text, start, end) is not None
    found: list[Days] = []
    lead_before = ""
    for match in _PHRASE.finditer(text, start, end):
        lead = (match.group("lead") or ("since" if match.group().lower().startswith("since") else "")).lower()
        span = None if lead in _LIMITS else _span(match, base, ahead=ahead)
        between = text[found[-1].end : match.start()] if found else ""
        if span is not None and lead_before in {"from", "between"} and _TO.match(between):
            last = span[1] if span[1] >= found[-1].first else span[1] + timedelta(days=_WEEK)
            found[-1] = Days(found[-1].first, max(found[-1].last, last), found[-1].start, match.end())
        elif span is not None and lead == "since" and base is not None and span[0] <= base:
            found.append(Days(span[0], base, match.start(), match.end()))
        elif span is not None:
            found.append(Days(*span, match.start("what"), match.end()))
        lead_before = lead if span is not None else ""
    return tuple(found)


def said_on(text: str, start: int, end: int, published: date | None) -> date | None:
    """Return the day that reporting words ("said on Sunday") name, or else the day of publication.

    Only a day of the week up to the publication is taken: who speaks later is no source of the article.
    """
    if published is None:
        return None
    for days in find_days(text, start, end, published):
        if days.first == days.last and timedelta() <= published - days.first <= timedelta(days=_WEEK):
            return days.first
    return published


def _span(match: re.Match[str], base: date | None, *, ahead: bool) -> tuple[date, date] | None:
    """The first and last day of one phrase, None when it is none or cannot be resolved."""
    if match.group("weekday") and _is_name(match):
        return None
    if year := match.group("year"):
        return date(int(year), 1, 1), date(int(year), _MONTHS, 31)
    what = " ".join((match.group("month") or match.group("what")).split())
    if base is None:
        return _wide(match, None, _parsed(what, None, "past")) if re.search(r"\d{4}", what) else None
    return _wide(match, base, _resolved(match, what, base, ahead=ahead))


def _is_name(match: re.Match[str]) -> bool:
    text = match.string
    return (
        _NAME_BEFORE.search(text[max(0, match.start("what") - 10) : match.start("what")]) is not None
        or _NAME_BEHIND.match(text, match.end()) is not None
    )


def _resolved(match: re.Match[str], what: str, base: date, *, ahead: bool) -> date | None:
    """The day that a phrase means, or any day of the week, month or year that it means."""
    if match.group("weekday"):
        return _weekday(what.rsplit(maxsplit=1)[-1], (match.group("which") or "").lower(), base, ahead=ahead)
    if match.group("span"):
        if match.group("length") != "weekend" and not match.group("end"):
            return base if what.lower().startswith("this") else _parsed(what, base, "past")
        saturday = base - timedelta(days=(base.weekday() - _SATURDAY) % _WEEK)
        return saturday + timedelta(days=_WEEK) if what.lower().startswith("next") else saturday
    if match.group("date") or match.group("month"):
        what = re.sub(rf"^{_DAY},? (?:the )?", "", what)
        if of := match.group("of"):
            what = f"{what} {base.year + {'last': -1, 'this': 0, 'next': 1}[of]}"
        past, future = _parsed(what, base, "past"), _parsed(what, base, "future")
        soon = future is not None and future - base <= (_THIS_YEAR if ahead else _SOON)
        return future if soon else past
    return base - timedelta(days=1) if what.lower() == "last night" else _parsed(what, base, "past")


def _weekday(day: str, which: str, base: date, *, ahead: bool) -> date | None:
    if base.strftime("%A") == day and which in {"", "this"}:
        return base
    to_come = which in {"next", "this coming"} or (ahead and which in {"", "this"})
    return _parsed(day, base, "future" if to_come else "past")


def _wide(match: re.Match[str], base: date | None, day: date | None) -> tuple[date, date] | None:
    """How wide a resolved phrase is: a day, or the week, month or year around it."""
    if day is None:
        return None
    width = match.group("step") or match.group("length") or match.group("end") or "day"
    month = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    monday = day - timedelta(days=day.weekday())
    # "Two months ago" may be some weeks either way.
    some_weeks = timedelta(days=15)
    return {
        "day": month if match.group("month") else (day, day),
        "weekend": (day, day + timedelta(days=1)),
        "week": (monday, monday + timedelta(days=_WEEK - 1)),
        "month": (day - some_weeks, day + some_weeks) if base and match.group("ago") else month,
        "year": (date(day.year, 1, 1), date(day.year, _MONTHS, 31)),
    }[width]


@lru_cache(maxsize=4096)
def _parsed(what: str, base: date | None, prefer: str) -> date | None:
    import dateparser

    settings = {
        "PREFER_DATES_FROM": prefer,
        "RETURN_AS_TIMEZONE_AWARE": False,
        **({"RELATIVE_BASE": datetime(base.year, base.month, base.day, 12)} if base else {}),
    }
    try:
        found = dateparser.parse(what, languages=["en"], settings=settings)
    except (ValueError, OverflowError):
        return None
    return found.date() if found else None


def distinct(days: tuple[Days, ...], others: tuple[Days, ...]) -> bool:
    """Return whether both name days and no day of one is a day of the other."""
    return bool(days and others) and not any(a.meets(b) for a in days for b in others)
