"""The page as a reader's browser gets it, read back with the standard library's HTML parser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from stance.records import Article, Bound, Days, NumberPair, Party, Quantity, ScoreReport, Statement
from stance.report import page as page_module
from stance.report import render_page
from stance.report.page import CARDS_OPEN, REFUSED_MOST, ROWS_MOST

VOID = {"meta", "br", "input", "rect", "link", "img"}


class Page(HTMLParser):
    """Gathers the elements of a page in order, each with its attributes, text and parents' tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict] = []
        self.open: list[dict] = []
        self.feed(html)
        assert not self.open, f"left open: {[e['tag'] for e in self.open]}"

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "in": list(self.open)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "attrs": dict(attrs), "text": "", "in": list(self.open)})

    def handle_endtag(self, tag):
        assert self.open[-1]["tag"] == tag, f"</{tag}> closes <{self.open[-1]['tag']}>"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag: str, klass: str | None = None) -> list[dict]:
        return [
            e
            for e in self.elements
            if e["tag"] == tag and (klass is None or klass in (e["attrs"].get("class") or "").split())
        ]

    def texts(self, tag: str, klass: str | None = None) -> list[str]:
        return [" ".join(e["text"].split()) for e in self.all(tag, klass)]


def inside(element: dict, tag: str, klass: str | None = None) -> bool:
    return any(
        e["tag"] == tag and (klass is None or klass in (e["attrs"].get("class") or "")) for e in element["in"]
    )


def one_pair(judged, left: tuple, right: tuple, **fields) -> ScoreReport:
    (a, s), (b, t) = left, right
    return ScoreReport((a, b), (s, t), (judged(s, t, "contradict", 0.9),), **fields)


def test_text_of_an_article_stays_text(said, judged):
    evil = '<script>alert("x")</script> & \'so\' "on"'
    left = said(
        "a",
        evil,
        evil,
        evil,
        speaker=evil,
        party=evil,
        cue=evil,
        article={"title": evil, "outlet": evil, "event": evil},
    )
    right = said(
        "b", "He said ", "no", party="suv", article={"url": '"><img src=x onerror=alert(1)>', "event": evil}
    )
    report = one_pair(
        judged,
        left,
        right,
        refused=(evil,),
        info={"model": evil, evil: evil},
        parties=(Party("q", evil),),
    )
    page = Page(render_page(report))
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert evil in [mark["text"] for mark in page.all("mark")]
    assert all(not name.startswith("on") for e in page.elements for name in e["attrs"])


