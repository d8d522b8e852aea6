from __future__ import annotations

import random
from itertools import pairwise

import pytest

from stance.attribution.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "He met Gen. Oleksandr Moss in Harbor City.",
        "He met Lt. Col. Ray Moss there.",
        "The U.S. troops left the U.N. base at No. 4 Quay Road.",
        "At 9 a.m. on Monday the raid began.",
        "J. K. Moss and George H.W. Lind of St. John said no.",
        "Sen. Lind (D-N.Y.) paid $1.5 million vs. 3.2 percent.",
        "KYIV, April 26 - The army said that it held the town.",
        "MOSCOW (Reuters) — The army said that it held the town.",
        "He said: “Well... we hold it.”",
        "Dr. Lind, Ltd. staff, etc. were e.g. there.",
        "“Why?” she asked.",
        "2. The second point is this.",
    ],
)
def test_abbreviations_and_the_like_do_not_split(sentence):
    assert sentences(f"They came. {sentence} They left.") == ["They came.", sentence, "They left."]


@pytest.mark.parametrize(("opening", "closing"), ["“”", '""', "‘’"])
def test_the_closing_mark_stays_with_its_sentence(opening, closing):
    quotation = f"{opening}We hold the town.{closing}"
    assert sentences(f"{quotation} He left.") == [quotation, "He left."]
    assert sentences(f"{opening}We hold it. {closing} He left.") == [
        f"{opening}We hold it. {closing}",
        "He left.",
    ]


def test_headings_and_lines_end_sentences():
    text = "Army denies rumours\n\nThe army denied it.\r\nIt did so twice\n"
    assert sentences(text) == ["Army denies rumours", "The army denied it.", "It did so twice"]


def test_spaces_that_do_not_break_split_like_others():
    assert sentences("The army\xa0left.\xa0Troops came.") == ["The army\xa0left.", "Troops came."]


def test_no_before_a_word_is_a_sentence():
    assert sentences("Did he leave? No. He stayed there.") == ["Did he leave?", "No.", "He stayed there."]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n"])
def test_nothing_gives_nothing(text):
    assert sentence_spans(text) == []


def test_spans_are_trimmed_in_order_and_lose_only_spaces():
    for seed in range(100):
        draw = random.Random(seed)
        words = ["Gen.", "it", "Was", "“no.”", '"', "\n", "\xa0", "U.S.", "4", ".", "left.", "?", "\r\n", "…"]
        text = " ".join(draw.choice(words) for _ in range(draw.randint(0, 30)))
        spans = sentence_spans(text)
        assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans), seed
        assert all(left[1] <= right[0] for left, right in pairwise(spans)), seed
        outside = set(range(len(text))) - {i for a, b in spans for i in range(a, b)}
        assert not "".join(text[i] for i in outside).strip(), seed
