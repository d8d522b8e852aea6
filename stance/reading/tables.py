"""Writes rows and texts to files, whole or not at all. What columns a table has is the caller's matter."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from enum import Enum
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Protocol

from stance.errors import DataError
from stance.reading.cells import is_missing, native
from stance.reading.remote import Place, RemotePath
from stance.reading.result import listed, shown

if TYPE_CHECKING:
    import pyarrow as pa

_Rows = Sequence[Mapping[str, object]]
# Rows that are encoded at a time: bounds the memory, whatever the length of the table.
_AT_ONCE = 10_000


def write_rows(
    rows: Iterable[Mapping[str, object]], path: Place, *, columns: Sequence[str] | None = None
) -> None:
    """Write ``rows`` to ``path`` as its ending says: ``.jsonl``, ``.csv`` or ``.parquet``.

    Every row gets all ``columns`` in their order (without them: all that occur, as first met), so an
    empty ``rows`` still makes a table with a header. Missing values, NaN among them, become null or
    an empty cell. Dates are ISO text in JSONL and CSV and date32 in Parquet, where a column without
    any value is one of text. Lists and mappings are JSON text in CSV. A file that stands there is
    replaced in one step; on any error it is left as it was. With ``columns`` rows are taken as needed and
    not held (of Parquet only their compact columns are).

    ``path`` may be an address that fsspec has a driver for; a file there is sent when it is whole.

    Raises DataError for another ending, a folder that is not there, a failed write, or a column of
    mixed types in Parquet; ValueError for a row with a column outside ``columns`` or a value that
    cannot be written.
    """
    write_views(rows, [path], columns=columns)


def write_views(
    rows: Iterable[Mapping[str, object]], paths: Sequence[Place], *, columns: Sequence[str] | None = None
) -> None:
    """Write ``rows`` to several files in one pass over them, each as :func:`write_rows` would."""
    for path in paths:
        if path.suffix.lower() not in _ENCODERS:
            raise DataError(
                f"{path}: cannot write the ending '{path.suffix}': {listed(_ENCODERS)} are written"
            )
    if columns is None:
        rows = list(rows)
        columns = list(dict.fromkeys(name for row in rows for name in row))
    with ExitStack() as stack:
        encoders = [
            _ENCODERS[path.suffix.lower()](stack.enter_context(_replacing(path)), columns) for path in paths
        ]
        for batch in _batches(rows, columns):
            for encoder in encoders:
                encoder.add(batch)
        for encoder in encoders:
            encoder.end()


def write_text(text: str, path: Place) -> None:
    """Write ``text`` to ``path`` as UTF-8, line ends as they stand, in one step as ``write_rows`` does.

    Raises DataError when the folder is not there or the write fails.
    """
    with _replacing(path) as file:
        file.write(text.encode("utf-8"))


def copy_file(source: Path, path: Place) -> None:
    """Copy a file to ``path``, here or elsewhere, in one step as ``write_rows`` does.

    Raises DataError when the folder is not there or the write fails.
    """
    with source.open("rb") as content, _replacing(path) as file:
        shutil.copyfileobj(content, file)


def put_whole(data: bytes, target: Path) -> None:
    """Put ``data`` at ``target``, which is the old file or the new one whenever the process stops.

    Raises OSError when it cannot be written; nothing of it is left then.
    """
    with _whole(target) as file:
        file.write(data)


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which becomes ``target`` at the end of the block and is gone after an error."""
    # Not tempfile: it would leave the file readable by its owner alone.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _sent(path: RemotePath) -> Iterator[BinaryIO]:
    """Give a file to write, which is sent to ``path`` at the end of the block."""
    with TemporaryDirectory() as folder:
        local = Path(folder) / path.name
        with local.open("xb") as file:
            yield file
        path.put(local)


@contextmanager
def _replacing(path: Place) -> Iterator[BinaryIO]:
    """Give a file to write in place of ``path``, with errors that name it."""
    target = Path("" if isinstance(path, RemotePath) else os.path.realpath(path))  # through a link
    try:
        with _sent(path) if isinstance(path, RemotePath) else _whole(target) as file:
            yield file
    except FileNotFoundError as error:
        raise DataError(f"{path}: no folder {target.parent}: make it first") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error})") from error
    except _MixedTypesError as error:
        raise DataError(f"{path}: {error}") from error


