"""Measures a model on labelled pairs: reads them as `predict` would, and sets the floors beside it.

It prints nothing and draws nothing: the lines for a terminal are in ``lines``, the page in ``page``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stance.errors import DataError, ModelError
from stance.evaluation.arrays import FloatArray, IntArray, check_probabilities, top_labels
from stance.evaluation.baselines import FLOORS, Floor
from stance.evaluation.floors import FloorAnswers, FloorMetrics, beside_floors, floor_answers
from stance.evaluation.intervals import Interval, bootstrap
from stance.evaluation.lines import evaluation_lines
from stance.evaluation.metrics import Metrics, compute_metrics
from stance.evaluation.plain import plain_dict
from stance.evaluation.rates import FieldPrecision, precision_at_rates
from stance.evaluation.signature import Signature, sign
from stance.evaluation.slices import SliceTable, slice_examples, slice_metrics
from stance.judging import combine_orders
from stance.reading.tables import write_rows, write_text
from stance.records import LABELS, Example, Label
from stance.scoring.engine import Scorer
from stance.scoring.run import Progress, stage_counter, stance_version

__all__ = [
    "Evaluation",
    "FloorMetrics",
    "Ground",
    "clusters_of",
    "evaluate_examples",
    "evaluate_pairs",
    "evaluation_lines",
    "lay_ground",
    "measure",
    "prediction_rows",
    "save_evaluation",
]

# Tag columns that say which pairs stand and fall together, the first that is there counts.
CLUSTER_TAGS = ("event", "article_id")
# A slice of 40 pairs has intervals some 0.3 wide; of smaller ones the worst is an accident.
SLICE_ROWS = 40
# The verdict on a directed pair takes one reading. The other order only tells how often the two differ, to
# 3 points either way on 1,000 pairs; reading it for all would double the price of a large corpus.
SWAPPED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that `stance evaluate` tells of one model on one set of pairs.

    ``floors`` is empty where there is nothing to fit them on (``floors.floor_answers``). ``reading`` says
    which way the pairs were read; ``probabilities`` has shape (n, 3). ``label_sets`` is None of a model that
    promises none.
    """

    metrics: Metrics
    intervals: Mapping[str, Interval]
    field_precision: tuple[FieldPrecision, ...]
    floors: Mapping[str, FloorMetrics]
    slices: SliceTable
    signature: Signature
    swap_agreement: float
    reading: str
    examples: tuple[Example, ...]
    probabilities: FloatArray
    label_sets: LabelSets | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as plain JSON values, without the pairs."""
        return {
            "signature": str(self.signature),
            "reading": self.reading,
            "swap_agreement": self.swap_agreement,
            "metrics": self.metrics.to_dict(),
            **({"label_sets": plain_dict(self.label_sets)} if self.label_sets else {}),
            "intervals": {name: plain_dict(interval) for name, interval in self.intervals.items()},
            "field_precision": [plain_dict(row) for row in self.field_precision],
            "floors": {name: plain_dict(floor) for name, floor in self.floors.items()},
            "slices": self.slices.to_dict(),
            "signed": self.signature.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class LabelSets:
    """What a model's conformal label sets come to: shares from 0 to 1.

    ``least`` is the probability that makes a label a member, ``holds`` how often the set holds the right one,
    ``single`` how often it is one label, ``single_right`` how often that one is right (None without any).
    """

    least: float
    holds: float
    single: float
    single_right: float | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What every model of a run is measured on, worked out once: pairs, clusters, slices, floors' answers."""

    examples: tuple[Example, ...]
    clusters: Sequence[str | None] | None
    slices: Mapping[str, IntArray]
    floors: FloorAnswers
    seed: int

    @property
    def gold(self) -> list[Label]:
        """The gold labels in order."""
        return [example.gold for example in self.examples]


