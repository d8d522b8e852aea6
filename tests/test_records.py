from dataclasses import FrozenInstanceError

import pytest

from stance.records import (
    LABEL_NAMES,
    LABELS,
    Judgement,
    Label,
    Pair,
    Probabilities,
    ScoreReport,
    Statement,
    label_of,
)

CONTRADICT, SUPPORT, UNRELATED = Label


def test_labels_stand_in_column_order_and_are_their_strings():
    assert [str(label) for label in LABELS] == ["contradict", "support", "unrelated"]
    assert Label("support") is Label.SUPPORT


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("contradiction", CONTRADICT),
        ("REFUTES", CONTRADICT),
        ("CONTRADICT", CONTRADICT),
        ("disagree", CONTRADICT),
        ("entailment", SUPPORT),
        ("SUPPORTS", SUPPORT),
        ("Support", SUPPORT),
        ("agree", SUPPORT),
        (" neutral ", UNRELATED),
        ("NOT ENOUGH INFO", UNRELATED),
        ("unrelated", UNRELATED),
        ("discuss", None),
        ("LABEL_0", None),
        ("not_entailment", None),
        ("0", None),
        ("", None),
    ],
)
def test_names_in_use_find_their_label_and_no_other_does(name, label):
    assert label_of(name) is label


def test_every_listed_name_is_found_by_itself():
    assert all(label_of(name) is label for name, label in LABEL_NAMES.items())
    assert set(LABEL_NAMES.values()) == set(LABELS)


def test_probabilities_are_had_by_label_and_as_a_dict_in_column_order():
    p = Probabilities(contradict=0.5, support=0.3, unrelated=0.2)
    assert [p.of(label) for label in LABELS] == [0.5, 0.3, 0.2]
    assert list(p.as_dict().items()) == [("contradict", 0.5), ("support", 0.3), ("unrelated", 0.2)]


def test_a_report_gives_the_judgements_of_a_label_in_its_order():
    a, b = Statement("a", "x", 0, 1, "1"), Statement("b", "y", 0, 1, "2")
    rows = tuple(
        Judgement(Pair(a, b), label, Probabilities(p, p, p))
        for label, p in ((CONTRADICT, 0.9), (SUPPORT, 0.8), (CONTRADICT, 0.7))
    )
    report = ScoreReport((), (a, b), rows)
    assert report.labelled(CONTRADICT) == [rows[0], rows[2]]
    assert report.labelled(UNRELATED) == []


def test_values_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Probabilities(1.0, 0.0, 0.0).contradict = 0.5
