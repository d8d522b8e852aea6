"""Where model folders lie, how they are told apart, and what is said of one that fails. Loads none itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.errors import ModelError

# On our test pairs base has 14 points of macro-F1 more than small and takes seven times as long.
STANCE_MODEL = "base"
# What training starts from: some hundred pairs take minutes with small, and an hour with base.
TRAIN_FROM = "small"
TAGGER_MODEL = "tagger"
RETRIEVAL_MODEL = "retrieval"

_PACKAGE = Path(__file__).resolve().parent


def shipped_models() -> Path:
    """Return the folder of shipped models: inside the wheel, or ``models/`` of a source checkout."""
    inside = _PACKAGE / "_models"
    return inside if inside.is_dir() else _PACKAGE.parent / "models"


def find_model(name: str | Path | None, *, default: str) -> str:
    """Return what to hand to ``from_pretrained`` for ``name``: a folder's path or a hub name.

    ``None`` means the shipped model called ``default``. A name is looked for as a path first, then
    among the shipped models (``small``), and is otherwise taken for a hub name (``owner/model``).

    Raises:
        ModelError: ``name`` is none of the three, a file, or a folder without ``config.json``.
    """
    shipped = shipped_models()
    if name is None:
        folder = shipped / default
        if not (folder / "config.json").is_file():
            raise ModelError(f"the shipped model '{default}' is missing at {folder}: reinstall stance-nli")
        return str(folder)
    path = Path(name).expanduser()
    if path.is_file():
        raise ModelError(f"{path}: a file: give the model folder that holds it")
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(f"{path}: no config.json: give a model folder as saved by save_pretrained")
        return str(path)
    if (shipped / str(name) / "config.json").is_file():
        return str(shipped / str(name))
    text = str(name)
    if path.is_absolute() or text.startswith((".", "~")) or text.count("/") != 1:
        names = ", ".join(sorted(p.name for p in shipped.glob("*") if (p / "config.json").is_file()))
        raise ModelError(
            f"no model '{text}': give a folder, a hub name (owner/model) or a shipped model ({names})"
        )
    return text


@contextmanager
def loading(place: str | Path, *, needs: str) -> Iterator[None]:
    """Keep transformers quiet, and make one ModelError of what it raises when it cannot load ``place``."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"cannot load '{place}': {reason} ({needs})") from error


WHOLE = "stance needs config.json, a tokenizer and .safetensors weights"
"""What :func:`loading` says of a folder that lacks one of them."""


def model_hash(folder: str | Path) -> str:
    """Return the first 12 hex digits of the sha256 over a folder's config and weights ('hub' if no folder).

    Files are taken in sorted order; the card and the training log don't count.
    """
    path = Path(folder)
    if not path.is_dir():
        return "hub"
    digest = hashlib.sha256()
    for file in sorted(path.iterdir()):
        if file.suffix in {".safetensors", ".bin", ".xml"} or file.name in {"config.json", "tokenizer.json"}:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
