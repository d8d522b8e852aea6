"""One run at a time in a folder: a lock that the system frees when its process ends, however it ends.

It guards nothing by itself; whoever writes takes it first. Systems without ``flock`` (Windows) have none,
which is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from stance.errors import DataError

Say = Callable[[str], None]


class FolderLock:
    """The lock of one run folder, on the file ``path``; a file left by a crash locks nothing."""

    def __init__(self, path: Path, *, folder: Path, wait: bool = False, say: Say) -> None:
        self._path, self._folder, self._wait, self._say = path, folder, wait, say
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock, or keep it when it is held already.

        Raises:
            DataError: another process has it and ``wait`` was not asked for, or the file cannot be opened.
        """
        if self._file is not None:
            return
        flock = _flock()
        if flock is None:
            self._say(f"{self._folder}: this system has no file locks: start no second run on this folder")
            return
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise DataError(
                f"{self._path}: cannot be opened ({error.strerror}): give another folder"
            ) from error
        try:
            self._take(flock, file)
            os.truncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def release(self) -> None:
        """Give the lock back, if it is held. The file stays: another may wait for it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, flock: ModuleType, file: int) -> None:
        try:
            flock.flock(file, flock.LOCK_EX | flock.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(file, 20, 0).decode("ascii", "replace").strip()
            other = f"another run (process {owner})" if owner.isdecimal() else "another run"
            if not self._wait:
                raise DataError(
                    f"{self._folder}: {other} is at work here: let it end, wait for it with --wait, "
                    "or give another folder"
                ) from error
            self._say(f"{self._folder}: {other} is at work here: waiting for it to end")
            flock.flock(file, flock.LOCK_EX)
        except OSError as error:
            raise DataError(
                f"{self._path}: cannot be locked ({error.strerror}): give a local folder"
            ) from error


def _flock() -> ModuleType | None:
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl
