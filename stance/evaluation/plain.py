"""Frozen results as plain JSON values. Does not write files and does not read them back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass


def to_plain(value: object) -> object:
    """Return ``value`` as dicts with string keys, lists, strings, ints, floats, bools and None.

    Dataclasses become dicts by field name; a float that JSON has no word for (NaN, infinity) becomes None.

    Raises:
        ValueError: for a value of any other type (numpy's too: results hold Python's own numbers).
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int):
        return value
    raise ValueError(f"a {type(value).__name__} has no plain JSON form; needed numbers, text, lists or dicts")


def plain_dict(record: object) -> dict[str, object]:
    """Return a dataclass instance as a dict of plain JSON values.

    Raises:
        ValueError: for anything else, or a field that has no plain form.
    """
    plain = to_plain(record) if is_dataclass(record) else None
    if isinstance(plain, dict):
        return plain
    raise ValueError(f"got a {type(record).__name__}; needed a dataclass instance")
