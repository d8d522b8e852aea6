from datetime import date

import pytest

from stance.facts.marks import marked
from stance.facts.numbers import find_quantities
from stance.facts.when import find_days
from stance.records import Judgement, Label, Pair, Probabilities, ScoreReport, Statement

BASE = date(2024, 4, 30)
LIKELY = Probabilities(0.8, 0.1, 0.1)


def judgement(a, b, label=Label.CONTRADICT, *, denies=False):
    def statement(name, text, **fields):
        when = find_days(text, 0, len(text), BASE)
        found = find_quantities(text, 0, len(text), when)
        return Statement(name, text, 0, len(text), "x", when=when, quantities=found, **fields)

    return Judgement(Pair(statement("a", a, denies=denies), statement("b", b)), label, LIKELY)


FELL = ("the town fell on Sunday", "the town was held on Monday")
SAME = ("the town fell on Sunday", "the town was held on Sunday")


def test_other_days_are_marked_and_the_label_stays():
    apart, same, undated = marked([judgement(*FELL), judgement(*SAME), judgement("it fell", FELL[1])])
    assert (apart.different_time, same.different_time, undated.different_time) == (True, False, False)
    assert apart.label is Label.CONTRADICT
    assert apart.probabilities == LIKELY
    assert not apart.needs_review


@pytest.mark.parametrize(
    ("label", "review"), [(Label.CONTRADICT, True), (Label.SUPPORT, True), (Label.UNRELATED, False)]
)
def test_strict_time_asks_a_person_and_sets_the_pair_apart(label, review):
    [result] = marked([judgement(*FELL, label)], strict_time=True)
    assert result.needs_review is review
    report = ScoreReport((), (), (result,), strict_time=True)
    assert report.apart() == ([result] if review else [])
    assert report.labelled(label) == ([] if review else [result])
    loose = ScoreReport((), (), (result,))
    assert loose.apart() == []
    assert loose.labelled(label) == [result]


def test_a_contradiction_names_numbers_that_clash_and_a_support_those_that_agree():
    clash, agree = (
        ("12 people were killed", "40 people were killed"),
        ("12 people were killed", "12 people died"),
    )
    rows = marked(
        [
            judgement(*clash),
            judgement(*agree, Label.SUPPORT),
            judgement(*agree),
            judgement(*clash, Label.SUPPORT),
            judgement(*clash, Label.UNRELATED),
            judgement(*agree, denies=True),
        ]
    )
    assert [bool(row.numbers) for row in rows] == [True, True, False, False, False, True]
    assert (rows[0].numbers.a.low, rows[0].numbers.b.low, rows[0].numbers.clash) == (12, 40, True)


def test_nothing_in_nothing_out():
    assert marked([]) == []
