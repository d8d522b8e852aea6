"""Metrics from many 3x3 confusion tables at once, for resampling. Reads no labels and no probabilities.

The definitions are those of ``metrics.py`` (which uses scikit-learn); the tests hold the two together.
"""

from __future__ import annotations

import numpy as np

from stance.evaluation.arrays import FloatArray, IntArray
from stance.records import LABELS

COUNT_METRICS: tuple[str, ...] = (
    "f1_macro",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    *(f"{kind}_{label}" for kind in ("precision", "recall", "f1") for label in LABELS),
)
"""The metrics that a confusion table alone decides."""


def table_metric(tables: IntArray, name: str) -> FloatArray:
    """Return one metric of each confusion table: (m, 3, 3) with gold rows -> (m,).

    NaN where it is undefined: recall and F1 of a label without gold, precision of a label with neither gold
    nor predictions. Macro-F1 and balanced accuracy are means over the labels that have gold.

    Raises:
        ValueError: for a name that is not in ``COUNT_METRICS``.
    """
    if name not in COUNT_METRICS:
        raise ValueError(f"unknown metric {name!r}; needed one of {', '.join(COUNT_METRICS)}")
    if name == "accuracy":
        return _divide(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))
    if name == "mcc":
        return _mcc(tables)
    if name == "f1_macro":
        return np.asarray(np.nanmean(_per_label(tables, "f1"), axis=1), dtype=np.float64)
    if name == "balanced_accuracy":
        return np.asarray(np.nanmean(_per_label(tables, "recall"), axis=1), dtype=np.float64)
    kind, _, label = name.partition("_")
    return _per_label(tables, kind)[:, [str(known) for known in LABELS].index(label)]


def _per_label(tables: IntArray, kind: str) -> FloatArray:
    hits = np.diagonal(tables, axis1=1, axis2=2)
    gold, predicted = tables.sum(axis=2), tables.sum(axis=1)
    if kind == "recall":
        return _divide(hits, gold)
    if kind == "precision":
        # A label that has gold and is never predicted scores 0, as with zero_division=0.
        return np.where((predicted == 0) & (gold > 0), 0.0, _divide(hits, predicted))
    return np.where(gold == 0, np.nan, _divide(2 * hits, gold + predicted))


def _mcc(tables: IntArray) -> FloatArray:
    """Return Gorodkin's R_k; 0 where gold or predictions hold one label only, as scikit-learn does."""
    counts = tables.astype(np.float64)
    hits, n = np.trace(counts, axis1=1, axis2=2), counts.sum(axis=(1, 2))
    gold, predicted = counts.sum(axis=2), counts.sum(axis=1)
    covariance = hits * n - (gold * predicted).sum(axis=1)
    spread = (n**2 - (gold**2).sum(axis=1)) * (n**2 - (predicted**2).sum(axis=1))
    return np.where(spread > 0, covariance / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _divide(above: IntArray, below: IntArray) -> FloatArray:
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
