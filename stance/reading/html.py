"""Reads articles from HTML files and addresses on the web, by trafilatura. Keeps no page and follows no link.

An article's ``text`` is what trafilatura takes for the main text, a paragraph a line: offsets refer to that,
not to the page. Title, outlet, day and address are those that the page tells of itself. Only public addresses
are fetched.
"""

from __future__ import annotations

import logging
import re
from datetime import date
from os import PathLike
from typing import TYPE_CHECKING

from stance.errors import OptionalDependencyError
from stance.reading.remote import Place
from stance.reading.result import Refusal
from stance.records import Article

if TYPE_CHECKING:
    from types import ModuleType

HTML_ENDINGS = (".html", ".htm")
# A path object has one slash left of "https://".
_ADDRESS = re.compile(r"(?P<scheme>https?):/{1,2}(?P<rest>[^/].*)", re.IGNORECASE | re.DOTALL)
_NO_TEXT = "no article text was found in the page: save the text as a .txt file"


def address(source: object) -> str | None:
    """Return ``source`` as an address on the web (http, https), None when it is none."""
    match = _ADDRESS.fullmatch(str(source)) if isinstance(source, str | PathLike) else None
    return f"{match['scheme'].lower()}://{match['rest']}" if match else None


def from_file(path: Place, article_id: str, event: str | None = None) -> tuple[str, Article] | Refusal:
    """Return the article of an HTML file with its place, or why there is none.

    Raises:
        OptionalDependencyError: trafilatura is not installed.
    """
    trafilatura = _trafilatura()
    try:
        page = path.read_bytes()
    except OSError as error:
        return Refusal(str(path), f"cannot be read ({error.strerror or error}): check the file")
    return _article(trafilatura, page, str(path), article_id, event=event)


def from_address(url: str) -> tuple[str, Article] | Refusal:
    """Return the article at an address, which is its id, with its place, or why there is none.

    Raises:
        OptionalDependencyError: trafilatura is not installed.
    """
    trafilatura = _trafilatura()
    page = trafilatura.fetch_url(url)
    if page is None:
        problem = "cannot be fetched: check the address and the network, or save the page as .html"
        return Refusal(url, problem)
    return _article(trafilatura, page, url, url, url=url)


def _trafilatura() -> ModuleType:
    try:
        import trafilatura
    except ImportError as error:
        raise OptionalDependencyError("HTML needs trafilatura: pip install 'stance-nli[html]'") from error
    # What it logs goes to stderr unless somebody handles it; a refusal says enough.
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    logging.getLogger("htmldate").addHandler(logging.NullHandler())
    return trafilatura  # type: ignore[no-any-return]


def _article(
    trafilatura: ModuleType,
    page: bytes | str,
    where: str,
    article_id: str,
    *,
    url: str | None = None,
    event: str | None = None,
) -> tuple[str, Article] | Refusal:
    found = trafilatura.bare_extraction(
        page, url=url, with_metadata=True, include_comments=False, include_tables=False
    )
    text = (found.text or "").strip() if found else ""
    if not text:
        return Refusal(where, _NO_TEXT)
    return where, Article(
        article_id,
        text,
        title=found.title or None,
        outlet=found.sitename or found.hostname or None,
        published=_day(found.date),
        url=url or found.url or None,
        event=event,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
