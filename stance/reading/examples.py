"""Reads labelled pairs for training and evaluation. Splits, balances and drops nothing.

Labels are resolved by name through ``records.label_of``; a bare number is refused, since its meaning
differs from one data set to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from stance.reading.cells import CellError, is_missing, required_text, short_text, tag
from stance.reading.pairs import DIRECTED, text_columns
from stance.reading.result import Reading, Refusal, gather, listed, shown
from stance.reading.rows import Row, Table
from stance.reading.sources import tables
from stance.records import LABEL_NAMES, Example, Label, label_of

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset

_NO_GOLD = "-"  # how SNLI and MNLI write that their annotators did not agree
_NO_GOLD_NUMBER = -1  # and how datasets stores it in a column of class numbers


def read_examples(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | pd.DataFrame | Dataset,
    *,
    strict: bool = False,
) -> Reading[Example]:
    """Return the labelled pairs of ``source`` in its order, and a refusal for each that is not usable.

    ``source`` is a path or several (``.jsonl``, ``.csv``, ``.parquet``), a DataFrame or a Dataset with
    the columns a, b, label (symmetric) or premise, hypothesis, label (``directed``). Labels are names,
    in any case, of ``records.LABEL_NAMES``; the class numbers of a Dataset are resolved through its
    own names. Without an id column the id is ``file:row``, counted as refusals are: it need not be
    unique across files, and ids are not checked. All other columns become ``tags``: missing values are
    left out, lists joined by '|'.

    Raises DataError when no example is good or, if ``strict``, at the first refusal; TypeError or
    ValueError when ``source`` is of another kind or an empty list.
    """
    return gather(_outcomes(source), what="examples", strict=strict)


def _outcomes(source: object) -> Iterator[Example | Refusal]:
    for table in tables(source):
        if isinstance(table, Refusal):
            yield table
        else:
            yield from _of_table(table)


def _of_table(table: Table) -> Iterator[Example | Refusal]:
    names = text_columns(table)
    if isinstance(names, Refusal):
        yield names
        return
    lacking = table.lacks((*names, "label"), "a labelled pair")
    if lacking is not None:
        yield lacking
        return
    for row in table.rows:
        yield row if isinstance(row, Refusal) else _of_row(row, table, names)


def _of_row(row: Row, table: Table, names: tuple[str, str]) -> Example | Refusal:
    cells = {name: _named(value, table.class_names.get(name)) for name, value in row.cells.items()}
    own = {*names, "label", "id"}
    try:
        first, second = (required_text(cells, name) for name in names)
        return Example(
            first,
            second,
            _gold(cells.get("label")),
            id=short_text(cells, "id") or f"{table.name}:{row.number}",
            directed=names == DIRECTED,
            tags={
                name: tag(cell) for name, cell in cells.items() if name not in own and not is_missing(cell)
            },
        )
    except CellError as error:
        return Refusal(row.where, str(error))


def _named(value: object, class_names: Sequence[str] | None) -> object:
    """Return the name of a class number where the column has names, and any other value as it is."""
    if class_names is None or not isinstance(value, int):
        return value
    if value == _NO_GOLD_NUMBER:
        return _NO_GOLD
    return class_names[value] if 0 <= value < len(class_names) else value


def _gold(value: object) -> Label:
    accepted = f"use one of {listed(LABEL_NAMES, word='or')}"
    if is_missing(value) or (isinstance(value, str) and not value.strip()):
        raise CellError(f"no label: {accepted}")
    if not isinstance(value, str) or value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        raise CellError(f"label {shown(value)} is not a name, and numbers differ between sets: {accepted}")
    if value.strip() == _NO_GOLD:
        raise CellError("no gold label ('-'): leave the row out or label it")
    label = label_of(value)
    if label is None:
        raise CellError(f"label {shown(value)} is not known: {accepted}")
    return label
