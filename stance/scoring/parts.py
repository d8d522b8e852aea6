"""A growing table as Parquet parts in a folder, each there whole or not at all. Knows nothing of its rows."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stance.errors import DataError
from stance.reading.tables import put_whole

if TYPE_CHECKING:
    import pyarrow as pa

# So many parts of one level become one of the next: a row is written log64(parts) times, and a folder
# never holds more than some hundred files.
FAN_IN = 64

_PART = re.compile(r"part-(\d+)-(\d{8})\.parquet")
_LEFT_OVER = re.compile(r"\.[0-9a-f]{16}\.tmp")


class Parts:
    """The parts of one table. Rows are only ever added; reading gives those of all parts, oldest first.

    A row may be there twice after a crash between the merging of parts and the removal of what was merged.
    """

    def __init__(self, folder: Path, schema: pa.Schema, say: Callable[[str], None]) -> None:
        self._folder, self._schema, self._say = folder, schema, say

    def append(self, table: pa.Table) -> None:
        """Add a part; when this returns it is on the disk. Raises DataError when it cannot be written."""
        make_whole(self._folder)
        self._write(table, level=0)
        level = 0
        while len(self._files(level)) >= FAN_IN:
            self._merge(level)
            level += 1

    def read(self) -> pa.Table:
        """Return all rows; a part that is damaged is said, and removed: its rows are made anew."""
        import pyarrow as pa

        tables = [table for file in self._files() if (table := self._load(file)) is not None]
        return pa.concat_tables([self._schema.empty_table(), *tables]).combine_chunks()

    def rows(self) -> int:
        """Return the number of rows, from the parts' footers alone; damaged parts count for none."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        total = 0
        for file in self._files():
            try:
                total += pq.read_metadata(file).num_rows
            except (pa.ArrowException, OSError):
                continue
        return total

    def _files(self, level: int | None = None) -> list[Path]:
        """Return the parts of a level (None: all), by their number."""
        if not self._folder.is_dir():
            return []
        found = [(m, file) for file in self._folder.iterdir() if (m := _PART.fullmatch(file.name))]
        return [
            file
            for m, file in sorted(found, key=lambda part: int(part[0].group(2)))
            if level is None or int(m.group(1)) == level
        ]

    def _write(self, table: pa.Table, *, level: int) -> None:
        import pyarrow.parquet as pq

        numbers = [int(file.stem.rsplit("-", 1)[1]) for file in self._files()]
        sink = io.BytesIO()
        pq.write_table(table, sink, use_dictionary=False, compression="zstd", write_page_checksum=True)
        name = f"part-{level}-{max(numbers, default=0) + 1:08d}.parquet"
        write_whole(sink.getvalue(), self._folder / name)

    def _merge(self, level: int) -> None:
        import pyarrow as pa

        files = self._files(level)
        tables = [table for file in files if (table := self._load(file)) is not None]
        if tables:
            self._write(pa.concat_tables(tables), level=level + 1)
        for file in files:
            _remove(file)

    def _load(self, file: Path) -> pa.Table | None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            data = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: cannot be read ({error.strerror}): mend or remove it") from error
        try:
            table = pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
            return table.select(self._schema.names).cast(self._schema)
        # A damaged footer is an OSError of pyarrow's, a missing column a KeyError.
        except (pa.ArrowException, OSError, KeyError):
            self._say(f"{file}: damaged: removed; what it held is worked out again")
            _remove(file)
            return None


def write_whole(data: bytes, path: Path) -> None:
    """Write a file so that it is there whole or not at all, whenever the process or the machine stops.

    Raises:
        DataError: it cannot be written; nothing of it is left.
    """
    try:
        put_whole(data, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror or error}): what was scored until now is kept; "
            "mend this and run the same again"
        ) from error


def make_whole(folder: Path) -> None:
    """Make a folder below an existing one, so that it outlives a crash; DataError when it cannot be."""
    if folder.is_dir():
        return
    make_whole(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)
    except OSError as error:
        raise DataError(f"{folder}: cannot be made ({error.strerror}): give another folder") from error


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left half written in ``folder``. Call it under the lock."""
    if folder.is_dir():
        for file in folder.iterdir():
            if _LEFT_OVER.fullmatch(file.name):
                _remove(file)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{file}: cannot be removed ({error.strerror}): remove it") from error


def _sync_folder(folder: Path) -> None:
    """Put a folder's list of files on the disk; systems that cannot open a folder do that by themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
