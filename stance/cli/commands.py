"""The commands. Each turns its arguments into one call below and prints what comes back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stance.cli.console import SETTINGS, note, note_refused, progress_bars
from stance.cli.outputs import WrongUsage, check_file, check_folder, check_table, keep_apart, same_file
from stance.cli.running import load_model, running, start_ray
from stance.errors import DataError

if TYPE_CHECKING:
    from stance.api import Model
    from stance.reading.remote import Place

_PATH = click.Path(path_type=Path)


class _Source(click.Path):
    """A path, or an address on the web or of a file elsewhere, which no path object would keep as it is."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        if str(value).lower().startswith(("http://", "https://")):
            return value
        if "://" in str(value):
            from stance.reading.remote import remote

            if (place := remote(value)) is not None:
                return place
        return super().convert(value, param, ctx)


_SOURCE = _Source(path_type=Path)
_model = click.option(
    "--model", metavar="NAME_OR_PATH", help="Shipped model (base, small), folder or hub name; default: base."
)
# Columns of a judged pair, beside those it came with.
_ADDED = ("label", "p_contradict", "p_support", "p_unrelated")
_strict = click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read.")


@click.command(context_settings=SETTINGS)
@click.argument("texts", nargs=-1, metavar="[A B]")
@click.option(
    "--input", "source", type=_SOURCE, help="A file of pairs: columns a, b (or premise, hypothesis)."
)
@click.option("--output", type=_SOURCE, help="Where the judged pairs go (.jsonl, .csv, .parquet).")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement of A and B as JSON.")
@_model
@running
@_strict
def predict(
    texts: tuple[str, ...],
    source: Place | None,
    output: Place | None,
    model: str | None,
    *,
    as_json: bool,
    strict: bool,
    **runs_on: Any,
) -> None:
    """Judge one pair of statements, or every pair of a file."""
    if source is not None:
        if texts or output is None or as_json:
            raise click.UsageError("--input goes with --output FILE and without A, B and --json")
        _predict_file(source, output, partial(load_model, model, **runs_on), strict=strict)
        return
    if output is not None:
        raise click.UsageError("--output goes with --input FILE")
    if len(texts) != 2:  # noqa: PLR2004  # a pair
        raise click.UsageError(f"got {len(texts)} texts: give two statements, or --input FILE --output FILE")
    if not all(text.strip() for text in texts):
        raise click.UsageError("one of the two statements is empty")
    judgement = load_model(model, **runs_on).predict([(texts[0], texts[1])])[0]
    result = judgement.probabilities.as_dict()
    if as_json:
        click.echo(json.dumps({"label": judgement.label.value, "probabilities": result}))
        return
    click.echo(judgement.label.value + ("  (a person should look)" if judgement.needs_review else ""))
    for label, probability in result.items():
        click.echo(f"  {label:<10} {probability:.3f}")


def _predict_file(source: Place, output: Place, load: Callable[[], Model], *, strict: bool) -> None:
    from stance.judging import both_readings
    from stance.reading import read_pairs
    from stance.reading.tables import write_rows
    from stance.scoring.run import stage_counter

    check_table(output)
    if same_file(output, source):
        raise WrongUsage(f"--output {output} is the --input: rows that are refused would be lost")
    reading = read_pairs(source, strict=strict)
    taken = sorted({name for row in reading.rows for name in row.columns if name in _ADDED})
    if taken:
        raise DataError(f"{source}: has a column '{taken[0]}', which the judgement would replace: rename it")
    pairs = [(row.a, row.b) for row in reading.rows]
    model = load()
    with progress_bars() as show:
        counter = stage_counter(show, "pairs", len(set(both_readings(pairs))))
        judgements = model.predict(pairs, progress=counter)
    rows = [
        {
            **row.columns,
            "label": judgement.label.value,
            **{f"p_{label}": round(p, 6) for label, p in judgement.probabilities.as_dict().items()},
        }
        for row, judgement in zip(reading.rows, judgements, strict=True)
    ]
    write_rows(rows, output)
    note_refused(reading.refused)
    note(f"{len(rows)} pair{'s' if len(rows) != 1 else ''} judged -> {output}")


@click.command(context_settings=SETTINGS)
@click.argument("articles", nargs=-1, required=True, type=_SOURCE)
@click.option(
    "--output", type=_SOURCE, help="Where the statements go (.jsonl, .csv, .parquet); default: stdout, JSONL."
)
@click.option("--parties", type=_PATH, help="Roster of the parties (YAML); default: parties are discovered.")
@click.option("--roster-out", type=_PATH, help="Write the roster that was found, for a person to correct.")
@click.option("--explain", is_flag=True, help="Add a column 'reason': why a statement has its party or none.")
@_strict
def extract(
    articles: tuple[Place | str, ...],
    output: Place | None,
    parties: Path | None,
    roster_out: Path | None,
    *,
    explain: bool,
    strict: bool,
) -> None:
    """Find the statements of articles: who said what, for which party."""
    from stance.api import as_roster, extract_statements
    from stance.attribution.roster import roster_yaml
    from stance.reading import read_articles
    from stance.reading.tables import write_rows, write_text
    from stance.scoring.folder import STATEMENT_COLUMNS, statement_row

    if output is not None:
        check_table(output)
        keep_apart(output, articles)
    if roster_out is not None:
        check_file(roster_out)
    given = as_roster(parties)
    reading = read_articles(list(articles), strict=strict)
    reasons: dict[str, str] = {}
    with progress_bars() as show:
        statements, roster = extract_statements(reading.rows, given, progress=show, reasons=reasons)
    rows = [statement_row(s) | ({"reason": reasons[s.id]} if explain else {}) for s in statements]
    if output is not None:
        write_rows(rows, output, columns=[*STATEMENT_COLUMNS, *(["reason"] if explain else [])])
        note(f"{len(rows)} statements -> {output}")
    else:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
    if roster_out is not None:
        write_text(roster_yaml(roster), roster_out)
        note(f"{len(roster.parties)} parties -> {roster_out}")
    note_refused(reading.refused)


