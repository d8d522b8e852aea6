"""The store of a run folder: what the models said, kept by content, so that nothing is asked of them twice.

Kept is only what is a function of its key: the tags of a text under a tagger, the readings of two texts under
a model. Parties, statements, pairs and verdicts depend on the whole set and on the settings; they are worked
out anew each time, which is cheap, and so a run that was cut off ends exactly as one that was not.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from stance.attribution.linking import Span
from stance.scoring.folder import make_folder
from stance.scoring.lock import FolderLock
from stance.scoring.parts import Parts, sweep, write_whole

if TYPE_CHECKING:
    import pyarrow as pa

# To be raised when the same weights no longer give what is stored for them, or it is stored in another form.
FORMAT = 1

_KEY_BYTES = 16
# Hashes that tell no content: such a model is known by its name alone.
_NO_HASH = frozenset({"hub", "memory"})
_READINGS = ("ab_contradict", "ab_support", "ab_unrelated", "ba_contradict", "ba_support", "ba_unrelated")
_CUT = ("ab_cut", "ba_cut")

Array = NDArray[np.float64]


class Named(Protocol):
    """A model that can be named in the run's record."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def hash(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is made of, for the next run to tell what has changed."""

    articles: str
    model: str
    tagger: str
    roster: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Readings:
    """Probabilities of text pairs in both orders, and which inputs had to be cut, row by row.

    ``values`` has shape (n, 6): three of the canonical order, three of the other; ``cut`` shape (n, 2).
    """

    values: Array
    cut: NDArray[np.bool_]


def text_key(text: str) -> bytes:
    """Return the key of an article's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


def pair_key(a: str, b: str) -> bytes:
    """Return the key of two statements' texts in canonical order: ``a <= b``."""
    first, second = (text.encode("utf-8", "surrogatepass") for text in (a, b))
    # With its length, "ab" + "c" is not "a" + "bc".
    return hashlib.sha256(b"%d\n" % len(first) + first + second).digest()[:_KEY_BYTES]


def model_name(model: Named) -> str:
    """Return a model's name and hash, and what runs it where it says so: int8 answers otherwise than fp32."""
    runs_on = getattr(model, "engine", "")
    return f"{model.name}@{model.hash}" + (f" ({runs_on})" if runs_on else "")


def model_id(model: Named) -> str:
    """Return what tells a model's answers from another's: hash (or else name), and what runs it."""
    told = f"{model.name}@{model.hash}" if model.hash in _NO_HASH else model.hash
    return hashlib.sha256(f"{FORMAT}\n{told}\n{getattr(model, 'engine', '')}".encode()).hexdigest()[:16]


