"""Reads one table file (.jsonl, .csv, .parquet) into rows that know their place. Judges no columns.

The other tables, those in memory, are in ``frames``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from stance.reading.files import decoded
from stance.reading.remote import Place, RemotePath
from stance.reading.result import Refusal, listed, shown


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column, with its place in words and its number (line or row, from 1)."""

    where: str
    number: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file or frame, a refusal in place of each that could not be taken apart.

    ``name`` is the file's name or the frame's kind. ``class_names`` gives, for the columns of a
    datasets.Dataset that hold class numbers, the names in number order.
    """

    where: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[Row | Refusal, ...]
    class_names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lacks(self, needed: Sequence[str], what: str) -> Refusal | None:
        """Return the refusal of the whole table when a column of ``needed`` is in none of its rows."""
        absent = [name for name in needed if name not in self.columns]
        # Without one good row there are no columns to speak of: its rows' own refusals say more.
        if not absent or not any(isinstance(row, Row) for row in self.rows):
            return None
        names = listed(repr(name) for name in absent)
        return Refusal(
            self.where,
            f"no column {names}: {what} needs {listed(needed)}, found {', '.join(self.columns)}",
        )


def read_table(path: Place) -> Table | Refusal:
    """Return the table in ``path``, whose ending is one of ``TABLE_ENDINGS``, or why it has none."""
    try:
        return _READERS[path.suffix.lower()](path)
    except OSError as error:
        return Refusal(str(path), f"cannot be read ({error.strerror or error}): check the file")


def table(
    where: str,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Row | Refusal],
    *,
    class_names: Mapping[str, Sequence[str]] | None = None,
) -> Table | Refusal:
    """Return the table, or a refusal when it has no rows or two columns of one name."""
    twice = [column for number, column in enumerate(columns) if column in columns[:number]]
    if twice:
        return Refusal(where, f"column {twice[0]!r} appears twice: give every column its own name")
    if not rows:
        return Refusal(where, "no rows: give at least one")
    return Table(where, name, tuple(columns), tuple(rows), class_names or {})


def _jsonl(path: Place) -> Table | Refusal:
    rows: list[Row | Refusal] = []
    columns: dict[str, None] = {}
    with path.open("rb") if isinstance(path, Path) else io.BytesIO(path.read_bytes()) as file:
        # As bytes a line ends at "\n" alone: a text may hold U+2028, at which str.splitlines would cut.
        for number, line in enumerate(file, start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901  # the BOM is no part of the line
            if not line.strip():
                continue
            outcome = _json_row(line, path, number)
            rows.append(outcome)
            if isinstance(outcome, Row):
                columns |= dict.fromkeys(outcome.cells)
    return table(str(path), path.name, tuple(columns), rows)


def _json_row(line: bytes, path: Place, number: int) -> Row | Refusal:
    where = f"{path}:{number}"
    try:
        # Without its end, so that an error at the end of the line is given that line's column.
        text = line.decode("utf-8").rstrip("\r\n")
        cells = json.loads(text)
        # "\ud83d" alone is legal JSON but no character: no file could hold the text again.
        if "\\u" in text:
            json.dumps(cells, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal(where, f"not UTF-8 (byte 0x{line[error.start]:02x}): save the file as UTF-8")
    except UnicodeEncodeError:
        return Refusal(where, "half a surrogate pair in the text: write the whole character")
    except json.JSONDecodeError as error:
        return Refusal(where, f"bad JSON ({error.msg}, column {error.colno}): write one object a line")
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or nesting as deep
        return Refusal(where, f"bad JSON ({error}): write one object a line")
    if not isinstance(cells, dict):
        kind = type(cells).__name__
        return Refusal(where, f"not a JSON object but {kind} {shown(cells)}: write one object a line")
    return Row(where, number, cells)


def _csv(path: Place) -> Table | Refusal:
    text = decoded(path)
    if isinstance(text, Refusal):
        return text
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[Row | Refusal] = []
    with _cells_of_any_length():
        for number, cells in _records(reader):
            where = f"{path}:{number}"
            if isinstance(cells, csv.Error):
                problem = f"bad CSV ({cells}): close every quote, double those inside a cell"
                if not header:
                    return Refusal(where, problem)
                rows.append(Refusal(where, problem))
            elif not header:
                header = [name.strip() for name in cells]
            elif len(cells) != len(header):
                problem = (
                    f"{len(cells)} cells where the header has {len(header)}: quote cells that hold commas"
                )
                rows.append(Refusal(where, problem))
            else:
                rows.append(Row(where, number, dict(zip(header, cells, strict=True))))
    return table(str(path), path.name, header, rows)


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield each record that is not blank, or the error in its place, with the line where it starts."""
    while True:
        start = reader.line_num + 1  # type: ignore[attr-defined]  # csv's reader type has no public name
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, error
            continue
        if cells:
            yield start, cells


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """Lift csv's limit of 131,072 characters a cell, which a long article exceeds."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parquet(path: Place) -> Table | Refusal:
    import pyarrow as pa
    import pyarrow.parquet as pq

    is_remote = isinstance(path, RemotePath)
    try:
        # Not read_table: it would make columns of folder names such as "event=x".
        with pq.ParquetFile(pa.BufferReader(path.read_bytes()) if is_remote else path) as file:
            columns = file.schema_arrow.names
            found = [] if len(set(columns)) < len(columns) else file.read().to_pylist()
    except pa.ArrowException as error:
        return Refusal(str(path), f"not a readable Parquet file ({error}): write it again")
    if len(set(columns)) < len(columns):
        return table(str(path), path.name, columns, ())
    rows = [Row(f"{path}: row {number}", number, cells) for number, cells in enumerate(found, start=1)]
    return table(str(path), path.name, columns, rows)


_READERS: Mapping[str, Callable[[Place], Table | Refusal]] = MappingProxyType(
    {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
)

TABLE_ENDINGS: tuple[str, ...] = tuple(_READERS)
"""The file endings of tables, read and written."""
