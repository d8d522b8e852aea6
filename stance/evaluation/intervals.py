"""How sure a number is: 95 % bootstrap intervals and paired tests. Computes no new kind of metric.

All of it works on confusion counts. A bootstrap sample of rows is a multinomial draw of its cells, and a
sample of clusters is a multinomial draw of the distinct clusters' counts: the same distribution as drawing
rows or clusters one by one, at a cost that hardly grows with n, and blind to the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import (
    FloatArray,
    IntArray,
    check_probabilities,
    cluster_indices,
    label_indices,
    verdict_indices,
)
from stance.evaluation.counts import table_metric
from stance.evaluation.plain import plain_dict
from stance.records import LABELS, Label

LEVEL = 0.95
N_RESAMPLES = 1000
HEADLINE = ("f1_macro", "accuracy", "f1_contradict")

_K = len(LABELS)
_CHUNK = 4_000_000  # integers a draw may hold: 32 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """One metric of two models on the same rows: ``difference`` is ``a - b``, with 95 % interval and p."""

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


@dataclass(frozen=True, slots=True)
class McNemar:
    """``b``: rows that only the first model has right; ``c``: only the second; ``p``: exact, two-sided."""

    b: int
    c: int
    p: float

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


def bootstrap(
    gold: Sequence[Label],
    probabilities: npt.ArrayLike,
    *,
    predicted: Sequence[Label] | None = None,
    clusters: Sequence[str | None] | None = None,
    metrics: Sequence[str] = HEADLINE,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return 95 % percentile bootstrap intervals by metric name (Efron 1979).

    Args:
        gold: n labels.
        probabilities: (n, 3); only their top label is used, or ``predicted`` where given.
        predicted: n verdicts.
        clusters: n ids of the event or article that a pair comes from; whole clusters are drawn, since
            pairs of one event stand and fall together. A row with None or "" is its own cluster. Fewer than
            some 20 clusters give intervals that are too narrow.
        metrics: names from ``counts.COUNT_METRICS``.
        n_resamples: bootstrap samples.
        seed: of the draws; equal input and seed give equal intervals, in any order of the rows.

    A metric that is undefined on the data (F1 of a label without gold) is left out of the answer; in samples
    where it is undefined it is left out of the percentiles. One cluster alone says nothing of the spread: the
    interval is then the metric's whole range.

    Raises:
        ValueError: for bad labels or probabilities, an unknown metric or no resamples.
    """
    rows = label_indices(gold)
    verdicts = verdict_indices(check_probabilities(probabilities, len(rows)), predicted)
    sampler = Resampler(_K * rows + verdicts, cells=_K * _K, clusters=clusters)
    tables = sampler.draw(n_resamples, seed=seed).reshape(-1, _K, _K)
    whole = sampler.total.reshape(1, _K, _K)
    found: dict[str, Interval] = {}
    for name in metrics:
        estimate = float(table_metric(whole, name)[0])
        if np.isnan(estimate):
            continue
        if sampler.n_clusters == 1:
            found[name] = Interval(estimate, -1.0 if name == "mcc" else 0.0, 1.0)
        else:
            found[name] = Interval(estimate, *percentiles(table_metric(tables, name)))
    return found


