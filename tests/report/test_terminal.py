from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from stance.records import Label, ScoreReport
from stance.report import judgement_table, summary_lines
from stance.report.terminal import TEXT_CHARS, shorten


def printed(report: ScoreReport, width: int = 100, **options: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(judgement_table(report, **options))
    return out.getvalue()


def test_contradictions_then_support_and_no_unrelated(report):
    table = judgement_table(report)
    labels = [cell.plain for cell in table.columns[0].cells]
    assert labels == ["contradict", "contradict", "support"]
    assert [cell.plain for cell in table.columns[1].cells] == ["0.94", "0.88", "0.71*"]
    assert "* a person should check" in printed(report)


def test_support_stays_behind_contradictions_whatever_the_order_of_the_report(report):
    shuffled = replace(report, judgements=report.judgements[::-1])
    assert [c.plain for c in judgement_table(shuffled).columns[0].cells] == [
        "contradict",
        "contradict",
        "support",
    ]


def test_a_row_says_who_what_and_where(report):
    text = printed(report, 140)
    for words in (
        "Norland, Gen. Mar:",
        "the bridge was shelled",
        "(Harbour Post, 3 Mar 2026)",
        "the ministry [denies]:",
    ):
        assert words in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_fits_the_terminal_and_loses_no_word(report, width):
    text = printed(report, width)
    assert max(map(len, text.splitlines())) <= width
    words = set(text.split())
    for judgement in report.judgements[:3]:
        assert set(judgement.pair.a.text.split() + judgement.pair.b.text.split()) <= words
    assert "…" not in text


def test_two_parties_head_the_columns_when_there_are_only_two(report):
    two = replace(report, judgements=report.judgements[1:2])
    assert [str(c.header) for c in judgement_table(two).columns] == ["label", "p", "Norland", "Suvia"]
    assert [str(c.header) for c in judgement_table(report).columns] == [
        "label",
        "p",
        "one party",
        "the other",
    ]


def test_the_limit_is_kept_and_what_is_left_out_is_counted(report):
    assert judgement_table(report, limit=1).row_count == 1
    assert "2 more of 3 not shown." in printed(report, limit=1)
    assert "not shown" not in printed(report, limit=3)


def test_a_limit_below_one_is_refused(report):
    with pytest.raises(ValueError, match="limit is 0; a table needs at least 1 row"):
        judgement_table(report, limit=0)


def test_a_table_without_rows_says_so(report):
    assert "No contradiction and no support found." in printed(replace(report, judgements=()))


def test_markup_and_terminal_codes_of_an_article_do_nothing(said, judged):
    (a, s), (b, t) = (
        said("a", "", "[red]so[/red] \x1b[31m it\n is", party="p"),
        said("b", "", "no", party="q"),
    )
    text = printed(ScoreReport((a, b), (s, t), (judged(s, t, "contradict", 0.9),)))
    assert "[red]so[/red] [31m it is" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("text", ["word " * 80, "x" * 400, "a, " * 100])
def test_long_text_is_shortened_with_an_ellipsis(text):
    short = shorten(text, TEXT_CHARS)
    assert len(short) <= TEXT_CHARS
    assert short.endswith("…")
    assert text.startswith(short[:-1])


def test_text_that_fits_is_kept():
    assert shorten("x" * TEXT_CHARS, TEXT_CHARS) == "x" * TEXT_CHARS


def test_summary(report):
    assert summary_lines(report) == [
        "5 articles from 2 outlets, 3 Mar 2026 to 9 Mar 2026",
        "5 statements: Norland 2, Suvia 1, Relief Council 2",
        "5 pairs judged: 2 contradict, 1 support, 2 unrelated",
        "1 pair needs a person to check",
        "seconds: pairing 0.5, judging 1.5",
        "1 row or file refused, first: articles.jsonl:7: no text",
    ]


def test_summary_says_what_the_models_did_and_which_statements_are_copies(report):
    counts = {"pairs_considered": 1204, "scored": 1, "reused": 12, "truncated": 0}
    copies = {"b1:0": ("p1:0",)}
    lines = summary_lines(replace(report, info={"counts": counts}, copies=copies))
    assert lines[1].startswith("5 statements (1 of them a copy of others, judged once): Norland 2")
    assert lines[-2] == (
        "1,204 opposing pairs considered; of the texts to read 1 pair scored, 12 known from before"
    )
    more = replace(report, info={"counts": counts | {"truncated": 2}}, copies={"b1:0": ("p1:0", "p2:0")})
    lines = summary_lines(more)
    assert "(2 of them copies of others, judged once)" in lines[1]
    assert lines[-2].endswith("12 known from before; 2 inputs too long and cut")


def test_summary_of_many_parties_refusals_and_no_dates(report, said):
    made = [said(f"a{n}", "", "x", party=f"p{n}") for n in range(9)]
    many = ScoreReport(
        tuple(a for a, _ in made), tuple(s for _, s in made), report.judgements, refused=("a:1: x", "b:2: y")
    )
    lines = summary_lines(many)
    assert lines[0] == "9 articles"
    assert lines[1].startswith("9 statements: ")
    assert lines[1].endswith("6 more")
    assert lines[-1] == "2 rows or files refused, first: a:1: x"


def test_summary_of_nothing_says_why():
    lines = summary_lines(ScoreReport((), (), ()))
    assert lines[:3] == ["0 articles", "0 statements", "No article was read."]
    assert all(line.startswith("  - ") for line in lines[3:])


def test_importing_the_room_loads_neither_jinja2_nor_rich():
    code = "import sys, stance.report; print(sorted({'jinja2', 'rich', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pairs_set_apart_for_their_days_are_counted_and_not_listed(report):
    judgements = tuple(replace(j, different_time=j.label is Label.CONTRADICT) for j in report.judgements)
    strict = replace(report, judgements=judgements, strict_time=True)
    line = next(line for line in summary_lines(strict) if "judged" in line)
    assert line == "5 pairs judged: 0 contradict, 1 support, 2 unrelated, 2 set apart: about different days"
    assert judgement_table(strict).row_count == 1
