"""Files elsewhere, by any address that fsspec knows (s3://, gs://, hf://), with the manners of a path.

Files are read whole and written whole. Addresses of web pages (http, https) are not its matter: see ``html``.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

from stance.errors import DataError, OptionalDependencyError

# Two letters at least: "C:/news" is a path of Windows.
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)", re.DOTALL)
# A path object has one slash left of "s3://".
_FLATTENED = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):/(?P<rest>[^/].*)", re.DOTALL)
_WEB = frozenset({"http", "https"})
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class RemotePath:
    """A file or folder at an address; what it shares with :class:`pathlib.Path` does the same.

    What goes wrong on the way is an OSError, as with a path.
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str | Path) -> RemotePath:
        return RemotePath(f"{self.url.rstrip('/')}/{name.as_posix() if isinstance(name, Path) else name}")

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self.url.partition("://")[2])

    @property
    def name(self) -> str:
        """Return the last part of the address."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """Return the last part of the address without its ending."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """Return the ending of the address, with its dot."""
        return self._pure.suffix

    def stat(self) -> SimpleNamespace:
        """Return an object whose ``st_mode`` says whether it is a file or a folder."""
        with _as_os_error():
            system, path = self._open()
            kind = system.info(path)["type"]
        return SimpleNamespace(st_mode=stat.S_IFDIR if kind == "directory" else stat.S_IFREG)

    def read_bytes(self) -> bytes:
        """Return what is in the file."""
        with _as_os_error():
            system, path = self._open()
            return bytes(system.cat_file(path))

    def put(self, local: Path) -> None:
        """Make this the content of a local file; it appears when it is whole (of object stores)."""
        with _as_os_error():
            system, path = self._open()
            parent = path.rpartition("/")[0]
            if parent:
                system.makedirs(parent, exist_ok=True)
            system.put_file(str(local), path)

    def files(self) -> list[str]:
        """Return the files in the folder and its sub-folders, by their paths in it, sorted."""
        with _as_os_error():
            system, path = self._open()
            root = path.rstrip("/") + "/"
            return sorted(found.removeprefix(root) for found in system.find(path))

    def matches(self) -> list[RemotePath]:
        """Return what the address names, as a pattern, sorted."""
        with _as_os_error():
            system, path = self._open()
            return [RemotePath(system.unstrip_protocol(found)) for found in sorted(system.glob(path))]

    def _open(self) -> tuple[Any, str]:
        import fsspec

        scheme = self.url.partition("://")[0].lower()
        try:
            system, path = fsspec.core.url_to_fs(self.url)
        except ImportError as error:
            raise OptionalDependencyError(f"{self.url}: {_remedy(scheme, error)}") from error
        except ValueError as error:
            if scheme not in fsspec.available_protocols():
                raise DataError(f"{self.url}: no such kind of address as {scheme}://") from error
            raise
        return system, path


Place = Path | RemotePath
"""Where a file or folder lies: on this machine or elsewhere."""


def remote(source: object) -> RemotePath | None:
    """Return ``source`` as an address of a file or folder, None when it is none (or one of a web page)."""
    if isinstance(source, RemotePath):
        return source
    if not isinstance(source, str | PathLike):
        return None
    match = _ADDRESS.fullmatch(str(source))
    if match is None and isinstance(source, Path) and not source.exists():
        match = _FLATTENED.fullmatch(str(source))
    if match is None or match["scheme"].lower() in _WEB:
        return None
    return RemotePath(f"{match['scheme'].lower()}://{match['rest']}")


def is_pattern(place: Place) -> bool:
    """Say whether a path is meant as a pattern: it holds ``*``, ``?`` or ``[``, and no such file exists."""
    return bool(_MAGIC.search(str(place))) and not (isinstance(place, Path) and os.path.lexists(place))


def _remedy(scheme: str, error: ImportError) -> str:
    from fsspec.registry import known_implementations

    package = str(known_implementations.get(scheme, {}).get("class", "")).partition(".")[0]
    if package and package != "fsspec":
        return f"{scheme}:// needs a driver: pip install {package}"
    return f"{scheme}:// needs a driver ({error})"


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Make an OSError of whatever a driver raises: each has errors of its own."""
    try:
        yield
    except (OSError, OptionalDependencyError, DataError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise OSError(f"{type(error).__name__}: {reason}") from error
