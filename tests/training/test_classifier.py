from dataclasses import replace

import numpy as np
import pytest
from tiny import SHUFFLED, save_tiny_classifier, tiny_config, tiny_tokenizer
from training.toy import FAST, examples, save_base

from stance.classifier import StanceClassifier
from stance.classifier.model import Scores
from stance.errors import ModelError
from stance.records import LABELS, Example, Label, label_of
from stance.training.classifier import (
    MatedCollator,
    both_orders,
    class_weights,
    disagreement,
    encode,
    load_base,
    mated_rows,
    names_labels,
    targets,
    teach,
    train_classifier,
)
from stance.training.finetune import LoopSettings, finetune, freeze, last_checkpoint
from stance.training.settings import TrainSettings

CONTRADICT, SUPPORT, UNRELATED = Label


def test_class_weights_by_hand():
    # 12 rows of 3 labels, 4 each would be even: 4/8, 4/3, 4/1; the mean over the 12 rows is 1.
    golds = [CONTRADICT] * 8 + [SUPPORT] * 3 + [UNRELATED]
    weights = class_weights(golds)
    assert weights == pytest.approx([0.5, 4 / 3, 4.0])
    assert np.mean([weights[LABELS.index(g)] for g in golds]) == pytest.approx(1.0)


def test_labels_that_are_near_even_are_not_weighed():
    assert class_weights([CONTRADICT] * 4 + [SUPPORT] * 2 + [UNRELATED] * 3) is None
    assert class_weights([CONTRADICT] * 5 + [SUPPORT] * 2 + [UNRELATED] * 3) is not None
    assert class_weights([]) is None


def test_a_label_without_rows_plays_no_part():
    # 6 rows of 2 labels, 3 each would be even.
    assert class_weights([CONTRADICT] * 5 + [UNRELATED]) == pytest.approx([0.6, 1.0, 3.0])


def test_only_symmetric_pairs_are_read_both_ways():
    plain = Example("a", "b", SUPPORT, "1", tags={"event": "x"})
    nli = Example("c", "d", SUPPORT, "2", directed=True)
    given = [plain, nli]
    assert both_orders(given) == [plain, Example("b", "a", SUPPORT, "1", tags={"event": "x"}), nli]
    assert given == [plain, nli]
    assert both_orders([]) == []


def test_rows_are_encoded_in_order_with_the_column_of_their_label():
    columns = {SUPPORT: 2, CONTRADICT: 0, UNRELATED: 1}
    given = [Example("army", "army", SUPPORT), Example("the " * 50, "army", UNRELATED)]
    rows = encode(tiny_tokenizer(), given, columns, max_length=16)
    assert [row["labels"] for row in rows] == [2, 1]
    assert [len(row["input_ids"]) for row in rows] == [5, 16]
    assert encode(tiny_tokenizer(), [], columns, max_length=16) == []


def test_a_symmetric_pair_brings_its_other_order_and_both_know_each_other():
    columns = {SUPPORT: 2, CONTRADICT: 0, UNRELATED: 1}
    tokenizer = tiny_tokenizer()
    given = [Example("army", "the strike", SUPPORT, directed=True), Example("army", "the strike", CONTRADICT)]
    rows = mated_rows(tokenizer, given, columns, max_length=16)
    batch = MatedCollator(tokenizer)(rows)
    assert batch["labels"].tolist() == [[2, -1], [0, 2], [0, 1]]
    turned = tokenizer("the strike", "army")["input_ids"]
    assert batch["input_ids"].tolist() == [rows[0]["input_ids"], rows[1]["input_ids"], turned]


def test_disagreement_by_hand():
    import torch

    # (0.5, 0.5) against (0.9, 0.1): the divergence from either side, averaged over the two rows.
    logits = torch.log(torch.tensor([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]))
    one = 0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1)
    other = 0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5)
    assert float(disagreement(logits, torch.tensor([1, 0, -1]))) == pytest.approx((one + other) / 2, abs=1e-6)
    assert float(disagreement(logits, torch.tensor([-1, -1, -1]))) == 0.0
    assert float(disagreement(logits[:1].repeat(2, 1), torch.tensor([1, 0]))) == pytest.approx(0.0, abs=1e-7)