class RunStore:
    """The store under ``folder``/store; a context manager that holds the folder's lock.

    With ``wait`` a second run on the folder waits for the first, else it is refused. ``say`` is given one
    line on whatever a person should know: what a change invalidates, a damaged part.
    ``seconds`` adds up the time spent on storing and looking up.
    """

    def __init__(
        self, folder: Path | str, *, wait: bool = False, say: Callable[[str], None] | None = None
    ) -> None:
        self.folder = Path(folder)
        self.seconds = 0.0
        self._say = say or (lambda _: None)
        self._place = self.folder / "store"
        self._lock = FolderLock(self._place / "lock", folder=self.folder, wait=wait, say=self._say)
        self._tags: Parts | None = None
        self._readings: Parts | None = None

    def __enter__(self) -> Self:
        """Take the lock when the folder is in use already; a new one is made by :meth:`begin`.

        Raises:
            DataError: another run is at work there and ``wait`` was not asked for.
        """
        if self._place.is_dir():
            self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the lock."""
        self._lock.release()

    def begin(self, inputs: Inputs, *, model: Named, tagger: Named) -> None:
        """Make the folder, take its lock, say what has changed since the last run, note the new inputs.

        Raises:
            DataError: the folder cannot be made or written, or another run is at work there.
        """
        make_folder(self._place)
        self._lock.acquire()
        self._tags = Parts(self._place / "tags" / model_id(tagger), _tag_schema(), self._say)
        self._readings = Parts(self._place / "readings" / model_id(model), _reading_schema(), self._say)
        for place in (self.folder, self._place, *self._place.glob("*/*/")):
            sweep(place)
        for line in self._changes(inputs):
            self._say(line)
        record = {"format": FORMAT, **asdict(inputs), "settings": dict(inputs.settings)}
        write_whole((json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode(), self._manifest)

    def tags(self, keys: Sequence[bytes]) -> list[list[Span] | None]:
        """Return the stored spans of texts, None for those that are not there."""
        with self._timed():
            table = _opened(self._tags).read()
            places = _places(keys, table)
            spans = table["spans"].combine_chunks()
            bounds = spans.offsets.to_numpy().tolist()
            role, start, end = (spans.values.field(name).to_pylist() for name in ("role", "start", "end"))
            return [
                None
                if place < 0
                else [Span(role[i], start[i], end[i]) for i in range(bounds[place], bounds[place + 1])]
                for place in places.tolist()
            ]

    def keep_tags(self, keys: Sequence[bytes], tags: Sequence[Sequence[Span]]) -> None:
        """Store the spans of texts. Raises DataError when that cannot be done."""
        import pyarrow as pa

        with self._timed():
            spans = [[{"role": s.role, "start": s.start, "end": s.end} for s in text] for text in tags]
            _opened(self._tags).append(pa.table([keys, spans], schema=_tag_schema()))

    def readings(self, keys: Sequence[bytes]) -> tuple[NDArray[np.bool_], Readings]:
        """Return which text pairs are stored, and the readings of those, in the order of ``keys``."""
        with self._timed():
            table = _opened(self._readings).read()
            places = _places(keys, table)
            found = table.take(places[places >= 0])
            values = np.stack([found[name].to_numpy() for name in _READINGS], axis=1)
            cut = np.stack([found[name].to_numpy() for name in _CUT], axis=1)
            return places >= 0, Readings(values, cut)

    def keep_readings(self, keys: Sequence[bytes], readings: Readings) -> None:
        """Store the readings of text pairs. Raises DataError when that cannot be done."""
        import pyarrow as pa

        with self._timed():
            columns = [keys, *readings.values.T, *readings.cut.T]
            _opened(self._readings).append(pa.table(columns, schema=_reading_schema()))

    @property
    def _manifest(self) -> Path:
        return self._place / "manifest.json"

    def _changes(self, inputs: Inputs) -> Iterator[str]:
        """Say what differs from the last run, and what of its work still counts."""
        old = self._last()
        if old is None:
            return
        if old.get("format") != FORMAT:
            yield "the store was made by another version of stance: everything is tagged and read again"
            return
        for what, parts, work in (
            ("tagger", self._tags, "articles are tagged"),
            ("model", self._readings, "pairs are read"),
        ):
            if old[what] != (new := getattr(inputs, what)):
                rows = _opened(parts).rows()
                known = f", but for {rows:,} that {new} has done here before" if rows else ""
                yield f"the {what} is {new}, it was {old[what]}: all {work} again{known}"
        if old["roster"] != inputs.roster:
            yield "the roster has changed: parties and pairs are worked out again; only new pairs are read"
        names = sorted({*old["settings"], *inputs.settings})
        new_settings = [
            f"{name} {old['settings'].get(name)} -> {inputs.settings.get(name)}"
            for name in names
            if old["settings"].get(name) != inputs.settings.get(name)
        ]
        if new_settings:
            yield f"settings have changed ({', '.join(new_settings)}): pairs are chosen and judged again"

    def _last(self) -> dict[str, Any] | None:
        """Return the inputs of the last run, None when there was none or they can't be read."""
        try:
            record = json.loads(self._manifest.read_text(encoding="utf-8"))
            if isinstance(record["settings"], dict) and {"tagger", "model", "roster"} <= set(record):
                return dict(record)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._say(f"{self._manifest}: damaged: what has changed since the last run is not known")
        return None

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start


def _opened(parts: Parts | None) -> Parts:
    if parts is None:
        raise ValueError("the store is not open; call begin() first")
    return parts


def _places(keys: Sequence[bytes], table: pa.Table) -> NDArray[np.int64]:
    """Return the row of each key in a table, -1 for those that are not there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(keys, pa.binary(_KEY_BYTES))
    found = pc.index_in(wanted, value_set=table["key"].combine_chunks())
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _tag_schema() -> pa.Schema:
    import pyarrow as pa

    span = pa.struct([("role", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
    return pa.schema([("key", pa.binary(_KEY_BYTES)), ("spans", pa.list_(span))])


def _reading_schema() -> pa.Schema:
    import pyarrow as pa

    numbers = [(name, pa.float64()) for name in _READINGS]
    return pa.schema([("key", pa.binary(_KEY_BYTES)), *numbers, *((name, pa.bool_()) for name in _CUT)])
