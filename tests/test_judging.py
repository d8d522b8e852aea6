from dataclasses import astuple

import numpy as np
import pytest
from fakes import FakeScorer, by_words

from stance.judging import REVIEW_BELOW, apply_denials, both_readings, combine_orders, judge
from stance.records import Label, Pair, Statement

TEXTS = [
    ("the village has fallen", "our troops hold the village"),
    ("the strike is over", "nobody is back"),
    ("twelve people died", "forty people died on the bridge"),
    ("the port is open", "the port is open"),
]


def pair(a: str, b: str, *, a_denies: bool = False, b_denies: bool = False) -> Pair:
    return Pair(
        Statement("a", a, 0, len(a), "x", party="ru", denies=a_denies),
        Statement("b", b, 0, len(b), "y", party="ua", denies=b_denies),
    )


def swapped(pairs):
    return [Pair(p.b, p.a) for p in pairs]


def answers(judgements):
    return [(j.label, astuple(j.probabilities), j.needs_review) for j in judgements]


DENIALS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize("symmetric", [True, False])
def test_swapping_the_sides_changes_nothing_denials_or_not(symmetric):
    pairs = [pair(a, b, a_denies=x, b_denies=y) for a, b in TEXTS for x, y in DENIALS]
    scorer = FakeScorer(by_words, symmetric=symmetric)
    there = answers(judge(pairs, scorer)[0])
    assert there == answers(judge(swapped(pairs), scorer)[0])
    # Guards the line above: the scorer's own answers do depend on the order.
    assert by_words(*TEXTS[0]) != by_words(*TEXTS[0][::-1])
    assert len({row[0] for row in there}) > 1


def test_order_and_length_are_kept_and_the_rest_of_the_set_is_irrelevant():
    pairs = [pair(a, b) for a, b in TEXTS]
    judgements, _ = judge(pairs, FakeScorer(by_words))
    assert [j.pair for j in judgements] == pairs
    one_by_one = [judge([p], FakeScorer(by_words))[0][0] for p in pairs]
    assert judgements == one_by_one


def test_probabilities_sum_to_one_and_the_label_is_the_largest():
    pairs = [pair(a, b, a_denies=x, b_denies=y) for a, b in TEXTS for x, y in DENIALS]
    for symmetric in (True, False):
        for judgement in judge(pairs, FakeScorer(by_words, symmetric=symmetric))[0]:
            assert sum(astuple(judgement.probabilities)) == pytest.approx(1.0)
            assert judgement.probabilities.of(judgement.label) == max(astuple(judgement.probabilities))


def test_nothing_in_gives_nothing_out_and_asks_no_model():
    scorer = FakeScorer(by_words)
    assert judge([], scorer) == ([], 0)
    assert scorer.calls == []


def test_the_scorer_is_asked_once_with_all_readings():
    scorer = FakeScorer(by_words, truncated=3)
    _, truncated = judge([pair(a, b) for a, b in TEXTS], scorer)
    assert scorer.calls == [[*TEXTS, *((b, a) for a, b in TEXTS)]]
    assert scorer.calls[0] == both_readings(TEXTS)
    assert truncated == 3


def test_progress_reaches_the_scorer():
    done = []
    judge([pair(a, b) for a, b in TEXTS], FakeScorer(by_words), progress=done.append)
    assert sum(done) == len(set(both_readings(TEXTS))) == 7


def test_the_input_and_the_scorers_array_stay_as_they_were():
    pairs = [pair("one two three", "four five", a_denies=True)]
    before = list(pairs)
    given = np.array([[0.7, 0.2, 0.1]])
    apply_denials(given, [1])
    combine_orders(given, given, symmetric=False)
    judge(pairs, FakeScorer(by_words))
    assert pairs == before
    np.testing.assert_array_equal(given, [[0.7, 0.2, 0.1]])


def test_a_symmetric_model_is_averaged():
    forward, backward = np.array([[0.8, 0.1, 0.1]]), np.array([[0.4, 0.5, 0.1]])
    np.testing.assert_allclose(combine_orders(forward, backward, symmetric=True), [[0.6, 0.3, 0.1]])


