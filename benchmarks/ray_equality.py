"""Whether Ray ends as the local engine does, with two workers of which one is killed in the middle.

    python benchmarks/ray_equality.py                          # 2,000 articles, a tiny pair model
    python benchmarks/ray_equality.py --model small --threads 1

The articles are those of generate_articles.py and their spans are found as they were put down, so that the
pairs are many; the pair model is a real transformer. Both runs write a folder of their own; compared are the
bytes of the views, and the keys and values of the two stores. Ends with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))
import scale
from generate_articles import generate
from tiny import save_tiny_classifier

from stance.classifier import StanceClassifier
from stance.records import ScoreReport
from stance.scoring import RayEngine, RunStore, ScoreSettings, save_run, score_articles
from stance.scoring.engine import Engine, LocalEngine

VIEWS = ("articles", "statements", "judgements")


def worker_processes() -> list[int]:
    """Return the ids of Ray Data's actors below this process (Linux)."""
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdecimal():
            continue
        try:
            if not (place / "cmdline").read_bytes().startswith(b"ray::MapWorker"):
                continue
            if os.getpid() in ancestors(int(place.name)):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def ancestors(pid: int) -> list[int]:
    above = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        above.append(pid)
    return above


class Killer:
    """Kills one worker when a part of the pairs is read; a progress callback."""

    def __init__(self, at: float) -> None:
        self.at, self.killed = at, []

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Look at the progress, and kill when it is time."""
        if stage == "pairs" and not self.killed and 0 < self.at * total <= done < total:
            for pid in worker_processes()[:1]:
                os.kill(pid, signal.SIGKILL)
                self.killed.append((pid, done, total))


def run(engine: Engine, made, folder: Path, progress=None) -> tuple[ScoreReport, float]:
    start = time.perf_counter()
    with RunStore(folder) as store:
        report = score_articles(
            made.articles,
            roster=made.roster,
            settings=ScoreSettings(),
            store=store,
            engine=engine,
            progress=progress,
        )
        save_run(report, folder)
    return report, time.perf_counter() - start


def stored(folder: Path) -> dict[str, pa.Table]:
    """Return what is in the store by table, in the order of the keys: parts come as workers end."""
    found = {}
    for place in sorted(folder.glob("store/*/*/")):
        table = pa.concat_tables([pq.read_table(file) for file in sorted(place.glob("*.parquet"))])
        found[str(place.relative_to(folder))] = table.sort_by("key")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--model", help="a shipped model or a folder; default: a tiny one made for this run")
    parser.add_argument("--threads", type=int, default=1, help="of each worker and of the local engine")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kill-at", type=float, default=0.3, help="share of the pairs read; 0: kill none")
    options = parser.parse_args()
    import ray

    ray.cloudpickle.register_pickle_by_value(scale)
    made = generate(options.articles, options.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        name = options.model or str(save_tiny_classifier(folder / "tiny"))
        load = partial(StanceClassifier.load, name, threads=options.threads)
        here, here_took = run(LocalEngine(scale.Tagger(), load()), made, folder / "here")
        killer = Killer(options.kill_at)
        start = time.perf_counter()
        with RayEngine(scale.Tagger, load, threads=options.threads, workers=options.workers) as engine:
            started = time.perf_counter() - start
            there, there_took = run(engine, made, folder / "there", killer)
        views = {
            f"{view}.{ending}": (folder / "here" / f"{view}.{ending}").read_bytes()
            == (folder / "there" / f"{view}.{ending}").read_bytes()
            for view in VIEWS
            for ending in ("jsonl", "parquet")
        }
        store = stored(folder / "here") == stored(folder / "there")
    counts = here.info["counts"]
    print(
        f"{counts['articles']} articles, {counts['statements']} statements, {counts['scored']} pairs scored"
    )
    print(f"model {here.info['model']} {here.info['runtime']}, {options.threads} threads each")
    print(
        f"local {here_took:.0f} s, of which reading {here.info['seconds']['reading']:.0f} s; "
        f"Ray with {options.workers} workers {there_took:.0f} s, "
        f"of which reading {there.info['seconds']['reading']:.0f} s, after {started:.0f} s to start"
    )
    for pid, done, total in killer.killed:
        print(f"worker {pid} killed after {done} of {total} readings")
    if options.kill_at and not killer.killed:
        print("no worker was killed: the run was over too soon")
    for what, same in {**views, "store, keys and values": store}.items():
        print(f"{what:<24} {'byte-equal' if same else 'DIFFERENT'}")
    if not (all(views.values()) and store and bool(killer.killed) == bool(options.kill_at)):
        sys.exit(1)


if __name__ == "__main__":
    main()
