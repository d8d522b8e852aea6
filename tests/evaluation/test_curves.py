from __future__ import annotations

import numpy as np
import pytest

from stance.evaluation.curves import (
    accuracy_at_coverage,
    precision_at_recall,
    precision_recall_points,
    reliability_curve,
    risk_coverage_points,
    selective_accuracies,
)
from stance.evaluation.plain import plain_dict, to_plain


def test_risk_coverage_points_end_at_the_whole_error_rate() -> None:
    # confidence 0.9 right, 0.8 wrong, 0.7 right: accuracy 1, 1/2, 2/3
    accuracies = selective_accuracies(np.array([0.7, 0.9, 0.8]), np.array([True, True, False]))
    assert accuracies == pytest.approx([1, 1 / 2, 2 / 3])
    assert risk_coverage_points(accuracies) == [
        pytest.approx((1 / 3, 0.0)),
        pytest.approx((2 / 3, 1 / 2)),
        pytest.approx((1.0, 1 / 3)),
    ]


def test_equal_confidences_share_their_correctness() -> None:
    accuracies = selective_accuracies(np.array([0.8, 0.8, 0.8, 0.8]), np.array([True, False, False, True]))
    assert accuracies == pytest.approx([0.5, 0.5, 0.5, 0.5])


def test_coverage_keeps_whole_rows() -> None:
    # 0.7 of 30 rows is 21, though 0.7 * 30 is a little more in floats
    accuracies = np.arange(1.0, 31.0)
    assert accuracy_at_coverage(accuracies, 0.7) == 21
    assert accuracy_at_coverage(accuracies, 0.01) == 1


def test_points_for_plots_are_thinned_and_keep_both_ends() -> None:
    rng = np.random.default_rng(0)
    probability, positive = rng.random(5000), rng.random(5000) < 0.3
    points = precision_recall_points(positive, probability, most=50)
    assert len(points) == 50
    assert points[0] == pytest.approx((1.0, positive.mean()))
    assert points[-1] == (0.0, 1.0)
    assert len(risk_coverage_points(np.ones(5000), most=50)) == 50


def test_no_positives_give_no_curve() -> None:
    assert precision_recall_points(np.zeros(3, dtype=bool), np.ones(3)) == []


def test_a_probability_of_zero_falls_into_the_first_bin() -> None:
    (bar,) = reliability_curve(np.array([0.0]), np.array([False]))
    assert (bar.lower, bar.n, bar.accuracy) == (0.0, 1, 0.0)


def test_impossible_coverage_and_recall_are_refused() -> None:
    with pytest.raises(ValueError, match="coverage is 0; needed a share above 0 and up to 1"):
        accuracy_at_coverage(np.ones(3), 0)
    with pytest.raises(ValueError, match=r"recall is 1.5; needed a share above 0 and up to 1"):
        precision_at_recall(np.ones(3, dtype=bool), np.ones(3), 1.5)


def test_plain_values() -> None:
    assert to_plain({1: (1.5, float("nan"), None, True, "x")}) == {"1": [1.5, None, None, True, "x"]}
    with pytest.raises(ValueError, match="a set has no plain JSON form"):
        to_plain({1, 2})
    with pytest.raises(ValueError, match="got a str; needed a dataclass instance"):
        plain_dict("x")
