"""Several models on the same pairs, each against the first. Loads no model; ``comparison`` does the maths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.evaluation.comparison import Comparison, compare
from stance.evaluation.run import Evaluation, lay_ground, measure, prediction_rows, write_report
from stance.records import LABELS, Example
from stance.scoring.engine import Scorer
from stance.scoring.run import Progress

_HASH_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Versus:
    """One model (a, the title ``model``) against the first (b, the title ``base``): differences are a - b."""

    model: str
    base: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Two or more models on the same pairs.

    ``evaluations`` and ``titles`` in the order given, the titles all different; ``versus`` one entry for
    each model but the first.
    """

    evaluations: tuple[Evaluation, ...]
    titles: tuple[str, ...]
    versus: tuple[Versus, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as plain JSON values, with the texts of the pairs that differ most."""
        return {
            "models": [
                {"title": title, **evaluation.to_dict()}
                for title, evaluation in zip(self.titles, self.evaluations, strict=True)
            ],
            "comparisons": [
                {
                    "a": versus.model,
                    "b": versus.base,
                    **versus.comparison.to_dict(),
                    "differing": self.differing(versus),
                }
                for versus in self.versus
            ],
        }

    def differing(self, versus: Versus) -> list[dict[str, object]]:
        """Return the pairs on which two models differ most: id, texts, gold, both verdicts and their p."""
        first = self.evaluations[0]
        other = self.evaluations[self.titles.index(versus.model)]
        found: list[dict[str, object]] = []
        for row in versus.comparison.differing:
            example = first.examples[row.row]
            p_a, p_b = (
                float(evaluation.probabilities[row.row, LABELS.index(label)])
                for evaluation, label in ((other, row.a), (first, row.b))
            )
            found.append(
                {
                    "id": example.id,
                    "premise": example.premise,
                    "hypothesis": example.hypothesis,
                    "gold": row.gold.value,
                    "a": row.a.value,
                    "p_a": round(p_a, 6),
                    "b": row.b.value,
                    "p_b": round(p_b, 6),
                    "distance": row.distance,
                }
            )
        return found


def compare_pairs(
    examples: Sequence[Example],
    models: Sequence[str | Path | None],
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> ModelComparison:
    """Load two or more models (None: the shipped one; folders; hub names) and compare them.

    All are loaded before the first is measured: a model that cannot be loaded ends the run at once.

    Raises:
        ModelError: a model cannot be loaded, or its label names are not understood.
        ValueError: fewer than two models, or no examples.
    """
    from stance.classifier import StanceClassifier

    scorers = [StanceClassifier.load(model) for model in models]
    return compare_models(examples, scorers, progress=progress, seed=seed)


def compare_models(
    examples: Sequence[Example],
    scorers: Sequence[Scorer],
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> ModelComparison:
    """Measure every scorer on the same pairs and compare each with the first.

    Pairs of one event or article (``run.CLUSTER_TAGS``) are drawn together. See
    :func:`stance.evaluation.run.evaluate_examples` for how a pair is read.

    Raises:
        ValueError: fewer than two scorers, or no examples.
        ModelError: a scorer gives something else than probabilities.
    """
    if len(scorers) < 2:  # noqa: PLR2004  # a comparison
        raise ValueError(f"got {len(scorers)} scorers to compare; needed at least 2")
    ground = lay_ground(examples, seed=seed)
    titles = model_titles(scorers)
    evaluations = tuple(
        measure(ground, scorer, progress=progress, stage=title)
        for scorer, title in zip(scorers, titles, strict=True)
    )
    base = evaluations[0]
    return ModelComparison(
        evaluations=evaluations,
        titles=titles,
        versus=tuple(
            Versus(
                title,
                titles[0],
                compare(
                    ground.gold,
                    other.probabilities,
                    base.probabilities,
                    clusters=ground.clusters,
                    seed=seed,
                ),
            )
            for title, other in zip(titles[1:], evaluations[1:], strict=True)
        ),
    )


def model_titles(scorers: Sequence[Scorer]) -> tuple[str, ...]:
    """Return a title for each model, all different: its name, with hash or number where names repeat."""
    names = Counter(scorer.name for scorer in scorers)
    titles: list[str] = []
    for scorer in scorers:
        title = scorer.name if names[scorer.name] == 1 else f"{scorer.name}@{scorer.hash[:_HASH_SHOWN]}"
        number, plain = 2, title
        while title in titles:
            title, number = f"{plain} ({number})", number + 1
        titles.append(title)
    return tuple(titles)


def save_comparison(result: ModelComparison, folder: Path) -> None:
    """Write ``evaluation.html``, ``metrics.json`` and ``predictions.jsonl`` (one row a model and pair).

    Raises:
        DataError: the folder cannot be made or written to.
    """
    from stance.evaluation.page import render_evaluation

    rows = [
        {"model": title, **row}
        for title, evaluation in zip(result.titles, result.evaluations, strict=True)
        for row in prediction_rows(evaluation)
    ]
    write_report(folder, render_evaluation(result.evaluations, comparison=result), result.to_dict(), rows)
