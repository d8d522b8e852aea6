"""Looks at paths: whether they can be read, and what text is in them. Makes no rows."""

from __future__ import annotations

import stat
from collections.abc import Sequence

from stance.reading.remote import Place
from stance.reading.result import Refusal, listed, shown


def unreadable(path: Place, endings: Sequence[str]) -> Refusal | None:
    """Return why ``path`` is no file with one of ``endings``, None when it is one."""
    mode = file_mode(path)
    if isinstance(mode, Refusal):
        return mode
    if stat.S_ISDIR(mode):
        return Refusal(str(path), f"a folder where a file is needed: name the {listed(endings)} files in it")
    if path.suffix.lower() not in endings:
        ending = f"unknown file ending '{path.suffix}'" if path.suffix else "no file ending"
        return Refusal(str(path), f"{ending}: {listed(endings)} are read")
    return None


def file_mode(path: Place) -> int | Refusal:
    """Return the mode of ``path`` as stat gives it, or a refusal when nothing is there."""
    try:
        return int(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return Refusal(str(path), "no such file or folder: check the path")
    except (OSError, ValueError) as error:  # such as a text given in place of a path: too long, or a NUL
        reason = (isinstance(error, OSError) and error.strerror) or error
        return Refusal(shown(str(path)), f"not a usable path ({reason}): check the path")


def decoded(path: Place) -> str | Refusal:
    """Return the text of ``path``, line ends as they stand and without a BOM, or where it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.object is what follows the BOM; a BOM holds no line end, so the count is right with it.
        before: bytes = error.object[: error.start]
        line = before.count(b"\n") + 1
        byte = error.object[error.start]
        return Refusal(f"{path}:{line}", f"not UTF-8 (byte 0x{byte:02x}): save the file as UTF-8")
