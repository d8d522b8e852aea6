"""An engine on Ray Data: both models run in pools of actors, on this machine or on a cluster.

It runs models and nothing else. Chunks are cut, parties found, pairs chosen and the store written by the one
process that started it, so that keys and judgements are those of the local engine. A row of a dataset is a
chunk and an actor reads it in one call: on the same kind of machine, with the same engine and threads, its
numbers are those of the local engine to the last bit.

An actor that dies is started again and its chunk is read again (Ray Data's default: without limit).
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from stance.attribution.linking import Span
from stance.errors import DataError, ModelError, OptionalDependencyError, StanceError
from stance.scoring.engine import Advance, Answers, Scorer, Tagger, TextPairs
from stance.scoring.run import stance_version
from stance.scoring.store import Named

if TYPE_CHECKING:
    import pyarrow as pa

# Chunks that are handed to Ray at a time: at 512 pairs each some 500,000 pairs and 100 MB of text in its
# object store. A pool is started for each, which takes seconds.
WINDOW = 1024

_INSTALL = "pip install 'stance-nli[ray]'"


@dataclass(frozen=True, slots=True)
class Described:
    """What the process that started a run must know of a model that only its workers load."""

    name: str
    hash: str
    engine: str = ""
    threads: int = 1
    symmetric: bool = False
    least: float | None = None
    version: str = ""


class RayEngine:
    """Runs the models on Ray; a context manager that stops a Ray it has started itself.

    ``load_tagger`` and ``load_scorer`` are called in each worker, which must have stance and the models. The
    cluster is the one in ``RAY_ADDRESS``, or a new one on this machine. Each worker takes ``threads``
    processors, and to read pairs one GPU if ``gpu``; ``workers`` defaults to as many as the cluster has room
    for now.

    Attributes:
        tagger, scorer: the models as the workers have them.
    """

    name = "ray"

    def __init__(
        self,
        load_tagger: Callable[[], Tagger],
        load_scorer: Callable[[], Scorer],
        *,
        threads: int = 1,
        workers: int | None = None,
        gpu: bool = False,
    ) -> None:
        if threads < 1 or (workers is not None and workers < 1):
            raise ValueError(f"threads is {threads}, workers {workers}: at least 1 is needed of each")
        self._loaders = {"tagger": load_tagger, "scorer": load_scorer}
        self._threads, self._workers, self._gpu = threads, workers, gpu
        self._started = False
        self.tagger = self.scorer = Described("", "")

    def __enter__(self) -> Self:
        """Connect to Ray and ask a worker what its models are.

        Raises:
            OptionalDependencyError: ray is not installed.
            DataError: nothing answers at ``RAY_ADDRESS``.
            ModelError: a worker cannot load a model.
        """
        if importlib.util.find_spec("ray") is None:
            raise OptionalDependencyError(f"ray is not installed: {_INSTALL}")
        import ray

        self._started = _connect()
        try:
            with _in_one_line():
                describe = ray.remote(**self._resources(gpu=self._gpu))(_describe)
                self.tagger, self.scorer = ray.get(
                    describe.remote([self._loaders["tagger"], self._loaders["scorer"]])
                )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the Ray that was started here; another stays as it is."""
        if self._started:
            import ray

            ray.shutdown()
            self._started = False

    def tag(
        self, chunks: Iterable[Sequence[str]], *, progress: Advance
    ) -> Iterator[tuple[int, list[list[Span]]]]:
        """Yield the spans of each chunk of texts, as they come; ``progress`` is given texts done."""
        rows = ({"number": n, "texts": [_bytes(t) for t in texts]} for n, texts in enumerate(chunks))
        # The tagger runs on processors.
        for row in self._run(_Tagging, rows, self._loaders["tagger"], self.tagger, gpu=False):
            spans = [[Span(s["role"], s["start"], s["end"]) for s in text] for text in row["spans"]]
            progress(len(spans))
            yield row["number"], spans

    def read(self, chunks: Iterable[TextPairs], *, progress: Advance) -> Iterator[tuple[int, Answers]]:
        """Yield the scores of each chunk of inputs, as they come; ``progress`` is given inputs done."""
        rows = (
            {"number": n, "a": [_bytes(a) for a, _ in pairs], "b": [_bytes(b) for _, b in pairs]}
            for n, pairs in enumerate(chunks)
        )
        for row in self._run(_Reading, rows, self._loaders["scorer"], self.scorer, gpu=self._gpu):
            progress(row["inputs"])
            values = np.frombuffer(row["values"], dtype=np.float64).reshape(-1, 3)
            yield row["number"], Answers(values, row["truncated"])

    def _run(
        self,
        what: type,
        rows: Iterator[dict[str, Any]],
        load: Callable[[], Any],
        expected: Described,
        *,
        gpu: bool,
    ) -> Iterator[dict[str, Any]]:
        """Yield what the actors make of the rows, each once, in any order."""
        import pyarrow as pa
        import ray

        while window := list(islice(rows, WINDOW)):
            tables = [pa.Table.from_pylist([row]) for row in window]
            pool = ray.data.ActorPoolStrategy(size=min(len(window), self._workers or self._room(gpu=gpu)))
            dataset = ray.data.from_arrow(tables).map_batches(
                what,
                fn_constructor_args=(load, expected),
                batch_size=1,
                batch_format="pyarrow",
                compute=pool,
                **self._resources(gpu=gpu),
            )
            with _in_one_line():
                for batch in dataset.iter_batches(
                    batch_size=None, batch_format="pyarrow", prefetch_batches=0
                ):
                    yield from batch.to_pylist()

    def _resources(self, *, gpu: bool) -> dict[str, int]:
        return {"num_cpus": self._threads, **({"num_gpus": 1} if gpu else {})}

    def _room(self, *, gpu: bool) -> int:
        """How many workers the cluster has room for now."""
        import ray

        found = ray.cluster_resources()
        free = found.get("GPU", 0) if gpu else found.get("CPU", 0) // self._threads
        return max(1, int(free))