def test_consistency_makes_the_two_orders_agree(tmp_path):
    rows = examples(96)
    gaps = []
    for weight in (0.0, 5.0):
        # Its wide random weights answer the two orders differently, and the rate is too low to unlearn that.
        model, tokenizer = load_base(str(save_tiny_classifier(tmp_path / f"base{weight}")), FAST)
        settings = replace(FAST, consistency=weight, epochs=2, batch_size=8, learning_rate=1e-3)
        train_classifier(
            model, tokenizer, rows, rows[:12], settings=settings, checkpoints=tmp_path / f"run{weight}"
        )
        there = probabilities(model, tokenizer, rows)
        back = probabilities(
            model, tokenizer, [replace(e, premise=e.hypothesis, hypothesis=e.premise) for e in rows]
        )
        gaps.append(float(np.abs(there - back).mean()))
    assert gaps[1] < 0.7 * gaps[0]


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (SHUFFLED, True),
        (("support", "unrelated", "contradict"), True),
        (("LABEL_0", "LABEL_1"), False),
        (("contradiction", "entailment"), False),
        (("contradiction", "refutes", "entailment", "neutral"), False),
        (("contradiction", "entailment", "neutral", "other"), False),
    ],
)
def test_a_head_counts_only_when_it_names_each_label_once(names, known):
    assert names_labels(dict(enumerate(names))) is known


def test_a_base_that_knows_the_labels_keeps_its_head_and_column_order(classifier_folder):
    from safetensors.torch import load_file

    model, _ = load_base(str(classifier_folder), FAST)
    assert tuple(model.config.id2label.values()) == SHUFFLED
    saved = load_file(classifier_folder / "model.safetensors")["classifier.weight"]
    assert model.classifier.weight.detach().equal(saved)


@pytest.mark.parametrize(
    "names", [("LABEL_0", "LABEL_1"), ("contradiction", "refutes", "entailment", "neutral")]
)
def test_any_other_base_gets_a_fresh_head_with_our_names_by_the_seed(tmp_path, names):
    folder = str(save_tiny_classifier(tmp_path, names=names))
    first, _ = load_base(folder, FAST)
    again, _ = load_base(folder, FAST)
    other, _ = load_base(folder, TrainSettings(seed=14))
    assert first.config.id2label == {0: "contradict", 1: "support", 2: "unrelated"}
    assert first.classifier.weight.shape[0] == first.config.num_labels == 3
    assert first.classifier.weight.equal(again.classifier.weight)
    assert not first.classifier.weight.equal(other.classifier.weight)


def test_dropout_is_that_of_the_base_unless_set(classifier_folder):
    assert load_base(str(classifier_folder), TrainSettings())[0].config.hidden_dropout_prob == 0.1
    model, _ = load_base(str(classifier_folder), TrainSettings(dropout=0.0))
    assert model.config.hidden_dropout_prob == model.config.attention_probs_dropout_prob == 0.0
    assert {m.p for m in model.modules() if type(m).__name__ == "Dropout"} == {0.0}


def test_a_base_whose_dropout_has_other_names_is_refused(tmp_path):
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    tokenizer = tiny_tokenizer()
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=16, n_layers=1, n_heads=2, hidden_dim=32)
    DistilBertForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(
        ModelError, match="a distilbert has no dropout that stance can set: leave dropout out"
    ):
        load_base(str(tmp_path), TrainSettings(dropout=0.0))
    model, _ = load_base(str(tmp_path), TrainSettings())
    with pytest.raises(
        ModelError, match=r"frozen_layers is 1, but the model \(distilbert\) has no encoder layers"
    ):
        freeze(model, embeddings=True, layers=1)


def test_a_base_that_cannot_be_loaded_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match=f"cannot train from '{tmp_path}': "):
        load_base(str(tmp_path), FAST)


def test_frozen_parts_get_no_gradient():
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification(tiny_config(tiny_tokenizer(), SHUFFLED))
    freeze(model, embeddings=True, layers=1)
    still = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert "bert.embeddings.word_embeddings.weight" in still
    assert any(name.startswith("bert.encoder.layer.0.") for name in still)
    assert not any(name.startswith("classifier") for name in still)
    with pytest.raises(ModelError, match=r"frozen_layers is 2, but the model \(bert\) has 1 layers"):
        freeze(model, embeddings=False, layers=2)


def test_nothing_below_the_first_trained_layer_gets_a_gradient():
    """One trained weight at the bottom would cost the whole backward pass; MPNet's layers share one."""
    from transformers import MPNetConfig, MPNetForSequenceClassification

    config = MPNetConfig(
        vocab_size=30, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32
    )
    model = MPNetForSequenceClassification(config)
    freeze(model, embeddings=True, layers=2)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained
    assert all(name.startswith(("mpnet.encoder.layer.2.", "classifier.")) for name in trained)


def probabilities(model, tokenizer, rows):
    from stance.classifier import StanceClassifier

    return (
        StanceClassifier(model, tokenizer)
        .probabilities([(e.premise, e.hypothesis) for e in rows])
        .probabilities
    )


def accuracy(model, tokenizer, rows):
    best = probabilities(model, tokenizer, rows).argmax(axis=1)
    return float(np.mean([LABELS[i] is e.gold for i, e in zip(best, rows, strict=True)]))


