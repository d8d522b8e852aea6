"""Measures the shipped models on data in the repository and holds them to the floors of data/gate.toml.

``make gate``. Exit code 1 when a floor is missed or a data file was changed; it never changes a floor.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stance.api import load
from stance.attribution.tagger import SpanTagger
from stance.errors import StanceError
from stance.evaluation.article_metrics import pooled
from stance.evaluation.articles import evaluate_articles, find_gold
from stance.evaluation.behaviour import load_behaviour, run_behaviour
from stance.evaluation.gate import check_gate, read_gate
from stance.evaluation.run import evaluate_examples
from stance.reading import read_examples

ROOT = Path(__file__).resolve().parent.parent


def measure() -> dict[str, float | None]:
    """Return every figure that a floor can be set on."""
    scorer, tagger = load().classifier, SpanTagger.load()
    pairs = evaluate_examples(read_examples(ROOT / "data/pairs/test.jsonl").rows, scorer, floors={})
    behaviour = run_behaviour(load_behaviour(), scorer)
    articles = pooled(
        [evaluate_articles(gold, tagger=tagger, scorer=scorer) for gold in find_gold(ROOT / "seeds")]
    )
    kinds = {tally.name: tally.failures / tally.n for tally in behaviour.kinds}
    return {
        "pairs.f1_macro": pairs.metrics.f1_macro,
        "pairs.f1_contradict": pairs.metrics.labels["contradict"].f1,
        "pairs.ece": pairs.metrics.ece,
        **{f"behaviour.{kind.lower()}_failures": rate for kind, rate in kinds.items()},
        "articles.statements_f1": articles.statements.f1,
        "articles.party": articles.party.share,
        "articles.party_discovered": articles.party_discovered.share,
        "articles.denies": articles.denies.share,
        "articles.contradict_f1_gold": articles.gold_pairs.labels["contradict"].f1,
        "articles.contradict_f1": articles.end_to_end.labels["contradict"].f1,
    }


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
