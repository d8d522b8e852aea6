"""Kills `stance score` (shipped models) at random moments; the next run must end as one that was not killed.

    python benchmarks/killed_runs.py --trials 20         # 20 minutes on 2 cores

The short version, with stand-in models and kills in the middle of writes, is tests/scoring/test_kill.py. Each
trial starts from nothing, is killed (SIGKILL), and run again to its end; compared are the bytes of the views.
Ends with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from generate_articles import generate, write

VIEWS = ("articles.jsonl", "statements.jsonl", "judgements.jsonl")


def started(source: Path, output: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "stance", "score", str(source / "articles.jsonl")),
            *("--parties", str(source / "parties.yaml"), "--model", "small", "--output", str(output)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finished(source: Path, output: Path) -> float:
    start = time.perf_counter()
    process = started(source, output)
    said = process.communicate()[1].decode()
    if process.returncode:
        sys.exit(f"a run that was not killed failed: {said}")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        source, whole = Path(place) / "set", Path(place) / "whole"
        write(generate(options.articles, options.seed), source)
        takes = finished(source, whole)
        expected = [(whole / view).read_bytes() for view in VIEWS]
        counts = json.loads((whole / "run.json").read_text(encoding="utf-8"))["counts"]
        print(f"{counts['articles']} articles, {counts['scored']} pairs scored, {takes:.0f} s", flush=True)
        equal = killed = 0
        for trial in range(options.trials):
            output = Path(place) / f"trial-{trial}"
            process, moment = started(source, output), rng.uniform(0.05, 0.95) * takes
            time.sleep(moment)
            process.kill()
            process.communicate()
            killed += process.returncode < 0
            parts = len(list(output.glob("store/*/*/part-*")))
            finished(source, output)
            same = [(output / view).read_bytes() for view in VIEWS] == expected
            equal += same
            counts = json.loads((output / "run.json").read_text(encoding="utf-8"))["counts"]
            print(
                f"killed after {moment:5.1f} s with {parts} parts: {counts['reused']} pairs and "
                f"{counts['articles_reused']} articles reused, {'byte-equal' if same else 'DIFFERENT'}",
                flush=True,
            )
    print(f"{equal} of {options.trials} byte-equal; {killed} were killed before their end")
    if equal < options.trials:
        sys.exit(1)


if __name__ == "__main__":
    main()