def test_a_tiny_model_learns_the_toy_task_in_the_columns_of_its_base(tmp_path, capsys):
    train, dev = examples(120, seed=1), examples(45, seed=2)
    model, tokenizer = load_base(str(save_base(tmp_path / "base")), FAST)
    before = accuracy(model, tokenizer, dev)
    said = []
    log = train_classifier(
        model, tokenizer, train, dev, settings=FAST, checkpoints=tmp_path / "run", say=said.append
    )
    after = accuracy(model, tokenizer, dev)
    assert before < 0.6
    assert after > 0.9
    assert [label_of(n) for n in model.config.id2label.values()] == [label_of(n) for n in SHUFFLED]
    assert 1 <= sum("eval_f1_macro" in entry for entry in log) <= FAST.evaluations
    assert any("f1_macro" in line and line.startswith("step ") for line in said)
    assert capsys.readouterr().out == ""


def test_a_text_longer_than_the_base_takes_is_cut(classifier_folder, tmp_path):
    long = [Example("the " * 90, e.hypothesis, e.gold) for e in examples(6)]
    settings = TrainSettings(epochs=1, batch_size=6, max_length=128, threads=1)
    model, tokenizer = load_base(str(classifier_folder), settings)
    assert train_classifier(model, tokenizer, long, long, settings=settings, checkpoints=tmp_path)


def one_run(folder, checkpoints, **options):
    train, dev = examples(48, seed=1), examples(12, seed=2)
    settings = TrainSettings(epochs=2, batch_size=8, learning_rate=5e-3, threads=1, evaluations=2)
    model, tokenizer = load_base(str(folder), settings)
    train_classifier(model, tokenizer, train, dev, settings=settings, checkpoints=checkpoints, **options)
    return probabilities(model, tokenizer, dev)


def test_the_same_seed_gives_the_same_model(tmp_path):
    bare = save_tiny_classifier(tmp_path / "bare", names=("LABEL_0", "LABEL_1"))
    first, second = one_run(bare, tmp_path / "1"), one_run(bare, tmp_path / "2")
    np.testing.assert_array_equal(first, second)


def test_a_run_that_was_cut_off_ends_as_one_that_was_not(classifier_folder, tmp_path):
    import shutil

    whole = one_run(classifier_folder, tmp_path / "whole")
    steps = sorted(int(p.name.split("-")[1]) for p in (tmp_path / "whole").glob("checkpoint-*"))
    assert len(steps) == 2
    shutil.copytree(
        tmp_path / "whole" / f"checkpoint-{steps[0]}", tmp_path / "cut" / f"checkpoint-{steps[0]}"
    )
    # The second checkpoint was being written when the run was cut off.
    (tmp_path / "cut" / f"checkpoint-{steps[1]}").mkdir()
    assert last_checkpoint(tmp_path / "cut") == str(tmp_path / "cut" / f"checkpoint-{steps[0]}")
    said = []
    np.testing.assert_allclose(
        one_run(classifier_folder, tmp_path / "cut", say=said.append), whole, atol=1e-6
    )
    assert not any(line.startswith(f"step {steps[0]} ") for line in said)


