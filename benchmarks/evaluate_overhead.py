"""What `stance evaluate` costs beyond asking the model: the ratio of its time to that of a bare predict.

    python benchmarks/evaluate_overhead.py              # the shipped model, where there is one
    python benchmarks/evaluate_overhead.py --model M --pairs 2000

Both sides read the same synthetic pairs in both orders. First with a scorer that answers at once, which
leaves the cost of the evaluation itself (metrics, intervals, slices, floors): seconds that hardly depend on
the model, and from them the speed of a model above which they are more than 5 % of its time. Then, where a
model is there, the ratio measured: predict, evaluate, predict in one run, evaluate against the mean of the
two predicts, so that a machine that slows down on the way does not decide. Wall time and CPU time both.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from stance.classifier import StanceClassifier
from stance.classifier.model import Scores
from stance.errors import ModelError
from stance.evaluation.run import evaluate_examples
from stance.records import LABELS, Example
from stance.scoring.run import Scorer

ALLOWED = 0.05
TEXT = """
army village minister strike said not denied never bridge convoy 12 40 three thousand on Monday in March
troops workers union court company border talks ceasefire grain port drone that the a of to was were has
"""
WORDS = TEXT.split()


class Instant:
    """A scorer that answers at once, at random."""

    name, hash, symmetric = "instant", "0" * 12, True

    def probabilities(
        self, pairs: Sequence[tuple[str, str]], *, progress: Callable[[int], None] | None = None
    ) -> Scores:
        """Return random probabilities, shape (n, 3)."""
        del progress
        drawn = np.random.default_rng(len(pairs)).dirichlet(np.ones(len(LABELS)), size=len(pairs))
        return Scores(drawn)


def synthetic_pairs(n: int, *, seed: int = 0) -> list[Example]:
    """Return ``n`` labelled pairs of 10 to 25 words a side, with a topic and an event each."""
    rng = random.Random(seed)

    def text() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(10, 25))) + "."

    return [
        Example(text(), text(), rng.choice(LABELS), tags={"topic": f"t{i % 20}", "event": f"e{i % 500}"})
        for i in range(n)
    ]


def predict(examples: Sequence[Example], scorer: Scorer) -> None:
    """Read every pair in both orders, as `stance.predict` does."""
    texts = [(e.premise, e.hypothesis) for e in examples]
    scorer.probabilities(texts + [(b, a) for a, b in texts])


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of ``call``."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def overhead(examples: Sequence[Example]) -> float:
    """Print and return the wall seconds of an evaluation whose scorer costs nothing."""
    instant = Instant()
    evaluate_examples(examples[:100], instant)  # imports happen here
    bare, _ = timed(lambda: predict(examples, instant))
    whole, cpu = timed(lambda: evaluate_examples(examples, instant))
    seconds = whole - bare
    n = len(examples)
    print(
        f"evaluation itself, {n} pairs: {seconds:.2f} s wall, {cpu:.2f} s CPU "
        f"({1e3 * seconds / n:.3f} ms a pair)"
    )
    print(
        f"so it is within {ALLOWED:.0%} of a model that reads up to "
        f"{ALLOWED * 2 * n / seconds:.0f} texts a second"
    )
    return seconds


def ratio(examples: Sequence[Example], scorer: Scorer) -> float:
    """Print and return the time of evaluate over that of a bare predict with the same model."""
    predict(examples[:50], scorer)
    first, _ = timed(lambda: predict(examples, scorer))
    whole, _ = timed(lambda: evaluate_examples(examples, scorer))
    second, _ = timed(lambda: predict(examples, scorer))
    bare = (first + second) / 2
    print(
        f"{scorer.name}: predict {first:.1f} s and {second:.1f} s, evaluate {whole:.1f} s: "
        f"{whole / bare:.3f} times"
    )
    return whole / bare


def main() -> int:
    """Run both parts; 1 when the measured ratio is above the allowance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--model", help="model folder or hub name; default: the shipped one")
    arguments = parser.parse_args()
    examples = synthetic_pairs(arguments.pairs)
    overhead(examples)
    try:
        scorer = StanceClassifier.load(arguments.model)
    except ModelError as error:
        print(f"no measured ratio: {error}")
        return 0 if arguments.model is None else 1
    return int(ratio(examples, scorer) > 1 + ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
