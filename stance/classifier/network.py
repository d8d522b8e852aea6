"""Loads the transformers model of a folder or hub name, whole or packed, and writes it back whole.

It runs nothing. Packed folders (see :mod:`stance.classifier.packing`) hold int8 weights that transformers
does not read; :func:`export_model` turns one into a folder that it does.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from stance.classifier.packing import is_packed, pack, unpack
from stance.errors import DataError, ModelError
from stance.weights import WHOLE, loading

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


def load_network(place: str | Path, *, config: PretrainedConfig | None = None) -> PreTrainedModel:
    """Return the sequence classifier at ``place`` in float32, from safetensors only.

    ``config`` replaces its own; labels of another number than its head has get a fresh head.

    Raises:
        ModelError: nothing there, no safetensors, or packed weights that don't fit the config.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with loading(place, needs=WHOLE):
        if not is_packed(place):
            return AutoModelForSequenceClassification.from_pretrained(
                place,
                config=config,
                use_safetensors=True,
                dtype=torch.float32,
                ignore_mismatched_sizes=config is not None,
            )
        model = AutoModelForSequenceClassification.from_config(
            config or AutoConfig.from_pretrained(place), dtype=torch.float32
        )
    try:
        model.load_state_dict({name: torch.from_numpy(values) for name, values in unpack(place).items()})
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{place}: the packed weights are not those of its config ({reason})") from error
    return model


def save_packed(model: PreTrainedModel, folder: Path) -> None:
    """Write ``config.json`` and the packed weights of ``model`` into ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    pack({name: values.float().numpy() for name, values in model.state_dict().items()}, folder)


def export_model(place: str | Path, output: Path, *, half: bool = False) -> None:
    """Write the model at ``place`` as an ordinary transformers folder, in float32 or float16.

    The folder appears whole or not at all.

    Raises:
        DataError: ``output`` is there already, or cannot be written.
        ModelError: the model cannot be loaded.
    """
    from transformers import AutoTokenizer

    if output.exists():
        raise DataError(f"{output}: is there already: give another --output or remove it")
    model = load_network(place)
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(place)
    if half:
        model.half()
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        card = Path(place) / "README.md"
        if card.is_file():
            shutil.copyfile(card, unfinished / "README.md")
        unfinished.rename(output)
    except OSError as error:
        raise DataError(f"{output}: cannot be written ({error.strerror}): give another --output") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
