"""Progress and notes on stderr for the command line. Results never go through here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stance.scoring.run import Progress

# On every command itself: click remembers a command's help option from its first use.
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_SHOWN = 10
# From so many units a second their tenths are of no interest.
_WHOLE = 10


@contextmanager
def progress_bars() -> Iterator[Progress | None]:
    """Give a progress callback that draws one bar a stage; None when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(TextColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.{0 if speed >= _WHOLE else 1}f}/s" if speed else "", justify="right")

    columns = (
        TextColumn("{task.description:>11}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done)

        yield show


def note(message: str) -> None:
    """Print one line on stderr."""
    click.echo(message, err=True)


def note_refused(refused: Sequence[object]) -> None:
    """Name the rows that were left out, at most ten of them, and their number."""
    for refusal in refused[:_SHOWN]:
        note(f"refused: {refusal}")
    if len(refused) > _SHOWN:
        note(f"refused: {len(refused) - _SHOWN} more rows")
    if refused:
        note(f"{len(refused)} row{'s' if len(refused) != 1 else ''} refused; the rest went on")
