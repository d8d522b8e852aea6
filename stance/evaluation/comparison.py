"""Two models side by side on the same pairs. Loads no model and prints no table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import IntArray, check_probabilities, label_indices, verdict_indices
from stance.evaluation.intervals import (
    HEADLINE,
    N_RESAMPLES,
    McNemar,
    PairedDifference,
    mcnemar,
    paired_bootstrap,
)
from stance.evaluation.metrics import confusion_counts
from stance.evaluation.plain import plain_dict
from stance.records import LABELS, Label


@dataclass(frozen=True, slots=True)
class Differing:
    """A pair on which the models disagree: its row, the verdicts, and how far apart the probabilities are.

    ``distance`` is total variation, 0 (same probabilities) to 1 (no overlap).
    """

    row: int
    gold: Label
    a: Label
    b: Label
    distance: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Model a against model b.

    - ``differences``: a - b by metric, paired bootstrap; metrics undefined on the data are left out.
    - ``mcnemar``: exact test on rows right and wrong.
    - ``agreement``: share of pairs with the same verdict; ``kappa``: Cohen's, None when both models give
      one and the same label throughout.
    - ``verdicts``: 3 x 3 counts, verdicts of a as rows, of b as columns.
    - ``differing``: pairs with different verdicts, furthest apart first.
    """

    n: int
    differences: tuple[PairedDifference, ...]
    mcnemar: McNemar
    agreement: float
    kappa: float | None
    verdicts: tuple[tuple[int, ...], ...]
    differing: tuple[Differing, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


def compare(
    gold: Sequence[Label],
    probabilities_a: npt.ArrayLike,
    probabilities_b: npt.ArrayLike,
    *,
    predicted_a: Sequence[Label] | None = None,
    predicted_b: Sequence[Label] | None = None,
    clusters: Sequence[str | None] | None = None,
    metrics: Sequence[str] = HEADLINE,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    most: int = 20,
) -> Comparison:
    """Compare two models on the same n pairs.

    Args:
        gold: n labels.
        probabilities_a: (n, 3) of the first model.
        probabilities_b: (n, 3) of the second.
        predicted_a: n verdicts of the first; default its highest probability.
        predicted_b: the same of the second.
        clusters: n event or article ids for the bootstrap.
        metrics: names from ``counts.COUNT_METRICS``.
        n_resamples: bootstrap samples.
        seed: of the draws.
        most: how many differing pairs to keep.

    Raises:
        ValueError: for bad labels or probabilities, lengths that differ, or an unknown metric.
    """
    rows = label_indices(gold)
    chances_a = check_probabilities(probabilities_a, len(rows), what="probabilities_a")
    chances_b = check_probabilities(probabilities_b, len(rows), what="probabilities_b")
    first = verdict_indices(chances_a, predicted_a, what="predicted_a")
    second = verdict_indices(chances_b, predicted_b, what="predicted_b")
    labels_a, labels_b = [LABELS[i] for i in first], [LABELS[i] for i in second]
    present = {str(LABELS[i]) for i in rows}
    differences = tuple(
        paired_bootstrap(
            gold, labels_a, labels_b, clusters=clusters, metric=name, n_resamples=n_resamples, seed=seed
        )
        for name in metrics
        if _label_of(name) is None or _label_of(name) in present
    )
    distances = np.abs(chances_a - chances_b).sum(axis=1) / 2
    order = np.lexsort((np.arange(len(rows)), -distances))
    apart = [int(i) for i in order if first[i] != second[i]][:most]
    return Comparison(
        n=len(rows),
        differences=differences,
        mcnemar=mcnemar(gold, labels_a, labels_b),
        agreement=float((first == second).mean()),
        kappa=_kappa(first, second),
        verdicts=confusion_counts(first, second),
        differing=tuple(
            Differing(i, LABELS[rows[i]], labels_a[i], labels_b[i], float(distances[i])) for i in apart
        ),
    )


def _label_of(metric: str) -> str | None:
    """Return the label that a per-label metric is about, None for the others."""
    return next((str(label) for label in LABELS if metric.endswith(f"_{label}")), None)


def _kappa(first: IntArray, second: IntArray) -> float | None:
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([first, second]))) == 1:
        return None
    return float(cohen_kappa_score(first, second))
