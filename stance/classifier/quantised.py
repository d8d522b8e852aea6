"""Graphs with 8-bit weights and activations: made once for a model, then kept in the user's cache folder.

Made with nncf, calibrated on pairs of our own that come with the package.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.classifier.graph import build_graph
from stance.classifier.machine import cache_folder
from stance.classifier.tokens import PairTokenizer
from stance.errors import OptionalDependencyError

if TYPE_CHECKING:
    from openvino import Model

_GRAPH = "openvino_model.xml"
_WEIGHTS = "openvino_model.bin"
_SUMS = "sha256.json"


def shipped_graph(folder: Path) -> Model | None:
    """Return the graph that lies in a model folder (``openvino_model.xml`` and ``.bin``), or None."""
    import openvino as ov

    if not (folder / _GRAPH).is_file() or not (folder / _WEIGHTS).is_file():
        return None
    return ov.Core().read_model(folder / _GRAPH)


def quantised_graph(
    folder: Path,
    config: Mapping[str, Any],
    tokenizer: PairTokenizer,
    *,
    key: str,
    say: Callable[[str], None] | None = None,
) -> Model:
    """Return the 8-bit graph of the model in ``folder``, from the cache or made now and put there.

    ``key`` names it in the cache: the model's hash and the version that makes it. A cached graph whose
    checksums differ is made anew. ``say`` is told when one is made, as it takes a minute.

    Raises:
        OptionalDependencyError: it must be made, and nncf is not installed.
        UnknownArchitectureError: no graph for this kind of model.
    """
    import openvino as ov

    place = cache_folder() / "openvino" / key
    if is_whole(place):
        return ov.Core().read_model(place / _GRAPH)
    if say:
        say("making the 8-bit graph of this model: about a minute, the first time only")
    graph = _quantise(build_graph(folder, config), tokenizer)
    _keep(graph, place)
    return graph


def is_whole(place: Path) -> bool:
    """Return whether a cached graph lies in ``place``, with every byte that was written."""
    try:
        sums = json.loads((place / _SUMS).read_text(encoding="utf-8"))
        return bool(sums == _sums(place))
    except (OSError, ValueError):
        return False


def _sums(place: Path) -> dict[str, str]:
    return {name: hashlib.sha256((place / name).read_bytes()).hexdigest() for name in (_GRAPH, _WEIGHTS)}


def _keep(graph: Model, place: Path) -> None:
    """Write a graph so that others see it whole or not at all; where nothing can be written, go without."""
    import openvino as ov

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as made:
            draft = Path(made) / place.name
            draft.mkdir()
            ov.save_model(graph, draft / _GRAPH, compress_to_fp16=False)
            (draft / _SUMS).write_text(json.dumps(_sums(draft)), encoding="utf-8")
            if place.exists():
                # A folder can only be replaced by way of another name; a broken one is of no use to anybody.
                shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
    except OSError:
        return


def _quantise(graph: Model, tokenizer: PairTokenizer) -> Model:
    # nncf reports its use over the network unless told that it runs in a test.
    os.environ.setdefault("NNCF_CI", "1")
    try:
        import nncf
        from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix
    except ImportError as error:
        raise OptionalDependencyError(
            "8-bit graphs need nncf: pip install 'stance-nli[int8]', or choose the engine openvino"
        ) from error
    pairs = calibration_pairs()
    encoded = tokenizer.encode(pairs)
    inputs = {port.any_name for port in graph.inputs}
    rows = [
        {name: values for name, values in encoded.batch([i]).named().items() if name in inputs}
        for i in range(len(pairs))
    ]
    return nncf.quantize(
        graph,
        nncf.Dataset(rows),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(rows),
        # Without it the sums of 8-bit products overflow on processors that lack VNNI.
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )


def calibration_pairs() -> list[tuple[str, str]]:
    """Return the pairs that come with the package to calibrate on."""
    text = resources.files("stance.classifier").joinpath("calibration.jsonl").read_text(encoding="utf-8")
    return [(row["a"], row["b"]) for row in map(json.loads, text.splitlines())]
