"""Puts the files of a finished run into another folder, here or elsewhere. The store stays where it is."""

from __future__ import annotations

from pathlib import Path

from stance.reading.remote import Place
from stance.reading.tables import copy_file
from stance.scoring.folder import RECORD, make_folder


def copy_run(folder: Path, target: Place) -> None:
    """Copy the tables, the page and at last ``run.json``, so that a folder with it is finished.

    Raises:
        DataError: ``target`` cannot be written.
    """
    if isinstance(target, Path):
        make_folder(target)
    names = sorted(file.name for file in folder.iterdir() if file.is_file() and file.name[0] != ".")
    for name in sorted(names, key=lambda name: name == RECORD):
        copy_file(folder / name, target / name)