def test_no_checkpoint_means_a_fresh_start(tmp_path):
    assert last_checkpoint(tmp_path / "none") is None
    (tmp_path / "checkpoint-3").mkdir()
    assert last_checkpoint(tmp_path) is None
    for step in (9, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")


def loop(classifier_folder, folder, scores, **options):
    """Train with a metric that follows ``scores``; return the weights at each look and those at the end."""
    from transformers import DataCollatorWithPadding

    model, tokenizer = load_base(str(classifier_folder), FAST)
    columns = {label_of(n): i for i, n in model.config.id2label.items()}
    rows = encode(tokenizer, examples(48), columns, max_length=32)
    seen, given = [], iter(scores)

    def metrics(_):
        seen.append(model.classifier.weight.detach().clone())
        return {"f1": next(given)}

    settings = LoopSettings(epochs=4, batch_size=8, learning_rate=1e-2, threads=1, **options)
    log = finetune(
        model,
        rows,
        rows[:6],
        settings=settings,
        folder=folder,
        collate=DataCollatorWithPadding(tokenizer),
        metrics=metrics,
        best="f1",
    )
    return seen, model.classifier.weight.detach(), log


def test_training_stops_early_and_leaves_the_best_weights(classifier_folder, tmp_path):
    scores = [0.3, 0.8, 0.5, 0.4, 0.9, 0.9]
    seen, left, log = loop(classifier_folder, tmp_path, scores, evaluations=6, patience=2)
    # The best is the second look; two more bring no gain, so the fifth never comes.
    assert [entry["eval_f1"] for entry in log if "eval_f1" in entry] == [0.3, 0.8, 0.5, 0.4]
    assert left.equal(seen[1])
    assert not left.equal(seen[3])


@pytest.mark.parametrize("evaluations", [1, 5, 7, 1000])
def test_there_are_no_more_looks_at_dev_than_asked_for_and_the_last_is_at_the_end(
    classifier_folder, tmp_path, evaluations
):
    # 48 rows by 8 over 4 epochs are 24 steps.
    seen, left, log = loop(
        classifier_folder, tmp_path, [i / 100 for i in range(30)], evaluations=evaluations, patience=99
    )
    assert len(seen) <= evaluations
    assert len(seen) == {1: 1, 5: 5, 7: 6, 1000: 24}[evaluations]
    assert max(entry["step"] for entry in log) == 24
    assert left.equal(seen[-1])


def test_without_dev_all_steps_are_made_and_checkpoints_kept(classifier_folder, tmp_path):
    from transformers import DataCollatorWithPadding

    model, tokenizer = load_base(str(classifier_folder), FAST)
    columns = {label_of(n): i for i, n in model.config.id2label.items()}
    rows = encode(tokenizer, examples(24), columns, max_length=32)
    settings = LoopSettings(epochs=1, batch_size=8, threads=1, checkpoint_steps=2)
    log = finetune(
        model, rows, [], settings=settings, folder=tmp_path, collate=DataCollatorWithPadding(tokenizer)
    )
    assert log[-1]["step"] == 3
    assert sorted(p.name for p in tmp_path.glob("checkpoint-*")) == ["checkpoint-2", "checkpoint-3"]


def test_without_keep_best_the_weights_at_the_end_stay_and_training_goes_to_its_end(
    classifier_folder, tmp_path
):
    scores = [0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    seen, left, log = loop(
        classifier_folder,
        tmp_path,
        scores,
        evaluations=6,
        patience=2,
        keep_best=False,
        checkpoint_steps=5,
    )
    assert len(seen) == 6
    assert max(entry["step"] for entry in log) == 24
    assert left.equal(seen[-1])
    # Checkpoints come as often as asked for, whenever dev is looked at.
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-24")
    assert (tmp_path / "checkpoint-20").is_dir()


def test_targets_by_hand():
    taught = np.array([[0.2, 0.5, 0.3]])
    # Gold smoothed by 0.3: 0.8, 0.1, 0.1 in the order of LABELS when contradict is gold.
    learned = targets([LABELS[0]], taught, weight=0.5, smoothing=0.3)
    assert learned == pytest.approx(np.array([[0.5, 0.3, 0.2]]))
    assert targets([LABELS[0]], taught, weight=1.0, smoothing=0.3) == pytest.approx(taught)
    assert targets([], np.zeros((0, 3)), weight=0.5, smoothing=0.1).shape == (0, 3)


class OrderedTeacher:
    """Says contradict of what comes first in the alphabet, support else."""

    def __init__(self, *, symmetric: bool) -> None:
        self.symmetric = symmetric

    def probabilities(self, pairs, **_):
        rows = [[0.8, 0.1, 0.1] if a < b else [0.2, 0.6, 0.2] for a, b in pairs]
        return Scores(np.array(rows).reshape(-1, 3), 0)


def test_a_teacher_is_asked_a_symmetric_pair_both_ways_and_a_directed_one_once():
    given = [Example("a", "b", SUPPORT), Example("a", "b", SUPPORT, directed=True)]
    taught = teach(OrderedTeacher(symmetric=True), given)
    assert taught == pytest.approx(np.array([[0.5, 0.35, 0.15], [0.8, 0.1, 0.1]]))
    assert teach(OrderedTeacher(symmetric=True), []).shape == (0, 3)


@pytest.mark.parametrize("consistency", [0.0, 0.5])
def test_a_student_learns_what_its_teacher_says_against_the_gold(tmp_path, consistency):
    # The teacher turns contradict and support about; taught with its weight 1, the student follows it.
    rows = examples(240)
    other = {CONTRADICT: SUPPORT, SUPPORT: CONTRADICT, UNRELATED: UNRELATED}
    taught = np.array([[float(label is other[e.gold]) for label in LABELS] for e in rows])
    settings = replace(FAST, teacher="x", teacher_weight=1.0, consistency=consistency, keep_best=False)
    base = save_base(tmp_path / "base")
    model, tokenizer = load_base(str(base), settings)
    train_classifier(model, tokenizer, rows, [], settings=settings, checkpoints=tmp_path / "c", taught=taught)
    scores = StanceClassifier(model, tokenizer).probabilities([(e.premise, e.hypothesis) for e in rows])
    said = [LABELS[int(i)] for i in scores.probabilities.argmax(axis=1)]
    assert np.mean([s is other[e.gold] for s, e in zip(said, rows, strict=True)]) > 0.9
