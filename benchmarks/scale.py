"""What scoring costs beyond the models: time per stage, memory, growth with the number of articles.

    python benchmarks/scale.py                              # 1,000 and 10,000 articles
    python benchmarks/scale.py --sizes 1000 10000 100000 --no-events

The models are stand-ins that answer at once ("models": "stand-ins"), so what is measured is stance without
them. With --no-events the articles come without their events, which are then found. Each size runs in a
process of its own, three times on one folder: from nothing, again (no model is asked), and with 1 % more
articles. Printed for each: seconds per stage, events found and how well they fit those made (B-cubed), peak
memory, pairs considered against all opposing pairs, how many of the planted contradictions are among the
pairs, what the store costs for a pair; and over the sizes the exponent of growth, fitted to the logarithms.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from generate_articles import ArticleSet, generate, write

from stance.attribution.linking import Span
from stance.attribution.roster import read_roster
from stance.pairing.copies import plain_words
from stance.reading import read_articles
from stance.records import ScoreReport
from stance.report import render_page
from stance.scoring import RunStore, ScoreSettings, save_run, score_articles

# As the generator reports speech: who said (on Monday) that; "…," who said.
_SAID = re.compile(
    r"^(?P<source>[A-Z][\w ]+?) (?P<cue>said)(?: on Monday)? that (?P<content>.+?)\.$", re.MULTILINE
)
_QUOTED = re.compile(r"^“(?P<content>.+?),” (?P<source>[\w ]+?) (?P<cue>said)\.$", re.MULTILINE)
PAIRS_PER_SECOND = 250
"""What the store's share of the time is reckoned for: int8 MiniLM in both orders on two cores (recipes)."""


class Tagger:
    """Finds the spans that the generator put down."""

    name, hash = "generated", "0"

    def tag(self, texts, *, progress=None):  # noqa: ARG002
        """Return the spans of each text, in reading order."""
        return [sorted(self._spans(text), key=lambda s: s.start) for text in texts]

    def _spans(self, text):
        for pattern in (_SAID, _QUOTED):
            for match in pattern.finditer(text):
                for role in ("source", "cue", "content"):
                    yield Span(role, *match.span(role))


class Scorer:
    """Answers from the lengths, at once; counts what it was asked."""

    name, hash, symmetric = "instant", "0", True

    def __init__(self):
        self.asked = 0

    def probabilities(self, pairs, *, progress=None):  # noqa: ARG002
        """Return a distribution for each pair."""
        self.asked += len(pairs)
        lengths = (
            np.array([(len(a) % 7, len(b) % 5, (len(a) + len(b)) % 3) for a, b in pairs], dtype=float) + 1
        )
        return SimpleNamespace(probabilities=lengths / lengths.sum(axis=1, keepdims=True), truncated=0)


