"""The floors measured beside a model on its own pairs. How a floor answers is in ``baselines``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stance.evaluation.arrays import FloatArray, IntArray, cluster_indices, top_labels
from stance.evaluation.baselines import Floor, cross_fit
from stance.evaluation.intervals import PairedDifference, paired_bootstrap
from stance.evaluation.metrics import compute_metrics
from stance.records import Example, Label

# Floors are fitted on the other folds of the set; below this there is nothing to fit on.
MIN_ROWS = 20
# A floor need not be known to the third decimal, and TF-IDF on every fold of 10,000 pairs took 10 s of CPU,
# a tenth of the model's own time; 1,000 drawn pairs take 1.2 s.
MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class FloorMetrics:
    """What a method that understands nothing reaches on the same pairs, and what the model gains over it.

    Measured on ``n`` pairs: all, or ``MAX_ROWS`` drawn from a larger set. ``f1_contradict`` is None without
    gold ``contradict``; ``gain`` is the model's macro-F1 on those pairs less the floor's.
    """

    n: int
    accuracy: float
    f1_macro: float
    f1_contradict: float | None
    gain: PairedDifference


@dataclass(frozen=True, slots=True)
class FloorAnswers:
    """The probabilities of each floor, (m, 3), on the rows ``rows`` of a set, rising."""

    rows: IntArray
    by_name: Mapping[str, FloatArray]


def floor_answers(
    examples: Sequence[Example],
    floors: Mapping[str, Floor],
    *,
    clusters: Sequence[str | None] | None,
    seed: int,
) -> FloorAnswers:
    """Return what each floor answers, fitted on the other folds of the same set, events never split.

    No floor for fewer than ``MIN_ROWS`` pairs, or when all are of one event or article: nothing to fit on.
    """
    n = len(examples)
    rows = np.arange(n)
    if n > MAX_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(n, MAX_ROWS, replace=False))
    places = rows.tolist()
    drawn = [examples[row] for row in places]
    events = None if clusters is None else [clusters[row] for row in places]
    units = len(rows) if events is None else len(np.unique(cluster_indices(events, len(rows))))
    if n < MIN_ROWS or units < 2:  # noqa: PLR2004  # folds need two events
        return FloorAnswers(rows, {})
    answers = {name: cross_fit(floor, drawn, clusters=events, seed=seed) for name, floor in floors.items()}
    return FloorAnswers(rows, answers)


def beside_floors(
    gold: Sequence[Label],
    probabilities: FloatArray,
    answers: FloorAnswers,
    *,
    clusters: Sequence[str | None] | None,
    seed: int,
) -> dict[str, FloorMetrics]:
    """Return each floor's numbers and the model's gain over it, tested on the same pairs."""
    rows = answers.rows.tolist()
    truth = [gold[row] for row in rows]
    events = None if clusters is None else [clusters[row] for row in rows]
    verdicts = top_labels(probabilities[rows])
    found: dict[str, FloorMetrics] = {}
    for name, chances in answers.by_name.items():
        measured = compute_metrics(truth, chances)
        found[name] = FloorMetrics(
            n=len(rows),
            accuracy=measured.accuracy,
            f1_macro=measured.f1_macro,
            f1_contradict=measured.labels[Label.CONTRADICT.value].f1,
            gain=paired_bootstrap(truth, verdicts, top_labels(chances), clusters=events, seed=seed),
        )
    return found
