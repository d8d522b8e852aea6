from __future__ import annotations

import numpy as np
import pytest

from stance.evaluation import precision_at_rates, reweighted_precision
from stance.records import LABELS

C, S, U = LABELS


def test_formula_by_hand() -> None:
    # of 1000 field pairs 70 conflict: 0.8 * 70 = 56 found, 0.05 * 930 = 46.5 false: 56 / 102.5
    assert reweighted_precision(0.07, recall=0.8, false_positive_rate=0.05) == pytest.approx(56 / 102.5)
    assert reweighted_precision(0.0, recall=0.8, false_positive_rate=0.0) is None
    with pytest.raises(ValueError, match=r"recall is 1\.2; needed a share between 0 and 1"):
        reweighted_precision(0.07, recall=1.2, false_positive_rate=0.05)


def test_a_balanced_set_looks_better_than_the_field() -> None:
    # 100 contradict, 80 found; 200 others, 10 flagged: recall 0.8, false positives 0.05
    gold = [C] * 100 + [S] * 100 + [U] * 100
    predicted = [C] * 80 + [U] * 20 + [C] * 10 + [S] * 90 + [U] * 100
    found = precision_at_rates(gold, predicted)
    assert [entry.rate for entry in found] == [0.02, 0.07, 0.20]
    for entry, expected in zip(found, (16 / 65, 56 / 102.5, 160 / 200), strict=True):
        assert entry.recall == pytest.approx(0.8)
        assert entry.false_positive_rate == pytest.approx(0.05)
        assert entry.precision is not None
        assert entry.precision.estimate == pytest.approx(expected)
        assert entry.precision.low < expected < entry.precision.high
        assert entry.cautious is not None
        assert entry.cautious < expected
    assert found[1].flagged == pytest.approx(0.1025)
    assert found == precision_at_rates(gold, predicted)


def test_at_the_rate_of_the_set_it_is_the_precision_of_the_set() -> None:
    gold = [C] * 30 + [U] * 70
    predicted = [C] * 20 + [U] * 10 + [C] * 5 + [U] * 65
    (entry,) = precision_at_rates(gold, predicted, rates=[0.3])
    assert entry.precision is not None
    assert entry.precision.estimate == pytest.approx(20 / 25)


def test_no_false_positive_seen_is_not_none_expected() -> None:
    # 50 others without one mistake: the exact upper bound of the rate is 1 - 0.05^(1/50) = 0.0582,
    # the exact lower bound of recall 50/50 is 0.05^(1/50) = 0.9418
    (entry,) = precision_at_rates([C] * 50 + [U] * 50, [C] * 50 + [U] * 50, rates=[0.02])
    assert entry.precision is not None
    assert (entry.precision.estimate, entry.precision.low) == (1.0, 1.0)
    low, high = 0.05 ** (1 / 50), 1 - 0.05 ** (1 / 50)
    assert entry.cautious == pytest.approx(0.02 * low / (0.02 * low + 0.98 * high))


def test_clusters_widen_the_interval() -> None:
    gold = ([C] * 10 + [U] * 20) * 4
    predicted = ([C] * 8 + [U] * 4 + [C] * 3 + [U] * 15) * 4
    rows = precision_at_rates(gold, predicted, rates=[0.07])[0].precision
    events = [str(i) for i in range(30)] * 4
    clustered = precision_at_rates(gold, predicted, rates=[0.07], clusters=events)[0].precision
    one = precision_at_rates(gold, predicted, rates=[0.07], clusters=["e"] * 120)[0].precision
    assert rows is not None
    assert clustered is not None
    assert one is not None
    assert clustered.high - clustered.low > 1.3 * (rows.high - rows.low)
    assert (one.low, one.high) == (0.0, 1.0)


def test_a_set_without_one_side_gives_none() -> None:
    (only_others,) = precision_at_rates([S, U], [S, C], rates=[0.07])
    assert (only_others.recall, only_others.false_positive_rate, only_others.precision) == (None, 0.5, None)
    (only_conflicts,) = precision_at_rates([C, C], [C, U], rates=[0.07])
    assert (only_conflicts.recall, only_conflicts.false_positive_rate) == (0.5, None)
    (silent,) = precision_at_rates([C, U], [U, U], rates=[0.07])
    assert (silent.precision, silent.cautious, silent.flagged) == (None, None, 0.0)
    assert silent.to_dict()["precision"] is None


def test_bad_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="rate is 7; needed a share between 0 and 1"):
        precision_at_rates([C, U], [C, U], rates=[7])


def test_flags_that_come_and_go_in_the_samples_give_no_warning() -> None:
    with np.errstate(all="raise"):
        (entry,) = precision_at_rates([C, C, U, U], [C, U, U, U], rates=[0.07])
    assert entry.precision is not None
    assert entry.precision.estimate == 1.0
