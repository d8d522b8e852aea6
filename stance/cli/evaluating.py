"""The ``evaluate`` command: on labelled pairs, on the behaviour suite, or on article sets with gold."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stance.cli.console import SETTINGS, note, note_refused, progress_bars
from stance.cli.running import load_model, running

if TYPE_CHECKING:
    from stance.api import Model
    from stance.classifier import StanceClassifier

_PATH = click.Path(path_type=Path)


@click.command(context_settings=SETTINGS)
@click.argument("pairs", nargs=-1, metavar="[PAIRS...]")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME_OR_PATH",
    help="Shipped model (base, small), folder or hub name; default: base. Give it again to compare.",
)
@click.option("--behaviour", is_flag=True, help="Run the behaviour suite instead of PAIRS.")
@click.option("--articles", type=_PATH, metavar="DIR", help="Article sets with gold.json instead of PAIRS.")
@click.option("--json", "as_json", is_flag=True, help="Print the metrics as JSON.")
@click.option("--output", type=_PATH, help="Folder for evaluation.html, metrics.json, predictions.jsonl.")
@click.option(
    "--data-dir", type=_PATH, help="Folder of corpora: the name X means DIR/X/dev.parquet (or test)."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of bootstrap and suite."
)
@running
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read.")
def evaluate(
    pairs: tuple[str, ...],
    models: tuple[str, ...],
    articles: Path | None,
    output: Path | None,
    data_dir: Path | None,
    *,
    seed: int,
    behaviour: bool,
    as_json: bool,
    strict: bool,
    **runs_on: Any,
) -> None:
    """Measure a model on labelled pairs, or compare several on them.

    PAIRS are files (a, b, label or premise, hypothesis, label), folders of a corpus, or names such as mnli,
    snli, anli, fever, vitaminc, wanli or xnli:en, which come from the hub or from --data-dir.
    """
    if bool(pairs) + behaviour + (articles is not None) != 1:
        raise click.UsageError("give PAIRS, --behaviour or --articles DIR: one of the three")
    if pairs:
        load = partial(load_model, **runs_on)
        _on_pairs(pairs, models, load, output, data_dir, seed=seed, as_json=as_json, strict=strict)
        return
    if len(models) > 1 or output is not None or data_dir is not None:
        raise click.UsageError("--behaviour and --articles take one --model, no --output and no --data-dir")
    scorer = load_model(models[0] if models else None, **runs_on).classifier
    numbers, lines = _on_behaviour(scorer, seed) if articles is None else _on_articles(articles, scorer)
    click.echo(json.dumps(numbers, indent=2) if as_json else "\n".join(lines))


def _on_pairs(
    pairs: tuple[str, ...],
    models: tuple[str, ...],
    load: Callable[[str | None], Model],
    output: Path | None,
    data_dir: Path | None,
    *,
    seed: int,
    as_json: bool,
    strict: bool,
) -> None:
    from stance.evaluation.compare_models import compare_models, save_comparison
    from stance.evaluation.corpora import read_sources
    from stance.evaluation.lines import comparison_lines
    from stance.evaluation.run import evaluate_examples, evaluation_lines, save_evaluation

    corpus = read_sources(pairs, data_dir=data_dir, strict=strict)
    scorers = [load(model).classifier for model in models or (None,)]
    with progress_bars() as show:
        if len(models) > 1:
            comparison = compare_models(corpus.examples, scorers, progress=show, seed=seed)
            lines, numbers = comparison_lines(comparison), comparison.to_dict()
            save = partial(save_comparison, comparison)
        else:
            result = evaluate_examples(corpus.examples, scorers[0], progress=show, seed=seed)
            lines, numbers = evaluation_lines(result), result.to_dict()
            save = partial(save_evaluation, result)
    if output is not None:
        save(output)
        note(f"written: {output}/evaluation.html (open this one), metrics.json, predictions.jsonl")
    click.echo(json.dumps(numbers, indent=2) if as_json else "\n".join(lines))
    if corpus.no_gold:
        note(f"{corpus.no_gold} rows without a gold label left out")
    note_refused(corpus.refused)


def _on_behaviour(scorer: StanceClassifier, seed: int) -> tuple[dict[str, object], list[str]]:
    """The behaviour suite as numbers and as lines."""
    from stance.evaluation.behaviour import behaviour_lines, load_behaviour, run_behaviour
    from stance.scoring.run import stage_counter

    name = f"{scorer.name}@{scorer.hash}"
    cases = load_behaviour(seed=seed)
    with progress_bars() as show:
        report = run_behaviour(cases, scorer, progress=stage_counter(show, "readings", 2 * len(cases)))
    return {"model": name, "seed": seed, **report.to_dict()}, [
        *behaviour_lines(report),
        f"model:{name}|seed:{seed}",
    ]


def _on_articles(folder: Path, scorer: StanceClassifier) -> tuple[dict[str, object], list[str]]:
    """Article sets with gold as numbers and as lines."""
    from stance.attribution.tagger import SpanTagger
    from stance.evaluation.articles import article_lines, evaluate_articles, find_gold

    tagger = SpanTagger.load()
    names = {"model": f"{scorer.name}@{scorer.hash}", "tagger": f"{tagger.name}@{tagger.hash}"}
    found = [evaluate_articles(gold, tagger=tagger, scorer=scorer) for gold in find_gold(folder)]
    return {**names, "sets": [m.to_dict() for m in found]}, article_lines(found, **names)
