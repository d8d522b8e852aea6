from datetime import date

import pytest

from stance.facts.numbers import compare, find_quantities
from stance.facts.when import find_days
from stance.records import Bound, Scope


def quantities(text):
    return find_quantities(text, 0, len(text))


def told(text):
    return [(q.low, q.unit, q.bound.value, text[q.start : q.end]) for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at least 12 people were killed", (12, "person killed", "at least", "at least 12 people")),
        ("no fewer than 12 ships", (12, "ship", "at least", "no fewer than 12 ships")),
        ("12 or more ships", (12, "ship", "at least", "12 or more ships")),
        ("up to three hundred men died", (300, "man killed", "up to", "up to three hundred men")),
        ("no more than 5 ships", (5, "ship", "up to", "no more than 5 ships")),
        ("about two thousand and five men", (2005, "man", "about", "about two thousand and five men")),
        ("more than 1.2 million litres", (1_200_000, "litre", "more than", "more than 1.2 million litres")),
        ("fewer than ten per cent of them", (10, "percent", "fewer than", "fewer than ten per cent")),
        ("exactly 40% of them", (40, "percent", "exactly", "exactly 40%")),
        ("1,200 tonnes of grain", (1200, "tonne", "exactly", "1,200 tonnes")),
        ("$3.5 million in damages", (3.5e6, "dollar", "exactly", "$3.5 million")),
        ("1.5bn euros", (1.5e9, "euro", "exactly", "1.5bn euros")),
        ("a dozen ships", (12, "ship", "exactly", "a dozen ships")),
        ("hundreds of workers left", (200, "worker", "at least", "hundreds of workers")),
        ("nobody was hurt", (0, "person wounded", "exactly", "nobody")),
        ("no troops were lost", (0, "soldier", "exactly", "no troops")),
        ("one soldier was killed", (1, "soldier killed", "exactly", "one soldier")),
        ("the strike killed 12", (12, "person killed", "exactly", "12")),
        ("more than half of the ground", (50, "percent", "more than", "more than half")),
        ("three out of four voters", (75, "percent", "exactly", "three out of four")),
        ("eight of its 14 cranes stood", (8, "crane", "exactly", "eight of its 14 cranes")),
        ("half of the port's 1,000 dockers", (500, "docker", "exactly", "half of the port's 1,000 dockers")),
        ("12 Ukrainian soldiers surrendered", (12, "soldier captured", "exactly", "12 Ukrainian soldiers")),
        ("in 2023 they had 5 ships", (5, "ship", "exactly", "5 ships")),
    ],
)  # fmt: skip
def test_quantities_by_hand(text, expected):
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "No. 4 reactor was shut", "Article 5 was invoked", "they won 2-1", "T-72 tanks", "at 8 p.m. they go",
        "the lights went out at 16:52", "the 47th brigade held", "the deal of 2019", "one of the men left",
        "the western half of the town", "a quarter of an hour", "the second of them", "",
    ],
)  # fmt: skip
def test_what_counts_nothing(text):
    assert told(text) == []


def test_two_numbers_of_one_sentence_keep_their_own_fates():
    assert [q[:2] for q in told("twelve dead and forty wounded")] == [
        (12, "person killed"),
        (40, "person wounded"),
    ]


def test_a_range_has_two_ends():
    [range_] = quantities("between 10 and 15 tanks")
    assert (range_.low, range_.high, range_.unit) == (10, 15, "tank")


def test_scope_is_a_day_or_all_so_far():
    assert quantities("they lost 47 soldiers in a day")[0].scope is Scope.DAY
    assert quantities("in all, 300 workers left")[0].scope is Scope.TOTAL
    assert quantities("300 workers left")[0].scope is None


def test_a_date_is_no_quantity():
    text = "12 ships left on 26 April"
    days = find_days(text, 0, len(text), date(2024, 4, 30))
    assert [q.low for q in find_quantities(text, 0, len(text), days)] == [12]


@pytest.mark.parametrize(
    ("a", "b", "clash"),
    [
        ("12 people were killed", "at least 40 people were killed", True),
        ("12 people were killed", "at least 10 people were killed", False),
        ("nobody was killed", "two people were killed", True),
        ("12 soldiers were killed", "15 people were killed", True),
        ("about 100 ships", "105 ships", False),
        ("up to 20 ships", "more than 20 ships", True),
        ("more than 900 of the port's 1,000 dockers", "fewer than half of the 1,000 dockers", True),
        ("3 kilometres", "3,000 metres", False),
        ("5 km", "5 miles", True),
        # Not the same thing, or not over the same time.
        ("12 people were killed", "40 people were wounded", None),
        ("12 soldiers", "40 people", None),
        ("12 ships", "40 cranes", None),
        ("they lost 47 soldiers in a day", "in total they lost 900 soldiers", None),
        ("12 ships", "the port is shut", None),
    ],
)
def test_two_numbers_clash_agree_or_are_not_compared(a, b, clash):
    there, back = compare(quantities(a), quantities(b)), compare(quantities(b), quantities(a))
    assert (there.clash if there else None) is clash
    assert (back.clash if back else None) is clash


def test_the_numbers_that_clash_are_named_before_those_that_agree():
    pair = compare(quantities("3 ships and 12 cranes"), quantities("3 ships and 15 cranes"))
    assert (pair.a.low, pair.b.low, pair.a.bound) == (12, 15, Bound.EXACTLY)
