from datetime import date
from itertools import combinations

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import jaccard_score

from stance.pairing import copies as copies_module
from stance.pairing import find_copies
from stance.pairing.copies import LEAST_ALIKE, plain_words
from stance.records import Statement

LONG = (
    "the harbour workers walked out before dawn on the second quay and will not return until the company "
    "has answered the demands that their delegates put to it in writing last week"
)


def say(name: str, text: str, party: str | None = "u", **fields) -> Statement:
    return Statement(name, text, 0, len(text), f"article-{name}", party=party, **fields)


def test_the_same_words_in_other_dress_are_copies_of_the_first():
    statements = [
        say("c", "the strike is OVER", said=date(2025, 3, 2)),
        say("a", "“The strike is over,”", said=date(2025, 3, 3)),
        say("b", "The strike—is over.", said=date(2025, 3, 1)),
        say("d", "the strike goes on", said=date(2025, 3, 1)),
    ]
    assert find_copies(statements) == {"c": "b", "a": "b"}


def test_a_word_or_two_of_a_long_statement_may_differ():
    other = LONG.replace("before dawn", "before daybreak").replace("last week", "a week ago")
    assert find_copies([say("a", LONG), say("b", LONG.replace("until", "till")), say("c", other)]) == {
        "b": "a"
    }


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("12 of them", "13 of them"),
        ("1.5 million", "1.6 million"),
        ("$40", "€40"),
        ("+5 points", "-5 points"),
        ("at Gornal", "at Gornel"),
        ("two of them", "ten of them"),
        ("it was", "it was not"),
        ("it was", "it wasn't"),
    ],
)
def test_numbers_names_and_negations_must_agree(one, two):
    assert find_copies([say("a", f"{LONG} and {one}"), say("b", f"{LONG} and {two}")]) == {}
    assert find_copies(
        [say("a", f"{LONG} and {one}"), say("b", f"{LONG.replace('until', 'till')} and {one}")]
    )


@pytest.mark.parametrize(
    ("old", "new", "copies"),
    [
        ("walked out before", "walked out after", False),
        ("second quay", "northern quay", False),
        ("has answered", "have answered", True),
        ("demands that", "demand that", True),
        ("answered the demands", "rejected the demands", False),
        (" last week", "", True),
        ("will not return", "would not return", True),
    ],
)
def test_no_word_of_weight_may_stand_for_another(old, new, copies):
    long = f"{LONG} and all of the town was there to see them off as they marched along the quay to the gate"
    other = long.replace(old, new)
    assert other != long
    # Near enough by their characters, all of them.
    assert copies_module._alike([plain_words(long), plain_words(other)])
    assert bool(find_copies([say("a", long), say("b", other)])) is copies


def test_only_one_party_one_event_and_one_way_of_saying_it_have_copies():
    same = "the strike is over"
    assert find_copies([say("a", same), say("b", same, "v")]) == {}
    assert find_copies([say("a", same), say("b", same, denies=True)]) == {}
    assert find_copies([say("a", same, None), say("b", same, None)]) == {}
    assert find_copies([say("a", same), say("b", same)], events=["north", "south"]) == {}
    assert find_copies([say("a", same), say("b", same)], events=["north", "north"]) == {"b": "a"}
    assert find_copies([say("a", same), say("b", same)], events=[None, ""]) == {"b": "a"}


def test_the_same_words_weeks_later_are_said_anew():
    days = [1, 3, 4, 5, 20, 22]
    statements = [say(f"s{d:02}", "the strike is over", said=date(2025, 3, d)) for d in days]
    assert find_copies(statements) == {"s03": "s01", "s04": "s01", "s22": "s20"}
    assert find_copies(statements, days=0) == {}
    assert find_copies([*statements, say("x", "the strike is over")])["x"] == "s01"
    unknown = [say("x", "the strike is over"), say("y", "the strike is over")]
    assert find_copies(unknown, days=0) == {"y": "x"}
    assert find_copies([statements[0], *unknown], days=0) == {"y": "x"}


def test_the_order_of_statements_is_irrelevant():
    texts = [LONG, LONG.replace("until", "till"), LONG.replace("dawn", "dusk"), "the strike is over"]
    statements = [say(f"s{i}", texts[i % 4], said=date(2025, 3, 1 + i % 3)) for i in range(24)]
    expected = find_copies(statements)
    assert len(expected) > 10
    for turned in (statements[::-1], statements[5:] + statements[:5]):
        assert find_copies(turned) == expected
        assert list(find_copies(turned)) == [s.id for s in turned if s.id in expected]


def test_no_pair_that_is_near_enough_is_missed():
    words = LONG.split()
    texts = sorted({" ".join(words[i : i + n]) for i in range(6) for n in (4, 20, 21, 22, 23, 24)})
    marked = [f"^^{t}$$$" for t in texts]
    grams = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True).fit_transform(marked).toarray()
    near = {
        (texts[i], texts[j])
        for i, j in combinations(range(len(texts)), 2)
        if jaccard_score(grams[i], grams[j]) >= LEAST_ALIKE
    }
    found = {(a, b) for a, others in copies_module._alike(texts).items() for b in others if a < b}
    assert found == near
    assert 5 < len(near) < len(texts) * (len(texts) - 1) / 2


def test_ten_equal_shingles_of_ten_are_not_lost_to_rounding():
    assert [copies_module._prefix(n) for n in (1, 9, 10, 11, 20, 70)] == [1, 1, 2, 2, 3, 8]


def test_texts_of_signs_alone_are_copies_only_of_themselves():
    assert find_copies([say("a", "…!?"), say("b", "??"), say("c", "??")]) == {"c": "b"}
    assert plain_words("…!?") == ""


def test_nothing_in_gives_nothing_out():
    assert find_copies([]) == {}


def test_arguments_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="1 events for 2 statements: one each is needed"):
        find_copies([say("a", "x"), say("b", "x")], events=["north"])
    with pytest.raises(ValueError, match="days is -1: a gap of 0 days or more is needed"):
        find_copies([], days=-1)