def test_only_our_own_style_and_script_may_run(report):
    page = Page(render_page(report))
    policy = next(e["attrs"]["content"] for e in page.all("meta") if e["attrs"].get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        (element,) = page.all(tag)
        digest = base64.b64encode(hashlib.sha256(element["text"].encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert not [e for e in page.elements if "style" in e["attrs"]]


def test_nothing_is_loaded_from_elsewhere(report):
    articles = tuple(replace(a, url=f"https://news.example/{a.id}?x=1&y=2") for a in report.articles)
    html = render_page(replace(report, articles=articles))
    page = Page(html)
    assert not [
        e for e in page.elements if "src" in e["attrs"] or e["tag"] in ("link", "iframe", "img", "object")
    ]
    links = {e["attrs"]["href"] for e in page.all("a") if not e["attrs"]["href"].startswith("#")}
    assert links == {article.url for article in articles}
    style = page.all("style")[0]["text"]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "news/1.html"]
)
def test_only_web_addresses_become_links(said, judged, url):
    report = one_pair(
        judged, said("a", "", "x", party="p", article={"url": url}), said("b", "", "y", party="q")
    )
    page = Page(render_page(report))
    assert all(e["attrs"]["href"].startswith("#") for e in page.all("a"))
    assert any(url in text for text in page.texts("details", "where"))


def test_the_highlight_is_the_statement_and_its_surroundings_touch_it(report):
    page = Page(render_page(report))
    texts = {article.id: article.text for article in report.articles}
    shown = {s.text for j in report.judgements[:3] for s in (j.pair.a, j.pair.b)}
    assert {mark["text"] for mark in page.all("mark")} == shown
    assert {quote["text"] for quote in page.all("blockquote")} == {
        texts[i] for i in ("b1", "b2", "b3", "p1", "p2")
    }


def test_long_surroundings_are_cut_with_an_ellipsis(said, judged):
    filler = "Rain fell on the hills all day and the roads were closed to lorries. " * 6
    left = said("a", filler, "the dam holds", ". " + filler, party="p")
    right = said("b", "", "the dam broke", "", party="q")
    first, second = (
        quote["text"] for quote in Page(render_page(one_pair(judged, left, right))).all("blockquote")
    )
    assert first.startswith("… Rain fell")
    assert first.endswith("lorries. …")
    assert 13 + 2 * 40 < len(first) <= 13 + 2 * 160 + 4
    assert first[2:-2] in left[0].text
    assert second == "the dam broke"


def test_events_have_sections_in_the_order_of_the_articles(report):
    page = Page(render_page(report))
    assert [e["text"].strip() for e in page.all("h2") if inside(e, "section", "event")] == [
        "Tarn bridge",
        "Kellmouth port",
    ]
    where = {
        card["attrs"]["id"]: next(
            e["attrs"]["id"] for e in card["in"] if "event" in (e["attrs"].get("class") or "")
        )
        for card in page.all("article", "card")
    }
    assert where == {"pair-1": "event-2", "pair-2": "event-1", "pair-3": "event-1"}


def test_pairs_without_an_event_come_last_and_alone_need_no_name(said, judged, report):
    (a, s), (b, t) = said("x", "", "yes", party="nor"), said("y", "", "no", party="suv")
    mixed = replace(
        report,
        articles=(a, b, *report.articles),
        judgements=(*report.judgements, judged(s, t, "unrelated", 0.9)),
    )
    names = [e["text"].strip() for e in Page(render_page(mixed)).all("h2") if inside(e, "section", "event")]
    assert names == ["Tarn bridge", "Kellmouth port", "No event given"]
    alone = Page(render_page(one_pair(judged, (a, s), (b, t))))
    assert [e["text"].strip() for e in alone.all("h2") if inside(e, "section", "event")] == ["All pairs"]
    assert alone.all("nav") == []


def test_a_pair_across_events_stands_in_the_event_of_its_left_side(report):
    across = replace(report, judgements=report.judgements[4:])
    page = Page(render_page(across))
    assert [e["text"].strip() for e in page.all("h2") if inside(e, "section", "event")] == ["Kellmouth port"]
    (row,) = page.all("tr", "item")
    assert row["text"].index("the port is open") < row["text"].index("its guns hit the bridge")


def test_an_event_without_pairs_is_named(report):
    more = replace(report, articles=(*report.articles, Article("z", "Nothing.", event="Quiet lake")))
    assert any("Quiet lake" in text for text in Page(render_page(more)).texts("p", "note"))


def test_contradictions_come_before_support_before_unrelated(report):
    page = Page(render_page(report))
    in_first = [e for e in page.elements if any(p["attrs"].get("id") == "event-1" for p in e["in"])]
    assert [e["attrs"]["data-label"] for e in in_first if "data-label" in e["attrs"]] == [
        "contradict",
        "support",
        "unrelated",
    ]


def test_cards_keep_report_order_and_each_side_keeps_its_party(report, judged):
    b1, b2 = report.statements[:2]
    swapped = replace(
        report, judgements=(judged(b2, b1, "contradict", 0.9), judged(b1, b2, "contradict", 0.8))
    )
    page = Page(render_page(swapped))
    assert [card["attrs"]["data-p"] for card in page.all("article", "card")] == ["0.9000", "0.8000"]
    assert page.texts("span", "chip")[-4:] == ["Norland", "Suvia", "Norland", "Suvia"]


def test_a_card_says_who_how_and_how_sure(report):
    page = Page(render_page(report))
    (card,) = (card for card in page.all("article", "card") if card["attrs"]["id"] == "pair-2")
    text = " ".join(card["text"].split())
    for words in (
        "Gen. Mar said",
        "denial",
        "indirect",
        "contradict 0.88",
        "support 0.06",
        "same day",
        "3 Mar 2026",
    ):
        assert words in text
    assert "a person should check" not in text
    (unsure,) = (card for card in page.all("article", "card") if card["attrs"]["id"] == "pair-3")
    assert "a person should check" in unsure["text"]


def test_headline_counts(report):
    page = Page(render_page(report))
    numbers = dict(zip(page.texts("dt")[:4], page.texts("dd")[:4], strict=True))
    assert numbers == {"≠ contradict": "2", "= support": "1", "∥ unrelated": "2", "? need a person": "1"}
    read = page.texts("p", "read")[0]
    assert read == (
        "5 articles from 2 outlets, 3 Mar 2026 to 9 Mar 2026. "
        "5 statements with a speaker, 5 pairs of opposing statements judged."
    )
    assert [t for t in page.texts("li") if "statement" in t] == [
        "Norland 2 statements",
        "Suvia 1 statement",
        "Relief Council 2 statements",
    ]


def test_what_is_not_known_is_said(said, judged):
    page = Page(render_page(one_pair(judged, said("a", "", "yes"), said("b", "", "no", party="q"))))
    (card,) = page.all("article", "card")
    for words in ("party unknown", "speaker not named", "no date"):
        assert words in card["text"]
    assert " apart" not in card["text"]
    assert "None" not in card["text"]
    assert page.texts("span", "chip")[-2:] == ["q", "party unknown"]


def test_the_day_of_the_saying_goes_before_the_day_of_publication(said, judged):
    left = said("a", "", "yes", party="p", said=date(2026, 1, 2), article={"published": date(2026, 1, 5)})
    right = said("b", "", "no", party="q", article={"published": date(2026, 1, 5)})
    text = " ".join(
        Page(render_page(one_pair(judged, left, right))).all("article", "card")[0]["text"].split()
    )
    assert "2 Jan 2026" in text
    assert "3 days apart" in text


def test_a_statement_of_an_article_that_is_not_there_is_shown_alone(report):
    page = Page(render_page(replace(report, articles=())))
    assert {quote["text"] for quote in page.all("blockquote")} == {s.text for s in report.statements}
    assert any("not part of this report" in text for text in page.texts("details", "where"))


def test_offsets_that_do_not_reread_are_refused(report):
    broken = Statement("b1:0", "the bridge was shelled", 0, 5, "b1", party="nor")
    judgement = replace(report.judgements[1], pair=replace(report.judgements[1].pair, a=broken))
    with pytest.raises(
        ValueError, match=r"'b1:0': article 'b1' holds 'The g' at 0:5.*'the bridge was shelled'"
    ):
        render_page(replace(report, judgements=(judgement,)))


def test_more_than_a_dozen_cards_wait_behind_show_all(report):
    many = replace(report, judgements=(report.judgements[1],) * (CARDS_OPEN + 3))
    page = Page(render_page(many))
    cards = page.all("article", "card")
    assert [inside(card, "details", "more") for card in cards] == [False] * CARDS_OPEN + [True] * 3
    assert "Show all: 3 more" in page.texts("summary")
    assert (
        Page(render_page(replace(report, judgements=many.judgements[:CARDS_OPEN]))).all("details", "more")
        == []
    )


@pytest.mark.parametrize("which", [1, 3])
def test_what_the_page_leaves_out_is_counted(report, which):
    full = replace(report, judgements=(report.judgements[which],) * ROWS_MOST)
    over = replace(report, judgements=(report.judgements[which],) * (ROWS_MOST + 1234))
    assert Page(render_page(full)).all("p", "cap") == []
    page = Page(render_page(over))
    assert page.texts("p", "cap") == ["1,234 more in judgements.jsonl."]
    assert len([e for e in page.elements if "item" in (e["attrs"].get("class") or "").split()]) == ROWS_MOST


def test_a_large_run_shows_its_first_pairs_and_counts_all(report, monkeypatch):
    monkeypatch.setattr(page_module, "PAIRS_MOST", 3)
    page = Page(render_page(report))
    assert len([e for e in page.elements if "item" in (e["attrs"].get("class") or "").split()]) == 3
    [note] = page.texts("p", "page-cap")
    assert note.startswith("Shown here are the first 3 pairs, contradictions before support")
    assert note.endswith("all 5 are in judgements.jsonl.")
    assert page.texts("dd")[:3] == ["2", "1", "2"]
    # An event whose pairs are left out was not read in vain.
    assert "Read without a pair to judge" not in render_page(report)
    monkeypatch.undo()
    assert Page(render_page(report)).all("p", "page-cap") == []


def test_unrelated_pairs_are_folded_and_show_denials(report):
    page = Page(render_page(report))
    rows = page.all("tr", "item")
    assert len(rows) == 2
    assert all(inside(row, "details", "unrelated") for row in rows)
    assert all("open" not in fold["attrs"] for fold in page.all("details", "unrelated"))
    assert all("denial" in row["text"] for row in rows)


def test_the_filters_know_every_party_pair_once(report):
    page = Page(render_page(report))
    names = [e["text"] for e in page.all("option") if "-" in e["attrs"].get("value", "")]
    assert sorted(names) == [
        "Norland and Relief Council",
        "Norland and Suvia",
        "Suvia and Relief Council",
    ]
    keys = {e["attrs"]["value"] for e in page.all("option") if e["attrs"].get("value")}
    assert {e["attrs"]["data-pair"] for e in page.elements if "data-pair" in e["attrs"]} == keys


def test_the_footer_says_how_it_was_made(report):
    page = Page(render_page(report))
    footer = page.texts("footer", "made")[0]
    run = dict(zip(page.texts("dt")[-3:], page.texts("dd")[-3:], strict=True))
    assert run == {
        "Model": "stance-small",
        "stance version": "0.1.0",
        "Seconds": "2.0 in all (pairing 0.5, judging 1.5)",
    }
    assert "articles.jsonl:7: no text" in footer
    assert "both cannot be true at once" in footer
    assert "A machine judged these pairs" in footer
    assert "How this was made" not in render_page(replace(report, info={}))


def test_refusals_beyond_the_limit_are_counted(report):
    page = Page(render_page(replace(report, refused=("f: bad",) * (REFUSED_MOST + 2))))
    assert page.texts("li").count("f: bad") == REFUSED_MOST
    assert "2 more." in page.texts("p", "note")


@pytest.mark.parametrize(
    ("articles", "statements", "reason"),
    [
        (0, 0, "No article was read."),
        (2, 0, "No statement with a speaker was found"),
        (1, 1, "No two opposing parties were found"),
        (5, 5, "no two statements of opposing parties were paired"),
    ],
)
def test_an_empty_report_says_why_and_what_to_try(report, articles, statements, reason):
    empty = replace(
        report, articles=report.articles[:articles], statements=report.statements[:statements], judgements=()
    )
    page = Page(render_page(empty))
    assert reason in page.texts("section", "empty")[0]
    assert len([e for e in page.all("li") if inside(e, "section", "empty")]) >= 2
    assert page.all("form") == []


def test_the_page_can_be_read_by_everyone(report):
    page = Page(render_page(report))
    assert page.all("html")[0]["attrs"]["lang"] == "en"
    assert len(page.all("h1")) == 1
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [e["attrs"]["id"] for e in page.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    fields = page.all("select") + page.all("input")
    assert all(inside(field, "label") for field in fields)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(a: str, b: str) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_in_light_and_dark(report):
    style = Page(render_page(report)).all("style")[0]["text"]
    themes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.S)
    ]
    light, dark = themes[0], themes[1]
    assert light["paper"] != dark["paper"]
    for theme in (light, dark):
        pairs = [(text, ground) for text in ("ink", "soft", "link") for ground in ("paper", "card")]
        pairs += [(label, "card") for label in ("contradict", "support", "unrelated", "review")]
        pairs += [("review", "review-bg")]
        pairs += [pair for n in range(8) for pair in ((f"p{n}", "on"), ("ink", f"t{n}"))]
        low = {pair: _contrast(theme[pair[0]], theme[pair[1]]) for pair in pairs}
        assert min(low.values()) >= 4.5, low


