"""Renders a ``ScoreReport`` as one self-contained HTML page. Writes no file and judges nothing.

The page asks nothing of the network, works without JavaScript (filters only appear with it) and
prints. Its policy lets only its own stylesheet and script run, each by its hash, so that text from
an article can never run, even if it got past the escaping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stance.records import Label, ScoreReport
from stance.report import view, words

if TYPE_CHECKING:
    from jinja2 import Environment

CARDS_OPEN = 12
"""Cards of one label shown at once in an event; the others wait behind "show all"."""

ROWS_MOST = 200
"""Cards or rows of one label in an event's section: a page of thousands is no longer read, only slow."""

PAIRS_MOST = 2000
"""Judgements on the page in all, in report order: some 10 MB, which a browser still opens at once."""

REFUSED_MOST = 50
"""Refusals listed; the rest are counted."""

FULL_RECORD = "judgements.jsonl"
"""The file of a run that holds every judgement; named where the page leaves some out."""

_INFO_NAMES = {
    "model": "Model",
    "engine": "Engine",
    "version": "stance version",
    "threshold": "Threshold",
    "thresholds": "Thresholds",
    "roster": "Roster of parties",
    "created": "Made",
    "seconds": "Seconds",
    "store_seconds": "Seconds of these for the store",
    "counts": "Counts",
}


def render_page(report: ScoreReport) -> str:
    """Return the report as one HTML document, to be saved as UTF-8.

    Raises ``ValueError`` when a statement's offsets do not re-read its text from its article.
    """
    environment = _environment()
    css, js = (_source(environment, name) for name in ("report.css", "report.js"))
    # In report order contradictions come first: none is left out while a less telling pair is shown.
    is_cut = len(report.judgements) > PAIRS_MOST
    cards = view.cards(replace(report, judgements=report.judgements[:PAIRS_MOST]) if is_cut else report)
    sections = view.sections(report, cards)
    return environment.get_template("report.html.j2").render(
        css=css,
        js=js,
        policy=_policy(css, js),
        report=report,
        counts={label.value: len(report.labelled(label)) for label in Label},
        review=sum(j.needs_review for j in report.judgements),
        outlets=words.outlets(report),
        days=words.days_read(report),
        parties=view.speaking_parties(report),
        silent=words.silent_parties(report),
        sections=sections,
        quiet=[] if is_cut else words.quiet_events(report, sections),
        pairs=sorted({(card.pair_key, card.pair_name) for card in cards}),
        empty=words.why_empty(report),
        made=_made(report.info),
        cards_open=CARDS_OPEN,
        rows_most=ROWS_MOST,
        pairs_most=PAIRS_MOST,
        refused_most=REFUSED_MOST,
        full_record=FULL_RECORD,
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("stance.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = words.day_in_words
    environment.globals["plural"] = words.plural
    return environment


def _source(environment: Environment, name: str) -> str:
    """Return a file of ours beside the template, marked as safe to stand in the page as it is."""
    from markupsafe import Markup

    if environment.loader is None:
        raise ValueError("the template environment has no loader; it needs one for the page's own files")
    return Markup(environment.loader.get_source(environment, name)[0])


def _policy(css: str, js: str) -> str:
    """Return a Content-Security-Policy that allows these two texts and nothing else."""
    style, script = (
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in (css, js)
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _made(info: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return how the run was made as name and value: the known keys first, then the others by name."""
    keys = [key for key in _INFO_NAMES if key in info] + sorted(set(info) - set(_INFO_NAMES))
    named = [(_INFO_NAMES.get(key, key.replace("_", " ").capitalize()), _value(info[key])) for key in keys]
    seconds = info.get("seconds")
    if isinstance(seconds, Mapping) and seconds:
        total = sum(value for value in seconds.values() if isinstance(value, int | float))
        named = [(n, f"{total:.1f} in all ({v})" if n == _INFO_NAMES["seconds"] else v) for n, v in named]
    return [(name, value) for name, value in named if value]


def _value(value: object) -> str:
    """Return a JSON value in words; empty text for None and for an empty list or mapping."""
    if isinstance(value, Mapping):
        parts = ((str(key).replace("_", " "), _value(item)) for key, item in value.items())
        return ", ".join(f"{key} {text}" for key, text in parts if text)
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)
