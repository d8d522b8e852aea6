from datetime import date

import pytest

from stance.facts.when import distinct, find_days, said_on
from stance.records import Days

TUESDAY = date(2024, 4, 30)


def found(text, base=TUESDAY):
    return [(text[d.start : d.end], d.first, d.last) for d in find_days(text, 0, len(text), base)]


@pytest.mark.parametrize(
    ("text", "words", "first", "last"),
    [
        ("the town fell on Sunday", "Sunday", date(2024, 4, 28), None),
        ("they met on Tuesday", "Tuesday", date(2024, 4, 30), None),
        ("they met last Tuesday", "last Tuesday", date(2024, 4, 23), None),
        ("the town fell on April 26", "April 26", date(2024, 4, 26), None),
        ("the raid of 26 April killed four", "26 April", date(2024, 4, 26), None),
        ("Talks on Sunday, April 28, failed", "Sunday, April 28", date(2024, 4, 28), None),
        ("it began on Feb. 3, 2022, they say", "Feb. 3, 2022", date(2022, 2, 3), None),
        ("Yesterday the port was shelled", "Yesterday", date(2024, 4, 29), None),
        ("two days ago a bridge was hit", "two days ago", date(2024, 4, 28), None),
        ("the strike began last week", "last week", date(2024, 4, 22), date(2024, 4, 28)),
        ("it was quiet over the weekend", "over the weekend", date(2024, 4, 27), date(2024, 4, 28)),
        ("in March they fell back", "in March", date(2024, 3, 1), date(2024, 3, 31)),
        ("in December it closed", "in December", date(2023, 12, 1), date(2023, 12, 31)),
        ("in 2021 it was open", "in 2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("they entered on August 6 last year", "August 6 last year", date(2023, 8, 6), None),
        ("August 6 was the day", "August 6", date(2023, 8, 6), None),
        ("since Sunday nobody was hurt", "since Sunday", date(2024, 4, 28), date(2024, 4, 30)),
        ("from Friday to Sunday it burned", "Friday to Sunday", date(2024, 4, 26), date(2024, 4, 28)),
        # What is to come is resolved ahead.
        ("they will meet on Friday", "Friday", date(2024, 5, 3), None),
        ("talks begin tomorrow", "tomorrow", date(2024, 5, 1), None),
        ("the court will rule on November 5", "November 5", date(2024, 11, 5), None),
    ],
)
def test_days_by_hand(text, words, first, last):
    assert found(text) == [(words, first, last or first)]


@pytest.mark.parametrize(
    "text",
    [
        "they had gone by Sunday",
        "the march of the second company may go on",
        "the plant was shut",
        "the Sunday Times wrote of it",
        "on Easter Sunday the bells rang",
        "it is open on Sundays",
        "No. 4 brigade took 12 villages",
        "they fell on April 31",
        "",
    ],
)
def test_what_names_no_day_of_an_event(text):
    assert found(text) == []


def test_without_a_day_of_the_article_only_full_dates_are_known():
    assert found("on Sunday, and on May 4, 2023", base=None) == [
        ("May 4, 2023", date(2023, 5, 4), date(2023, 5, 4))
    ]


def test_offsets_are_those_of_the_whole_text():
    text = "It rained. The town fell on Sunday."
    [days] = find_days(text, 11, len(text), TUESDAY)
    assert text[days.start : days.end] == "Sunday"


def test_the_day_of_saying_is_named_or_that_of_publication():
    assert said_on("said on Sunday", 0, 14, TUESDAY) == date(2024, 4, 28)
    assert said_on("said", 0, 4, TUESDAY) == TUESDAY
    # A month ago is no saying of this article.
    assert said_on("had said on March 2", 0, 19, TUESDAY) == TUESDAY
    assert said_on("said on Sunday", 0, 14, None) is None


def test_days_are_distinct_when_none_is_shared():
    def days(first, last):
        return Days(date(2024, 4, first), date(2024, 4, last), 0, 1)

    assert distinct((days(1, 1),), (days(2, 3),))
    assert not distinct((days(1, 2),), (days(2, 3),))
    assert not distinct((days(1, 1), days(9, 9)), (days(9, 9),))
    assert not distinct((), (days(1, 1),))
