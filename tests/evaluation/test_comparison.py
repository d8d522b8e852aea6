from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from stance.evaluation import compare
from stance.records import LABELS

C, S, U = LABELS
GOLD = [C, S, U, C]
A = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2], [0.9, 0.1, 0.0]])
B = np.array([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.4, 0.5], [0.4, 0.3, 0.3]])


def test_hand_worked_comparison() -> None:
    # verdicts a: C S C C; b: C C U C. a alone is right on row 1, b alone on row 2.
    found = compare(GOLD, A, B)
    assert found.agreement == pytest.approx(0.5)
    assert found.verdicts == ((2, 0, 1), (1, 0, 0), (0, 0, 0))
    assert (found.mcnemar.b, found.mcnemar.c, found.mcnemar.p) == (1, 1, 1.0)
    assert found.kappa == pytest.approx(cohen_kappa_score([0, 1, 0, 0], [0, 0, 2, 0]))
    # distance of row 1: (0.7 + 0.7 + 0) / 2; of row 2: (0.5 + 0.2 + 0.3) / 2. Row 3 differs in degree only.
    assert [(pair.row, pair.gold, pair.a, pair.b) for pair in found.differing] == [(1, S, S, C), (2, U, C, U)]
    assert [pair.distance for pair in found.differing] == pytest.approx([0.7, 0.5])
    assert [d.metric for d in found.differences] == ["f1_macro", "accuracy", "f1_contradict"]
    accuracy = found.differences[1]
    assert (accuracy.a, accuracy.b, accuracy.difference) == (0.75, 0.75, 0.0)


def test_verdicts_and_the_number_of_pairs_kept_can_be_given() -> None:
    found = compare(GOLD, A, B, predicted_a=GOLD, predicted_b=[U, U, U, U], most=1)
    assert found.differences[1].a == 1.0
    assert len(found.differing) == 1


def test_a_metric_without_gold_is_left_out() -> None:
    found = compare([S, S, U, U], A, B, n_resamples=50)
    assert [d.metric for d in found.differences] == ["f1_macro", "accuracy"]


def test_kappa_of_two_constant_models_is_undefined() -> None:
    same = np.tile([0.8, 0.1, 0.1], (4, 1))
    found = compare(GOLD, same, same)
    assert found.kappa is None
    assert found.differing == ()
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_the_model_with_bad_probabilities_is_named() -> None:
    with pytest.raises(ValueError, match=r"probabilities_b has shape \(3, 3\); needed \(4, 3\)"):
        compare(GOLD, A, B[:3])
    with pytest.raises(ValueError, match="predicted_a has 1 labels; needed 4"):
        compare(GOLD, A, B, predicted_a=[C])
