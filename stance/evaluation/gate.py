"""Holds measured figures against pinned floors and data files against pinned hashes. Measures nothing.

A floor is written by a person into the gate file; nothing here ever changes one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stance.errors import DataError


@dataclass(frozen=True, slots=True)
class Gate:
    """Bounds by the name of the figure; ``data`` holds sha256 by path under ``root``."""

    root: Path
    at_least: Mapping[str, float]
    at_most: Mapping[str, float]
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the gate: what was measured, against what, and whether it holds."""

    name: str
    measured: str
    wanted: str
    holds: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.holds else 'FAIL'} {self.name:<34} {self.measured:>14}  {self.wanted}"


def read_gate(path: Path) -> Gate:
    """Read a gate file (TOML: tables ``at_least``, ``at_most``, ``data``); paths are relative to its folder.

    Raises:
        DataError: no such file, not TOML, another table, or a floor that is no number.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): give the gate file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML: {error}") from error
    known = {"at_least", "at_most", "data"}
    for key, values in table.items():
        if key not in known or not isinstance(values, dict):
            raise DataError(f"{path}: '{key}' is no table of a gate: known are {', '.join(sorted(known))}")
        kind = str if key == "data" else (int, float)
        for name, value in values.items():
            if not isinstance(value, kind) or isinstance(value, bool):
                raise DataError(
                    f"{path}: [{key}] {name} = {value!r}: needs a {'text' if kind is str else 'number'}"
                )
    return Gate(path.parent, table.get("at_least", {}), table.get("at_most", {}), table.get("data", {}))


def check_gate(gate: Gate, measured: Mapping[str, float | None]) -> list[Check]:
    """Return one check per pinned figure and per pinned file, in the order of the gate file.

    A figure that was not measured, or is undefined, fails.
    """
    checks: list[Check] = []
    for bounds, sign in ((gate.at_least, ">="), (gate.at_most, "<=")):
        for name, bound in bounds.items():
            value = measured.get(name)
            holds = value is not None and (value >= bound if sign == ">=" else value <= bound)
            checks.append(Check(name, "-" if value is None else f"{value:.4f}", f"{sign} {bound:g}", holds))
    for name, wanted in gate.data.items():
        file = gate.root / name
        found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no such file"
        checks.append(Check(name, found[:12], f"sha256 {wanted[:12]}", found == wanted))
    return checks
