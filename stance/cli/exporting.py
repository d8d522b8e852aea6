"""The ``export`` command: a shipped or trained model as a folder that other programs load."""

from __future__ import annotations

from pathlib import Path

import click

from stance.cli.console import SETTINGS, note


@click.command(context_settings=SETTINGS)
@click.argument("model", metavar="NAME_OR_PATH")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder to make.")
@click.option("--half", is_flag=True, help="float16 weights: half the size.")
def export(model: str, output: Path, *, half: bool) -> None:
    """Write a model as an ordinary transformers folder (AutoModelForSequenceClassification loads it).

    The shipped base model is packed in int8, which only stance reads.
    """
    from stance.classifier.network import export_model
    from stance.weights import STANCE_MODEL, find_model

    export_model(find_model(model, default=STANCE_MODEL), output, half=half)
    note(f"written: {output}")