def _batches(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> Iterator[_Rows]:
    """Yield the rows with all columns and plain values, so many at a time."""
    known = set(columns)
    numbered = enumerate(rows, start=1)
    while held := list(islice(numbered, _AT_ONCE)):
        for number, row in held:
            extra = [name for name in row if name not in known]
            if extra:
                raise ValueError(f"row {number} has the column {extra[0]!r}, not among {', '.join(columns)}")
        yield [{name: _plain(row.get(name), name) for name in columns} for _, row in held]


def _plain(value: object, name: str) -> object:
    """Return ``value`` in the types that all three formats know; dates stay dates."""
    value = native(value)
    value = value.value if isinstance(value, Enum) else value
    value = value.as_posix() if isinstance(value, Path) else value
    if is_missing(value):
        return None
    if isinstance(value, str | bool | int | float | date):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        ordered = value if isinstance(value, list | tuple) else sorted(value, key=str)
        return [_plain(item, name) for item in ordered]
    raise ValueError(f"column {name!r}: cannot write {type(value).__name__} {shown(value)}")


def _json(value: object) -> str:
    # A lambda, not date.isoformat: that would cut the time off a datetime.
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=lambda day: day.isoformat())


class _Encoder(Protocol):
    """Writes batches of rows to a file that is open."""

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None: ...

    def add(self, rows: _Rows) -> None: ...

    def end(self) -> None: ...


class _Jsonl:
    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:  # noqa: ARG002  # as the others
        self._file = file

    def add(self, rows: _Rows) -> None:
        self._file.write("".join(f"{_json(row)}\n" for row in rows).encode("utf-8"))

    def end(self) -> None:
        """Nothing is held back."""


class _Csv:
    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns
        if columns:
            file.write(_csv_line(columns).encode("utf-8"))

    def add(self, rows: _Rows) -> None:
        if self._columns:
            lines = (_csv_line([_cell(row[name]) for name in self._columns]) for row in rows)
            self._file.write("".join(lines).encode("utf-8"))

    def end(self) -> None:
        """Nothing is held back."""


def _csv_line(cells: Sequence[object]) -> str:
    buffer = io.StringIO(newline="")
    # csv quotes the characters of its line end only: with "\n" alone, a "\r" in a text would cut the row.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return _json(value) if isinstance(value, bool | list | dict) else value


class _MixedTypesError(Exception):
    """A column cannot be one Parquet type; the message says why."""

    def __init__(self, name: str, kinds: Iterable[str], error: Exception) -> None:
        super().__init__(
            f"column {name!r} cannot be one Parquet type ({', '.join(sorted(kinds))}: {error}): "
            "make its values one type or write .jsonl"
        )


class _Parquet:
    """Holds columns until the end: only then is it known what type a column without values had."""

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file = file
        self._parts: dict[str, list[pa.Array]] = {name: [] for name in columns}

    def add(self, rows: _Rows) -> None:
        import pyarrow as pa

        for name, parts in self._parts.items():
            values = [row[name] for row in rows]
            try:
                parts.append(pa.array(values))
            except (pa.ArrowException, OverflowError, TypeError) as error:
                kinds = {type(value).__name__ for value in values if value is not None}
                raise _MixedTypesError(name, kinds, error) from error

    def end(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {name: _joined(name, parts) for name, parts in self._parts.items()}
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(columns), sink)
        self._file.write(memoryview(sink.getvalue()))


def _joined(name: str, parts: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Return the parts of a column as one, of the one type that holds all of them."""
    import pyarrow as pa

    tables = [pa.table({name: part}) for part in parts] or [pa.table({name: pa.array([], pa.null())})]
    try:
        column = pa.concat_tables(tables, promote_options="permissive")[name]
        return column.cast(_filled(column.type))
    except pa.ArrowException as error:
        raise _MixedTypesError(name, {str(part.type) for part in parts}, error) from error


def _filled(kind: pa.DataType) -> pa.DataType:
    """Return a column's type, text where no value told one: nowhere, in no list of its own, in no field."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(_filled(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_filled(field.type)) for field in kind])
    return pa.string() if pa.types.is_null(kind) else kind


_ENCODERS: Mapping[str, type[_Encoder]] = MappingProxyType(
    {".jsonl": _Jsonl, ".csv": _Csv, ".parquet": _Parquet}
)
