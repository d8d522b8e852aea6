"""Looks at where results are to go, before any work is done for them. Writes nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stance.errors import DataError

if TYPE_CHECKING:
    from stance.reading.remote import Place

# The tables of a run, as they are named in its folder.
_OWN = frozenset(
    f"{table}.{ending}"
    for table in ("articles", "statements", "judgements")
    for ending in ("jsonl", "parquet")
)


class WrongUsage(click.ClickException):
    """A usage that no single option explains; one line on stderr, exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002  # click's signature
        """Print the message as every other error is printed."""
        click.echo(f"error: {self.format_message()}", err=True)


def check_table(path: Place) -> None:
    """Raise unless a table can be written to ``path``.

    Raises:
        WrongUsage: an ending that is not written.
        DataError: ``path`` is a folder, or its folder is not there.
    """
    from stance.reading.rows import TABLE_ENDINGS

    if path.suffix.lower() not in TABLE_ENDINGS:
        raise WrongUsage(f"--output {path}: the ending must be one of {', '.join(TABLE_ENDINGS)}")
    if isinstance(path, Path):
        check_file(path)


def check_file(path: Path) -> None:
    """Raise DataError when ``path`` is a folder, or its folder is not there."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder: name a file to write")
    if not path.parent.is_dir():
        raise DataError(f"{path}: no folder {path.parent}: make it first")


def check_folder(folder: Path) -> None:
    """Raise DataError when ``folder`` is a file, or could not be made or written to."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise DataError(f"{folder}: cannot be used as output folder ({there} is a file): give another")
    if not os.access(there, os.W_OK | os.X_OK):
        raise DataError(f"{folder}: cannot be used as output folder ({there} is read-only): give another")


def same_file(one: Place, other: Place) -> bool:
    """Return whether two paths lead to one file; two addresses only when they are the same."""
    if isinstance(one, Path) and isinstance(other, Path):
        return one.resolve() == other.resolve()
    return str(one) == str(other)


def keep_apart(output: Place, articles: Sequence[Place | str]) -> None:
    """Raise WrongUsage when ``output`` would be read as articles next time, or replace an article file."""
    if not isinstance(output, Path):
        if str(output) in map(str, articles):
            raise WrongUsage(f"--output {output} would write over the articles {output}: give another")
        return
    place = output.resolve()
    for source in articles:
        # An address elsewhere.
        if not isinstance(source, Path):
            continue
        found = source.resolve()
        if found.is_dir() and place.is_relative_to(found):
            raise WrongUsage(
                f"--output {output} lies inside the articles {source}: "
                "it would be read as articles the next time; give a folder outside"
            )
        if place == found or (place == found.parent and found.name in _OWN):
            raise WrongUsage(f"--output {output} would write over the articles {source}: give another")