def measure(articles: int, options: argparse.Namespace, folder: Path) -> dict[str, object]:
    made = generate(articles + max(1, articles // 100), options.seed)
    events_of = made.articles[:articles]
    if options.no_events:
        made = replace(made, articles=[replace(a, event=None) for a in made.articles])
    more = replace(made, articles=made.articles)
    write(replace(made, articles=made.articles[:articles]), folder / "set")
    write(more, folder / "more")
    settings = ScoreSettings(days=options.days, top_k=options.top_k, events=options.events)
    first, timed = once(folder / "set", folder / "run", settings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    again, timed_again = once(folder / "set", folder / "run", settings)
    added, timed_more = once(folder / "more", folder / "run", settings)
    counts = first.info["counts"]
    # On a machine that does other things too, only the processor's seconds tell.
    cpu, cpu_again, cpu_more = (seconds.pop("processor") for seconds in (timed, timed_again, timed_more))
    return {
        "articles": articles,
        "models": "stand-ins",
        "events": counts["events"],
        "events_made": len({a.event for a in events_of}),
        **fit({a.id: a.event for a in events_of}, first),
        **{key: counts[key] for key in ("statements", "copies", "pairs_considered", "pairs", "scored")},
        "all_opposing_pairs": opposing(first),
        "recall": round(recall(first, made), 4),
        "seconds": timed,
        "total": round(sum(timed.values()), 2),
        "processor": cpu,
        "peak_mib": round(peak),
        "again_processor": cpu_again,
        "more_processor": cpu_more,
        "again_total": round(sum(timed_again.values()), 2),
        "again_scored": again.info["counts"]["scored"],
        "more_total": round(sum(timed_more.values()), 2),
        "more_scored": added.info["counts"]["scored"],
        "store_seconds": first.info["store_seconds"],
        "store_share": round(first.info["store_seconds"] / (counts["scored"] / PAIRS_PER_SECOND), 4),
    }


def once(source: Path, output: Path, settings: ScoreSettings) -> tuple[ScoreReport, dict[str, float]]:
    """Score a set once; seconds of each stage by the clock, and of the processor in all."""
    start, used = time.perf_counter(), time.process_time()
    reading = read_articles(source / "articles.jsonl")
    timed = {"files": time.perf_counter() - start}
    with RunStore(output) as store:
        report = score_articles(
            reading.rows,
            tagger=Tagger(),
            scorer=Scorer(),
            roster=read_roster(source / "parties.yaml"),
            settings=settings,
            store=store,
        )
        timed |= report.info["seconds"]
        start = time.perf_counter()
        save_run(report, output)
        timed["views"] = time.perf_counter() - start
        start = time.perf_counter()
        (output / "report.html").write_text(render_page(report), encoding="utf-8")
        timed["page"] = time.perf_counter() - start
    timed["processor"] = time.process_time() - used
    return report, {stage: round(seconds, 2) for stage, seconds in timed.items()}


def fit(made: dict[str, str], report: ScoreReport) -> dict[str, float]:
    """Return B-cubed precision and recall of the events found, article by article."""
    # An article without an event stands alone.
    found = {a.id: a.event or f"none: {a.id}" for a in report.articles}
    both = Counter((made[id_], event) for id_, event in found.items())
    of_made, of_found = Counter(made.values()), Counter(found.values())
    precision = sum(n * n / of_found[event] for (_, event), n in both.items()) / len(found)
    recall = sum(n * n / of_made[event] for (event, _), n in both.items()) / len(found)
    return {"events_precision": round(precision, 4), "events_recall": round(recall, 4)}


def opposing(report: ScoreReport) -> int:
    """Return how many pairs of statements of different parties there are, whatever their event."""
    sizes = Counter(s.party for s in report.statements if s.party).values()
    return (sum(sizes) ** 2 - sum(n * n for n in sizes)) // 2


def recall(report: ScoreReport, made: ArticleSet) -> float:
    """Return the share of planted contradictions among the pairs; a copy counts by what stands for it."""
    read = {a.id for a in report.articles}
    stands = {copy: head for head, copies in report.copies.items() for copy in copies}
    found = defaultdict(list)
    for statement in report.statements:
        found[statement.article_id, plain_words(statement.text)].append(
            stands.get(statement.id, statement.id)
        )
    pairs = {frozenset((j.pair.a.id, j.pair.b.id)) for j in report.judgements}
    facts = defaultdict(list)
    for planted in made.truth:
        if planted.sign and planted.article_id in read:
            facts[planted.event, planted.fact].append(planted)
    hit = planted_pairs = 0
    for members in facts.values():
        for a, b in combinations(members, 2):
            if a.sign * b.sign < 0 and a.party != b.party:
                planted_pairs += 1
                lefts, rights = (found[p.article_id, plain_words(p.text)] for p in (a, b))
                hit += any(frozenset((x, y)) in pairs for x in lefts for y in rights)
    return hit / planted_pairs if planted_pairs else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--top-k", type=int, default=20)
    parser.add_argument("--days", type=int)
    parser.add_argument("--no-events", action="store_true", help="leave the events out of the articles")
    parser.add_argument("--events", default="auto", help="auto or off, as of `stance score`")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.sizes[0], options, options.one)))
        return
    rows = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, *sys.argv[1:], "--sizes", str(size), "--one", folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(json.dumps(rows[-1], indent=2), flush=True)
    if len(rows) > 1:
        sizes = np.log([row["articles"] for row in rows])
        for what in ("total", "processor", "peak_mib", *rows[0]["seconds"]):
            values = [max(1e-3, row["seconds"].get(what, row.get(what, 0))) for row in rows]
            print(f"growth of {what:<12} articles ^ {np.polyfit(sizes, np.log(values), 1)[0]:.2f}")


if __name__ == "__main__":
    main()