def evaluate_pairs(
    examples: Sequence[Example],
    model: str | Path | None = None,
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> Evaluation:
    """Measure the shipped model (None), a folder or a hub model; see :func:`evaluate_examples`.

    Raises:
        ModelError: the model cannot be loaded.
        ValueError: no examples.
    """
    from stance.classifier import StanceClassifier

    return evaluate_examples(examples, StanceClassifier.load(model), progress=progress, seed=seed)


def evaluate_examples(
    examples: Sequence[Example],
    scorer: Scorer,
    *,
    progress: Progress | None = None,
    floors: Mapping[str, Floor] = FLOORS,
    seed: int = 0,
) -> Evaluation:
    """Measure ``scorer`` on labelled pairs.

    A symmetric example (columns a, b) is read in both orders and judged as ``stance.predict`` does. A
    directed one (premise, hypothesis) carries the label of that direction, so its gold is compared with the
    one reading premise -> hypothesis. ``swap_agreement`` is the share of pairs whose two single readings
    give the same label, of directed pairs on ``SWAPPED_ROWS`` drawn from a larger set; the verdict made of
    both never depends on the order.

    Raises:
        ValueError: no examples.
        ModelError: the scorer gives something else than probabilities (NaN, say).
    """
    return measure(lay_ground(examples, floors=floors, seed=seed), scorer, progress=progress)


def lay_ground(examples: Sequence[Example], *, floors: Mapping[str, Floor] = FLOORS, seed: int = 0) -> Ground:
    """Work out what does not depend on the model; a slice that holds every pair is left out.

    Raises:
        ValueError: no examples.
    """
    if not examples:
        raise ValueError("no labelled pairs: give at least one")
    clusters = clusters_of(examples)
    return Ground(
        examples=tuple(examples),
        clusters=clusters,
        slices={name: rows for name, rows in slice_examples(examples).items() if len(rows) < len(examples)},
        floors=floor_answers(examples, floors, clusters=clusters, seed=seed),
        seed=seed,
    )


def measure(
    ground: Ground, scorer: Scorer, *, progress: Progress | None = None, stage: str = "pairs"
) -> Evaluation:
    """Measure one model on a ground that may serve several; ``stage`` names it to ``progress``.

    Raises:
        ModelError: the scorer gives something else than probabilities (NaN, say).
    """
    examples, gold, seed = ground.examples, ground.gold, ground.seed
    read = _read(examples, scorer, seed=seed, progress=progress, stage=stage)
    directed = np.array([e.directed for e in examples])
    here = read.forward[read.turned]
    combined = read.forward.copy()
    combined[read.turned] = combine_orders(here, read.backward, symmetric=scorer.symmetric)
    probabilities = np.where(directed[:, None], read.forward, combined)
    agreement = float((here.argmax(axis=1) == read.backward.argmax(axis=1)).mean())
    gap = float(np.abs(here - read.backward).sum(axis=1).mean() / 2)
    metrics = compute_metrics(gold, probabilities, truncated=read.truncated)
    return Evaluation(
        metrics=replace(metrics, swap_agreement=agreement, swap_gap=gap),
        intervals=bootstrap(gold, probabilities, clusters=ground.clusters, seed=seed),
        field_precision=tuple(
            precision_at_rates(gold, top_labels(probabilities), clusters=ground.clusters, seed=seed)
        ),
        floors=beside_floors(gold, probabilities, ground.floors, clusters=ground.clusters, seed=seed),
        slices=slice_metrics(
            examples,
            probabilities,
            clusters=ground.clusters,
            slices=ground.slices,
            min_rows=SLICE_ROWS,
            seed=seed,
        ),
        swap_agreement=agreement,
        reading=_reading(directed),
        signature=sign(
            examples, model=scorer.name, model_hash=scorer.hash, version=stance_version(), seed=seed
        ),
        examples=examples,
        probabilities=probabilities,
        label_sets=_label_sets(gold, probabilities, getattr(scorer, "least", None)),
    )


def _label_sets(gold: Sequence[Label], probabilities: FloatArray, least: float | None) -> LabelSets | None:
    if least is None:
        return None
    members = probabilities >= least
    right = members[np.arange(len(gold)), [LABELS.index(label) for label in gold]]
    single = members.sum(axis=1) == 1
    return LabelSets(
        least=least,
        holds=float(right.mean()),
        single=float(single.mean()),
        single_right=float(right[single].mean()) if single.any() else None,
    )


@dataclass(frozen=True, slots=True)
class _Readings:
    """Probabilities of (a, b), (n, 3); of (b, a) for the rows ``turned``; and how many pairs were cut."""

    forward: FloatArray
    turned: IntArray
    backward: FloatArray
    truncated: int


def _read(
    examples: Sequence[Example], scorer: Scorer, *, seed: int, progress: Progress | None, stage: str
) -> _Readings:
    """Read each pair, and in the other order too where the verdict or the swap agreement asks for it.

    Two calls, since a scorer only counts cut inputs: those of the first call are the pairs (a pair is as
    long in the other order). A reversed pair that is itself among the pairs is not read again.
    """
    turned = _to_turn(examples, seed)
    forward_texts = [(e.premise, e.hypothesis) for e in examples]
    backward_texts = [(b, a) for a, b in map(forward_texts.__getitem__, turned.tolist())]
    place = {pair: row for row, pair in enumerate(forward_texts)}
    fresh = [row for row, pair in enumerate(backward_texts) if pair not in place]
    unread = [backward_texts[row] for row in fresh]
    advance = stage_counter(progress, stage, len(place) + len(set(unread)))
    forward, truncated = _probabilities(scorer, forward_texts, advance)
    backward = forward[[place.get(pair, 0) for pair in backward_texts]]
    if unread:
        backward[fresh] = _probabilities(scorer, unread, advance)[0]
    return _Readings(forward, turned, backward, min(truncated, len(examples)))


def _to_turn(examples: Sequence[Example], seed: int) -> IntArray:
    """Return the rows to read in the other order too: all symmetric ones, of many directed ones a draw."""
    directed = np.array([e.directed for e in examples])
    one_way = np.flatnonzero(directed)
    if len(one_way) > SWAPPED_ROWS:
        one_way = np.random.default_rng(seed).choice(one_way, SWAPPED_ROWS, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(~directed), one_way])).astype(np.intp)


