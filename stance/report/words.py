"""Says in numbers and words what a report has read, and why it is empty when it is. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from stance.records import ScoreReport
from stance.report import view

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_in_words(day: date | None) -> str:
    """Return a day such as ``3 Mar 2026``, the same under every locale; ``no date`` for None."""
    return "no date" if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def plural(count: int, noun: str) -> str:
    """Return ``1 article``, ``1,204 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def days_read(report: ScoreReport) -> tuple[date, date] | None:
    """Return the first and last day of the articles, or None when none is dated."""
    days = [article.published for article in report.articles if article.published]
    return (min(days), max(days)) if days else None


def outlets(report: ScoreReport) -> list[str]:
    """Return the outlets that were read, sorted."""
    return sorted({article.outlet for article in report.articles if article.outlet})


def silent_parties(report: ScoreReport) -> list[str]:
    """Return the names of the listed parties for which no statement was found, in their order."""
    speaking = {party.id for party in view.speaking_parties(report)}
    return [party.name for party in report.parties if party.id not in speaking]


def quiet_events(report: ScoreReport, shown: Iterable[view.Section]) -> list[str]:
    """Return the events that were read and have no section, in the order of the articles."""
    named = {section.name for section in shown}
    return list(dict.fromkeys(a.event for a in report.articles if a.event and a.event not in named))


def why_empty(report: ScoreReport) -> tuple[str, list[str]] | None:
    """Return why no pair was judged and what to try, or None when a pair was judged."""
    if report.judgements:
        return None
    if not report.articles:
        return "No article was read.", [
            "Check the path, and the messages on refused files below.",
            "Articles are read from .jsonl, .csv, .parquet and .txt files, and from folders of .txt files.",
        ]
    if not report.statements:
        return "No statement with a speaker was found in these articles.", [
            "Check that the files hold running news text that reports what people said.",
            "Only who-said-what is compared; text without reported speech gives no pairs.",
        ]
    if len(view.speaking_parties(report)) < 2:  # noqa: PLR2004 -- it takes two to oppose
        return "No two opposing parties were found: fewer than two parties speak in these articles.", [
            "Name the parties, with the names and offices that speak for them, in a roster: "
            "stance score ARTICLES --parties roster.yaml --output DIR",
            "Add aliases for speakers that the articles name in other words.",
            "Add articles in which the other side is quoted.",
        ]
    return "Several parties speak, but no two statements of opposing parties were paired.", [
        "Check in the roster that the parties are not all listed as allied.",
        "Widen the search: --days for statements further apart in time, --top-k for more candidates.",
        "Check that the articles are about the same events.",
    ]
