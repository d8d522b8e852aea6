"""The ``stance`` command: arguments, printing, exit codes. No logic of its own.

Exit codes: 0 done, 1 nothing could be done (one line says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import sys

import click

from stance.cli.commands import extract, predict, report, score, train
from stance.cli.console import SETTINGS
from stance.cli.evaluating import evaluate
from stance.cli.exporting import export
from stance.errors import StanceError


@click.group(context_settings=SETTINGS)
@click.version_option(package_name="stance-nli", prog_name="stance")
def cli() -> None:
    """Find where opposing parties contradict, support or do not touch each other."""


for _command in (predict, extract, score, evaluate, train, export, report):
    cli.add_command(_command)


def main() -> None:
    """Run the ``stance`` command line."""
    run(cli)


def run(command: click.Command) -> None:
    """Run one command; errors that a user can mend become one line on stderr and an exit code."""
    try:
        command(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except StanceError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