@click.command(context_settings=SETTINGS)
@click.argument("articles", nargs=-1, required=True, type=_SOURCE)
@click.option(
    "--output", required=True, type=_PATH, help="Folder for statements, judgements, run.json, report.html."
)
@click.option(
    "--copy-to",
    type=_SOURCE,
    help="Folder for a copy of the finished files, here or at s3://, gs:// …",
)
@click.option("--parties", type=_PATH, help="Roster of the parties (YAML); default: parties are discovered.")
@click.option(
    "--top-k", type=click.IntRange(min=1), default=20, show_default=True, help="Opponents read per statement."
)
@click.option(
    "--days", type=click.IntRange(min=0), help="Largest gap in days between two statements; default: any."
)
@click.option(
    "--min-closeness",
    type=click.FloatRange(0, 2),
    default=0.4,
    show_default=True,
    help="Least likeness in words and sense of a pair worth reading, 0 to 2 (the same); 0 reads all.",
)
@click.option(
    "--time",
    "about",
    type=click.Choice(("loose", "strict")),
    default="loose",
    show_default=True,
    help="Pairs about different days: marked, or (strict) set apart, neither contradiction nor support.",
)
@click.option(
    "--events",
    metavar="auto|off|FILE",
    default="auto",
    show_default=True,
    help="Articles without an event: grouped, left to meet all, or as FILE says (edit DIR/events.jsonl).",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rows of the table.")
@click.option("--wait", is_flag=True, help="Wait for another run on the folder to end, instead of refusing.")
@click.option(
    "--engine",
    type=click.Choice(("local", "ray")),
    default="local",
    show_default=True,
    help="Where models run: in this process, or on the Ray cluster of RAY_ADDRESS (none: a Ray here).",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Ray workers, --threads each; default: all there is room for.",
)
@_model
@running
@_strict
def score(  # noqa: PLR0917  # click hands every option over by name
    articles: tuple[Place | str, ...],
    output: Path,
    copy_to: Place | None,
    parties: Path | None,
    top_k: int,
    days: int | None,
    min_closeness: float,
    about: str,
    events: str,
    limit: int,
    engine: str,
    workers: int | None,
    model: str | None,
    *,
    wait: bool,
    strict: bool,
    **runs_on: Any,
) -> None:
    """Score article sets: statements, pairs of opposing parties, judgements, a page to read.

    Run it again on the same folder after a stop, or with more articles: models read only what is new.
    """
    from rich.console import Console

    from stance import api
    from stance.reading.tables import write_text
    from stance.report import judgement_table, render_page, summary_lines
    from stance.scoring import RunStore, ScoreSettings, copy_run, save_run
    from stance.scoring.events import AUTO, OFF, read_events

    if workers is not None and engine != "ray":
        raise click.UsageError("--workers goes with --engine ray")
    check_folder(output)
    keep_apart(output, articles)
    if events not in {AUTO, OFF}:
        read_events(Path(events))
    settings = ScoreSettings(top_k=top_k, days=days, min_closeness=min_closeness, time=about, events=events)
    on_ray = start_ray(model, workers=workers, **runs_on) if engine == "ray" else None
    loaded = load_model(model, **runs_on) if on_ray is None else None
    with RunStore(output, wait=wait, say=note) as store:
        with progress_bars() as show, on_ray or nullcontext():
            result = api.score(
                list(articles),
                parties,
                model=loaded,
                settings=settings,
                strict=strict,
                progress=show,
                store=store,
                engine=on_ray,
            )
        save_run(result, output)
        write_text(render_page(result), output / "report.html")
    if copy_to is not None:
        copy_run(output, copy_to)
    console = Console()
    console.print(judgement_table(result, limit=limit))
    for line in summary_lines(result):
        click.echo(line)
    click.echo(f"written: {output}/statements.*, judgements.*, run.json, report.html (open this one)")
    note_refused(result.refused)


@click.command(context_settings=SETTINGS)
@click.argument("folder", type=_PATH)
def report(folder: Path) -> None:
    """Write the page of a finished run again: FOLDER/report.html."""
    from stance.reading.tables import write_text
    from stance.report import render_page
    from stance.scoring import load_run

    write_text(render_page(load_run(folder)), folder / "report.html")
    click.echo(f"{folder}/report.html")


@click.command(context_settings=SETTINGS)
@click.argument("pairs", nargs=-1, type=_PATH)
@click.option("--dev", type=_PATH, help="Labelled pairs to stop on; default: a tenth of PAIRS is held out.")
@click.option("--output", required=True, type=_PATH, help="Folder for the trained model.")
@click.option("--base", metavar="NAME_OR_PATH", help="Model to start from; default: the shipped small one.")
@click.option("--config", type=_PATH, help="Settings (TOML); unknown keys are refused.")
@_strict
def train(
    pairs: tuple[Path, ...],
    dev: Path | None,
    output: Path,
    base: str | None,
    config: Path | None,
    *,
    strict: bool,
) -> None:
    """Train on new labelled pairs, from a shipped model; prints what was gained."""
    from stance.training.run import train_pairs

    for line in train_pairs(list(pairs), output, dev=dev, base=base, config=config, strict=strict, say=note):
        click.echo(line)
