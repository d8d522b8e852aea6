import pytest

from stance.attribution.linking import Span
from stance.attribution.wording import is_fragment, said_as


def worded(text, party="Norland", aside=None):
    at = text.index(aside) if aside else 0
    span = Span("cue", at, at + len(aside)) if aside else None
    return said_as(text, (0, len(text)), span, party)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We hold the town", "Norland hold the town"),
        ("we are in the town", "Norland is in the town"),
        ("we’ve lost nobody", "Norland has lost nobody"),
        ("Our guns were silent, and we left", "Norland’s guns were silent, and it left"),
        ("they fired at us", "they fired at Norland"),
        ("its troops hold the town", "Norland’s troops hold the town"),
        ("none of his own soldiers was hurt", "none of Norland’s own soldiers was hurt"),
    ],
)
def test_first_persons_and_own_forces_are_those_of_the_party(text, expected):
    assert worded(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I saw my brother, and we ran",  # people, not a party
        "the army lost the town",
        "Suvia said its troops hold the town",  # somebody else was named
        "its roof was burning",
        "the U.S. sent them",
    ],
)
def test_what_is_not_safe_stays_as_it_is(text):
    assert worded(text) is None


def test_without_a_party_nobody_is_named():
    assert worded("We hold the town", party=None) is None


def test_a_name_that_ends_in_s_takes_a_bare_apostrophe():
    assert worded("our cranes work", party="Harrow Terminals") == "Harrow Terminals’ cranes work"


@pytest.mark.parametrize(
    ("text", "aside", "expected"),
    [
        ("The offer, he said, was bad", ", he said,", "The offer was bad"),
        ('"The offer," he said, "was bad."', " he said, ", '"The offer was bad."'),
    ],
)
def test_reporting_words_inside_are_left_out(text, aside, expected):
    assert worded(text, party=None, aside=aside) == expected


def test_an_aside_of_another_piece_is_no_matter():
    assert said_as("One, he said, two. Three four five.", (19, 34), Span("cue", 3, 13), None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is a lie", True),
        ("They did not do it", True),
        ("That is completely untrue", True),
        ("It never happened", True),
        ("It isn’t true", True),
        ("The town has fallen", False),
        ("They did not shell the town", False),
        ("Nobody died", False),
        ("It was not true that it was theirs and that it was ours", False),
    ],
)
def test_fragments_say_nothing_alone(text, expected):
    assert is_fragment(text) is expected
