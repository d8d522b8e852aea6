from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from sklearn import calibration
from sklearn import metrics as oracle

from stance.evaluation import compute_metrics, top_labels
from stance.records import LABELS, Label

C, S, U = LABELS


def random_case(seed: int, n: int = 400) -> tuple[list[Label], np.ndarray]:
    rng = np.random.default_rng(seed)
    gold = rng.choice(3, size=n, p=rng.dirichlet([3, 3, 3]))
    logits = rng.normal(size=(n, 3)) + 1.5 * np.eye(3)[gold]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return [LABELS[i] for i in gold], probabilities


@pytest.mark.parametrize("seed", range(8))
def test_every_metric_equals_scikit_learns(seed: int) -> None:
    gold, probabilities = random_case(seed)
    y = np.array([LABELS.index(label) for label in gold])
    top = probabilities.argmax(axis=1)
    found = compute_metrics(gold, probabilities)

    precision, recall, f1, support = oracle.precision_recall_fscore_support(y, top, labels=[0, 1, 2])
    for i, label in enumerate(LABELS):
        entry = found.labels[label]
        assert (entry.precision, entry.recall, entry.f1) == pytest.approx((precision[i], recall[i], f1[i]))
        assert entry.support == support[i]
        assert entry.predicted == (top == i).sum()
    assert found.n == len(gold)
    assert found.f1_macro == pytest.approx(oracle.f1_score(y, top, average="macro"))
    assert found.accuracy == pytest.approx(oracle.accuracy_score(y, top))
    assert found.balanced_accuracy == pytest.approx(oracle.balanced_accuracy_score(y, top))
    assert found.mcc == pytest.approx(oracle.matthews_corrcoef(y, top))
    assert np.array_equal(found.confusion, oracle.confusion_matrix(y, top))
    assert found.pr_auc == pytest.approx(oracle.average_precision_score(y == 0, probabilities[:, 0]))
    assert found.log_loss == pytest.approx(oracle.log_loss(y, probabilities))
    # scikit-learn has the multiclass Brier score since 1.7; ours must run with 1.5 too.
    brier = ((probabilities - np.eye(3)[y]) ** 2).sum(axis=1).mean()
    if "scale_by_half" in oracle.brier_score_loss.__wrapped__.__code__.co_varnames:
        brier = oracle.brier_score_loss(y, probabilities, labels=[0, 1, 2], scale_by_half=False)
    assert found.brier == pytest.approx(brier)


@pytest.mark.parametrize("seed", range(4))
def test_reliability_equals_scikit_learns_calibration_curve(seed: int) -> None:
    gold, probabilities = random_case(seed)
    correct = [label is guess for label, guess in zip(gold, top_labels(probabilities), strict=True)]
    accuracy, confidence = calibration.calibration_curve(correct, probabilities.max(axis=1), n_bins=15)
    found = compute_metrics(gold, probabilities)
    assert [bar.accuracy for bar in found.reliability] == pytest.approx(list(accuracy))
    assert [bar.confidence for bar in found.reliability] == pytest.approx(list(confidence))
    assert sum(bar.n for bar in found.reliability) == found.n
    for bar in found.reliability:
        assert bar.lower < bar.confidence <= bar.upper


@pytest.mark.parametrize("seed", range(4))
def test_precision_at_recall_is_the_best_threshold_by_brute_force(seed: int) -> None:
    gold, probabilities = random_case(seed, n=60)
    positive = np.array([label is C for label in gold])
    found = compute_metrics(gold, probabilities).precision_at_recall
    for recall in (0.5, 0.8, 0.9):
        best = 0.0
        for threshold in probabilities[:, 0]:
            flagged = probabilities[:, 0] >= threshold
            if (flagged & positive).sum() / positive.sum() >= recall:
                best = max(best, (flagged & positive).sum() / flagged.sum())
        assert found[str(recall)] == pytest.approx(best)


# Six pairs, worked by hand (columns contradict, support, unrelated):
#   gold  probabilities   top   right  top p
#   C     0.9 0.0 0.1     C     yes    0.9
#   C     0.6 0.3 0.1     C     yes    0.6
#   C     0.2 0.1 0.7     U     no     0.7
#   S     0.1 0.8 0.1     S     yes    0.8
#   S     0.5 0.4 0.1     C     no     0.5
#   U     0.0 0.0 1.0     U     yes    1.0
HAND_GOLD = [C, C, C, S, S, U]
HAND = np.array(
    [[0.9, 0, 0.1], [0.6, 0.3, 0.1], [0.2, 0.1, 0.7], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0, 0, 1.0]]
)


