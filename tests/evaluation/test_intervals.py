from __future__ import annotations

import math
import time

import numpy as np
import pytest
from sklearn import metrics as oracle

from stance.evaluation import bootstrap, mcnemar, paired_bootstrap
from stance.evaluation.arrays import cluster_indices
from stance.evaluation.counts import COUNT_METRICS, table_metric
from stance.records import LABELS, Label

C, S, U = LABELS


def noisy(seed: int, n: int, right: float = 0.8) -> tuple[list[Label], list[Label]]:
    rng = np.random.default_rng(seed)
    gold = rng.integers(3, size=n)
    guess = np.where(rng.random(n) < right, gold, (gold + rng.integers(1, 3, size=n)) % 3)
    return [LABELS[i] for i in gold], [LABELS[i] for i in guess]


def certain(labels: list[Label]) -> np.ndarray:
    return np.eye(3)[[LABELS.index(label) for label in labels]]


@pytest.mark.parametrize("seed", range(5))
def test_metrics_of_tables_equal_scikit_learns(seed: int) -> None:
    gold, guess = noisy(seed, 200)
    y, z = ([LABELS.index(label) for label in labels] for labels in (gold, guess))
    tables = np.stack([oracle.confusion_matrix(y, z), np.eye(3, dtype=np.int64)])
    expected = {
        "f1_macro": oracle.f1_score(y, z, average="macro"),
        "accuracy": oracle.accuracy_score(y, z),
        "balanced_accuracy": oracle.balanced_accuracy_score(y, z),
        "mcc": oracle.matthews_corrcoef(y, z),
    }
    for kind, values in zip(
        ("precision", "recall", "f1"), oracle.precision_recall_fscore_support(y, z), strict=False
    ):
        expected |= {f"{kind}_{label}": values[i] for i, label in enumerate(LABELS)}
    assert set(expected) == set(COUNT_METRICS)
    for name, value in expected.items():
        assert table_metric(tables, name) == pytest.approx([value, 1.0]), name


def test_metrics_of_tables_where_labels_are_missing() -> None:
    # gold holds C and S only; two rows right, one S taken for U
    table = np.array([[[1, 0, 0], [0, 1, 1], [0, 0, 0]]])
    assert table_metric(table, "f1_macro") == pytest.approx([(1 + 2 / 3) / 2])
    assert np.isnan(table_metric(table, "recall_unrelated")[0])
    assert table_metric(table, "precision_unrelated")[0] == 0.0
    # all rows C: no spread, so no correlation
    assert table_metric(np.array([[[3, 0, 0], [0, 0, 0], [0, 0, 0]]]), "mcc")[0] == 0.0


def test_unknown_metrics_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown metric 'bleu'; needed one of f1_macro, accuracy"):
        bootstrap([C, S], certain([C, S]), metrics=["bleu"])


def test_interval_holds_the_estimate_and_repeats_with_its_seed() -> None:
    gold, guess = noisy(0, 300)
    first = bootstrap(gold, certain(guess), seed=4)
    assert first == bootstrap(gold, certain(guess), seed=4)
    assert first != bootstrap(gold, certain(guess), seed=5)
    for interval in first.values():
        assert interval.low < interval.estimate < interval.high
    accuracy = first["accuracy"]
    assert accuracy.estimate == pytest.approx(np.mean([a is b for a, b in zip(gold, guess, strict=True)]))
    # normal approximation: 1.96 * sqrt(p (1 - p) / n) either side
    half = 1.96 * math.sqrt(accuracy.estimate * (1 - accuracy.estimate) / 300)
    assert accuracy.high - accuracy.low == pytest.approx(2 * half, rel=0.12)
    assert str(accuracy).startswith(f"{accuracy.estimate:.3f} [")
    assert set(accuracy.to_dict()) == {"estimate", "low", "high"}


def test_row_order_does_not_change_intervals() -> None:
    gold, guess = noisy(1, 200)
    events = [f"e{i // 4}" for i in range(200)]
    order = np.random.default_rng(0).permutation(200)
    for clusters in (None, events):
        moved = None if clusters is None else [clusters[i] for i in order]
        assert bootstrap(gold, certain(guess), clusters=clusters) == bootstrap(
            [gold[i] for i in order], certain([guess[i] for i in order]), clusters=moved
        )


def test_verdicts_replace_the_top_label() -> None:
    gold, guess = noisy(2, 100)
    assert bootstrap(gold, certain(gold), predicted=guess) == bootstrap(gold, certain(guess))


def test_duplicated_rows_widen_the_interval_only_when_clustered() -> None:
    gold, guess = noisy(3, 100)
    events = [str(i) for i in range(100)] * 4
    alone = bootstrap(gold, certain(guess))["accuracy"]
    rows = bootstrap(gold * 4, certain(guess * 4))["accuracy"]
    clustered = bootstrap(gold * 4, certain(guess * 4), clusters=events)["accuracy"]
    width = alone.high - alone.low
    # four copies tell nothing new: by rows the interval halves wrongly (sqrt 4), by clusters it stays
    assert rows.high - rows.low == pytest.approx(width / 2, rel=0.15)
    assert clustered.high - clustered.low == pytest.approx(width, rel=0.15)


def test_singleton_clusters_and_missing_ids_are_rows() -> None:
    gold, guess = noisy(4, 200)
    by_rows = bootstrap(gold, certain(guess))["f1_macro"]
    by_ids = bootstrap(gold, certain(guess), clusters=["", None] * 100)["f1_macro"]
    assert (by_ids.low, by_ids.high) == pytest.approx((by_rows.low, by_rows.high), abs=0.02)
    assert cluster_indices(["a", None, "b", "", "a"], 5).tolist() == [0, 1, 2, 3, 0]
    with pytest.raises(ValueError, match="clusters has 1 ids; needed 200, one a pair"):
        bootstrap(gold, certain(guess), clusters=["a"])


