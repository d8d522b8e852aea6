"""Options that say what runs the stance model, and the loading of it for a command. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stance.cli.console import note

if TYPE_CHECKING:
    from stance.api import Model
    from stance.scoring import RayEngine

# As in stance.classifier.choosing, which is too heavy to import for a help page.
ENGINES = ("auto", "torch", "openvino", "openvino-int8")
DEVICES = ("auto", "cpu", "cuda", "mps")


def running(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options ``--engine-name``, ``--device`` and ``--threads``."""
    for option in (
        click.option(
            "--threads", type=click.IntRange(min=1), help="Processor threads; default: the cores granted."
        ),
        click.option(
            "--device",
            type=click.Choice(DEVICES),
            default="auto",
            help="Where the model runs; default: auto.",
        ),
        click.option(
            "--engine-name", type=click.Choice(ENGINES), default="auto", help="What runs it; default: auto."
        ),
    ):
        command = option(command)
    return command


def load_model(model: str | None, *, engine_name: str, device: str, threads: int | None) -> Model:
    """Load a model as the options say, and tell on stderr what runs it."""
    from stance import api

    _check_device(engine_name, device)
    loaded = api.load(model, engine=engine_name, device=device, threads=threads, say=note)
    engine = getattr(loaded.classifier, "engine", None)
    if engine:
        why = loaded.classifier.engine_note
        count = loaded.classifier.threads
        note(f"engine: {engine}, {count} thread{'s' if count != 1 else ''}{f' ({why})' if why else ''}")
    return loaded


def start_ray(
    model: str | None, *, workers: int | None, engine_name: str, device: str, threads: int | None
) -> RayEngine:
    """Return the engine that runs the models on Ray as the options say, still to be entered."""
    from stance import api

    _check_device(engine_name, device)
    return api.on_ray(model, engine=engine_name, device=device, threads=threads or 1, workers=workers)


def _check_device(engine_name: str, device: str) -> None:
    if engine_name.startswith("openvino") and device not in {"auto", "cpu"}:
        raise click.UsageError(
            f"--engine-name {engine_name} runs on the cpu only: leave out --device {device}"
        )