def test_the_same_report_gives_the_same_page(report):
    assert render_page(report) == render_page(report)


def test_the_page_says_where_else_a_statement_is_printed(report, said):
    article, statement = said("w", "", "the bridge was shelled", party="nor", article={"outlet": "<Zone>"})
    copied = replace(
        report,
        articles=(*report.articles, article),
        statements=(*report.statements, statement),
        copies={"b1:0": ("w:0",)},
    )
    assert Page(render_page(copied)).texts("span", "also") == ["also in: <Zone>"] * 2
    assert Page(render_page(report)).texts("span", "also") == []
    many = [said(f"w{n:02}", "", "the bridge was shelled", party="nor") for n in range(11)]
    copied = replace(
        report,
        articles=report.articles + tuple(a for a, _ in many),
        statements=report.statements + tuple(s for _, s in many),
        copies={"b1:0": tuple(s.id for _, s in many)},
    )
    assert Page(render_page(copied)).texts("span", "also")[0].endswith("w07 and 3 more")


@pytest.fixture
def counted(said, judged) -> ScoreReport:
    """A contradiction about different days that turns on two numbers."""

    def spoken(name: str, words: str, day: date, low: float, party: str) -> tuple[Article, Statement]:
        article, statement = said(name, "They said ", words, ".", party=party)
        at = article.text.index("on ")
        when = (Days(day, day, at, at + len("on Sunday")),)
        number = Quantity(low, low, "person killed", Bound.EXACTLY, None, 10, 12)
        return article, replace(statement, when=when, quantities=(number,))

    one, a = spoken("x1", "12 died on Sunday", date(2026, 3, 1), 12.0, "suv")
    two, b = spoken("x2", "40 died on Monday", date(2026, 3, 2), 40.0, "nor")
    numbers = NumberPair(a.quantities[0], b.quantities[0], clash=True)
    judgement = replace(judged(a, b, "contradict", 0.9), different_time=True, numbers=numbers)
    parties = (Party("nor", "Norland"), Party("suv", "Suvia"))
    return ScoreReport((one, two), (a, b), (judgement,), parties)


def test_a_card_shows_days_and_the_two_numbers_left_side_first(counted):
    page = Page(render_page(counted))
    assert page.texts("span", "when") == ["about 2 Mar 2026 (“on Monday”)", "about 1 Mar 2026 (“on Sunday”)"]
    assert page.texts("p", "quantities") == ["numbers differ: “40”, “12”"]
    assert "different days" in page.texts("p", "badge")
    assert any(title.startswith("Contradictions") for title in page.texts("h3"))


def test_strict_time_lists_a_pair_apart_and_counts_it_as_neither(counted):
    page = Page(render_page(replace(counted, strict_time=True)))
    titles = page.texts("h3")
    assert any(title.startswith("Different days") for title in titles)
    assert not any(title.startswith("Contradictions") for title in titles)
    assert page.texts("dd")[0] == "0"


def test_how_a_statement_reads_alone_is_shown_beside_its_own_words(counted):
    [judgement] = counted.judgements
    worded = replace(judgement.pair.a, said_as="Suvia says <12> died")
    pair = replace(judgement.pair, a=worded)
    page = Page(render_page(replace(counted, judgements=(replace(judgement, pair=pair),))))
    assert page.texts("p", "said-as") == ["that is: Suvia says <12> died"]
