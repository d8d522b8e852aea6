"""How good predictions are against gold: the single numbers and their curves. No intervals, slices or model.

A number that the data leave undefined is None, never a silent 0 (see :func:`compute_metrics`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import FloatArray, IntArray, check_probabilities, label_indices, verdict_indices
from stance.evaluation.curves import (
    ReliabilityBin,
    accuracy_at_coverage,
    expected_calibration_error,
    precision_at_recall,
    reliability_curve,
    selective_accuracies,
)
from stance.evaluation.plain import plain_dict
from stance.records import LABELS, Label

RECALLS = (0.5, 0.8, 0.9)
COVERAGES = (0.5, 0.7, 0.8, 0.9, 1.0)

_COLUMNS = list(range(len(LABELS)))


@dataclass(frozen=True, slots=True)
class LabelMetrics:
    """One label against the rest. ``support`` counts gold rows, ``predicted`` rows given this label."""

    support: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one model on one labelled set, named as scikit-learn names them.

    - ``labels``: by label string, in column order.
    - ``f1_macro``, ``balanced_accuracy``: means of F1 and recall over the labels that have gold.
    - ``accuracy_present``: accuracy when the verdict is the likeliest of the labels that have gold; what sets
      of two labels (FEVER's supported and refuted) are published by. None when all three have gold.
    - ``confusion``: 3 x 3 counts, gold rows, predicted columns, in column order.
    - ``pr_auc``, ``precision_at_recall``: of ``contradict`` by its probability, the latter by
      "0.5", "0.8", "0.9".
    - ``log_loss``: natural logarithm. ``brier``: squared error summed over labels, mean over rows: 0 to 2.
    - ``ece``, ``reliability``: top probability against its hit rate, 15 bins of equal width.
    - ``selective_accuracy``: accuracy on the most confident share of the rows, by "0.5" ... "1.0".
    - ``aurc``: mean error rate over all coverages k/n (Geifman 2019); lower is better.
    - ``swap_agreement``: share of pairs with the same top label as (a, b) and as (b, a);
      ``swap_gap``: mean total variation distance of the two answers, 0 to 1. None when not asked.
    - ``truncated``: pairs that the model could not read whole.
    """

    n: int
    labels: Mapping[str, LabelMetrics]
    f1_macro: float
    accuracy: float
    balanced_accuracy: float
    accuracy_present: float | None
    mcc: float
    confusion: tuple[tuple[int, ...], ...]
    pr_auc: float | None
    precision_at_recall: Mapping[str, float | None]
    log_loss: float
    brier: float
    ece: float
    reliability: tuple[ReliabilityBin, ...]
    selective_accuracy: Mapping[str, float]
    aurc: float
    swap_agreement: float | None = None
    swap_gap: float | None = None
    truncated: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as plain JSON values, undefined ones as None."""
        return plain_dict(self)


def compute_metrics(
    gold: Sequence[Label],
    probabilities: npt.ArrayLike,
    *,
    predicted: Sequence[Label] | None = None,
    swapped: npt.ArrayLike | None = None,
    truncated: int = 0,
) -> Metrics:
    """Measure predictions against gold.

    Args:
        gold: n labels.
        probabilities: (n, 3), columns in ``LABELS`` order, rows summing to 1 within 1e-3 (then made exact).
        predicted: n verdicts, where something other than the highest probability decided (thresholds).
            They rule precision, recall, F1, accuracy, MCC, confusion and selective accuracy, which ranks rows
            by the probability of their verdict. Brier, log loss, ECE and PR-AUC see probabilities only.
        swapped: (n, 3) probabilities for (b, a). Compared by highest probability, whatever ``predicted``
            says, since no thresholds were applied to them.
        truncated: how many of the n pairs were cut before the model read them.

    Undefined values. A label without gold has recall and F1 None and does not enter the macro means (a set
    of two labels is not marked down for the third; predicting the third still costs recall); its precision
    is 0 when it was predicted, else None. A label with gold that is never predicted has precision, recall
    and F1 0. MCC is 0 when gold or predictions hold one label. Without gold ``contradict``, PR-AUC and
    precision at recall are None. A probability of 0 on the gold label counts as machine epsilon in the log
    loss (36.04).

    Raises:
        ValueError: for no rows, unknown or missing labels, lengths that differ, NaN, rows that are not
            probabilities, or a truncation count outside 0..n.
    """
    rows = label_indices(gold)
    chances = check_probabilities(probabilities, len(rows))
    verdicts = verdict_indices(chances, predicted)
    if not 0 <= truncated <= len(rows):
        raise ValueError(f"truncated is {truncated}; needed a count between 0 and the {len(rows)} pairs")
    agreement, gap = (None, None) if swapped is None else _swap(chances, swapped)
    labels = _label_metrics(rows, verdicts)
    present = [entry for entry in labels.values() if entry.support]
    is_positive, chance = rows == LABELS.index(Label.CONTRADICT), chances[:, LABELS.index(Label.CONTRADICT)]
    reliability = reliability_curve(chances.max(axis=1), chances.argmax(axis=1) == rows)
    accuracies = selective_accuracies(chances[np.arange(len(rows)), verdicts], verdicts == rows)
    return Metrics(
        n=len(rows),
        labels=labels,
        f1_macro=float(np.mean([entry.f1 for entry in present])),
        accuracy=float((rows == verdicts).mean()),
        balanced_accuracy=float(np.mean([entry.recall for entry in present])),
        accuracy_present=_accuracy_present(rows, chances),
        mcc=_mcc(rows, verdicts),
        confusion=confusion_counts(rows, verdicts),
        pr_auc=_average_precision(is_positive, chance),
        precision_at_recall={str(r): precision_at_recall(is_positive, chance, r) for r in RECALLS},
        log_loss=_log_loss(rows, chances),
        brier=float(((chances - np.eye(len(LABELS))[rows]) ** 2).sum(axis=1).mean()),
        ece=expected_calibration_error(reliability),
        reliability=reliability,
        selective_accuracy={str(c): accuracy_at_coverage(accuracies, c) for c in COVERAGES},
        aurc=float(np.mean(1.0 - accuracies)),
        swap_agreement=agreement,
        swap_gap=gap,
        truncated=truncated,
    )


def confusion_counts(rows: IntArray, columns: IntArray) -> tuple[tuple[int, ...], ...]:
    """Return 3 x 3 counts of two arrays of label indices, the first as rows."""
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(rows, columns, labels=_COLUMNS)
    return tuple(tuple(int(count) for count in row) for row in counts)


def _label_metrics(gold: IntArray, verdicts: IntArray) -> dict[str, LabelMetrics]:
    from sklearn.metrics import precision_recall_fscore_support

    precisions, recalls, f1s, supports = precision_recall_fscore_support(
        gold, verdicts, labels=_COLUMNS, zero_division=0
    )
    found: dict[str, LabelMetrics] = {}
    for column, label in enumerate(LABELS):
        support, predicted = int(supports[column]), int((verdicts == column).sum())
        found[str(label)] = LabelMetrics(
            support=support,
            predicted=predicted,
            precision=float(precisions[column]) if support or predicted else None,
            recall=float(recalls[column]) if support else None,
            f1=float(f1s[column]) if support else None,
        )
    return found


def _mcc(gold: IntArray, verdicts: IntArray) -> float:
    from sklearn.metrics import matthews_corrcoef

    if len(np.unique(gold)) == 1 or len(np.unique(verdicts)) == 1:
        return 0.0  # scikit-learn's answer too, but it warns on the way
    return float(matthews_corrcoef(gold, verdicts))


def _accuracy_present(gold: IntArray, chances: FloatArray) -> float | None:
    present = np.unique(gold)
    if len(present) == len(LABELS):
        return None
    return float((present[chances[:, present].argmax(axis=1)] == gold).mean())


def _average_precision(is_positive: npt.NDArray[np.bool_], chance: FloatArray) -> float | None:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(is_positive, chance)) if is_positive.any() else None


def _log_loss(gold: IntArray, chances: FloatArray) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(gold, chances, labels=_COLUMNS))


def _swap(chances: FloatArray, swapped: npt.ArrayLike) -> tuple[float, float]:
    other = check_probabilities(swapped, len(chances), what="swapped")
    agreement = (chances.argmax(axis=1) == other.argmax(axis=1)).mean()
    return float(agreement), float(np.abs(chances - other).sum(axis=1).mean() / 2)
