"""Reliability, risk-coverage and precision-recall: the curves behind single numbers. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import FloatArray

BINS = 15  # the usual number since Guo et al. 2017, so that our ECE can stand beside published ones


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bar of a reliability curve: rows whose confidence lies in (lower, upper].

    ``confidence`` and ``accuracy`` are means over the ``n`` rows. The first bin also holds 0.
    """

    lower: float
    upper: float
    n: int
    confidence: float
    accuracy: float


def reliability_curve(
    confidence: FloatArray, correct: npt.NDArray[np.bool_], *, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Return the non-empty bins of equal width over [0, 1], rising.

    Args:
        confidence: probability given to the event, shape (n,).
        correct: whether the event came true, shape (n,).
        bins: how many bins [0, 1] is cut into.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    counts = np.bincount(place, minlength=bins)
    confidences = np.bincount(place, weights=confidence, minlength=bins)
    hits = np.bincount(place, weights=correct, minlength=bins)
    return tuple(
        ReliabilityBin(
            lower=float(edges[i]),
            upper=float(edges[i + 1]),
            n=int(counts[i]),
            confidence=float(confidences[i] / counts[i]),
            accuracy=float(hits[i] / counts[i]),
        )
        for i in np.flatnonzero(counts)
    )


def expected_calibration_error(curve: tuple[ReliabilityBin, ...]) -> float:
    """Return the mean of |accuracy - confidence| over the bins, weighted by their rows (Naeini 2015)."""
    total = sum(bar.n for bar in curve)
    return sum(bar.n * abs(bar.accuracy - bar.confidence) for bar in curve) / total


def selective_accuracies(confidence: FloatArray, correct: npt.NDArray[np.bool_]) -> FloatArray:
    """Return accuracy among the k most confident rows for k = 1..n, shape (n,).

    Rows of equal confidence share their mean correctness, so that the order of the rows does not matter.
    """
    order = np.argsort(-confidence, kind="stable")
    _, group, sizes = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    shared = (np.bincount(group, weights=correct[order]) / sizes)[group]
    return np.asarray(np.cumsum(shared) / np.arange(1, len(shared) + 1), dtype=np.float64)


def accuracy_at_coverage(accuracies: FloatArray, coverage: float) -> float:
    """Return accuracy when the ``ceil(coverage * n)`` most confident rows are answered.

    Args:
        accuracies: what :func:`selective_accuracies` returned.
        coverage: share of rows to answer.

    Raises:
        ValueError: for a coverage outside (0, 1].
    """
    if not 0.0 < coverage <= 1.0:
        raise ValueError(f"coverage is {coverage}; needed a share above 0 and up to 1")
    # 0.7 * 30 is 21.000000000000004 in floats: the small subtraction keeps it at 21 rows.
    kept = int(np.ceil(coverage * len(accuracies) - 1e-9))
    return float(accuracies[kept - 1])


def risk_coverage_points(accuracies: FloatArray, *, most: int = 200) -> list[tuple[float, float]]:
    """Return at most ``most`` points (coverage, 1 - accuracy) for a plot, rising in coverage."""
    n = len(accuracies)
    rows = np.unique(np.linspace(1, n, min(most, n)).round().astype(int))
    return [(float(k / n), float(1.0 - accuracies[k - 1])) for k in rows]


def precision_recall_points(
    positive: npt.NDArray[np.bool_], probability: FloatArray, *, most: int = 200
) -> list[tuple[float, float]]:
    """Return at most ``most`` points (recall, precision) for a plot, falling in recall; [] without positives.

    The points are scikit-learn's ``precision_recall_curve``, thinned evenly; both ends are kept.
    """
    if not positive.any():
        return []
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, probability)
    rows = np.unique(np.linspace(0, len(recall) - 1, min(most, len(recall))).round().astype(int))
    return [(float(recall[i]), float(precision[i])) for i in rows]


def precision_at_recall(
    positive: npt.NDArray[np.bool_], probability: FloatArray, recall: float
) -> float | None:
    """Return the best precision of any threshold that reaches ``recall``; None without positives.

    The threshold is picked on the rows it is measured on, so the figure is hopeful where positives are few.

    Raises:
        ValueError: for a recall outside (0, 1].
    """
    if not 0.0 < recall <= 1.0:
        raise ValueError(f"recall is {recall}; needed a share above 0 and up to 1")
    if not positive.any():
        return None
    from sklearn.metrics import precision_recall_curve

    precisions, recalls, _ = precision_recall_curve(positive, probability)
    return float(precisions[recalls >= recall - 1e-12].max())
