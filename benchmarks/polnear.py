"""Measures tagger and linking on a PolNeAR-shaped file: ``python benchmarks/polnear.py FILE.parquet``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from stance.attribution.linking import Span, link
from stance.attribution.sentences import sentence_spans
from stance.attribution.tagger import SpanTagger
from stance.evaluation.attribution import ROLES, Counts, relation_counts, token_counts
from stance.training.tagger import read_polnear


def main() -> None:
    """Print token F1 by role, relation F1 and the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", help="tagger folder; default: the shipped one")
    arguments = parser.parse_args()
    texts, attributions = read_polnear(arguments.file)
    tagger = SpanTagger.load(arguments.model)
    clock = time.perf_counter()
    found = tagger.tag(texts)
    seconds = time.perf_counter() - clock
    tokens = {role: Counts() for role in ROLES}
    relations = Counts()
    for text, spans, annotated in zip(texts, found, attributions, strict=True):
        gold = [[Span(role, *s) for role in ROLES for s in a.get(role, [])] for a in annotated]
        flat = [span for one in gold for span in one]
        for role, counts in token_counts(text, spans, flat).items():
            tokens[role] += counts
        linked = link(text, spans, [end for _, end in sentence_spans(text)])
        relations += relation_counts(linked, gold)
    print(f"{'':<22}{'precision':>10}{'recall':>10}{'f1':>10}{'gold':>8}")
    for name, counts in [*((f"{role} (tokens)", tokens[role]) for role in ROLES), ("relation", relations)]:
        print(f"{name:<22}{counts.precision:>10.3f}{counts.recall:>10.3f}{counts.f1:>10.3f}{counts.gold:>8}")
    rate = 60 * len(texts) / seconds
    print(f"{len(texts)} articles in {seconds:.0f} s, {rate:.0f} a minute | {tagger.name}@{tagger.hash}")


if __name__ == "__main__":
    main()
