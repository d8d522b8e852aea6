"""What finding events, copies and pairs costs as the articles grow, without models, attribution and store.

    python benchmarks/pairing_scale.py --sizes 1000 10000 100000

The statements are those that the generator planted, handed over as they are; nothing is scored. Articles come
without their events, unless --given. Printed for each size, which runs in a process of its own: processor
seconds and wall seconds of each stage, peak memory, pairs considered and chosen against all opposing pairs,
recall of the planted contradictions (a copy counts by what stands for it), and how the events found fit those
made (B-cubed); then the exponents of growth.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from generate_articles import ArticleSet, generate

from stance.pairing import find_candidates, find_copies, find_events
from stance.records import Pair, Statement


def measure(articles: int, *, given: bool, seed: int) -> dict[str, object]:
    seconds: dict[str, list[float]] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        wall, used = time.perf_counter(), time.process_time()
        yield
        seconds[name] = [round(time.process_time() - used, 2), round(time.perf_counter() - wall, 2)]

    made = generate(articles, seed)
    day = {a.id: a.published for a in made.articles}
    statements = [
        Statement(f"{p.row:08}", p.text, 0, len(p.text), p.article_id, party=p.party, said=day[p.article_id])
        for p in made.truth
    ]
    with stage("events"):
        found = find_events([a if given else replace(a, event=None) for a in made.articles])
    event = dict(zip(day, found, strict=True))
    with stage("copies"):
        copies = find_copies(statements, events=[event[s.article_id] for s in statements])
    alone = [s for s in statements if s.id not in copies]
    with stage("pairs"):
        candidates = find_candidates(alone, lambda a, b: a != b, events=[event[s.article_id] for s in alone])
    sizes = np.array(list(Counter(s.party for s in statements).values()))
    precision, recall = fit([a.event for a in made.articles], found)
    return {
        "articles": articles,
        "statements": len(statements),
        "copies": len(copies),
        "events": len(set(found)),
        "events_made": len({a.event for a in made.articles}),
        "events_precision": precision,
        "events_recall": recall,
        "all_opposing_pairs": int(sizes.sum() ** 2 - (sizes**2).sum()) // 2,
        "pairs_considered": candidates.considered,
        "pairs": len(candidates.pairs),
        "recall": planted(made, copies, candidates.pairs),
        "seconds": seconds,
        "processor": round(sum(used for used, _ in seconds.values()), 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def fit(made: list[str | None], found: list[str | None]) -> tuple[float, float]:
    """Return B-cubed precision and recall of the events found."""
    both, of_made, of_found = Counter(zip(made, found, strict=True)), Counter(made), Counter(found)
    precision = sum(n * n / of_found[event] for (_, event), n in both.items()) / len(made)
    recall = sum(n * n / of_made[event] for (event, _), n in both.items()) / len(made)
    return round(precision, 4), round(recall, 4)


def planted(made: ArticleSet, copies: dict[str, str], pairs: list[Pair]) -> float:
    """Return the share of planted contradictions that are among the pairs."""
    chosen = {frozenset((p.a.id, p.b.id)) for p in pairs}
    facts = defaultdict(list)
    for row in made.truth:
        if row.sign:
            facts[row.event, row.fact].append(row)
    hits = [
        frozenset(copies.get(f"{p.row:08}", f"{p.row:08}") for p in (a, b)) in chosen
        for rows in facts.values()
        for a, b in combinations(rows, 2)
        if a.sign != b.sign and a.party != b.party
    ]
    return round(sum(hits) / len(hits), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--given", action="store_true", help="leave the articles their events")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.sizes[0], given=options.given, seed=options.seed)))
        return
    rows = []
    for size in options.sizes:
        command = [sys.executable, __file__, *sys.argv[1:], "--one", "--sizes", str(size)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(json.dumps(rows[-1], indent=2), flush=True)
    if len(rows) > 1:
        sizes = np.log([row["articles"] for row in rows])
        for what in ("processor", "peak_mib", "pairs_considered", "pairs"):
            exponent = np.polyfit(sizes, np.log([row[what] for row in rows]), 1)[0]
            print(f"growth of {what:<16} articles ^ {exponent:.2f}")


if __name__ == "__main__":
    main()
