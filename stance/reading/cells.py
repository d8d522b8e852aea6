"""Checks and turns the value of one cell into text or a date. Knows nothing of files or columns' meaning."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from stance.reading.result import shown

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_DAY_LENGTH = 10


class CellError(ValueError):
    """A cell cannot be used; the message says why. Rooms above only ever see it as a Refusal."""


def is_missing(value: object) -> bool:
    """Say whether ``value`` is None, NaN, or pandas' NaT or NA: no value at all."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    # By name: NaT and NA turn up only where pandas is in use, and comparing NA raises.
    return type(value).__name__ in {"NaTType", "NAType"}


def native(value: object) -> object:
    """Return numpy's scalars and arrays as Python's own numbers and lists, anything else as it is."""
    turn = getattr(value, "tolist", None)
    return turn() if callable(turn) else value


def required_text(cells: Mapping[str, object], name: str) -> str:
    """Return the text in ``name`` exactly as it stands; raise CellError when absent, blank or no text."""
    value = cells.get(name)
    if is_missing(value) or (isinstance(value, str) and not value.strip()):
        raise CellError(f"no {name}: give every row a non-empty '{name}'")
    if not isinstance(value, str):
        raise CellError(f"'{name}' must be text, got {type(value).__name__} {shown(value)}")
    return value


def required_id(cells: Mapping[str, object]) -> str:
    """Return the id of a row as ``short_text`` does; raise CellError when it has none."""
    found = short_text(cells, "id")
    if found is None:
        raise CellError("no id: give every row a non-empty 'id'")
    return found


def short_text(cells: Mapping[str, object], name: str) -> str | None:
    """Return the stripped text in ``name``, None when missing or blank; whole numbers become text.

    Raises CellError for any other type. Ids and events are often numbers, and a column of whole
    numbers with a gap reaches us as floats: 3.0 is read as "3".
    """
    value = cells.get(name)
    if is_missing(value):
        return None
    value = native(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CellError(f"'{name}' must be text, got {type(value).__name__} {shown(value)}")
    return str(value).strip() or None


def day(cells: Mapping[str, object], name: str) -> date | None:
    """Return the day in ``name`` (a date, a datetime or ISO text), None when missing or blank.

    The day is taken as written: no change of time zone. Raises CellError for anything else.
    """
    value = cells.get(name)
    if is_missing(value) or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):  # pandas' Timestamp is one too
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        found = iso_day(value.strip())
        if found is not None:
            return found
    raise CellError(
        f"'{name}' must be a date YYYY-MM-DD or an ISO datetime, got {type(value).__name__} {shown(value)}"
    )


def iso_day(text: str) -> date | None:
    """Return the day of an ISO date or datetime, None when ``text`` is neither or no such day exists."""
    # fromisoformat alone would also take 20250426 and 2025-W17-6.
    if not _ISO_DAY.match(text):
        return None
    try:
        if len(text) == _ISO_DAY_LENGTH:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def tag(value: object) -> str:
    """Return ``value`` as the text of a tag: a list joined by '|', a date as ISO, a bool in lower case."""
    value = native(value)  # a list in a Parquet file is a numpy array in a DataFrame
    if isinstance(value, list | tuple):
        return "|".join(tag(item) for item in value if not is_missing(item))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
