import math

import numpy as np
import pytest

from stance.attribution.decoding import TRANSITION_WEIGHT, allowed, best_tags, transition_scores

TAGS = ["I-cue", "O", "B-cue", "B-content", "I-content"]  # an order of their own
O, B_CUE, I_CUE, B, I = (TAGS.index(t) for t in ("O", "B-cue", "I-cue", "B-content", "I-content"))  # noqa: E741


def rows(*best):
    logits = np.zeros((len(best), len(TAGS)))
    for row, tag in zip(logits, best, strict=True):
        row[tag] = 4.0
    return logits


def test_a_possible_sequence_is_read_as_it_stands():
    assert best_tags(rows(O, B, I, I, O, B_CUE), TAGS) == [
        "O", "B-content", "I-content", "I-content", "O", "B-cue",
    ]  # fmt: skip


def test_an_inside_without_its_beginning_is_never_given():
    for best in ([I, I, O], [O, I_CUE, I_CUE], [B_CUE, I, I], [B, I_CUE, O]):
        tags = best_tags(rows(*best), TAGS)
        assert all(allowed(before, tag) for before, tag in zip(["", *tags], tags, strict=False))


def test_transitions_mend_a_single_weak_token():
    # The third token leans to O by 0.5, in the middle of a content.
    logits = rows(B, I, I, I, I)
    logits[2] = 0.0
    logits[2, O] = 0.5
    counted = transition_scores([["O", "B-content", *["I-content"] * 50, "O"]] * 5, TAGS)
    assert best_tags(logits, TAGS, counted) == ["B-content", *["I-content"] * 4]
    assert TRANSITION_WEIGHT > 0


def test_transition_scores_by_hand():
    # O O: one step O->O. With half a count in each of 2 x 2 cells the row of O is 1.5 and 0.5 of 2;
    # of single tags, O has 2.5 and the other 0.5 of 3.
    scores = transition_scores([["O", "O"]], ["O", "B-cue"])
    assert scores[0, 0] == pytest.approx(math.log(1.5 / 2) - math.log(2.5 / 3))
    assert scores[0, 1] == pytest.approx(math.log(0.5 / 2) - math.log(0.5 / 3))


def test_the_same_scores_in_another_tag_order_give_the_same_tags():
    generator = np.random.default_rng(3)
    logits = generator.normal(size=(30, len(TAGS)))
    transitions = generator.normal(size=(len(TAGS), len(TAGS)))
    order = [3, 1, 4, 0, 2]
    turned = best_tags(logits[:, order], [TAGS[i] for i in order], transitions[np.ix_(order, order)])
    assert turned == best_tags(logits, TAGS, transitions)


def test_no_tokens_have_no_tags():
    assert best_tags(np.zeros((0, len(TAGS))), TAGS) == []
