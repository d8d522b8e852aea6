"""Tells the kinds of source apart and opens the tables among them. Makes no records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from glob import glob
from os import PathLike
from pathlib import Path

from stance.reading.files import unreadable
from stance.reading.frames import dataset_table, frame_table, is_dataset, is_frame
from stance.reading.remote import Place, RemotePath, is_pattern, remote
from stance.reading.result import Refusal
from stance.reading.rows import TABLE_ENDINGS, Table, read_table


def tables(source: object) -> Iterator[Table | Refusal]:
    """Yield the table of a path, a frame or a dataset, or those of several paths, in the order given.

    Raises TypeError for any other source and ValueError for an empty list of paths.
    """
    held = table_in_memory(source)
    if held is not None:
        yield held
        return
    for item in items(source):
        for place in places(item):
            if isinstance(place, Refusal):
                yield place
            else:
                yield unreadable(place, TABLE_ENDINGS) or read_table(place)


def table_in_memory(source: object) -> Table | Refusal | None:
    """Return the table of a DataFrame or Dataset, None when ``source`` is neither."""
    if is_frame(source):
        return frame_table(source)
    if is_dataset(source):
        return dataset_table(source)
    return None


def items(source: object) -> list[object]:
    """Return the things named by ``source``: itself when it is a path, its members when it is a list."""
    if isinstance(source, str | PathLike | RemotePath):
        return [source]
    if not isinstance(source, Iterable) or isinstance(source, bytes | Mapping):
        raise TypeError(
            f"cannot read an object of type {type(source).__name__}: give a path, a list of paths, "
            "a pandas.DataFrame or a datasets.Dataset"
        )
    found = list(source)
    if not found:
        raise ValueError("an empty list was given to read: name at least one path")
    return found


def places(item: object) -> list[Place | Refusal]:
    """Return the path or address that ``item`` is, or, of a pattern (``news/*.jsonl``), all that it matches.

    Raises TypeError when it is neither.
    """
    place = remote(item) or as_path(item)
    if not is_pattern(place):
        return [place]
    try:
        found: list[Place | Refusal] = (
            [*place.matches()]
            if isinstance(place, RemotePath)
            # Not Path.glob: it needs to know where the pattern begins.
            else [Path(name) for name in sorted(glob(str(place), recursive=True))]  # noqa: PTH207
        )
    except OSError as error:
        return [Refusal(str(place), f"cannot be read ({error.strerror or error}): check the address")]
    return found or [Refusal(str(place), "no file matches this pattern: check it")]


def as_path(item: object) -> Path:
    """Return ``item`` as a path; raise TypeError when it isn't one."""
    if not isinstance(item, str | PathLike):
        raise TypeError(
            f"a list to read holds an object of type {type(item).__name__}: only paths can stand in it"
        )
    return Path(item)