def _probabilities(
    scorer: Scorer, texts: Sequence[tuple[str, str]], advance: Callable[[int], None] | None
) -> tuple[FloatArray, int]:
    scores = scorer.probabilities(texts, progress=advance)
    try:
        return check_probabilities(scores.probabilities, len(texts)), scores.truncated
    except ValueError as error:
        raise ModelError(f"{scorer.name} gives no usable probabilities: {error}") from error


def _reading(directed: np.ndarray) -> str:
    if directed.all():
        return "premise -> hypothesis"
    return "by row" if directed.any() else "both orders"


def clusters_of(examples: Sequence[Example]) -> list[str | None] | None:
    """Return the event (or article) of each example, or None where no example names one."""
    for tag in CLUSTER_TAGS:
        if any(e.tags.get(tag) for e in examples):
            return [e.tags.get(tag) or None for e in examples]
    return None


def prediction_rows(result: Evaluation) -> list[dict[str, object]]:
    """Return one row a pair: id, texts, gold, label, probabilities."""
    return [
        {
            "id": e.id,
            "premise": e.premise,
            "hypothesis": e.hypothesis,
            "gold": e.gold.value,
            "label": label.value,
            **{f"p_{name.value}": round(float(p), 6) for name, p in zip(LABELS, row, strict=True)},
        }
        for e, label, row in zip(
            result.examples, top_labels(result.probabilities), result.probabilities, strict=True
        )
    ]


def save_evaluation(result: Evaluation, folder: Path) -> None:
    """Write ``evaluation.html``, ``metrics.json`` and ``predictions.jsonl`` (one row a pair).

    Raises:
        DataError: the folder cannot be made or written to.
    """
    from stance.evaluation.page import render_evaluation

    write_report(folder, render_evaluation([result]), result.to_dict(), prediction_rows(result))


def write_report(
    folder: Path, page: str, numbers: Mapping[str, object], predictions: Sequence[Mapping[str, object]]
) -> None:
    """Write the three files of an evaluation.

    Raises:
        DataError: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be made a folder ({error.strerror or error})") from error
    write_rows(predictions, folder / "predictions.jsonl")
    write_text(json.dumps(numbers, indent=2) + "\n", folder / "metrics.json")
    write_text(page, folder / "evaluation.html")
