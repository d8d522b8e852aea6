"""Scores one set again and again in processes that are killed, for ``test_kill.py``.

``python killed.py FOLDER KILLED SEED`` prints one JSON line a trial, until so many were killed. Modules are
loaded once and each run is a fork, so that twenty kills take seconds. Half of the trials are killed at a
random moment, half in the middle of a random write: half a file written, before a sync, before or after a
rename or a removal.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pyarrow.parquet  # noqa: E402, F401  # loaded here so that no fork has to
import sklearn.feature_extraction.text  # noqa: E402, F401
from fakes import FakeTagger, by_words  # noqa: E402

from stance.records import Article  # noqa: E402
from stance.scoring import RunStore, ScoreSettings, parts, save_run, score_articles, work  # noqa: E402

PLACES = ("village", "bridge", "harbour", "railway", "airfield")
VIEWS = ("articles.jsonl", "statements.jsonl", "judgements.jsonl")
# So small that a short run has many parts and merges some.
SIZES = ((work, "TEXTS_AT_ONCE", 3), (work, "PAIRS_AT_ONCE", 8), (parts, "FAN_IN", 3))


def articles() -> list[Article]:
    made = []
    for n in range(18):
        who, verb = ("Russia", "said") if n % 2 else ("Ukraine", "denied that")
        text = (
            f"{who} {verb} the {PLACES[n % 5]} number {n} was shelled.\n{who} said it was quiet on day {n}."
        )
        made.append(Article(f"a{n:02}", text, published=date(2025, 4, 1 + n % 28), event=f"e{n // 9}"))
    return made


class SlowTagger(FakeTagger):
    def tag(self, texts, *, progress=None):
        time.sleep(0.002)
        return super().tag(texts, progress=progress)


class SlowScorer:
    """Its answers hang on what else is in the call, as a model's do in their last bits."""

    name, hash, symmetric = "slow", "0", True

    def probabilities(self, pairs, *, progress=None):  # noqa: ARG002
        time.sleep(0.003)
        rows = np.array([by_words(a, b) for a, b in pairs]) + 1e-9 * sum(
            len(a) + 2 * len(b) for a, b in pairs
        )
        return SimpleNamespace(probabilities=rows / rows.sum(axis=1, keepdims=True), truncated=0)


def score(folder: Path) -> None:
    said: list[str] = []
    with RunStore(folder, say=said.append) as store:
        report = score_articles(
            articles(),
            tagger=SlowTagger(),
            scorer=SlowScorer(),
            settings=ScoreSettings(min_closeness=0.0),
            store=store,
        )
        save_run(report, folder)
    (folder / "said.json").write_text(json.dumps(said))


def forked(action) -> int:
    """Run ``action`` in a process of its own and return its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            action()
            code = 0
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Trap:
    """Kills its process at the write event number ``at``; 0 only counts them."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def set(self) -> Trap:
        os.fsync = self.around(os.fsync)
        for name in ("replace", "unlink", "mkdir"):
            setattr(Path, name, self.around(getattr(Path, name)))
        opened = Path.open

        def half_written(path, mode="r", *args, **options):
            file = opened(path, mode, *args, **options)
            if mode == "xb" and self.reached():
                return Half(file)
            return file

        Path.open = half_written
        return self

    def reached(self) -> bool:
        self.count += 1
        return self.count == self.at

    def around(self, call):
        def trapped(*args, **options):
            if self.reached():
                die()
            result = call(*args, **options)
            if self.reached():
                die()
            return result

        return trapped


class Half:
    """A file that writes half of what it is given and dies."""

    def __init__(self, file) -> None:
        self.file = file

    def __enter__(self) -> Half:
        return self

    def __exit__(self, *_) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(place: Path, kills: int, seed: int) -> None:
    for module, name, size in SIZES:
        setattr(module, name, size)
    rng = random.Random(seed)
    for name in ("warm", "whole"):
        start = time.perf_counter()
        if ended(forked(lambda name=name: score(place / name))):
            sys.exit("the run that is not killed failed")
        takes = time.perf_counter() - start
    events = count_events(place / "counted")
    whole = [(place / "whole" / name).read_bytes() for name in VIEWS]
    killed = trial = 0
    # A run that was done before its moment came does not count.
    while killed < kills and trial < 3 * kills:
        folder = place / f"trial-{trial}"
        if trial % 2:
            at = rng.randint(1, events)
            pid = forked(lambda at=at, folder=folder: (Trap(at).set(), score(folder)))
        else:
            pid = forked(lambda folder=folder: score(folder))
            time.sleep(rng.uniform(0.05, 0.9) * takes)
            os.kill(pid, signal.SIGKILL)
        killed += ended(pid) == -signal.SIGKILL
        trial += 1
        print(json.dumps({"killed": killed, **resumed(folder, whole)}), flush=True)


def resumed(folder: Path, whole: list[bytes]) -> dict[str, object]:
    """Run again to the end and tell how that compares with the run that was not killed."""
    parts_left = len(list(folder.glob("store/*/*/part-*")))
    code = ended(forked(lambda: score(folder)))
    if code:
        return {"code": code}
    return {
        "code": code,
        "parts": parts_left,
        "same": [(folder / name).read_bytes() for name in VIEWS] == whole,
        "said": json.loads((folder / "said.json").read_text()),
        "left": sorted(str(f.relative_to(folder)) for f in folder.rglob(".*")),
        "reused": json.loads((folder / "run.json").read_text())["counts"]["reused"],
    }


def count_events(folder: Path) -> int:
    """Return how many write events a whole run has."""

    def counted() -> None:
        trap = Trap(0).set()
        score(folder)
        (folder / "events").write_text(str(trap.count))

    if ended(forked(counted)):
        sys.exit("the run that is counted failed")
    return int((folder / "events").read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