class _Worker:
    """A model in an actor. Its first call fails if the model is not the one that the run is about."""

    def __init__(self, load: Callable[[], Any], expected: Described) -> None:
        self.model = load()
        self._expected = expected

    def check(self) -> None:
        found = describe_model(self.model)
        if found != self._expected:
            raise ModelError(
                f"a Ray worker has another model or stance ({found}) than the first one asked "
                f"({self._expected}): install the same on every node"
            )


class _Tagging(_Worker):
    def __call__(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa

        self.check()
        made = []
        for row in table.to_pylist():
            tagged = self.model.tag([_text(t) for t in row["texts"]])
            spans = [[{"role": s.role, "start": s.start, "end": s.end} for s in text] for text in tagged]
            made.append({"number": row["number"], "spans": spans})
        span = pa.struct([("role", pa.string()), ("start", pa.int64()), ("end", pa.int64())])
        schema = pa.schema([("number", pa.int64()), ("spans", pa.list_(pa.list_(span)))])
        return pa.Table.from_pylist(made, schema=schema)


class _Reading(_Worker):
    def __call__(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa

        self.check()
        made = []
        for row in table.to_pylist():
            pairs = [(_text(a), _text(b)) for a, b in zip(row["a"], row["b"], strict=True)]
            scores = self.model.probabilities(pairs)
            values = np.ascontiguousarray(scores.probabilities, dtype=np.float64).tobytes()
            made.append(
                {
                    "number": row["number"],
                    "values": values,
                    "truncated": int(scores.truncated),
                    "inputs": len(set(pairs)),
                }
            )
        return pa.Table.from_pylist(made)


def describe_model(model: Named) -> Described:
    """Return what tells a loaded model's answers from another's."""
    return Described(
        model.name,
        model.hash,
        getattr(model, "engine", ""),
        getattr(model, "threads", 1),
        getattr(model, "symmetric", False),
        getattr(model, "least", None),
        stance_version(),
    )


def _describe(loaders: Sequence[Callable[[], Any]]) -> list[Described]:
    return [describe_model(load()) for load in loaders]


def _connect() -> bool:
    """Connect to Ray unless that is done; return whether a Ray was started here."""
    # It would tell its makers about each run, and write to stderr what only they can read.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray
    import ray.data

    from stance.classifier.machine import cores

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    if ray.is_initialized():
        return False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = os.environ.get("RAY_ADDRESS")
    here = {"address": "local", "num_cpus": cores(), "include_dashboard": False}
    try:
        ray.init(**({"address": address} if address else here), **quiet)
    # Ray raises a bare Exception where a machine is too busy to start it in time.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        if not address:
            raise DataError(f"ray did not start on this machine ({reason}): run the same again") from error
        raise DataError(
            f"RAY_ADDRESS={address}: no Ray answers there ({reason}): start it with `ray start --head`, "
            "or unset RAY_ADDRESS to run on this machine"
        ) from error
    return True


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Make what Ray raises one of our errors: the worker's own where it is one, else one line on Ray's."""
    from ray.exceptions import RayError

    try:
        yield
    except StanceError as error:
        # Ray raises a type of its own that is ours too, with the whole trace for a message.
        raise _ours(error) or error from error
    except RayError as error:
        ours = _ours(error)
        if ours is not None:
            raise ours from error
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else type(error).__name__
        raise DataError(
            f"ray: {reason}: what was scored until now is kept; mend this and run the same again"
        ) from error


def _ours(error: BaseException | None) -> StanceError | None:
    """Return the error of ours that a worker raised, from within what Ray has wrapped around it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, StanceError) and type(error).__module__ == "stance.errors":
            return error
        error = getattr(error, "cause", None) or error.__cause__
    return None


def _bytes(text: str) -> bytes:
    # Arrow's text cannot hold half a surrogate pair, which an article from Python may.
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
