from __future__ import annotations

import random

import pytest
from marked import ends_of, read_marked

from stance.attribution.linking import Span, link


def linked(marked: str) -> list[tuple[str, str | None, str | None]]:
    text, spans = read_marked(marked)

    def words(span):
        return text[span.start : span.end] if span else None

    return [(words(a.content), words(a.source), words(a.cue)) for a in link(text, spans, ends_of(text))]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[Lind] <said> {they won}.", [("they won", "Lind", "said")]),
        ("{They won}, <said> [Lind].", [("They won", "Lind", "said")]),
        ("{They won}, <according to> [Lind].", [("They won", "Lind", "according to")]),
        (
            "[Lind] <said> {they won}, but [Moss] <said> {they lost}.",
            [("they won", "Lind", "said"), ("they lost", "Moss", "said")],
        ),
        (
            "[Lind] <said> {they won} and <added> {that it was over}.",
            [("they won", "Lind", "said"), ("that it was over", "Lind", "added")],
        ),
    ],
)
def test_the_nearest_cue_and_its_nearest_source_are_taken(marked, expected):
    assert linked(marked) == expected


def test_a_source_of_another_sentence_is_not_taken():
    assert linked("It is <unclear> {whether they won}. [Lind] left early.") == [
        ("whether they won", None, "unclear")
    ]
    assert linked("[Lind] left early. It is <unclear> {whether they won}.") == [
        ("whether they won", None, "unclear")
    ]


def test_nothing_is_taken_across_a_paragraph():
    assert linked("[Lind] <spoke>\n\n{They had won the day}") == [("They had won the day", None, None)]


def test_nothing_is_taken_beyond_reach():
    far = "and so on " * 45
    assert linked(f"[Lind] <spoke>, {far}, {{they won}}") == [("they won", None, None)]


def test_a_colon_introduces_the_next_paragraph():
    marked = "[Lind] <made the following comment>:\n\n{“We have won the day.”}"
    assert linked(marked) == [("“We have won the day.”", "Lind", "made the following comment")]
    marked = "[Lind] <added:>\n\n{“We have won the day.”}"
    assert linked(marked) == [("“We have won the day.”", "Lind", "added:")]


def test_a_colon_reaches_one_paragraph_only():
    got = linked("[Lind] <added>:\n\nA heading\n\n{We have won the day.}")
    assert got == [("We have won the day.", None, None)]


def test_the_quotation_that_runs_on_keeps_its_speaker():
    marked = '{"We won,"} [Lind] <said> on Monday. {"It is over."}'
    assert linked(marked)[1] == ('"It is over."', "Lind", "said")
    text, spans = read_marked(marked)
    assert [a.continued for a in link(text, spans, ends_of(text))] == [False, True]


def test_the_next_speakers_cue_does_not_take_the_quotation_before_it():
    marked = '{"We won,"} [Lind] <said>. {"It is over."} [Moss] <replied> {that it was not}.'
    assert [(s, c) for _, s, c in linked(marked)] == [("Lind", "said"), ("Lind", "said"), ("Moss", "replied")]


def test_a_cue_behind_the_quotation_of_its_own_sentence_wins():
    marked = '{"We won,"} [Lind] <said>. {"It is over,"} [Moss] <replied>.'
    assert [s for _, s, _ in linked(marked)] == ["Lind", "Moss"]
    marked = '{"We won,"} [Lind] <said>. [Moss] <replied>: {"It is over."}'
    assert [s for _, s, _ in linked(marked)] == ["Lind", "Moss"]


@pytest.mark.parametrize(("opening", "closing"), ["“”", '""', "‘’", ("''", "''"), "«»"])
def test_a_quotation_over_paragraphs_closes_only_once(opening, closing):
    marked = (
        f"[Lind] <said>: {{{opening}We won.}}\n\n{{{opening}They left.}}\n\n"
        f"{{{opening}It is over.{closing}}}\n\n[Moss] <said> {{that they stayed}}."
    )
    assert [s for _, s, _ in linked(marked)] == ["Lind", "Lind", "Lind", "Moss"]


def test_a_quotation_cut_into_sentences_keeps_its_speaker():
    long = "It went on and on " * 12
    marked = f"[Lind] <added>, {{“We won.}} {{{long}.}} {{{long}.}} {{That is the end.”}}"
    assert {s for _, s, _ in linked(marked)} == {"Lind"}


def test_a_paragraph_of_nothing_but_quotation_goes_to_the_last_one_quoted():
    marked = "{“We won,”} [Lind] <said> during a visit to the port.\n\n{“It is over.”}\n\n[Moss] <left>."
    assert linked(marked)[1] == ("“It is over.”", "Lind", "said")


def test_an_unquoted_paragraph_does_not_go_to_the_last_speaker():
    marked = "{“We won,”} [Lind] <said> during a visit to the port.\n\n{It is over}"
    assert linked(marked)[1] == ("It is over", None, None)


def test_somebody_named_in_between_ends_the_quotation():
    marked = "{“We won,”} [Lind] <said> at the port.\n\n[Moss] left.\n\n{“It is over.”}"
    assert linked(marked)[1][1] is None


def test_a_relative_pronoun_serves_up_to_the_comma():
    marked = "[Lind], [who] <called> {the deal a lie}, <said> {the talks were over}."
    assert [s for _, s, _ in linked(marked)] == ["who", "Lind"]
    marked = "[Workers] [who] <called> {the deal a lie} and <said> {the talks were over}."
    assert [s for _, s, _ in linked(marked)] == ["who", "who"]


def test_who_is_asked_is_no_source_of_the_question():
    marked = "<Asked about> {the long strike}, [Lind] <said> {it was over}."
    assert [s for _, s, _ in linked(marked)] == [None, "Lind"]
    marked = "<Asked> by [Moss] {about the long strike}, she left."
    assert [s for _, s, _ in linked(marked)] == ["Moss"]


def test_no_spans_give_nothing_and_a_lone_content_has_no_speaker():
    assert link("Nothing was said.", [], [17]) == []
    assert linked("{They won the day}") == [("They won the day", None, None)]


def test_empty_spans_are_left_out():
    assert link("a b", [Span("content", 3, 3), Span("content", 1, 2)], []) == []


def test_any_spans_give_one_attribution_per_content_in_order():
    for seed in range(200):
        draw = random.Random(seed)
        text = "".join(draw.choice("ab cd. \n“”\"',:") for _ in range(draw.randint(1, 120)))
        spans = []
        for _ in range(draw.randint(0, 12)):
            start = draw.randrange(len(text))
            end = draw.randint(start, len(text))
            spans.append(Span(draw.choice(["source", "cue", "content"]), start, end))
        draw.shuffle(spans)
        got = link(text, spans, ends_of(text))
        contents = {s for s in spans if s.role == "content" and text[s.start : s.end].strip()}
        assert [a.content for a in got] == sorted(contents, key=lambda s: (s.start, s.end)), seed
        assert all((a.source is None or a.source in spans) and (a.cue is None or a.cue in spans) for a in got)
        assert link(text, sorted(spans, key=str), ends_of(text)) == got


def test_what_a_statement_was_posted_on_is_not_who_made_it():
    text = "The northern staff, in a statement posted on Telegram, said its units held the ridge."
    spans = [
        Span(role, text.index(words), text.index(words) + len(words))
        for role, words in (
            ("source", "The northern staff"),
            ("cue", "in a statement posted on"),
            ("source", "Telegram"),
            ("cue", "said"),
            ("content", "its units held the ridge"),
        )
    ]
    (found,) = link(text, spans, [len(text)])
    assert found.source == spans[0]
    assert found.cue == spans[3]
