"""What "flagged" will mean in the field, where few pairs conflict. Does not estimate the field rate itself.

Benchmarks are balanced; of unfiltered cross-outlet pairs on one event some 7 % conflict (ClaimDiff). With
recall TPR on gold ``contradict`` and false-positive rate FPR on all others, at a field rate r

    precision(r) = r * TPR / (r * TPR + (1 - r) * FPR)

This supposes that the field's other pairs are as easily mistaken as this set's: their mix of ``support`` and
``unrelated`` is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stance.evaluation.arrays import FloatArray, IntArray, label_indices
from stance.evaluation.intervals import LEVEL, N_RESAMPLES, Interval, Resampler, percentiles
from stance.evaluation.plain import plain_dict
from stance.records import LABELS, Label

FIELD_RATES = (0.02, 0.07, 0.20)

_TRUE_POSITIVE, _MISSED, _FALSE_POSITIVE, _REJECTED = 3, 2, 1, 0


@dataclass(frozen=True, slots=True)
class FieldPrecision:
    """Precision of ``contradict`` where a share ``rate`` of the pairs conflict.

    ``recall`` and ``false_positive_rate`` are measured on the set; ``flagged`` is the share of all field
    pairs that would be flagged. ``cautious`` is the precision with recall at its lower and the false-positive
    rate at its upper one-sided 95 % exact bound (Clopper-Pearson, rows taken as independent): the figure to
    trust when the set shows no false positive at all and the bootstrap sees no spread. None where the set has
    no gold ``contradict``, nothing else, or nothing is flagged.
    """

    rate: float
    recall: float | None
    false_positive_rate: float | None
    precision: Interval | None
    cautious: float | None
    flagged: float | None

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


def reweighted_precision(rate: float, *, recall: float, false_positive_rate: float) -> float | None:
    """Return precision at a field rate (formula above); None when nothing would be flagged.

    Raises:
        ValueError: for a rate, recall or false-positive rate outside 0..1.
    """
    named = {"rate": rate, "recall": recall, "false_positive_rate": false_positive_rate}
    for name, value in named.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} is {value}; needed a share between 0 and 1")
    flagged = rate * recall + (1.0 - rate) * false_positive_rate
    return rate * recall / flagged if flagged > 0 else None


def precision_at_rates(
    gold: Sequence[Label],
    predicted: Sequence[Label],
    *,
    rates: Sequence[float] = FIELD_RATES,
    clusters: Sequence[str | None] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> list[FieldPrecision]:
    """Return the precision of ``contradict`` at each field rate, with bootstrap intervals.

    Samples that miss one side altogether, or flag nothing, are left out of the percentiles.

    Raises:
        ValueError: for bad labels, lengths that differ, a rate outside 0..1 or no resamples.
    """
    rows = label_indices(gold)
    verdicts = label_indices(predicted, "predicted", n=len(rows))
    for rate in rates:
        reweighted_precision(rate, recall=1.0, false_positive_rate=1.0)  # refuses a bad rate before the work
    column = LABELS.index(Label.CONTRADICT)
    codes = 2 * (rows == column).astype(np.int64) + (verdicts == column)
    sampler = Resampler(codes, cells=4, clusters=clusters)
    recall, false_positives = (float(share[0]) for share in _shares(sampler.total[None]))
    if np.isnan(recall) or np.isnan(false_positives):
        known = (None if np.isnan(recall) else recall, None if np.isnan(false_positives) else false_positives)
        return [FieldPrecision(rate, *known, None, None, None) for rate in rates]
    drawn = _shares(sampler.draw(n_resamples, seed=seed))
    bounds = _exact_bounds(sampler.total)
    found = []
    for rate in rates:
        estimate = reweighted_precision(rate, recall=recall, false_positive_rate=false_positives)
        precision = None if estimate is None else _interval(estimate, rate, drawn, sampler.n_clusters)
        cautious = reweighted_precision(rate, recall=bounds[0], false_positive_rate=bounds[1])
        flagged = rate * recall + (1.0 - rate) * false_positives
        found.append(
            FieldPrecision(rate, recall, false_positives, precision, cautious if precision else None, flagged)
        )
    return found


def _shares(counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return recall and false-positive rate of (m, 4) counts, NaN where a side is empty."""
    positives = counts[:, _TRUE_POSITIVE] + counts[:, _MISSED]
    others = counts[:, _FALSE_POSITIVE] + counts[:, _REJECTED]
    with np.errstate(invalid="ignore"):
        return counts[:, _TRUE_POSITIVE] / positives, counts[:, _FALSE_POSITIVE] / others


def _interval(estimate: float, rate: float, drawn: tuple[FloatArray, FloatArray], clusters: int) -> Interval:
    recall, false_positives = drawn
    with np.errstate(invalid="ignore"):
        values = rate * recall / (rate * recall + (1.0 - rate) * false_positives)
    if clusters == 1 or np.isnan(values).all():
        return Interval(estimate, 0.0, 1.0)
    return Interval(estimate, *percentiles(values))


def _exact_bounds(total: IntArray) -> tuple[float, float]:
    """Return the lower bound of recall and the upper bound of the false-positive rate."""
    from scipy.stats import binomtest

    hits, missed, wrong, rejected = (
        int(total[cell]) for cell in (_TRUE_POSITIVE, _MISSED, _FALSE_POSITIVE, _REJECTED)
    )
    recall = binomtest(hits, hits + missed, alternative="greater").proportion_ci(LEVEL)
    false_positives = binomtest(wrong, wrong + rejected, alternative="less").proportion_ci(LEVEL)
    return float(recall.low), float(false_positives.high)