def test_hand_worked_verdict_metrics() -> None:
    found = compute_metrics(HAND_GOLD, HAND)
    assert found.confusion == ((2, 0, 1), (1, 1, 0), (0, 0, 1))
    # C: 2 of 3 given right, 2 of 3 found. S: 1 of 1, 1 of 2. U: 1 of 2, 1 of 1.
    # F1 = 2pr / (p + r) = 2/3 for each.
    contradict, support, unrelated = (found.labels[label] for label in LABELS)
    assert (contradict.precision, contradict.recall) == pytest.approx((2 / 3, 2 / 3))
    assert (support.precision, support.recall) == pytest.approx((1, 1 / 2))
    assert (unrelated.precision, unrelated.recall) == pytest.approx((1 / 2, 1))
    assert found.f1_macro == pytest.approx(2 / 3)
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    # R_k: hits*n - sum(gold*predicted) = 4*6 - (3*3 + 2*1 + 1*2) = 11
    #      36 - (9 + 4 + 1) = 22 for gold and 36 - (9 + 1 + 4) = 22 for predictions; 11 / sqrt(22*22) = 0.5
    assert found.mcc == pytest.approx(0.5)


def test_hand_worked_probability_metrics() -> None:
    found = compute_metrics(HAND_GOLD, HAND)
    # contradict ranked: 0.9 C, 0.6 C, 0.5 S, 0.2 C, ...: precision 1 and 1 at the first
    # two hits, 3/4 at the third.
    assert found.pr_auc == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert found.precision_at_recall == pytest.approx({"0.5": 1.0, "0.8": 3 / 4, "0.9": 3 / 4})
    # squared errors by row: .01+0+.01, .16+.09+.01, .64+.01+.49, .01+.04+.01, .25+.36+.01, 0
    assert found.brier == pytest.approx((0.02 + 0.26 + 1.14 + 0.06 + 0.62 + 0) / 6)
    assert found.log_loss == pytest.approx(-np.log([0.9, 0.6, 0.2, 0.8, 0.4, 1.0]).mean())
    # all six top probabilities lie in bins of their own: gaps .1, .4, .7, .2, .5, 0
    assert found.ece == pytest.approx((0.1 + 0.4 + 0.7 + 0.2 + 0.5 + 0.0) / 6)
    # by confidence 1.0 y, 0.9 y, 0.8 y, 0.7 n, 0.6 y, 0.5 n: accuracy 1, 1, 1, 3/4, 4/5, 4/6
    # rows kept at 0.5, 0.7, 0.8, 0.9, 1.0 of six: 3, 5 (4.2), 5 (4.8), 6 (5.4), 6
    assert found.selective_accuracy == pytest.approx(
        {"0.5": 1.0, "0.7": 4 / 5, "0.8": 4 / 5, "0.9": 4 / 6, "1.0": 4 / 6}
    )
    assert found.aurc == pytest.approx((0 + 0 + 0 + 1 / 4 + 1 / 5 + 1 / 3) / 6)


def test_accuracy_among_the_labels_present_by_hand() -> None:
    """Two labels only: what the third takes is not counted against the model here, but is in accuracy."""
    chances = [[0.3, 0.2, 0.5], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]
    found = compute_metrics([C, S, S, S], chances)
    assert found.accuracy_present == pytest.approx(3 / 4)  # only the third is wrong between the two
    assert found.accuracy == pytest.approx(1 / 4)
    assert compute_metrics([C, S, U, S], chances).accuracy_present is None
    assert compute_metrics([C, C], [[0.2, 0.4, 0.4], [0.1, 0.1, 0.8]]).accuracy_present == 1.0


def test_hand_worked_swap() -> None:
    # The other direction moves row 0 to S (distance (0.9 + 0.9 + 0) / 2 = 0.9), the others stay.
    swapped = HAND.copy()
    swapped[0] = [0.0, 0.9, 0.1]
    found = compute_metrics(HAND_GOLD, HAND, swapped=swapped)
    assert found.swap_agreement == pytest.approx(5 / 6)
    assert found.swap_gap == pytest.approx(0.9 / 6)
    assert compute_metrics(HAND_GOLD, HAND).swap_agreement is None


def test_verdicts_other_than_the_top_label_rule_what_depends_on_verdicts() -> None:
    # A threshold turned row 4 (p_contradict 0.5) into its second label S, which is right.
    plain = compute_metrics(HAND_GOLD, HAND)
    found = compute_metrics(HAND_GOLD, HAND, predicted=[C, C, U, S, S, U])
    assert found.accuracy == pytest.approx(5 / 6)
    assert found.selective_accuracy["1.0"] == pytest.approx(5 / 6)
    assert (found.brier, found.log_loss, found.ece) == (plain.brier, plain.log_loss, plain.ece)
    assert found.pr_auc == plain.pr_auc


def test_row_order_does_not_matter_even_with_equal_probabilities() -> None:
    gold, probabilities = random_case(3)
    probabilities = np.eye(3)[probabilities.argmax(axis=1)] * 0.7 + 0.1
    order = np.random.default_rng(0).permutation(len(gold))
    first = compute_metrics(gold, probabilities)
    second = compute_metrics([gold[i] for i in order], probabilities[order])
    assert second.selective_accuracy == pytest.approx(first.selective_accuracy)
    assert (second.aurc, second.ece, second.f1_macro) == pytest.approx(
        (first.aurc, first.ece, first.f1_macro)
    )


