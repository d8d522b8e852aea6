from __future__ import annotations

import pytest

from stance.attribution.background import is_background, says_nothing


@pytest.mark.parametrize(
    "cue",
    [
        "declined to comment on",
        "refused to say",
        "would not say",
        "did not immediately respond to",
        "neither confirmed nor denied",
        "could not be reached",
        "could not confirm",
        "has not mentioned",
        "didn’t explain",
    ],
)
def test_cues_that_leave_it_unsaid(cue):
    assert says_nothing(cue)
    assert is_background(cue, "that the gates were shut", sourced=True, quoted=True)


@pytest.mark.parametrize(
    "cue", ["said", "denied", "did not believe", "could hardly deny", "confirmed", "warned of"]
)
def test_cues_that_say_it(cue):
    assert not says_nothing(cue)
    assert not is_background(cue, "that the gates were shut", sourced=True, quoted=False)


@pytest.mark.parametrize(
    ("cue", "content", "sourced", "quoted", "expected"),
    [
        (None, "the gates were shut", False, False, True),
        (None, "the gates were shut", True, False, False),
        (None, "the gates were shut", False, True, False),
        ("Asked about", "the raid", False, False, True),
        ("asked for", "an inquiry into the raid", True, False, False),
        ("spoke of", "the war in the north", True, False, True),
        ("spoke of", "a lost war", True, True, False),
        ("accused", "the firm of hiding it", True, False, False),
        ("said", "when he was called to the stand", True, False, True),
        ("said", "where the raid began", True, False, False),
        ("released a video showing", "troops at the gates", True, False, True),
        ("showed", "that the gates were shut", True, False, False),
    ],
)
def test_topics_and_questions(cue, content, sourced, quoted, expected):
    assert is_background(cue, content, sourced=sourced, quoted=quoted) is expected
