from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stance.evaluation.alignment import align, speaker_fits
from stance.records import Statement


def statement(id_: str, start: int, end: int, article: str = "a", **more: Any) -> Statement:
    return Statement(id_, "x" * (end - start), start, end, article, **more)


@pytest.mark.parametrize(
    ("spans", "right"),
    [
        # gold is 0-100
        ([(0, 100)], [0]),
        ([(50, 100)], [0]),  # half of the union
        ([(51, 100)], []),  # 49 of 100, and the pieces cover less than half
        ([(0, 200)], [0]),  # 100 of 200
        ([(0, 201)], []),
        ([(0, 30), (30, 60)], [0, 1]),  # each too small; inside, and 60 of 100 together
        ([(0, 30), (80, 99)], []),  # 49 of 100 together
        ([(0, 80), (80, 100)], [0, 1]),
        ([(0, 50), (91, 101)], [0, 1]),  # 9 of 10 characters inside
        ([(0, 50), (92, 102)], [0]),  # 8 of 10
        ([(0, 100), (0, 100)], [0]),  # a copy
        ([(0, 60), (40, 100)], [0]),  # pieces do not overlap
        ([], []),
    ],
)
def test_which_spans_are_one_statement(spans: list[tuple[int, int]], right: list[int]) -> None:
    predicted = [statement(f"p{i}", *span) for i, span in enumerate(spans)]
    found = align(predicted, [statement("g", 0, 100)])
    assert found.gold_of == {f"p{i}": "g" for i in right}
    assert found.pieces == ({"g": tuple(f"p{i}" for i in right)} if right else {})
    backwards = align(predicted[::-1], [statement("g", 0, 100)])
    assert len(backwards.gold_of) == len(right)


def test_statements_of_other_articles_do_not_match() -> None:
    assert align([statement("p", 0, 9, "b")], [statement("g", 0, 9, "a")]).gold_of == {}


def test_the_closest_link_is_made_first() -> None:
    gold = [statement("long", 0, 100), statement("inner", 20, 80)]
    assert align([statement("p", 20, 80)], gold).gold_of == {"p": "inner"}
    assert align([statement("p", 0, 95), statement("q", 20, 78)], gold).gold_of == {"p": "long", "q": "inner"}


def test_of_two_statements_with_one_span_each_finds_its_own() -> None:
    """ "denied an assertion by officials that P": P is denied by one and said by the other."""
    gold = [
        statement("said", 0, 50, speaker="Moscow"),
        statement("denied", 0, 50, speaker="Kyiv", denies=True),
    ]
    predicted = [
        statement("p", 0, 50, speaker="Kyiv", denies=True),
        statement("q", 0, 50, speaker="officials in Moscow"),
    ]
    assert align(predicted, gold).gold_of == {"p": "denied", "q": "said"}
    same = [replace(s, denies=False) for s in predicted]
    assert align(same, [replace(s, denies=False) for s in gold]).gold_of == {"p": "denied", "q": "said"}


@pytest.mark.parametrize(
    ("predicted", "gold", "fits"),
    [
        ("Ann Lund", "Ann Lund", True),
        ("union president Ann Lund", "Ann Lund", True),
        ("Lund", "Ann Lund", False),
        ("The environment ministry", "Environment Ministry", True),
        ("Per Holm", "Ann Lund", False),
        (None, "Ann Lund", False),
        ("Ann Lund", None, False),
        (None, None, True),
    ],
)
def test_which_speakers_fit(predicted: str | None, gold: str | None, fits: bool) -> None:
    assert speaker_fits(predicted, gold) is fits