def test_a_label_without_gold_is_undefined_and_out_of_the_means() -> None:
    # Two-way data, one row lost to the third label: F1 of C is 2*1/(1+1) = 1, of S 2*1/(2+1) = 2/3.
    found = compute_metrics([C, S, S], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    unrelated = found.labels["unrelated"]
    assert (unrelated.support, unrelated.recall, unrelated.f1, unrelated.precision) == (0, None, None, 0.0)
    assert found.f1_macro == pytest.approx((1 + 2 / 3) / 2)
    assert found.balanced_accuracy == pytest.approx((1 + 1 / 2) / 2)
    never = compute_metrics([C, S], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]).labels["unrelated"]
    assert (never.precision, never.recall, never.f1) == (None, None, None)


def test_a_label_never_predicted_scores_zero() -> None:
    found = compute_metrics([C, S], [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    support = found.labels["support"]
    assert (support.precision, support.recall, support.f1) == (0.0, 0.0, 0.0)
    assert found.mcc == 0.0


def test_one_gold_label_only_gives_numbers_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compute_metrics([S] * 4, [[0.1, 0.8, 0.1]] * 3 + [[0.1, 0.1, 0.8]])
    assert found.accuracy == 0.75
    assert found.pr_auc is None
    assert found.precision_at_recall == {"0.5": None, "0.8": None, "0.9": None}
    assert found.mcc == 0.0


def test_a_certain_mistake_costs_a_finite_log_loss() -> None:
    assert compute_metrics([C], [[0.0, 1.0, 0.0]]).log_loss == pytest.approx(36.04, abs=0.01)


def test_to_dict_is_plain_json() -> None:
    found = compute_metrics(HAND_GOLD, HAND, swapped=HAND, truncated=2)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["truncated"] == 2
    assert plain["confusion"] == [[2, 0, 1], [1, 1, 0], [0, 0, 1]]
    assert plain["labels"]["contradict"]["support"] == 3  # type: ignore[index]


def test_input_is_not_modified() -> None:
    gold, probabilities = random_case(1)
    before = probabilities.copy()
    compute_metrics(gold, probabilities)
    assert np.array_equal(before, probabilities)


def test_permuted_labels_show_in_mcc_and_f1() -> None:
    gold, probabilities = random_case(5)
    sound, broken = compute_metrics(gold, probabilities), compute_metrics(gold, probabilities[:, [1, 2, 0]])
    assert sound.mcc > 0.4
    assert broken.mcc < 0
    assert broken.f1_macro < sound.f1_macro - 0.3


def test_a_temperature_of_three_shows_in_calibration_alone() -> None:
    # Gold drawn from the probabilities themselves: the model is calibrated by construction.
    rng = np.random.default_rng(7)
    probabilities = rng.dirichlet([0.6, 0.6, 0.6], size=4000)
    gold = [LABELS[rng.choice(3, p=row)] for row in probabilities]
    flat = probabilities ** (1 / 3) / (probabilities ** (1 / 3)).sum(axis=1, keepdims=True)
    sound, broken = compute_metrics(gold, probabilities), compute_metrics(gold, flat)
    assert sound.ece < 0.03
    assert broken.ece > 5 * sound.ece
    assert broken.log_loss > sound.log_loss + 0.1
    assert broken.accuracy == sound.accuracy


@pytest.mark.parametrize(
    ("gold", "probabilities", "message"),
    [
        ([], np.zeros((0, 3)), "gold is empty; needed at least one labelled pair"),
        (["neutral"], [[1, 0, 0]], r"gold\[0\] is 'neutral'; needed one of contradict, support, unrelated"),
        ([C, None], [[1, 0, 0]] * 2, r"gold\[1\] is None; needed one of"),
        ([C], [[1, 0, 0]] * 2, r"probabilities has shape \(2, 3\); needed \(1, 3\), columns contradict"),
        ([C], [[1, 0]], r"probabilities has shape \(1, 2\); needed \(1, 3\)"),
        ([C, S], [[1, 0, 0], [np.nan, 0.5, 0.5]], "row 1 has a value that is not a finite number"),
        ([C], [[1.2, -0.2, 0]], "row 0 has a negative value"),
        ([C], [[0.5, 0.3, 0.1]], r"row 0 has a sum other than 1: \[0.5, 0.3, 0.1\] \(1 such rows\)"),
    ],
)
def test_bad_input_is_refused_with_a_clear_line(
    gold: list[Label], probabilities: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compute_metrics(gold, probabilities)  # type: ignore[arg-type]


def test_bad_optional_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="predicted has 1 labels; needed 6, one a pair"):
        compute_metrics(HAND_GOLD, HAND, predicted=[C])
    with pytest.raises(ValueError, match=r"swapped has shape \(2, 3\); needed \(6, 3\)"):
        compute_metrics(HAND_GOLD, HAND, swapped=HAND[:2])
    with pytest.raises(ValueError, match="truncated is 7; needed a count between 0 and the 6 pairs"):
        compute_metrics(HAND_GOLD, HAND, truncated=7)


def test_sums_within_a_thousandth_are_taken_as_rounding() -> None:
    rounded = HAND.astype(np.float16)
    assert compute_metrics(HAND_GOLD, rounded).brier == pytest.approx(
        compute_metrics(HAND_GOLD, HAND).brier, abs=1e-3
    )