def paired_bootstrap(
    gold: Sequence[Label],
    predicted_a: Sequence[Label],
    predicted_b: Sequence[Label],
    *,
    clusters: Sequence[str | None] | None = None,
    metric: str = "f1_macro",
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> PairedDifference:
    """Compare two models on the same rows by drawing the same rows (or clusters) for both.

    ``p`` is two-sided, by inverting the percentile interval: twice the smaller share of samples at or beyond
    0, with one sample added to either side (never 0; at best 2 / (n_resamples + 1)), at most 1.

    Raises:
        ValueError: for bad labels, lengths that differ, an unknown or undefined metric, or no resamples.
    """
    rows = label_indices(gold)
    first = label_indices(predicted_a, "predicted_a", n=len(rows))
    second = label_indices(predicted_b, "predicted_b", n=len(rows))
    sampler = Resampler(_K * _K * rows + _K * first + second, cells=_K**3, clusters=clusters)
    whole_a, whole_b = _both(sampler.total[None], metric)
    a, b = float(whole_a[0]), float(whole_b[0])
    if np.isnan(a) or np.isnan(b):
        raise ValueError(f"{metric} is undefined here: gold holds no such label; needed another metric")
    drawn_a, drawn_b = _both(sampler.draw(n_resamples, seed=seed), metric)
    if sampler.n_clusters == 1:
        reach = 2.0 if metric == "mcc" else 1.0
        return PairedDifference(metric, a, b, a - b, -reach, reach, 1.0)
    differences = (drawn_a - drawn_b)[~np.isnan(drawn_a - drawn_b)]
    # Rounding keeps equal models at exactly 0 on either side, where sums of floats would not.
    differences = differences.round(12)
    tail = min((differences <= 0).sum(), (differences >= 0).sum())
    p = min(1.0, 2.0 * (float(tail) + 1.0) / (len(differences) + 1.0))
    return PairedDifference(metric, a, b, a - b, *percentiles(differences), p)


def mcnemar(gold: Sequence[Label], predicted_a: Sequence[Label], predicted_b: Sequence[Label]) -> McNemar:
    """Test whether two models differ in how many rows they have right (McNemar 1947, exact binomial).

    Takes rows as independent; with several pairs an event, trust :func:`paired_bootstrap` with clusters.
    p is 1 when the models are right on the same rows.

    Raises:
        ValueError: for bad labels or lengths that differ.
    """
    rows = label_indices(gold)
    right_a = label_indices(predicted_a, "predicted_a", n=len(rows)) == rows
    right_b = label_indices(predicted_b, "predicted_b", n=len(rows)) == rows
    b, c = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    if b + c == 0:
        return McNemar(b, c, 1.0)
    from scipy.stats import binomtest

    return McNemar(b, c, float(binomtest(b, b + c, 0.5).pvalue))


def percentiles(values: FloatArray) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentiles of ``values``, NaN left out."""
    edge = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(values, [edge, 100 - edge])
    return float(low), float(high)


class Resampler:
    """Draws bootstrap samples of rows, or of whole clusters, as counts per cell.

    ``total`` holds the counts of the data, shape (cells,); ``n_clusters`` how many units are drawn.
    """

    def __init__(self, codes: IntArray, *, cells: int, clusters: Sequence[str | None] | None = None) -> None:
        self.total: IntArray = np.bincount(codes, minlength=cells).astype(np.int64)
        if clusters is None:
            held = np.flatnonzero(self.total)
            self._profiles = np.eye(cells, dtype=np.int64)[held]
            self._weights = self.total[held]
        else:
            ids = cluster_indices(clusters, len(codes))
            counts = np.bincount(ids * cells + codes, minlength=(int(ids.max()) + 1) * cells)
            self._profiles, self._weights = np.unique(counts.reshape(-1, cells), axis=0, return_counts=True)
        self.n_clusters = int(self._weights.sum())

    def draw(self, n_resamples: int, *, seed: int) -> IntArray:
        """Return the counts of ``n_resamples`` samples, shape (n_resamples, cells).

        Raises:
            ValueError: for fewer than one resample.
        """
        if n_resamples < 1:
            raise ValueError(f"n_resamples is {n_resamples}; needed at least 1")
        return np.concatenate(list(self._chunks(n_resamples, np.random.default_rng(seed))))

    def _chunks(self, n_resamples: int, rng: np.random.Generator) -> Iterator[IntArray]:
        chances = self._weights / self.n_clusters
        step = max(1, _CHUNK // len(self._weights))
        for start in range(0, n_resamples, step):
            size = min(step, n_resamples - start)
            yield rng.multinomial(self.n_clusters, chances, size=size) @ self._profiles


def _both(counts: IntArray, metric: str) -> tuple[FloatArray, FloatArray]:
    """Return ``metric`` of the first and second model from (m, 27) counts of (gold, first, second)."""
    cube = counts.reshape(-1, _K, _K, _K)
    return table_metric(cube.sum(axis=3), metric), table_metric(cube.sum(axis=2), metric)
