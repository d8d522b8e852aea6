import json
import shutil

import numpy as np
import pytest
from tiny import SHUFFLED, save_tiny_classifier

from stance.classifier import StanceClassifier, fit_temperature, softmax
from stance.classifier.batching import token_batches
from stance.classifier.labels import label_columns
from stance.errors import ModelError
from stance.records import LABELS, label_of

PAIRS = [
    ("the village has fallen", "our troops are still in the village"),
    ("the strike is over", "nobody is back at work"),
    ("a", "the workers said that the strike is not over and that they are not back at work"),
    ("the army said it was 12 dead", "the army said it was 40 dead"),
]


@pytest.fixture(scope="module")
def classifier(classifier_folder):
    return StanceClassifier.load(classifier_folder)


def test_columns_follow_the_names_in_the_config_not_their_position(classifier, classifier_folder):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(classifier_folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(classifier_folder)
    raw = model(**tokenizer(*PAIRS[0], return_tensors="pt")).logits[0].softmax(-1).tolist()
    ours = classifier.probabilities(PAIRS[:1]).probabilities[0]
    for name, probability in zip(SHUFFLED, raw, strict=True):
        assert ours[LABELS.index(label_of(name))] == pytest.approx(probability, abs=1e-5)


def test_the_order_of_labels_in_the_config_changes_no_probability(tmp_path, classifier, classifier_folder):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "turned"
    shutil.copytree(classifier_folder, folder)
    order = [2, 0, 1]
    config = json.loads((folder / "config.json").read_text())
    names = [SHUFFLED[i] for i in order]
    config["id2label"] = dict(enumerate(names))
    config["label2id"] = {name: i for i, name in enumerate(names)}
    (folder / "config.json").write_text(json.dumps(config))
    weights = load_file(folder / "model.safetensors")
    for key in ("classifier.weight", "classifier.bias"):
        weights[key] = weights[key][order].contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    turned = StanceClassifier.load(folder).probabilities(PAIRS).probabilities
    np.testing.assert_allclose(turned, classifier.probabilities(PAIRS).probabilities, atol=1e-6)


def test_rows_come_back_in_order_whatever_the_batching(classifier, monkeypatch):
    whole = classifier.probabilities(PAIRS).probabilities
    assert whole.shape == (len(PAIRS), 3)
    np.testing.assert_allclose(whole.sum(axis=1), 1.0)
    monkeypatch.setattr(classifier._engine, "budget", 1)
    np.testing.assert_allclose(classifier.probabilities(PAIRS).probabilities, whole, atol=1e-5)
    backwards = classifier.probabilities(PAIRS[::-1]).probabilities
    np.testing.assert_allclose(backwards[::-1], whole, atol=1e-5)


def test_the_answers_of_the_tiny_model_differ_between_pairs(classifier):
    # Guards the tests above: with constant answers they could not fail.
    assert np.ptp(classifier.probabilities(PAIRS).probabilities, axis=0).max() > 0.01


def test_identical_pairs_are_run_once(classifier, monkeypatch):
    seen, steps = [], []
    run = classifier._engine.logits

    def counted(batches):
        batches = list(batches)
        seen.extend(row for batch in batches for row in batch.ids)
        return run(batches)

    monkeypatch.setattr(classifier._engine, "logits", counted)
    scores = classifier.probabilities([PAIRS[0], PAIRS[1], PAIRS[0]], progress=steps.append)
    assert len(seen) == sum(steps) == 2
    np.testing.assert_array_equal(scores.probabilities[0], scores.probabilities[2])


def test_nothing_in_gives_nothing_out(classifier):
    scores = classifier.probabilities([])
    assert scores.probabilities.shape == (0, 3)
    assert scores.truncated == 0


def test_long_texts_are_cut_and_counted(classifier):
    long = "the army said " * 40
    scores = classifier.probabilities([(long, "it was 12 dead"), PAIRS[0], (long, "it was 12 dead")])
    assert scores.truncated == 2


def test_a_pair_that_just_fits_is_not_counted_as_cut(classifier):
    # 3 special tokens and 61 words make the 64 that the model takes.
    just = ("the " * 60, "army")
    assert classifier.probabilities([just]).truncated == 0
    assert classifier.probabilities([("the " * 61, "army")]).truncated == 1


def test_temperature_and_symmetry_come_from_the_config(tmp_path, classifier):
    warm = StanceClassifier.load(save_tiny_classifier(tmp_path, symmetric=True, temperature=2.0))
    assert warm.symmetric
    assert not classifier.symmetric
    logits, _ = classifier.logits(PAIRS)
    np.testing.assert_allclose(warm.probabilities(PAIRS).probabilities, softmax(logits, 2.0), atol=1e-6)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("LABEL_0", "LABEL_1", "LABEL_2"), ["LABEL_0", "never guesses by position"]),
        (("contradiction", "refutes", "neutral"), ["two columns mean 'contradict'"]),
        (("contradiction", "entailment"), ["no column for unrelated"]),
        (("agree", "disagree", "discuss"), ["'discuss' is unknown"]),
    ],
)
def test_label_names_that_are_not_understood_are_refused(names, words):
    with pytest.raises(ModelError) as caught:
        label_columns(dict(enumerate(names)), "models/other")
    assert "models/other" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_model_without_label_names_is_refused_on_load(tmp_path):
    folder = save_tiny_classifier(tmp_path, names=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match="LABEL_0"):
        StanceClassifier.load(folder)


