"""Reads pairs of statements without a label, to be predicted. Labelled pairs are in ``examples``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from stance.reading.cells import CellError, required_text
from stance.reading.result import Reading, Refusal, gather
from stance.reading.rows import Row, Table
from stance.reading.sources import tables

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset

SYMMETRIC = ("a", "b")
DIRECTED = ("premise", "hypothesis")


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two texts to compare, and all the columns of their row as they were read, to be written back."""

    a: str
    b: str
    columns: Mapping[str, object]


def read_pairs(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | pd.DataFrame | Dataset,
    *,
    strict: bool = False,
) -> Reading[PairRow]:
    """Return the pairs of ``source`` in its order, and a refusal for each that could not be read.

    ``source`` is a path or several (``.jsonl``, ``.csv``, ``.parquet``), a DataFrame or a Dataset with
    the columns a and b, or premise and hypothesis.

    Raises DataError when no pair is good or, if ``strict``, at the first refusal; TypeError or
    ValueError when ``source`` is of another kind or an empty list.
    """
    return gather(_outcomes(source), what="pairs", strict=strict)


def _outcomes(source: object) -> Iterator[PairRow | Refusal]:
    for table in tables(source):
        if isinstance(table, Refusal):
            yield table
        else:
            yield from _of_table(table)


def _of_table(table: Table) -> Iterator[PairRow | Refusal]:
    names = text_columns(table)
    if isinstance(names, Refusal):
        yield names
        return
    for row in table.rows:
        yield row if isinstance(row, Refusal) else _pair(row, names)


def _pair(row: Row, names: tuple[str, str]) -> PairRow | Refusal:
    try:
        first, second = (required_text(row.cells, name) for name in names)
    except CellError as error:
        return Refusal(row.where, str(error))
    return PairRow(first, second, row.cells)


def text_columns(table: Table) -> tuple[str, str] | Refusal:
    """Return the names of the two text columns: ``SYMMETRIC`` or ``DIRECTED``, never a guess."""
    symmetric, directed = (set(names) <= set(table.columns) for names in (SYMMETRIC, DIRECTED))
    if symmetric and directed:
        return Refusal(table.where, "columns a, b and premise, hypothesis together: keep one of the two")
    if directed:
        return DIRECTED
    if symmetric or not any(isinstance(row, Row) for row in table.rows):
        return SYMMETRIC
    found = ", ".join(table.columns)
    return Refusal(table.where, f"a pair needs the columns a and b, or premise and hypothesis: found {found}")
