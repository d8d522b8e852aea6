"""Chooses what runs a model on this machine, and loads the model into it. Reads no texts.

On the processor OpenVINO where it is installed and has a graph for the model, else torch; a GPU goes before
both. Measured in benchmarks/README.md.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.classifier.engine import Engine
from stance.classifier.graph import UnknownArchitectureError, build_graph
from stance.classifier.machine import has_gpu_driver, thread_count
from stance.classifier.tokens import PairTokenizer, tokenizer_from_folder, tokenizer_from_transformers
from stance.errors import ModelError, OptionalDependencyError

ENGINES = ("auto", "torch", "openvino", "openvino-int8")
DEVICES = ("auto", "cpu", "cuda", "mps")

_INSTALL = "pip install 'stance-nli[fast]'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asks for: an engine, a device, a number of threads (None: as the machine has it).

    Raises:
        ValueError: an unknown engine or device, two that don't go together, or no threads.
    """

    engine: str = "auto"
    device: str = "auto"
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, value, known in (("engine", self.engine, ENGINES), ("device", self.device, DEVICES)):
            if value not in known:
                raise ValueError(f"{name} is '{value}': one of {', '.join(known)} is needed")
        if self.engine.startswith("openvino") and self.device not in {"auto", "cpu"}:
            raise ValueError(f"the engine {self.engine} runs on the cpu only: the device is '{self.device}'")
        thread_count(self.threads)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run; ``note`` says why the engine is not the one that would be chosen at best."""

    engine: Engine
    tokenizer: PairTokenizer
    config: Mapping[str, Any]
    note: str = ""


def load_parts(
    place: str, wanted: Wanted, *, fingerprint: str, say: Callable[[str], None] | None = None
) -> Loaded:
    """Return the model at ``place``, a folder or hub name, in the engine that is wanted or suits best.

    Raises:
        ModelError: the model cannot be loaded, or not by the engine that is wanted.
        OptionalDependencyError: the engine that is wanted is not installed.
    """
    if wanted.engine == "torch" or wanted.device in {"cuda", "mps"}:
        return _with_torch(place, wanted)
    if wanted.engine == "auto" and wanted.device == "auto" and has_gpu_driver():
        from stance.classifier.torch_engine import torch_device

        if torch_device("auto") != "cpu":
            return _with_torch(place, wanted)
    try:
        return _with_openvino(place, wanted, fingerprint, say)
    except OptionalDependencyError as error:
        if wanted.engine != "auto":
            raise
        return _with_torch(place, wanted, note=str(error))
    except UnknownArchitectureError as error:
        if wanted.engine != "auto":
            raise ModelError(
                f"{place}: the engine openvino has no graph for {error}: choose torch"
            ) from error
        return _with_torch(place, wanted, note=f"openvino has no graph for {error}")


def _with_torch(place: str, wanted: Wanted, *, note: str = "") -> Loaded:
    from stance.classifier.torch_engine import load_tokenizer, load_torch

    engine = load_torch(place, device=wanted.device, threads=wanted.threads)
    config: dict[str, Any] = engine.config
    tokenizer = tokenizer_from_folder(Path(place), config)
    if tokenizer is None:
        tokenizer = tokenizer_from_transformers(load_tokenizer(place), config, place)
    return Loaded(engine, tokenizer, config, note)


def _with_openvino(place: str, wanted: Wanted, fingerprint: str, say: Callable[[str], None] | None) -> Loaded:
    folder = Path(place)
    if not folder.is_dir():
        raise UnknownArchitectureError(f"the hub model '{place}', which only torch fetches")
    config = read_config(folder)
    tokenizer = tokenizer_from_folder(folder, config)
    if tokenizer is None:
        raise UnknownArchitectureError("a tokenizer without tokenizer.json")
    if importlib.util.find_spec("openvino") is None:
        raise OptionalDependencyError(f"openvino is not installed: {_INSTALL}")
    try:
        from stance.classifier.openvino_engine import OpenVINOEngine
        from stance.classifier.quantised import quantised_graph, shipped_graph

        if wanted.engine == "openvino-int8":
            graph = quantised_graph(folder, config, tokenizer, key=fingerprint, say=say)
        else:
            graph = shipped_graph(folder) or build_graph(folder, config)
        return Loaded(OpenVINOEngine(graph, threads=wanted.threads), tokenizer, config)
    except ImportError as error:
        raise OptionalDependencyError(f"openvino cannot be imported ({error}): {_INSTALL}") from error


def read_config(folder: Path) -> dict[str, Any]:
    """Return a model folder's config.json.

    Raises:
        ModelError: it is not there, or is no JSON mapping.
    """
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load '{folder}': config.json: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"cannot load '{folder}': config.json is no mapping")
    return config
