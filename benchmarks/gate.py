"""Measures the shipped models on data in the repository and holds them to the floors of data/gate.toml.

``make gate``: no change may lower a shipped model unnoticed. Exit code 1 when a floor is missed or a data
file was changed; it never changes a floor. The small model reads everything; base, some ten times slower, a
fixed part (``BASE_PAIRS`` of the test pairs and every ``BASE_CASES``-th behaviour case), which keeps the
whole under three minutes on two cores.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from stance.attribution.tagger import SpanTagger
from stance.classifier import StanceClassifier
from stance.errors import StanceError
from stance.evaluation.article_metrics import pooled
from stance.evaluation.articles import evaluate_articles, find_gold
from stance.evaluation.behaviour import BehaviourCase, load_behaviour, run_behaviour
from stance.evaluation.gate import check_gate, read_gate
from stance.evaluation.run import evaluate_examples
from stance.reading import read_examples
from stance.records import Example
from stance.scoring.run import Scorer

ROOT = Path(__file__).resolve().parent.parent
BASE_PAIRS = 160
BASE_CASES = 8

Figures = dict[str, float | None]


def pair_figures(examples: Sequence[Example], scorer: Scorer) -> Figures:
    """Return how good a model is on labelled pairs."""
    found = evaluate_examples(examples, scorer, floors={})
    return {
        "pairs.f1_macro": found.metrics.f1_macro,
        "pairs.f1_contradict": found.metrics.labels["contradict"].f1,
        "pairs.ece": found.metrics.ece,
        "pairs.swap_agreement": found.swap_agreement,
    }


def behaviour_figures(cases: Sequence[BehaviourCase], scorer: Scorer) -> Figures:
    """Return the failure rate of the suite by kind of test."""
    kinds = run_behaviour(cases, scorer).kinds
    return {f"behaviour.{kind.name.lower()}_failures": kind.failures / kind.n for kind in kinds}


def article_figures(scorer: Scorer) -> Figures:
    """Return how good attribution and the whole way are on the gold of ``seeds/``."""
    tagger = SpanTagger.load()
    found = pooled(
        [evaluate_articles(gold, tagger=tagger, scorer=scorer) for gold in find_gold(ROOT / "seeds")]
    )
    return {
        "articles.statements_f1": found.statements.f1,
        "articles.party": found.party.share,
        "articles.party_discovered": found.party_discovered.share,
        "articles.denies": found.denies.share,
        "articles.contradict_f1_gold": found.gold_pairs.labels["contradict"].f1,
        "articles.contradict_f1": found.end_to_end.labels["contradict"].f1,
    }


def measure() -> Figures:
    """Return every figure that a floor can be set on, by tier and name."""
    examples = list(read_examples([ROOT / "data/pairs/test.jsonl"]).rows)
    cases = load_behaviour()
    small = StanceClassifier.load("small")
    figures = {
        f"small.{name}": value
        for name, value in {
            **pair_figures(examples, small),
            **behaviour_figures(cases, small),
            **article_figures(small),
        }.items()
    }
    base = StanceClassifier.load("base")
    some = sorted(examples, key=lambda e: hashlib.sha256(str(e.id).encode()).hexdigest())[:BASE_PAIRS]
    found = {**pair_figures(some, base), **behaviour_figures(cases[::BASE_CASES], base)}
    return {**figures, **{f"base.{name}": value for name, value in found.items()}}


def main() -> None:
    """Print one line a check; exit 1 unless all hold."""
    try:
        gate = read_gate(ROOT / "data/gate.toml")
        checks = check_gate(gate, measure())
    except StanceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    print("\n".join(str(check) for check in checks))
    sys.exit(0 if all(check.holds for check in checks) else 1)


if __name__ == "__main__":
    main()
