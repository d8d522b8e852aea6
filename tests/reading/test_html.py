"""Pages of our own; nothing is asked of a network."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from stance.errors import DataError, OptionalDependencyError
from stance.reading import read_articles
from stance.reading.html import address

PAGE = """<!doctype html><html><head><title>Port shut – Harbour Post</title>
<meta property="og:title" content="Port shut"><meta property="og:site_name" content="Harbour Post">
<meta property="article:published_time" content="2024-04-30T10:00:00Z">
<script>var said = "nothing";</script></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav>
<article><h1>Port shut</h1>
<p>TARN, April 30 &ndash; The union said that the port had been shut since Sunday morning
and that nobody would work.</p>
<p>The company denied that the port was shut. &ldquo;All our cranes are working,
and ships come in,&rdquo; it said.</p>
<p>Talks between the two sides began on Monday at the Customs House and went on until late in the evening.</p>
</article><footer>Subscribe to our newsletter. All rights reserved.</footer></body></html>"""


@pytest.fixture
def page(tmp_path) -> Path:
    file = tmp_path / "port.html"
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_an_html_file_is_an_article_with_what_the_page_tells_of_itself(page):
    [article] = read_articles(page).rows
    assert (article.id, article.title, article.outlet) == ("port", "Port shut", "Harbour Post")
    assert article.published == date(2024, 4, 30)
    assert "The union said that the port had been shut since Sunday morning" in article.text
    assert "“All our cranes are working, and ships come in,” it said." in article.text
    for outside in ("Home", "newsletter", "<p>", "var said"):
        assert outside not in article.text


def test_html_files_in_a_folder_stand_beside_the_others(page):
    sub = page.parent / "north"
    sub.mkdir()
    (sub / "two.htm").write_text(PAGE, encoding="utf-8")
    (sub / "three.txt").write_text("The port is open.", encoding="utf-8")
    rows = read_articles(page.parent).rows
    assert [(a.id, a.event) for a in rows] == [
        ("north/three", "north"),
        ("north/two", "north"),
        ("port", None),
    ]


@pytest.mark.parametrize("content", [b"", b"<html><body></body></html>", bytes(range(256)) * 20])
def test_a_page_without_an_article_is_refused_in_one_line(tmp_path, content):
    file = tmp_path / "empty.html"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"empty\.html: no article text was found in the page: save the text"):
        read_articles(file)


@pytest.fixture
def web(monkeypatch) -> dict[str, str]:
    """The pages of the web by address; trafilatura itself fetches from no machine of one's own."""
    import trafilatura

    pages: dict[str, str] = {}
    monkeypatch.setattr(trafilatura, "fetch_url", pages.get)
    return pages


def test_an_address_is_fetched_and_is_the_id(web):
    url = "https://example.org/port?id=1//2"
    web[url] = PAGE
    [article] = read_articles(url).rows
    assert (article.id, article.url, article.title) == (url, url, "Port shut")


def test_an_address_that_gives_nothing_is_refused_and_the_rest_goes_on(page, capfd):
    # Refused by trafilatura before anything is sent: an address of this machine.
    reading = read_articles(["http://127.0.0.1:9/none", page])
    assert [a.id for a in reading.rows] == ["port"]
    [refusal] = map(str, reading.refused)
    assert refusal == (
        "http://127.0.0.1:9/none: cannot be fetched: "
        "check the address and the network, or save the page as .html"
    )
    assert capfd.readouterr().err == ""


def test_without_the_extra_one_line_says_what_to_install(page, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(OptionalDependencyError, match=r"HTML needs trafilatura: pip install 'stance-nli\["):
        read_articles(page)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://example.org/a?b=c//d", "https://example.org/a?b=c//d"),
        ("HTTP://example.org", "http://example.org"),
        (Path("https://example.org/a"), "https://example.org/a"),
        ("articles/https.txt", None),
        ("ftp://example.org", None),
        ("http:///etc", None),
        (3, None),
    ],
)
def test_what_is_an_address(source, expected):
    assert address(source) == expected
