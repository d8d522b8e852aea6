"""Where a model fails: named subsets of examples and their metrics. Knows words, not models.

A slice of a tag column is named ``column=value``, an automatic one ``auto:feature=value``, the parties of a
pair ``party_pair=X / Y`` (in alphabetical order).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import IntArray, check_probabilities, verdict_indices
from stance.evaluation.intervals import N_RESAMPLES, Interval, bootstrap
from stance.evaluation.plain import plain_dict
from stance.evaluation.surface import (
    has_date,
    has_negation,
    has_number,
    has_reporting_verb,
    length_class,
    overlap,
    where,
)
from stance.records import LABELS, Example, Label

MIN_ROWS = 10  # below this an interval spans half the scale and the "worst slice" is an accident

_PRESENCE = {
    "negation": has_negation,
    "number": has_number,
    "date": has_date,
    "reported_speech": has_reporting_verb,
}


@dataclass(frozen=True, slots=True)
class SliceMetrics:
    """One slice: its rows, how many of them are gold ``contradict``, and its numbers with 95 % intervals.

    ``f1_contradict`` is None in a slice without gold ``contradict``.
    """

    name: str
    n: int
    n_contradict: int
    f1_macro: Interval
    accuracy: Interval
    f1_contradict: Interval | None


@dataclass(frozen=True, slots=True)
class SliceTable:
    """Slices, the worst first (by macro-F1, then accuracy, then name).

    ``dropped`` counts the slices of fewer than ``min_rows`` rows, which are not shown.
    """

    slices: tuple[SliceMetrics, ...]
    dropped: int
    min_rows: int

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


def slice_examples(examples: Sequence[Example]) -> dict[str, IntArray]:
    """Return the row numbers of every slice by name, names in alphabetical order, rows rising.

    Tag values joined by ``|`` put a row in one slice each; empty values in none. Automatic slices: negation,
    number, date, reported_speech (``none``, ``one``, ``both``: in how many of the two texts), length
    (``short``, ``medium``, ``long``) and overlap (``low``, ``middle``, ``high``: terciles of these examples,
    so not the same bounds in another set; equal overlaps stay together).
    """
    found: dict[str, list[int]] = {}
    terciles = _overlap_terciles(examples)
    for row, example in enumerate(examples):
        for name in sorted(_tag_slices(example.tags) | _automatic_slices(example) | {terciles[row]}):
            found.setdefault(name, []).append(row)
    return {name: np.array(found[name], dtype=np.int64) for name in sorted(found)}


def slice_metrics(
    examples: Sequence[Example],
    probabilities: npt.ArrayLike,
    *,
    predicted: Sequence[Label] | None = None,
    clusters: Sequence[str | None] | None = None,
    slices: Mapping[str, IntArray] | None = None,
    min_rows: int = MIN_ROWS,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> SliceTable:
    """Measure every slice.

    Args:
        examples: n labelled pairs.
        probabilities: (n, 3), columns in ``LABELS`` order.
        predicted: n verdicts; default the highest probability.
        clusters: n event or article ids for the bootstrap.
        slices: rows by name, default those of :func:`slice_examples`. To set models side by side, make them
            once and hand them to each call.
        min_rows: smaller slices are dropped and counted.
        n_resamples: bootstrap samples a slice.
        seed: of the draws.

    Raises:
        ValueError: for bad probabilities or verdicts, lengths that differ, or a row outside 0..n-1.
    """
    n = len(examples)
    chances = check_probabilities(probabilities, n)
    verdicts = verdict_indices(chances, predicted)
    if clusters is not None and len(clusters) != n:
        raise ValueError(f"clusters has {len(clusters)} ids; needed {n}, one a pair")
    chosen = slice_examples(examples) if slices is None else slices
    measured: list[SliceMetrics] = []
    for name, rows in chosen.items():
        if len(rows) and (np.min(rows) < 0 or np.max(rows) >= n):
            raise ValueError(f"slice {name!r} names rows {np.min(rows)}..{np.max(rows)}; needed 0..{n - 1}")
        if len(rows) < max(min_rows, 1):
            continue
        places = np.asarray(rows).tolist()
        gold = [examples[row].gold for row in places]
        intervals = bootstrap(
            gold,
            chances[places],
            predicted=[LABELS[verdicts[row]] for row in places],
            clusters=None if clusters is None else [clusters[row] for row in places],
            n_resamples=n_resamples,
            seed=seed,
        )
        conflicts = sum(label == Label.CONTRADICT for label in gold)
        measured.append(_row(name, len(places), conflicts, intervals))
    measured.sort(key=lambda found: (found.f1_macro.estimate, found.accuracy.estimate, found.name))
    return SliceTable(tuple(measured), dropped=len(chosen) - len(measured), min_rows=min_rows)


def _row(name: str, n: int, conflicts: int, intervals: Mapping[str, Interval]) -> SliceMetrics:
    return SliceMetrics(
        name=name,
        n=n,
        n_contradict=conflicts,
        f1_macro=intervals["f1_macro"],
        accuracy=intervals["accuracy"],
        f1_contradict=intervals.get("f1_contradict"),
    )


def _tag_slices(tags: Mapping[str, str]) -> set[str]:
    names = {
        f"{column}={value.strip()}"
        for column, joined in tags.items()
        for value in str(joined).split("|")
        if value.strip()
    }
    parties = sorted(str(tags.get(column, "")).strip() for column in ("party_a", "party_b"))
    if all(parties):
        names.add(f"party_pair={' / '.join(parties)}")
    return names


def _automatic_slices(example: Example) -> set[str]:
    texts = example.premise, example.hypothesis
    names = {f"auto:{name}={where(feature, *texts)}" for name, feature in _PRESENCE.items()}
    return names | {f"auto:length={length_class(*texts)}"}


def _overlap_terciles(examples: Sequence[Example]) -> list[str]:
    if not examples:
        return []
    values = np.array([overlap(example.premise, example.hypothesis) for example in examples])
    first, second = np.quantile(values, [1 / 3, 2 / 3])
    return [
        f"auto:overlap={'low' if value <= first else 'middle' if value <= second else 'high'}"
        for value in values
    ]
