import json

import numpy as np
import pytest
from tiny import save_tiny_classifier

from stance.classifier import StanceClassifier, conformal_least
from stance.errors import ModelError


def test_the_least_probability_by_hand():
    # Gold probabilities 0.9, 0.8, 0.6, 0.3: of 4 rows the ceil(5 * 0.6) = 3rd least strange has 0.6.
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    assert conformal_least(p, [0, 1, 0, 0], coverage=0.6) == pytest.approx(0.6)
    assert conformal_least(p, [0, 1, 0, 0], coverage=0.8) == pytest.approx(0.3)


def test_too_few_rows_promise_nothing():
    assert conformal_least(np.array([[0.9, 0.1]]), [0], coverage=0.9) == 0.0
    assert conformal_least(np.zeros((0, 3)), [], coverage=0.5) == 0.0


def test_sets_hold_the_right_label_as_often_as_promised_even_of_a_model_that_is_too_sure():
    draw = np.random.default_rng(5)
    truth = draw.dirichlet([0.5] * 3, size=20_000)
    gold = np.array([draw.choice(3, p=row) for row in truth])
    sure = truth**3 / (truth**3).sum(axis=1, keepdims=True)
    least = conformal_least(sure[:2000], gold[:2000].tolist(), coverage=0.9)
    held = (sure[2000:] >= least)[np.arange(18_000), gold[2000:]]
    assert held.mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("coverage", [0.0, 1.0, float("nan")])
def test_a_coverage_that_is_no_share_is_refused(coverage):
    with pytest.raises(ValueError, match=r"coverage is .*: it must be between 0 and 1"):
        conformal_least(np.array([[0.9, 0.1]]), [0], coverage=coverage)


def test_the_least_is_read_from_the_config_and_checked(tmp_path):
    folder = save_tiny_classifier(tmp_path / "tiny")
    assert StanceClassifier.load(folder).least is None
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for least in (0.25, 1.5):
        config["stance"] = {"symmetric": True, "conformal": {"coverage": 0.9, "least": least}}
        path.write_text(json.dumps(config))
        if least <= 1:
            assert StanceClassifier.load(folder).least == least
        else:
            with pytest.raises(
                ModelError, match=r"conformal least 1\.5 in config\.json: it must be from 0 to 1"
            ):
                StanceClassifier.load(folder)
