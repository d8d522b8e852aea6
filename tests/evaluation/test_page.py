"""The evaluation page as a browser gets it: self-contained, well-formed, and showing the numbers it got."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from eval_fakes import Fake, NameBiased, Permuted, make_examples

from stance.evaluation import plots
from stance.evaluation.compare_models import compare_models
from stance.evaluation.findings import findings
from stance.evaluation.page import MISTAKES, SLICES_OPEN, render_evaluation
from stance.evaluation.run import evaluate_examples
from stance.records import Label

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Collects tags, attributes and text; complains of a tag that is not closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.texts.append((self.open[-1], " ".join(data.split())))

    def text(self):
        return " ".join(text for tag, text in self.texts if tag != "style")

    def of(self, tag, **attributes):
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in wanted.items())]


@pytest.fixture(scope="module")
def examples():
    return make_examples(600)


@pytest.fixture(scope="module")
def result(examples):
    return evaluate_examples(examples, Fake(examples))


@pytest.fixture(scope="module")
def page(result):
    return Page(render_evaluation([result]))


@pytest.fixture(scope="module")
def comparison(examples):
    scorers = [Fake(examples, name="one"), Fake(examples, name="two", skill=0.6, seed=9)]
    return compare_models(examples, scorers, seed=1)


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(result):
    html = render_evaluation([result])
    page = Page(html)
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in page.tags)
    assert "http://" not in html
    assert "https://" not in html
    assert not [a for _, a in page.tags if "style" in a or any(name.startswith("on") for name in a)]
    style = html.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(a["content"] for a in page.of("meta") if a.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_prints_and_knows_the_dark(result):
    html = render_evaluation([result])
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media print" in html


def test_the_headline_numbers_stand_with_their_intervals(page, result):
    text = page.text()
    for name in ("f1_macro", "f1_contradict", "accuracy"):
        interval = result.intervals[name]
        assert f"{interval.estimate:.3f}" in text
        assert f"95 % {interval.low:.3f} to {interval.high:.3f}" in text
    assert str(result.signature) in text
    assert result.signature.data in text
    right = result.field_precision[1].precision.estimate
    assert f"of 100 that it flags some {100 * right:.0f} are right" in text


def test_the_confusion_counts_stand_in_order(page, result):
    counts = [text for tag, text in page.texts if tag == "b"]
    assert counts[:9] == [str(count) for row in result.metrics.confusion for count in row]
    assert len(page.of("td", class_="h9 diagonal")) + len(page.of("td", class_="h8 diagonal")) == 3


def test_every_plot_is_named_for_those_who_cannot_see_it(page):
    drawings = page.of("svg")
    assert len(page.of("svg", role="img")) == 3
    assert all(a.get("aria-hidden") == "true" or a.get("aria-label") for a in drawings)


def test_every_slice_is_there_the_worst_first_and_the_rest_folded(page, result):
    names = [text for tag, text in page.texts if tag == "th" and "=" in text]
    assert names == [row.name for row in result.slices.slices]
    assert f"Show all: {len(names) - SLICES_OPEN} more" in page.text()


def test_slices_surely_worse_are_marked(examples):
    html = render_evaluation([evaluate_examples(examples, NameBiased(examples), floors={})])
    rows = {row.partition("</th>")[0]: row for row in html.split('<tr><th scope="row" class="name">')}
    assert 'class="worse"' in rows["party_a=Norland"]
    assert 'class="worse"' not in rows["party_pair=Estmark / Sudland"]


def test_the_curves_end_where_the_numbers_say(result):
    html = render_evaluation([result])
    frame = plots.risk_frame([1 - result.metrics.accuracy])
    points = [line.split() for line in re.findall(r'class="curve" points="([^"]+)"', html)]
    assert points[2][-1] == f"{frame.x(1):g},{frame.y(1 - result.metrics.accuracy):g}"
    assert len(points[0]) == len(result.metrics.reliability)


def test_the_most_certain_mistakes_come_first(page, result):
    shown = [text for tag, text in page.texts if tag == "small" and re.fullmatch(r"p\d+", text)]
    assert len(shown) == MISTAKES
    by_id = {e.id: i for i, e in enumerate(result.examples)}
    verdicts = result.probabilities.argmax(axis=1)
    assert all(result.examples[by_id[i]].gold != list(Label)[verdicts[by_id[i]]] for i in shown)


def test_texts_names_and_tags_cannot_leave_their_place(examples):
    evil = '<script>alert("x")</script>'
    rows = [replace(e, premise=evil + e.premise, tags={"topic": evil}) for e in examples[:80]]
    rows += [replace(e, tags={}) for e in examples[80:120]]
    scorer = Permuted(rows, name=evil)
    html = render_evaluation([evaluate_examples(rows, scorer, floors={})])
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    Page(html)


@pytest.mark.parametrize("only", list(Label))
def test_one_label_only_gives_dashes_not_nan(examples, only):
    rows = [replace(e, gold=only) for e in examples[:60]]
    page = Page(render_evaluation([evaluate_examples(rows, Fake(rows))]))
    assert not re.search(r"\bnan\b|\bNone\b(?!:)", page.text())
    assert ("nothing to find" in page.text()) == (only is not Label.CONTRADICT)


def test_a_single_right_pair_makes_a_page(examples):
    rows = examples[:1]
    text = Page(render_evaluation([evaluate_examples(rows, Fake(rows, skill=1.0))])).text()
    assert "every pair got its gold label" in text
    assert "No slice holds 40 pairs" in text
    assert "None: too few pairs to fit a floor on" in text


def test_two_models_stand_side_by_side(comparison):
    page = Page(render_evaluation(comparison.evaluations, comparison=comparison))
    text = page.text()
    assert "one against two" in text
    assert "two against one" in text
    assert "The 20 pairs on which they differ most" in text
    test = comparison.versus[0].comparison.mcnemar
    assert f"Only two right: {test.b} pairs; only one right: {test.c}" in text
    assert len(page.of("svg", role="img")) == 2 + 2 * 3
    for row in comparison.versus[0].comparison.differences:
        assert f"{row.low:+.3f} to {row.high:+.3f}" in text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_several_evaluations_need_their_comparison(result):
    with pytest.raises(ValueError, match="got 2 evaluations without their comparison"):
        render_evaluation([result, result])
    with pytest.raises(ValueError, match="no evaluation to render"):
        render_evaluation([])


# Sentences and scales


def test_the_findings_say_what_is_wrong(examples, result):
    sound = " ".join(findings(result))
    broken = " ".join(findings(evaluate_examples(examples, Permuted(examples))))
    assert "It beats the best floor" in sound
    assert "Its probabilities fit" in sound
    assert "does not surely beat the best floor" in broken
    assert "too sure" in broken


def test_cut_pairs_are_told(examples):
    rows = examples[:30]
    assert "2 pairs did not fit whole" in findings(evaluate_examples(rows, Fake(rows, truncated=2)))[-1]
    assert "1 pair did not fit whole" in findings(evaluate_examples(rows, Fake(rows, truncated=1)))[-1]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 0.05, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (-0.2, 0.2, [-0.2, -0.1, 0, 0.1, 0.2]),
        (0.3, 1, [0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_ticks_are_round_and_inside(low, high, expected):
    assert plots.ticks(low, high) == pytest.approx(expected)


def test_a_frame_puts_the_ends_of_the_data_at_its_edges_and_holds_what_lies_beyond():
    frame = plots.Frame(left=10, top=20, width=100, height=50, x_high=2.0)
    assert (frame.x(0), frame.x(2), frame.x(9)) == (10, 110, 110)
    assert (frame.y(0), frame.y(1), frame.y(-3)) == (70, 20, 70)
    assert frame.line([(0, 0), (1, 0.5)]) == "10,70 60,45"


def test_a_frame_of_intervals_starts_below_the_lowest_and_one_of_differences_is_even():
    assert plots.interval_frame([0.53, 0.61]).x_low == 0.5
    assert plots.interval_frame([]).x_low == 0.9
    frame = plots.difference_frame([-0.03, 0.021])
    assert (frame.x_low, frame.x_high) == pytest.approx((-0.05, 0.05))
