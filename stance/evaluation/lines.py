"""An evaluation as lines of text for a terminal. Prints nothing and measures nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stance.evaluation.intervals import PairedDifference
from stance.records import LABELS, Label

if TYPE_CHECKING:
    from stance.evaluation.compare_models import ModelComparison, Versus
    from stance.evaluation.run import Evaluation
    from stance.evaluation.slices import SliceTable

SLICES_SHOWN = 8
DIFFERING_SHOWN = 5
_NAME_CHARS, _TEXT_CHARS = 38, 100

TITLES = {"f1_macro": "macro-F1", "accuracy": "accuracy", "f1_contradict": "F1 contradict"}
"""The headline metrics by name, as people call them."""

SIDE_BY_SIDE: tuple[tuple[str, Callable[[Evaluation], float | None]], ...] = (
    ("macro-F1", lambda e: e.metrics.f1_macro),
    ("accuracy", lambda e: e.metrics.accuracy),
    *((f"F1 {label}", lambda e, label=label.value: e.metrics.labels[label].f1) for label in LABELS),
    ("precision contradict", lambda e: e.metrics.labels[Label.CONTRADICT.value].precision),
    ("recall contradict", lambda e: e.metrics.labels[Label.CONTRADICT.value].recall),
    ("MCC", lambda e: e.metrics.mcc),
    ("PR-AUC contradict", lambda e: e.metrics.pr_auc),
    ("ECE", lambda e: e.metrics.ece),
    ("Brier", lambda e: e.metrics.brier),
    ("log loss", lambda e: e.metrics.log_loss),
    ("swap agreement", lambda e: e.swap_agreement),
)
"""The numbers of a side-by-side table: a name and how to get it."""


def evaluation_lines(result: Evaluation) -> list[str]:
    """Return the evaluation as lines of text, the signature last; undefined numbers are ``-``."""
    return [
        *_label_lines(result),
        "",
        *_headline_lines(result),
        *_field_lines(result),
        *_floor_lines(result),
        *slice_lines(result.slices),
        f"{'reading':<16}{result.reading}",
        str(result.signature),
    ]


def _label_lines(result: Evaluation) -> list[str]:
    metrics = result.metrics
    lines = [f"{'':<12}{'precision':>10}{'recall':>8}{'f1':>8}{'gold':>7}{'given':>7}"]
    for name, row in metrics.labels.items():
        cells = ((row.precision, 10), (row.recall, 8), (row.f1, 8))
        numbers = "".join(f"{number(value):>{width}}" for value, width in cells)
        lines.append(f"{name:<12}{numbers}{row.support:>7}{row.predicted:>7}")
    lines += ["", f"{'confusion':<12}" + "".join(f"{label.value:>12}" for label in LABELS) + "  (given)"]
    return lines + [
        f"{label.value:<12}" + "".join(f"{count:>12}" for count in row)
        for label, row in zip(LABELS, metrics.confusion, strict=True)
    ]


def _headline_lines(result: Evaluation) -> list[str]:
    metrics = result.metrics
    lines = []
    for name, title in TITLES.items():
        interval = result.intervals.get(name)
        text = "-" if interval is None else number(interval.estimate) + _range(interval.low, interval.high)
        lines.append(f"{title:<16}{text}")
    if metrics.accuracy_present is not None:
        present = " and ".join(name for name, row in metrics.labels.items() if row.support)
        lines.append(f"{'among present':<16}{metrics.accuracy_present:.3f} accuracy between {present} alone")
    at_recall = metrics.precision_at_recall["0.8"]
    lines += [
        f"{'ranking':<16}PR-AUC {number(metrics.pr_auc)}, precision at recall 0.8: {number(at_recall)}",
        f"{'calibration':<16}ECE {metrics.ece:.3f}, Brier {metrics.brier:.3f}",
        *_set_lines(result),
        f"{'swap':<16}single readings agree in {100 * result.swap_agreement:.1f} % of pairs",
    ]
    if metrics.truncated:
        were = "pair was" if metrics.truncated == 1 else "pairs were"
        lines.append(f"{'cut to fit':<16}{metrics.truncated} {were} longer than the model takes")
    return lines


def _set_lines(result: Evaluation) -> list[str]:
    sets = result.label_sets
    if sets is None:
        return []
    right = "" if sets.single_right is None else f", right in {100 * sets.single_right:.1f} % of these"
    return [
        f"{'label sets':<16}of labels from {sets.least:.2f}: hold the right one in {100 * sets.holds:.1f} % "
        f"of pairs; one label in {100 * sets.single:.1f} %{right}"
    ]


def _field_lines(result: Evaluation) -> list[str]:
    lines = [
        f"{'in the field':<16}where {100 * row.rate:.0f} % of pairs conflict, "
        f"{100 * row.precision.estimate:.0f} of 100 flagged are right "
        f"(at least {100 * (row.cautious or 0):.0f})"
        for row in result.field_precision
        if row.precision is not None
    ]
    return lines or [f"{'in the field':<16}-  (needs pairs that conflict, pairs that don't, and a flag)"]


def _floor_lines(result: Evaluation) -> list[str]:
    return [
        f"{'floor':<16}{name}: macro-F1 {floor.f1_macro:.3f}, accuracy {floor.accuracy:.3f}; "
        f"the model's gain {floor.gain.difference:+.3f}{_range(floor.gain.low, floor.gain.high, sign='+')}"
        for name, floor in result.floors.items()
    ]


def slice_lines(table: SliceTable, *, most: int = SLICES_SHOWN) -> list[str]:
    """Return the ``most`` worst slices, a line each under a heading; [] when there is no slice."""
    if not table.slices:
        return []
    width = max(len(shown(row.name, _NAME_CHARS)) for row in table.slices[:most])
    lines = [f"worst slices of {len(table.slices)} (macro-F1; {table.min_rows} pairs or more)"]
    for row in table.slices[:most]:
        f1 = row.f1_macro
        lines.append(
            f"  {shown(row.name, _NAME_CHARS):<{width}}  {f1.estimate:.3f}{_range(f1.low, f1.high)}"
            f"  n {row.n}, contradict {row.n_contradict}"
        )
    return lines


def comparison_lines(result: ModelComparison) -> list[str]:
    """Return models side by side, then each against the first, then the signatures."""
    letters = [chr(ord("A") + i) if i < 26 else str(i + 1) for i in range(len(result.evaluations))]  # noqa: PLR2004
    lines = [
        f"{letter}  {shown(title, _TEXT_CHARS)}" for letter, title in zip(letters, result.titles, strict=True)
    ]
    lines += ["", f"{'':<22}" + "".join(f"{letter:>9}" for letter in letters)]
    for title, get in SIDE_BY_SIDE:
        lines.append(f"{title:<22}" + "".join(f"{number(get(e)):>9}" for e in result.evaluations))
    for letter, versus in zip(letters[1:], result.versus, strict=True):
        lines += ["", *_versus_lines(versus, letter, letters[0], result)]
    return [*lines, "", *(str(e.signature) for e in result.evaluations)]


def _versus_lines(versus: Versus, letter: str, first: str, result: ModelComparison) -> list[str]:
    found = versus.comparison
    lines = [f"{letter} - {first}"]
    lines += [
        f"  {TITLES.get(row.metric, row.metric):<20}{difference_text(row)}" for row in found.differences
    ]
    test = found.mcnemar
    lines += [
        f"  {'McNemar':<20}only {letter} right {test.b}, only {first} right {test.c}, {p_text(test.p)}",
        f"  {'agreement':<20}{100 * found.agreement:.1f} %, kappa {number(found.kappa)}",
    ]
    for row in found.differing[:DIFFERING_SHOWN]:
        example = result.evaluations[0].examples[row.row]
        lines += [
            f"  {row.distance:.2f} apart: {letter} {row.a}, {first} {row.b}, gold {row.gold}",
            f"    {shown(example.premise, _TEXT_CHARS)}",
            f"    {shown(example.hypothesis, _TEXT_CHARS)}",
        ]
    return lines


def difference_text(row: PairedDifference) -> str:
    """Return a difference with its interval and p in one phrase."""
    return f"{row.difference:+.3f}{_range(row.low, row.high, sign='+')}  {p_text(row.p)}"


def number(value: float | None) -> str:
    """Return three decimals, ``-`` for an undefined number."""
    return "-" if value is None else f"{value:.3f}"


def p_text(p: float) -> str:
    """Return a p-value with its name; small ones as a bound."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"  # noqa: PLR2004


def shown(text: str, most: int) -> str:
    """Return ``text`` on one line, cut to ``most`` characters, without those that steer a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _range(low: float, high: float, *, sign: str = "") -> str:
    return f"  95 % [{low:{sign}.3f}, {high:{sign}.3f}]"
