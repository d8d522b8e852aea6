"""Renders evaluations as one self-contained HTML page. Writes no file and measures no new kind of metric.

The page asks nothing of the network and holds no script; its policy lets only its own stylesheet in, by
hash, so that the text of a pair can never run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation import plots
from stance.evaluation.arrays import FloatArray, IntArray, label_indices
from stance.evaluation.curves import precision_recall_points, risk_coverage_points, selective_accuracies
from stance.evaluation.findings import findings, surely_worse
from stance.evaluation.lines import SIDE_BY_SIDE, TITLES, number, p_text
from stance.evaluation.plots import Frame, Point
from stance.evaluation.run import Evaluation
from stance.records import LABELS, Example, Label

if TYPE_CHECKING:
    from jinja2 import Environment

    from stance.evaluation.compare_models import ModelComparison

MISTAKES = 12
"""The most certain mistakes shown: enough to see a pattern, few enough to read."""

SLICES_OPEN = 15
"""Slices shown at once; the others wait behind "show all"."""

_CONTRADICT = LABELS.index(Label.CONTRADICT)


@dataclass(frozen=True, slots=True)
class Curves:
    """The two curves that a model draws from all its answers, and where its own verdicts stand."""

    precision_recall: tuple[Point, ...]
    operating: Point | None
    risk_coverage: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A pair that the model got wrong: the verdict and its probability, and that of the gold label."""

    example: Example
    verdict: Label
    p_verdict: float
    p_gold: float


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model as the template reads it."""

    title: str
    key: str
    evaluation: Evaluation
    curves: Curves
    risk: Frame
    slices: Frame
    worse: frozenset[str]
    findings: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    wrong: int
    base_rate: float


def render_evaluation(evaluations: Sequence[Evaluation], *, comparison: ModelComparison | None = None) -> str:
    """Return the evaluations of one or more models on the same pairs as one HTML document, for UTF-8.

    Raises:
        ValueError: no evaluation, or several without the comparison that names them.
    """
    if not evaluations:
        raise ValueError("no evaluation to render: give at least one")
    if comparison is None and len(evaluations) > 1:
        raise ValueError(f"got {len(evaluations)} evaluations without their comparison: give it too")
    titles = comparison.titles if comparison else (evaluations[0].signature.model,)
    environment = _environment()
    css = _stylesheet(environment)
    models = [_view(e, title, f"m{i}") for i, (e, title) in enumerate(zip(evaluations, titles, strict=True))]
    worst_risk = [error for model in models for _, error in model.curves.risk_coverage]
    return environment.get_template("evaluation.html.j2").render(
        css=css,
        policy=_policy(css),
        models=models,
        comparison=comparison,
        titles=titles,
        side_by_side=[(title, [get(e) for e in evaluations]) for title, get in SIDE_BY_SIDE],
        square=plots.square(),
        risk=plots.risk_frame(worst_risk),
        differences=_difference_frame(comparison),
        names=TITLES,
        labels=[label.value for label in LABELS],
        slices_open=SLICES_OPEN,
        examples=evaluations[0].examples,
        metrics=evaluations[0].metrics,
    )


def _view(result: Evaluation, title: str, key: str) -> ModelView:
    gold = label_indices([e.gold for e in result.examples])
    verdicts = result.probabilities.argmax(axis=1)
    curves = _curves(result, gold, verdicts)
    lows = [row.f1_macro.low for row in result.slices.slices]
    return ModelView(
        title=title,
        key=key,
        evaluation=result,
        curves=curves,
        risk=plots.risk_frame([error for _, error in curves.risk_coverage]),
        slices=plots.interval_frame([*lows, result.intervals["f1_macro"].low]),
        worse=frozenset(row.name for row in surely_worse(result)),
        findings=tuple(findings(result)),
        mistakes=_mistakes(result, gold, verdicts),
        wrong=int((gold != verdicts).sum()),
        base_rate=float((gold == _CONTRADICT).mean()),
    )


def _curves(result: Evaluation, gold: IntArray, verdicts: IntArray) -> Curves:
    chances: FloatArray = result.probabilities
    points = precision_recall_points(gold == _CONTRADICT, chances[:, _CONTRADICT])
    own = result.metrics.labels[Label.CONTRADICT.value]
    operating = None if own.recall is None or own.precision is None else (own.recall, own.precision)
    accuracies = selective_accuracies(chances[np.arange(len(gold)), verdicts], verdicts == gold)
    return Curves(tuple(points), operating, tuple(risk_coverage_points(accuracies)))


def _mistakes(result: Evaluation, gold: IntArray, verdicts: IntArray) -> tuple[Mistake, ...]:
    rows = np.flatnonzero(gold != verdicts)
    chances = result.probabilities
    order = rows[np.lexsort((rows, -chances[rows, verdicts[rows]]))][:MISTAKES]
    return tuple(
        Mistake(
            example=result.examples[row],
            verdict=LABELS[verdicts[row]],
            p_verdict=float(chances[row, verdicts[row]]),
            p_gold=float(chances[row, gold[row]]),
        )
        for row in order.tolist()
    )


def _difference_frame(comparison: ModelComparison | None) -> Frame | None:
    if comparison is None:
        return None
    rows = [row for versus in comparison.versus for row in versus.comparison.differences]
    return plots.difference_frame([end for row in rows for end in (row.low, row.high)])


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("stance.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["p"] = p_text
    environment.filters["percent"] = _percent
    environment.filters["points"] = _signed
    return environment


def _percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _stylesheet(environment: Environment) -> str:
    """Return our stylesheet, marked as safe to stand in the page as it is."""
    from markupsafe import Markup

    if environment.loader is None:
        raise ValueError("the template environment has no loader; it needs one for the page's stylesheet")
    return Markup(environment.loader.get_source(environment, "evaluation.css")[0])


def _policy(css: str) -> str:
    """Return a Content-Security-Policy that allows this stylesheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