def test_pickled_weights_are_refused(tmp_path, classifier_folder):
    import torch

    folder = tmp_path / "pickled"
    shutil.copytree(classifier_folder, folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        StanceClassifier.load(folder)


def test_a_temperature_of_zero_is_refused(tmp_path):
    with pytest.raises(ModelError, match="must be above 0"):
        StanceClassifier.load(save_tiny_classifier(tmp_path, temperature=0.0))


def test_a_model_in_memory_answers_as_the_same_on_disk(tmp_path, classifier, classifier_folder):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(classifier_folder)
    tokenizer = AutoTokenizer.from_pretrained(classifier_folder)
    memory = StanceClassifier(model, tokenizer)
    assert (memory.name, memory.hash, memory.engine) == ("model", "memory", "torch-fp32")
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    expected = classifier.probabilities(PAIRS).probabilities
    for other in (memory, StanceClassifier.load(tmp_path), StanceClassifier.load(tmp_path, engine="torch")):
        np.testing.assert_allclose(other.probabilities(PAIRS).probabilities, expected, atol=1e-5)


def test_windows_change_nothing(classifier, monkeypatch):
    pairs = [*PAIRS, *[(b, a) for a, b in PAIRS], *PAIRS[:2], ("the " * 61, "army")]
    whole = classifier.probabilities(pairs)
    monkeypatch.setattr("stance.classifier.model.WINDOW", 3)
    parts = classifier.probabilities(pairs)
    np.testing.assert_allclose(parts.probabilities, whole.probabilities, atol=1e-5)
    assert parts.truncated == whole.truncated == 1


def test_a_short_job_is_dealt_out_to_all_threads(classifier, monkeypatch):
    sizes = []
    run = classifier._engine.logits
    monkeypatch.setattr(classifier._engine, "threads", 4)
    monkeypatch.setattr("stance.classifier.model._SMALLEST_SHARE", 1)

    def counted(batches):
        batches = list(batches)
        sizes.extend(len(batch.ids) for batch in batches)
        return run(batches)

    monkeypatch.setattr(classifier._engine, "logits", counted)
    classifier.probabilities([(f"the army said {n} dead", "no") for n in range(10, 26)])
    assert sizes == [4, 4, 4, 4]


def test_padding_is_measured_and_stays_small(classifier_folder):
    classifier = StanceClassifier.load(classifier_folder)
    assert classifier.padding == 0.0
    # By hand: 3 special tokens each, so lengths 5 and 7 in one batch: 2 of 14 tokens are padding.
    classifier.probabilities([("a", "a"), ("a a", "a a")])
    assert classifier.padding == pytest.approx(2 / 14)
    many = [(f"{'the ' * (n % 29)} army", f"{'said ' * (n % 23)} no") for n in range(2000)]
    classifier.probabilities(many)
    assert classifier.padding < 0.05


def test_batches_hold_near_equal_lengths_within_the_budget():
    lengths = [5, 100, 7, 6, 40, 41, 3]
    batches = token_batches(lengths, 100)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= 100
    assert batches[0] == [1]
    assert batches[1] == [5, 4]
    # A quarter of the budget is reached by the two long rows: shorter ones would only be padded.
    assert token_batches([30, 30, 5, 5], 200) == [[0, 1], [2, 3]]
    assert token_batches([30, 29, 28, 28], 200) == [[0, 1, 2, 3]]
    assert token_batches([], 100) == []


def test_softmax_by_hand():
    # exp(0) = 1, exp(ln 3) = 3: shares 1/4 and 3/4; at temperature 2 the logit is ln(3)/2, so 1 and sqrt(3).
    logits = np.array([[0.0, np.log(3.0)]])
    np.testing.assert_allclose(softmax(logits), [[0.25, 0.75]])
    np.testing.assert_allclose(softmax(logits, 2.0)[0, 1], 3**0.5 / (1 + 3**0.5))


def test_the_temperature_of_two_readings_fits_their_average():
    # Both readings claim 98 %; for the fifth pair they claim different labels, so that their average is even
    # at any temperature. The other four, one of them wrong, ask for T = 4 / ln 3 as one reading does.
    forward = np.array([[4.0, 0.0]] * 5)
    backward = np.array([[4.0, 0.0]] * 4 + [[0.0, 4.0]])
    found = fit_temperature(forward, [0, 0, 0, 1, 0], swapped=backward)
    assert found == pytest.approx(4.0 / np.log(3.0), rel=1e-3)


def test_temperature_makes_an_overconfident_model_modest():
    # Logits 4 apart claim 98 %, but only 3 of 4 are right: log-odds ln 3 are wanted, so T = 4 / ln 3.
    logits = np.array([[4.0, 0.0]] * 4)
    assert fit_temperature(logits, [0, 0, 0, 1]) == pytest.approx(4.0 / np.log(3.0), rel=1e-3)
    with pytest.raises(ValueError, match="no rows to calibrate on"):
        fit_temperature(np.zeros((0, 2)), [])
