"""Which event each article of a run belongs to: its own, that of a file a person wrote, or a found one.

It finds none itself (``pairing/events.py`` does).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stance.errors import DataError
from stance.pairing import find_events
from stance.reading.result import Refusal, shown
from stance.reading.rows import read_table
from stance.records import Article

AUTO, OFF = "auto", "off"
EVENTS_FILE = "events.jsonl"
EVENT_COLUMNS = ("event", "first", "last", "articles")
# So few articles without an event are taken to be about one matter, as the folder of a reader is.
FEW = 10


def with_events(articles: Sequence[Article], how: str) -> list[Article]:
    """Return the articles with their events filled in.

    ``auto``: more than :data:`FEW` articles without an event are grouped (see
    :func:`stance.pairing.find_events`). ``off``: nothing is done, and those without an event meet any.
    Else a file of events (see :func:`read_events`), whose word counts; the rest is as for ``auto``.

    Raises:
        DataError: the file cannot be used, or names an article that is not there.
    """
    if how == OFF:
        return list(articles)
    if how != AUTO:
        articles = _told(articles, Path(how))
    if sum(not article.event for article in articles) <= FEW:
        return list(articles)
    return [
        replace(article, event=event) for article, event in zip(articles, find_events(articles), strict=True)
    ]


def event_rows(articles: Sequence[Article]) -> list[dict[str, object]]:
    """Return the rows of ``events.jsonl``: each event with its articles and days, the oldest first."""
    groups: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        if article.event:
            groups[article.event].append(article)
    rows: list[dict[str, object]] = []
    for event, members in groups.items():
        days = sorted(a.published.isoformat() for a in members if a.published)
        rows.append(
            {
                "event": event,
                "first": days[0] if days else None,
                "last": days[-1] if days else None,
                "articles": sorted(a.id for a in members),
            }
        )
    return sorted(rows, key=lambda row: (row["first"] is None, row["first"] or "", row["event"]))


def read_events(path: Path) -> dict[str, str]:
    """Return the event of each article id that a JSONL file names: rows with ``event`` and ``articles``.

    Raises:
        DataError: the file or a row cannot be read, or an article stands in two events.
    """
    if path.suffix.lower() != ".jsonl":
        raise DataError(f"{path}: not a file of events: give {AUTO}, {OFF} or a .jsonl file")
    table = read_table(path)
    if isinstance(table, Refusal):
        raise DataError(str(table))
    found: dict[str, str] = {}
    for row in table.rows:
        if isinstance(row, Refusal):
            raise DataError(str(row))
        event, ids = row.cells.get("event"), row.cells.get("articles")
        if not (isinstance(event, str) and event.strip()):
            raise DataError(f"{row.where}: 'event' must be a name, got {shown(event)}")
        if not (isinstance(ids, list) and all(isinstance(id_, str) for id_ in ids)):
            raise DataError(f"{row.where}: 'articles' must be a list of article ids, got {shown(ids)}")
        for id_ in ids:
            if found.setdefault(id_, event) != event:
                raise DataError(
                    f"{row.where}: the article {id_!r} stands in {found[id_]!r} too: leave it in one event"
                )
    return found


def _told(articles: Sequence[Article], path: Path) -> list[Article]:
    told = read_events(path)
    unknown = sorted(set(told) - {article.id for article in articles})
    if unknown:
        raise DataError(f"{path}: no article {unknown[0]!r} among those given: take it out of its event")
    return [replace(a, event=told[a.id]) if a.id in told else a for a in articles]
