import pytest

from stance.attribution.linking import Attribution, Span
from stance.evaluation.attribution import Counts, overlap, relation_counts, token_counts

#       0         1         2
#       0123456789012345678901234567
TEXT = "Kyiv said the town is free ."
SOURCE, CUE, CONTENT = Span("source", 0, 4), Span("cue", 5, 9), Span("content", 10, 26)


def test_token_counts_by_hand():
    # Found: "Kyiv said" as source (2 tokens, 1 right); "town is free ." as content (4 tokens, 3 right of 4).
    found = [Span("source", 0, 9), Span("content", 14, 28)]
    counts = token_counts(TEXT, found, [SOURCE, CUE, CONTENT])
    assert counts["source"] == Counts(gold=1, found=2, hits=1)
    assert counts["cue"] == Counts(gold=1, found=0, hits=0)
    assert counts["content"] == Counts(gold=4, found=4, hits=3)
    assert counts["source"].precision == 0.5
    assert counts["source"].recall == 1.0
    assert counts["source"].f1 == pytest.approx(2 / 3)
    assert counts["cue"].f1 == 0.0


def test_counts_add_up():
    assert Counts(1, 2, 1) + Counts(3, 1, 1) == Counts(4, 3, 2)
    assert Counts().f1 == Counts().precision == Counts().recall == 0.0


def test_overlap_is_intersection_over_union():
    assert overlap(Span("x", 0, 10), Span("x", 5, 15)) == pytest.approx(5 / 15)
    assert overlap(Span("x", 0, 4), Span("x", 6, 9)) == 0.0


def test_a_relation_is_right_with_its_content_and_its_source():
    gold = [[SOURCE, CUE, CONTENT]]
    assert relation_counts([Attribution(CONTENT, SOURCE)], gold) == Counts(1, 1, 1)
    assert relation_counts([Attribution(CONTENT, None)], gold) == Counts(1, 1, 0)
    assert relation_counts([Attribution(CONTENT, Span("source", 20, 26))], gold) == Counts(1, 1, 0)
    assert relation_counts([Attribution(Span("content", 22, 26), SOURCE)], gold) == Counts(1, 1, 0)


def test_without_a_gold_source_none_may_be_named():
    gold = [[CUE, CONTENT]]
    assert relation_counts([Attribution(CONTENT, None)], gold).hits == 1
    assert relation_counts([Attribution(CONTENT, SOURCE)], gold).hits == 0


def test_a_gold_content_counts_once():
    twice = [Attribution(CONTENT, SOURCE), Attribution(Span("content", 10, 25), SOURCE)]
    assert relation_counts(twice, [[SOURCE, CONTENT]]) == Counts(1, 2, 1)
