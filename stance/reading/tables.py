"""Writes rows and texts to files, whole or not at all. What columns a table has is the caller's matter."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from stance.errors import DataError
from stance.reading.cells import is_missing, native
from stance.reading.result import listed, shown

if TYPE_CHECKING:
    import pyarrow as pa

_Rows = Sequence[Mapping[str, object]]


def write_rows(
    rows: Iterable[Mapping[str, object]], path: Path, *, columns: Sequence[str] | None = None
) -> None:
    """Write ``rows`` to ``path`` as its ending says: ``.jsonl``, ``.csv`` or ``.parquet``.

    Every row gets all ``columns`` in their order (without them: all that occur, as first met), so an
    empty ``rows`` still makes a table with a header. Missing values, NaN among them, become null or
    an empty cell. Dates are ISO text in JSONL and CSV and date32 in Parquet, where a column without
    any value is one of text. Lists and mappings are JSON text in CSV. A file that stands there is
    replaced in one step; on any error it is left as it was.

    Raises DataError for another ending, a folder that is not there, a failed write, or a column of
    mixed types in Parquet; ValueError for a row with a column outside ``columns`` or a value that
    cannot be written.
    """
    encode = _ENCODERS.get(path.suffix.lower())
    if encode is None:
        raise DataError(f"{path}: cannot write the ending '{path.suffix}': {listed(_ENCODERS)} are written")
    held = list(rows)
    names = (
        list(columns) if columns is not None else list(dict.fromkeys(name for row in held for name in row))
    )
    for number, row in enumerate(held, start=1):
        extra = [name for name in row if name not in names]
        if extra:
            raise ValueError(f"row {number} has the column {extra[0]!r}, not among {', '.join(names)}")
    filled = [{name: _plain(row.get(name), name) for name in names} for row in held]
    try:
        data = encode(filled, names)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    _replace(path, data)


def write_text(text: str, path: Path) -> None:
    """Write ``text`` to ``path`` as UTF-8, line ends as they stand, in one step as ``write_rows`` does.

    Raises DataError when the folder is not there or the write fails.
    """
    _replace(path, text.encode("utf-8"))


def put_whole(data: bytes, target: Path) -> None:
    """Put ``data`` at ``target``, which is the old file or the new one whenever the process stops.

    Raises OSError when it cannot be written; nothing of it is left then.
    """
    # Not tempfile: it would leave the file readable by its owner alone.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    target = Path(os.path.realpath(path))  # through a link, not in place of it
    try:
        put_whole(data, target)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no folder {target.parent}: make it first") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error})") from error


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


def _jsonl(rows: _Rows, _columns: Sequence[str]) -> bytes:
    return "".join(f"{_json(row)}\n" for row in rows).encode("utf-8")


def _csv(rows: _Rows, columns: Sequence[str]) -> bytes:
    lines = [columns, *([_cell(row[name]) for name in columns] for row in rows)] if columns else []
    return "".join(_csv_line(line) for line in lines).encode("utf-8")


def _csv_line(cells: Sequence[object]) -> str:
    buffer = io.StringIO(newline="")
    # csv quotes the characters of its line end only: with "\n" alone, a "\r" in a text would cut the row.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return _json(value) if isinstance(value, bool | list | dict) else value


def _parquet(rows: _Rows, columns: Sequence[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name in columns:
        values = [row[name] for row in rows]
        try:
            array = pa.array(values)
        except (pa.ArrowException, OverflowError, TypeError) as error:
            kinds = sorted({type(value).__name__ for value in values if value is not None})
            raise DataError(
                f"column {name!r} cannot be one Parquet type ({', '.join(kinds)}: {error}): "
                "make its values one type or write .jsonl"
            ) from error
        arrays[name] = array.cast(_filled(array.type))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue().to_pybytes())


def _filled(kind: pa.DataType) -> pa.DataType:
    """Return a column's type, text where no value told one: nowhere, in no list of its own, in no field."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return pa.list_(_filled(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_filled(field.type)) for field in kind])
    return pa.string() if pa.types.is_null(kind) else kind


_ENCODERS: Mapping[str, Callable[[_Rows, Sequence[str]], bytes]] = MappingProxyType(
    {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
)