def test_one_cluster_tells_nothing_of_the_spread() -> None:
    gold, guess = noisy(5, 50)
    found = bootstrap(gold, certain(guess), clusters=["e"] * 50, metrics=["accuracy", "mcc"])
    assert (found["accuracy"].low, found["accuracy"].high) == (0.0, 1.0)
    assert (found["mcc"].low, found["mcc"].high) == (-1.0, 1.0)
    assert paired_bootstrap(gold, guess, gold, clusters=["e"] * 50).p == 1.0


def test_undefined_metrics_are_left_out() -> None:
    assert set(bootstrap([S, U, S], certain([S, U, C]))) == {"f1_macro", "accuracy"}


@pytest.mark.parametrize("clustered", [False, True])
def test_nominal_95_percent_covers_the_truth(clustered: bool) -> None:
    # 500 simulated sets; where clustered, three pairs of an event are right or wrong together.
    rng = np.random.default_rng(11)
    copies, n, trials = (3 if clustered else 1), 400, 500
    truth = np.array([[0.24, 0.03, 0.03], [0.05, 0.25, 0.05], [0.02, 0.03, 0.30]])
    f1_macro = float(table_metric((truth * 10_000).astype(np.int64)[None], "f1_macro")[0])
    covered = {"accuracy": 0, "f1_macro": 0}
    for trial in range(trials):
        cells = np.repeat(rng.choice(9, size=n, p=truth.ravel()), copies)
        gold, guess = [LABELS[i] for i in cells // 3], [LABELS[i] for i in cells % 3]
        events = [str(row // copies) for row in range(n * copies)] if clustered else None
        found = bootstrap(gold, certain(guess), clusters=events, metrics=list(covered), seed=trial)
        for name, value in (("accuracy", 0.79), ("f1_macro", f1_macro)):
            covered[name] += found[name].low <= value <= found[name].high
    for name, count in covered.items():
        assert 0.93 <= count / trials <= 0.97, (name, count / trials)


def test_ten_thousand_rows_take_seconds_at_most() -> None:
    gold, guess = noisy(6, 10_000)
    start = time.process_time()
    bootstrap(gold, certain(guess), clusters=[str(i // 2) for i in range(10_000)])
    paired_bootstrap(gold, guess, gold, clusters=[str(i // 2) for i in range(10_000)])
    assert time.process_time() - start < 5


def test_paired_bootstrap_sees_a_difference_and_its_absence() -> None:
    gold, weak = noisy(7, 400, right=0.7)
    strong = [g if i % 2 else w for i, (g, w) in enumerate(zip(gold, weak, strict=True))]
    found = paired_bootstrap(gold, strong, weak, metric="accuracy")
    assert found.difference == pytest.approx(found.a - found.b)
    assert 0 < found.low < found.difference < found.high
    assert found.p == pytest.approx(2 / 1001)
    back = paired_bootstrap(gold, weak, strong, metric="accuracy")
    assert (back.difference, back.p) == (-found.difference, found.p)
    same = paired_bootstrap(gold, weak, list(weak))
    assert (same.difference, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_paired_interval_is_narrower_than_the_two_alone() -> None:
    gold, weak = noisy(8, 400, right=0.7)
    strong = [g if i % 4 == 0 else w for i, (g, w) in enumerate(zip(gold, weak, strict=True))]
    paired = paired_bootstrap(gold, strong, weak, metric="accuracy")
    alone = bootstrap(gold, certain(weak))["accuracy"]
    assert paired.high - paired.low < alone.high - alone.low


def test_paired_p_is_honest_between_models_of_equal_skill() -> None:
    # p below 0.05 in about 5 % of 400 simulated sets; 8.3 % would be three standard errors off.
    false_alarms = 0
    for seed in range(400):
        gold, first = noisy(seed, 150)
        rng = np.random.default_rng(1000 + seed)
        others = {label: [other for other in LABELS if other is not label] for label in LABELS}
        second = [g if rng.random() < 0.8 else others[g][rng.integers(2)] for g in gold]
        found = paired_bootstrap(gold, first, second, metric="accuracy", n_resamples=400)
        false_alarms += found.p < 0.05
    assert 0.01 <= false_alarms / 400 <= 0.083


def test_paired_bootstrap_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="f1_contradict is undefined here: gold holds no such label"):
        paired_bootstrap([S, U], [S, U], [U, S], metric="f1_contradict")
    with pytest.raises(ValueError, match="predicted_b has 1 labels; needed 2, one a pair"):
        paired_bootstrap([S, U], [S, U], [U])
    with pytest.raises(ValueError, match="n_resamples is 0; needed at least 1"):
        paired_bootstrap([S, U], [S, U], [U, U], n_resamples=0)


def test_mcnemar_by_hand() -> None:
    # a alone is right on 1 row, b alone on 5: p = 2 * (C(6,0) + C(6,1)) / 2^6 = 2 * 7 / 64 = 0.21875
    gold = [C] * 8
    first = [C, S, S, S, S, S, C, S]
    second = [S, C, C, C, C, C, C, S]
    found = mcnemar(gold, first, second)
    assert (found.b, found.c) == (1, 5)
    assert found.p == pytest.approx(14 / 64)
    assert found.to_dict() == {"b": 1, "c": 5, "p": pytest.approx(14 / 64)}


def test_mcnemar_of_equally_right_models_is_one() -> None:
    assert mcnemar([C, S], [C, U], [C, C]).p == 1.0