def test_a_directional_model_supports_when_one_way_entails():
    # Entailment one way, neutral the other: mean contradict .1, larger support .7, smaller unrelated .2.
    forward, backward = np.array([[0.1, 0.7, 0.2]]), np.array([[0.1, 0.1, 0.8]])
    np.testing.assert_allclose(combine_orders(forward, backward, symmetric=False), [[0.1, 0.7, 0.2]])
    # (.3 + .1) / 2 = .2, .4, .3 make .9, so 2/9, 4/9, 3/9.
    forward, backward = np.array([[0.3, 0.4, 0.3]]), np.array([[0.1, 0.2, 0.7]])
    np.testing.assert_allclose(combine_orders(forward, backward, symmetric=False), [[2 / 9, 4 / 9, 3 / 9]])


def test_a_directional_model_that_is_certain_never_divides_by_zero():
    certain = np.eye(3)
    for forward in certain:
        for backward in certain:
            row = combine_orders(forward[None], backward[None], symmetric=False)
            assert row.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("denials", "expected"),
    [(0, [0.7, 0.2, 0.1]), (1, [0.2, 0.7, 0.1]), (2, [0.0, 0.2, 0.8])],
)
def test_denials_by_hand(denials, expected):
    np.testing.assert_allclose(apply_denials(np.array([[0.7, 0.2, 0.1]]), [denials]), [expected])


def test_denials_are_applied_row_by_row():
    rows = np.array([[0.7, 0.2, 0.1]] * 3)
    np.testing.assert_allclose(
        apply_denials(rows, [2, 0, 1]), [[0.0, 0.2, 0.8], [0.7, 0.2, 0.1], [0.2, 0.7, 0.1]]
    )


@pytest.mark.parametrize(
    ("a_denies", "b_denies", "label"),
    [
        (False, False, Label.SUPPORT),
        (True, False, Label.CONTRADICT),
        (False, True, Label.CONTRADICT),
        (True, True, Label.SUPPORT),
    ],
)
def test_who_denies_what_the_other_asserts_contradicts_it(a_denies, b_denies, label):
    same = FakeScorer(lambda _a, _b: (0.05, 0.9, 0.05))
    [judgement], _ = judge([pair("it fell", "it fell", a_denies=a_denies, b_denies=b_denies)], same)
    assert judgement.label is label
    assert judgement.probabilities.of(label) == pytest.approx(0.9)


def test_an_unsure_verdict_is_for_a_person():
    def judged(p: float, **settings):
        rest = (1 - p) / 2
        scorer = FakeScorer(lambda _a, _b: (p, rest, rest))
        return judge([pair("a b c", "d e f")], scorer, **settings)[0][0].needs_review

    assert judged(REVIEW_BELOW - 0.01)
    assert not judged(REVIEW_BELOW)
    assert not judged(0.5, review_below=0.5)
    assert judged(0.9, review_below=0.95)


def test_with_conformal_sets_what_leaves_two_labels_open_or_none_is_for_a_person():
    def judged(*row: float):
        return judge([pair("x", "y")], FakeScorer(lambda _a, _b: row), least=0.25)[0][0].needs_review

    assert not judged(0.7, 0.15, 0.15)
    assert judged(0.7, 0.3, 0.0)
    assert not judge([pair("x", "y")], FakeScorer(lambda _a, _b: (0.7, 0.3, 0.0)))[0][0].needs_review
    [nothing_fits], _ = judge([pair("x", "y")], FakeScorer(lambda _a, _b: (0.8, 0.1, 0.1)), least=0.9)
    assert nothing_fits.needs_review


def test_two_readings_of_a_symmetric_model_that_disagree_are_for_a_person():
    def torn(first: str, _second: str):
        return (0.96, 0.02, 0.02) if first == "x" else (0.3, 0.35, 0.35)

    [judgement], _ = judge([pair("x", "y")], FakeScorer(torn))
    assert judgement.label is Label.CONTRADICT
    assert judgement.probabilities.contradict > REVIEW_BELOW
    assert judgement.needs_review


def test_entailment_one_way_only_is_no_reason_to_ask_a_person():
    def one_way(first: str, _second: str):
        return (0.02, 0.96, 0.02) if first == "x" else (0.02, 0.02, 0.96)

    [judgement], _ = judge([pair("x", "y")], FakeScorer(one_way, symmetric=False))
    assert judgement.label is Label.SUPPORT
    assert not judgement.needs_review


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match=r"review_below is .*: a probability from 0 to 1 is needed"):
        judge([], FakeScorer(by_words), review_below=wrong)
