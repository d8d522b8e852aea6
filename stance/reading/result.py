"""What reading gives back: the good rows and a refusal for each bad one. Opens no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from stance.errors import DataError

T = TypeVar("T")

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row or file that was not read: where it stands, what is wrong with it and how to mend it."""

    where: str
    problem: str

    def __str__(self) -> str:
        """Return ``where: problem`` as one line, also when a path or value holds line ends."""
        return " ".join(f"{self.where}: {self.problem}".splitlines())


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """The rows that were read and the refusals beside them, both in the order of the source."""

    rows: tuple[T, ...]
    refused: tuple[Refusal, ...]


def gather(outcomes: Iterable[T | Refusal], *, what: str, strict: bool) -> Reading[T]:
    """Part ``outcomes`` into rows and refusals; ``what`` names the rows in the message ("articles").

    Raises DataError at the first refusal when ``strict``, and in any case when no row is good.
    """
    rows: list[T] = []
    refused: list[Refusal] = []
    for outcome in outcomes:
        if not isinstance(outcome, Refusal):
            rows.append(outcome)
        elif strict:
            raise DataError(str(outcome))
        else:
            refused.append(outcome)
    if not rows and len(refused) == 1:
        raise DataError(str(refused[0]))
    if not rows:
        raise DataError(f"no {what} could be read: {len(refused)} refused, the first is {refused[0]}")
    return Reading(tuple(rows), tuple(refused))


def shown(value: object) -> str:
    """Return ``value`` as Python writes it, cut to a length that a message can carry."""
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def listed(names: Iterable[str], *, word: str = "and") -> str:
    """Return ``names`` as prose: "a, b and c"."""
    *rest, last = names
    return f"{', '.join(rest)} {word} {last}" if rest else last
