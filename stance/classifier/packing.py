"""Weights in int8 with a scale for each 32 of a row, in safetensors of at most 90 MB; reads no config.

Symmetric round-to-nearest in blocks (Dettmers et al. 2022, block-wise absmax): each weight is off by at most
half a step, 1/254 of the largest of its block, and a block takes 32 + 4 bytes instead of 128. With one scale
for a whole row the base model took 110 MB instead of 124, and 2 of 121 verdicts on dev changed instead of
none. Vectors (biases, norms) stay in float32. Knows nothing of models or folders of labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import ModelError

LARGEST_FILE = 90_000_000  # bytes
_STEPS = 127
_BLOCK = 32
_SCALE = ".scale"
_PARTS = "packed-*.safetensors"
# A matrix of fewer weights is not worth two entries.
_SMALLEST = 4096

Arrays = Mapping[str, NDArray[np.generic]]


def is_packed(folder: str | Path) -> bool:
    """Whether ``folder`` holds packed weights instead of a ``model.safetensors``."""
    path = Path(folder)
    return any(path.glob(_PARTS)) and not (path / "model.safetensors").is_file()


def pack(weights: Arrays, folder: Path, *, largest_file: int = LARGEST_FILE) -> list[Path]:
    """Write ``weights`` (float arrays by name) as ``packed-N-of-M.safetensors`` and return the files.

    Raises:
        ValueError: a weight is not finite, or a name ends in ``.scale``.
    """
    from safetensors.numpy import save_file

    parts: list[dict[str, NDArray[np.generic]]] = [{}]
    size = 0
    for arrays in _entries(weights):
        bytes_ = sum(array.nbytes for array in arrays.values())
        if parts[-1] and size + bytes_ > largest_file:
            parts.append({})
            size = 0
        parts[-1].update(arrays)
        size += bytes_
    files = [folder / f"packed-{n}-of-{len(parts)}.safetensors" for n in range(1, len(parts) + 1)]
    for file, part in zip(files, parts, strict=True):
        save_file(part, file, metadata={"format": "stance-int8"})
    return files


def _entries(weights: Arrays) -> Iterator[dict[str, NDArray[np.generic]]]:
    for name in sorted(weights):
        values = np.asarray(weights[name], dtype=np.float32)
        if name.endswith(_SCALE):
            raise ValueError(f"weight '{name}': names that end in '{_SCALE}' are taken for scales")
        if not np.isfinite(values).all():
            raise ValueError(f"weight '{name}' holds values that are not finite: the model is broken")
        if values.ndim != 2 or values.size < _SMALLEST:  # noqa: PLR2004  # a matrix
            yield {name: values}
            continue
        blocks = _blocks(values)
        scale = np.abs(blocks).max(axis=2) / np.float32(_STEPS)
        # A block of zeros is any number of steps of zero.
        steps = np.rint(blocks / np.where(scale > 0, scale, 1.0)[:, :, None]).astype(np.int8)
        yield {name: steps.reshape(values.shape), name + _SCALE: scale}


def _blocks(values: NDArray[Any]) -> NDArray[Any]:
    """A matrix (n, m) as (n, m / 32, 32); one whose rows don't divide has one block a row."""
    rows, columns = values.shape
    return values.reshape(rows, -1, columns if columns % _BLOCK else _BLOCK)


def unpack(folder: str | Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 weights of a packed ``folder`` by name.

    Raises:
        ModelError: a part is missing or damaged, or a matrix lacks its scale.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = Path(folder)
    files = sorted(path.glob(_PARTS))
    total = {file.stem.rpartition("-of-")[2] for file in files}
    if total != {str(len(files))}:
        raise ModelError(
            f"{path}: {len(files)} packed files of {', '.join(sorted(total)) or '?'}: copy the whole folder"
        )
    stored: dict[str, NDArray[np.generic]] = {}
    for file in files:
        try:
            stored.update(load_file(file))
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{file}: damaged ({error}): copy it anew") from error
    weights: dict[str, NDArray[np.float32]] = {}
    for name, values in stored.items():
        if name.endswith(_SCALE):
            continue
        if values.dtype == np.int8:
            if name + _SCALE not in stored:
                raise ModelError(f"{path}: no scale for '{name}': the packed files do not belong together")
            scale = np.asarray(stored[name + _SCALE], dtype=np.float32)
            weights[name] = (_blocks(values.astype(np.float32)) * scale[:, :, None]).reshape(values.shape)
        else:
            weights[name] = np.asarray(values, dtype=np.float32)
    return weights
