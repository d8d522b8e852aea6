"""What one core does in a second: pairs judged, articles tagged, articles attributed. For docs/cluster.md.

    python benchmarks/rate_per_core.py [--models small base] [--pairs 512]

Counted is the processor's time of one thread, so that other work on the machine matters little. Articles are
those of seeds/, pairs are drawn from their opposing statements and read in both orders.
"""

from __future__ import annotations

import argparse
import os

os.environ["OMP_NUM_THREADS"] = "1"

import time
from itertools import combinations
from pathlib import Path

import torch

from stance.attribution.extract import extract
from stance.attribution.parties import PartyFinder
from stance.attribution.tagger import SpanTagger
from stance.classifier import StanceClassifier
from stance.judging import both_readings
from stance.reading import read_articles
from stance.scoring.work import Known

SEEDS = Path(__file__).parents[1] / "seeds"


def timed(action):
    start = time.process_time()
    result = action()
    return result, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["small", "base"])
    parser.add_argument("--pairs", type=int, default=512)
    options = parser.parse_args()
    torch.set_num_threads(1)
    articles = read_articles(SEEDS).rows
    words = sum(len(a.text.split()) for a in articles) / len(articles)
    tagger = SpanTagger.load()
    tagger.tag([articles[0].text])
    tags, seconds = timed(lambda: tagger.tag([a.text for a in articles]))
    print(f"tagging      {len(articles) / seconds:8.1f} articles/s/core ({words:.0f} words each)")
    known = Known(dict(zip((a.text for a in articles), tags, strict=True)), 0)
    finder = PartyFinder(None)
    statements, seconds = timed(lambda: extract(articles, known, finder))
    print(f"attribution  {len(articles) / seconds:8.1f} articles/s/core ({len(statements)} statements)")
    event = {a.id: a.event for a in articles}
    opposing = [
        (a.text, b.text)
        for a, b in combinations(statements, 2)
        if a.party and b.party and a.party != b.party and event[a.article_id] == event[b.article_id]
    ]
    pairs = list(dict.fromkeys(opposing))[:: max(1, len(opposing) // options.pairs)][: options.pairs]
    for name in options.models:
        model = StanceClassifier.load(name, threads=1)
        model.probabilities(pairs[:4])
        _, seconds = timed(lambda model=model: model.probabilities(both_readings(pairs)))
        print(f"{name:<12} {len(pairs) / seconds:8.1f} pairs/s/core, both orders ({model.engine})")


if __name__ == "__main__":
    main()
