"""Reads articles from texts, folders, tables and frames. Splits no sentences and cleans no text.

An article's ``text`` is what its cell holds, character by character. From a ``.txt`` file it is what
follows the header ``date YYYY-MM-DD`` (which may be absent), with surrounding whitespace stripped and
CRLF turned into LF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING

from stance.reading.cells import CellError, day, iso_day, required_id, required_text, short_text
from stance.reading.files import decoded, file_mode, unreadable
from stance.reading.html import HTML_ENDINGS, address, from_address, from_file
from stance.reading.remote import Place, RemotePath
from stance.reading.result import Reading, Refusal, gather, listed, shown
from stance.reading.rows import TABLE_ENDINGS, Row, Table, read_table
from stance.reading.sources import items, places, table_in_memory
from stance.records import Article

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset

ARTICLE_ENDINGS: tuple[str, ...] = (".txt", *HTML_ENDINGS, *TABLE_ENDINGS)
"""The file endings of articles."""

_HEADER = re.compile(r"\s*date\s+([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.,+Z-]+)?)(?![0-9])", re.IGNORECASE)
# A digit after a small "date" is meant as a header: better refused than read as the article's first words.
_BROKEN_HEADER = re.compile(r"\s*date\s+([0-9]\S*)")

_Placed = tuple[str, Article]


def read_articles(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | Sequence[Article] | pd.DataFrame | Dataset,
    *,
    strict: bool = False,
) -> Reading[Article]:
    """Return the articles of ``source`` in its order, and a refusal for each that could not be read.

    ``source`` is a path, several paths, several Articles, a DataFrame or a Dataset. A path is an address on
    the web (http, https), a pattern (``news/*.jsonl``), or leads, here or at an address that fsspec has a
    driver for (``s3://bucket/news``), to a ``.txt``, ``.html``, ``.htm``, ``.jsonl``, ``.csv`` or
    ``.parquet`` file, or to a folder of them, read with its sub-folders in sorted order; hidden files,
    READMEs, ``.md``, ``.yaml``, ``.yml`` and ``gold*.json`` in a folder are passed over. Tables need the
    columns id and text and may have title, outlet, published, url and event; other columns are not looked
    at. The id of a text or HTML file is its path in the given folder without the ending, or its stem when it
    is named itself.

    **Article sets**: an article in a sub-folder of the given folder that names no event gets the
    sub-folder's path in the folder (``north/week-1``) as its event.

    Raises DataError when no article is good or, if ``strict``, at the first refusal; OptionalDependencyError
    for HTML without trafilatura; TypeError or ValueError when ``source`` is of another kind or an empty list.
    """
    return gather(_unique(_outcomes(source)), what="articles", strict=strict)


def _outcomes(source: object) -> Iterator[_Placed | Refusal]:
    held = table_in_memory(source)
    if held is not None:
        yield from _of_table(held)
        return
    for number, item in enumerate(items(source), start=1):
        if isinstance(item, Article):
            yield _checked(item, f"article {number}")
        elif (url := address(item)) is not None:
            yield from_address(url)
        else:
            for place in places(item):
                if isinstance(place, Refusal):
                    yield place
                else:
                    yield from _of_path(place)


def _unique(outcomes: Iterator[_Placed | Refusal]) -> Iterator[Article | Refusal]:
    places: dict[str, str] = {}
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            yield outcome
            continue
        where, article = outcome
        first = places.get(article.id)
        if first is None:
            places[article.id] = where
            yield article
        else:
            yield Refusal(where, f"id {shown(article.id)} is that of {first}: give every article its own id")


def _checked(article: Article, where: str) -> _Placed | Refusal:
    try:
        required_text({"id": article.id}, "id")
        required_text({"text": article.text}, "text")
    except CellError as error:
        return Refusal(where, str(error))
    return where, article


def _of_path(path: Place) -> Iterator[_Placed | Refusal]:
    mode = file_mode(path)
    if isinstance(mode, Refusal):
        yield mode
    elif S_ISDIR(mode):
        yield from _of_folder(path)
    else:
        yield from _of_file(path, path.stem)


def _of_folder(folder: Place) -> Iterator[_Placed | Refusal]:
    try:
        inside = _inside(folder)
    except OSError as error:
        yield Refusal(str(folder), f"cannot be read ({error.strerror or error}): check the folder")
        return
    found = [Path(name) for name in inside if not _passed_over(Path(name))]
    if not any(name.suffix.lower() in ARTICLE_ENDINGS for name in found):
        yield Refusal(str(folder), f"no article file in this folder: {listed(ARTICLE_ENDINGS)} are read")
        return
    for name in found:
        event = name.parent.as_posix() if name.parent.parts else None
        yield from _of_file(folder / name, name.with_suffix("").as_posix(), event)


def _inside(folder: Place) -> list[str]:
    """Return the files of a folder and its sub-folders by their paths in it, sorted."""
    if isinstance(folder, RemotePath):
        return folder.files()
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _passed_over(name: Path) -> bool:
    """Say whether the file at ``name`` within a folder stands beside articles without being one."""
    return (
        any(part.startswith(".") for part in name.parts)
        or name.suffix.lower() in {".md", ".yaml", ".yml"}
        or name.stem.lower() == "readme"
        or name.match("gold*.json")
    )


def _of_file(path: Place, article_id: str, event: str | None = None) -> Iterator[_Placed | Refusal]:
    refusal = unreadable(path, ARTICLE_ENDINGS)
    if refusal is not None:
        yield refusal
    elif path.suffix.lower() == ".txt":
        yield _of_text(path, article_id, event)
    elif path.suffix.lower() in HTML_ENDINGS:
        yield from_file(path, article_id, event)
    else:
        yield from _of_table(read_table(path), event)


def _of_text(path: Place, article_id: str, event: str | None) -> _Placed | Refusal:
    where = str(path)
    try:
        whole = decoded(path)
    except OSError as error:
        return Refusal(where, f"cannot be read ({error.strerror or error}): check the file")
    if isinstance(whole, Refusal):
        return whole
    whole = whole.replace("\r\n", "\n")
    if not whole.strip():
        return Refusal(where, "an empty file: write the article's text into it")
    header = _HEADER.match(whole) or _BROKEN_HEADER.match(whole)
    published = iso_day(header[1]) if header else None
    if header and published is None:
        return Refusal(f"{where}:1", f"the header must be 'date YYYY-MM-DD', got {shown(header[0].strip())}")
    text = whole[header.end() if header else 0 :].strip()
    if not text:
        return Refusal(f"{where}:1", "no text after the date: write the article's text behind it")
    return where, Article(article_id, text, published=published, event=event)


def _of_table(table: Table | Refusal, event: str | None = None) -> Iterator[_Placed | Refusal]:
    if isinstance(table, Refusal):
        yield table
        return
    lacking = table.lacks(("id", "text"), "an article")
    if lacking is not None:
        yield lacking
        return
    for row in table.rows:
        yield row if isinstance(row, Refusal) else _of_row(row, event)


def _of_row(row: Row, event: str | None) -> _Placed | Refusal:
    cells = row.cells
    try:
        article = Article(
            required_id(cells),
            required_text(cells, "text"),
            title=short_text(cells, "title"),
            outlet=short_text(cells, "outlet"),
            published=day(cells, "published"),
            url=short_text(cells, "url"),
            event=short_text(cells, "event") or event,
        )
    except CellError as error:
        return Refusal(row.where, str(error))
    return row.where, article
