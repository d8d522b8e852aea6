from __future__ import annotations

from dataclasses import replace

import pytest

from stance.records import Party
from stance.report.view import CONTEXT_CHARS, cards, context, speaking_parties
from stance.report.words import silent_parties


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("short", 0, 5),
        ("x" * 500, 200, 210),
        ("Gen. Mar spoke. " * 40, 0, 9),
        ("Gen. Mar spoke. " * 40, 600, 640),
        ("One line\n\nanother line that goes on\n" * 20, 300, 330),
        ("水坝没有倒塌。" * 60, 100, 110),
    ],
)
def test_context_touches_the_statement_and_is_bounded(text, start, end):
    before, after = context(text, start, end)
    assert text[:start].endswith(before)
    assert text[end:].startswith(after)
    assert len(before) <= CONTEXT_CHARS
    assert len(after) <= CONTEXT_CHARS


def test_context_is_whole_where_the_article_is_short():
    assert context("He said no today.", 8, 10) == ("He said ", " today.")


def test_context_is_cut_at_words_when_no_sentence_ends():
    text = "word " * 100 + "HERE" + " word" * 100
    before, after = context(text, 500, 504)
    assert set(before.split()) == set(after.split()) == {"word"}


def test_parties_stand_in_the_order_of_the_report_then_by_id(report):
    listed = (Party("rel", "Relief Council"), Party("none", "Silent League"), Party("suv", "Suvia"))
    changed = replace(report, parties=listed)
    assert [(p.name, p.rank) for p in speaking_parties(changed)] == [
        ("Relief Council", 0),
        ("Suvia", 1),
        ("nor", 2),
    ]
    assert silent_parties(changed) == ["Silent League"]


def test_the_ninth_party_starts_the_colours_again(report, said):
    statements = tuple(said(f"a{n}", "", "x", party=f"p{n}")[1] for n in range(9))
    colours = [
        p.colour for p in speaking_parties(replace(report, statements=statements, judgements=(), parties=()))
    ]
    assert colours == [0, 1, 2, 3, 4, 5, 6, 7, 0]


def test_a_side_names_the_other_outlets_that_print_a_copy(report, said):
    wires = [
        said(f"w{n}", "", "the bridge was shelled", party="nor", article={"outlet": outlet} if outlet else {})
        for n, outlet in enumerate(["Zone", "Able Daily", "Zone", "Harbour Post", None])
    ]
    copied = replace(
        report,
        articles=report.articles + tuple(a for a, _ in wires),
        statements=report.statements + tuple(s for _, s in wires),
        copies={"b1:0": tuple(s.id for _, s in wires)},
    )
    sides = {side.statement.id: side for card in cards(copied) for side in (card.left, card.right)}
    assert sides["b1:0"].also_in == ("Able Daily", "Zone", "w4")
    assert sides["b2:0"].also_in == ()
    assert all(side.also_in == () for card in cards(report) for side in (card.left, card.right))
