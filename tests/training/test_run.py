import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
from tiny import SHUFFLED, save_tiny_classifier
from training.toy import FAST, TELLING, as_rows, examples, save_base

import stance
from stance.classifier import StanceClassifier
from stance.cli import run
from stance.cli.commands import train
from stance.errors import DataError, OptionalDependencyError
from stance.evaluation import data_sha256
from stance.records import LABELS, Example, Label, label_of
from stance.training import run as run_module
from stance.training.run import (
    held_out,
    is_symmetric,
    read_mixture,
    take_evenly,
    train_model,
    train_pairs,
)
from stance.training.settings import Source, TrainSettings

CONFIG = """
epochs = 6
learning_rate = 1e-2
dropout = 0.0
label_smoothing = 0.0
freeze_embeddings = false
threads = 1
"""


def silent(_):
    pass


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# What is held out, taken and refused


def test_about_a_tenth_is_held_out_and_always_the_same():
    rows = examples(900)
    out = [held_out(e, 10) for e in rows]
    assert 0.07 < sum(out) / len(out) < 0.13
    assert [held_out(e, 10) for e in rows] == out
    assert not any(held_out(e, 0) for e in rows)
    assert all(held_out(e, 100) for e in rows)


def test_the_same_texts_are_held_out_together_whatever_their_order_and_id():
    for e in examples(50):
        twin = Example(e.hypothesis, e.premise, e.gold, "another id")
        assert held_out(e, 50) is held_out(twin, 50)


def test_what_is_taken_is_even_over_the_labels_and_deterministic():
    rows = examples(90)
    # 30 a label; of 'support' only 2 are left.
    rows = [e for e in rows if e.gold is not Label.SUPPORT] + [e for e in rows if e.gold is Label.SUPPORT][:2]
    taken = take_evenly(rows, 20, seed=1)
    assert [sum(e.gold is label for e in taken) for label in LABELS] == [9, 2, 9]
    assert take_evenly(rows, 20, seed=1) == taken
    assert take_evenly(rows, 20, seed=2) != taken
    assert len(take_evenly(rows, 10_000, seed=1)) == len(rows)
    assert take_evenly([], 3, seed=1) == []


def test_a_mixture_follows_the_files_in_order(tmp_path):
    own = write(tmp_path / "own.jsonl", as_rows(examples(6)))
    nli = write(tmp_path / "nli.jsonl", as_rows(examples(9, seed=2), ("premise", "hypothesis")))
    long = write(
        tmp_path / "long.jsonl", [{"a": "w " * 9, "b": "x", "label": "support"}, *as_rows(examples(1))]
    )
    settings = TrainSettings(
        mixture=(Source(str(nli), take=3), Source(str(own), repeat=2), Source(str(long), max_words=9))
    )
    rows = read_mixture([own], settings, strict=False, say=silent)
    assert len(rows) == 6 + 3 + 12 + 1
    assert [e.directed for e in rows] == [False] * 6 + [True] * 3 + [False] * 13
    assert rows[:6] == rows[9:15] == rows[15:21]


def test_refused_rows_are_told_and_strict_stops(tmp_path):
    file = write(tmp_path / "p.jsonl", [*as_rows(examples(3)), {"a": "x", "b": "y", "label": "perhaps"}])
    said = []
    assert len(read_mixture([file], TrainSettings(), strict=False, say=said.append)) == 3
    assert "p.jsonl:4" in said[0]
    assert said[-1] == "1 rows refused; 3 went on"
    with pytest.raises(DataError, match=r"p\.jsonl:4"):
        read_mixture([file], TrainSettings(), strict=True, say=silent)


@pytest.fixture
def files(tmp_path):
    train, dev = examples(60, seed=1), examples(24, seed=2)
    known = {frozenset((e.premise, e.hypothesis)) for e in train}
    dev = [e for e in dev if frozenset((e.premise, e.hypothesis)) not in known]
    return write(tmp_path / "train.jsonl", as_rows(train)), write(tmp_path / "dev.jsonl", as_rows(dev))


def refused(tmp_path, pairs, **options):
    with pytest.raises(DataError) as caught:
        train_pairs(pairs, tmp_path / "out", say=silent, **options)
    assert not (tmp_path / "out").exists()
    return str(caught.value)


def test_nothing_to_train_on_is_refused(tmp_path):
    assert "nothing to train on: give a file of labelled pairs, or [[mixture]] tables" in refused(
        tmp_path, []
    )


def test_one_label_alone_is_refused(tmp_path):
    rows = [e for e in examples(60) if e.gold is Label.SUPPORT]
    message = refused(tmp_path, [write(tmp_path / "p.jsonl", as_rows(rows))])
    assert message == "only 'support' pairs to train on: at least two labels are needed"


def test_too_few_pairs_to_hold_any_out_are_refused(tmp_path):
    rows = [e for e in examples(40) if not held_out(e, 10)][:6]
    message = refused(tmp_path, [write(tmp_path / "p.jsonl", as_rows(rows))])
    assert message == "no pair was left for dev: give --dev FILE"


@pytest.mark.parametrize("swap", [False, True])
def test_dev_pairs_among_the_training_pairs_are_refused(tmp_path, files, swap):
    train, dev = files
    rows = [json.loads(line) for line in train.read_text().splitlines()[:2]]
    if swap:
        rows = [{**row, "a": row["b"], "b": row["a"]} for row in rows]
    leaky = write(tmp_path / "leaky.jsonl", [*map(json.loads, dev.read_text().splitlines()), *rows])
    message = refused(tmp_path, [train], dev=leaky)
    assert message == "2 pairs of dev are in the training pairs too: take them out of one"


def test_directed_pairs_are_other_pairs_when_swapped():
    rows = [Example(f"a{i}", f"b{i}", label, directed=True) for i, label in enumerate(LABELS)]
    turned = [replace(e, premise=e.hypothesis, hypothesis=e.premise) for e in rows]
    run_module._check(rows, turned)
    with pytest.raises(DataError, match="3 pairs of dev"):
        run_module._check(rows, rows)
    with pytest.raises(DataError, match="3 pairs of dev"):
        run_module._check([replace(e, directed=False) for e in rows], turned)


def test_an_output_with_a_model_is_kept(tmp_path, files, classifier_folder):
    shutil.copytree(classifier_folder, tmp_path / "mine")
    before = {p.name: p.read_bytes() for p in (tmp_path / "mine").iterdir()}
    with pytest.raises(DataError, match=r"mine: holds a model already: give another --output or remove it"):
        train_pairs([files[0]], tmp_path / "mine", dev=files[1])
    assert {p.name: p.read_bytes() for p in (tmp_path / "mine").iterdir()} == before


def test_an_output_that_is_a_file_is_refused(tmp_path, files):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="file: cannot be used as output folder"):
        train_pairs([files[0]], tmp_path / "file", dev=files[1])


def test_without_accelerate_the_extra_is_named(tmp_path, files, monkeypatch):
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(OptionalDependencyError) as caught:
        train_pairs([files[0]], tmp_path / "out", dev=files[1])
    assert str(caught.value) == "training needs accelerate: pip install 'stance-nli[train]'"


# A training as users start it


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    config = folder / "train.toml"
    config.write_text(CONFIG)
    rows = examples(150)
    pairs = write(folder / "pairs.jsonl", as_rows(rows))
    said = []
    lines = train_pairs(
        [pairs],
        folder / "mine",
        base=str(save_base(folder / "base", symmetric=False, temperature=3.0)),
        config=config,
        say=said.append,
    )
    return folder / "mine", lines, said, rows


def test_training_improves_the_toy_task_and_says_by_how_much(trained):
    _, lines, said, _ = trained
    [f1] = [line.split() for line in lines if line.startswith("macro-F1 ") and "after:" not in line]
    before, after, gain = map(float, f1[1:])
    assert before < 0.6
    assert after > 0.9
    assert gain == pytest.approx(after - before, abs=0.0015)
    assert any("sha256" in line or "train data:" in line for line in lines)
    assert lines[-1].startswith("saved: ")
    assert said[0].endswith("from base")
    assert any(line.startswith("step ") for line in said)


def test_the_saved_model_gives_what_was_learned(trained):
    folder, _, _, _ = trained
    model = stance.load(folder)
    for word, label in TELLING.items():
        [judgement] = model.predict([(f"army {word}", f"union {word}")])
        assert judgement.label is label


def test_a_teacher_is_named_in_the_settings_asked_once_and_followed(trained, tmp_path):
    teacher, rows = trained[0], trained[3]
    config = tmp_path / "train.toml"
    config.write_text(f"{CONFIG}teacher = '{teacher}'\nteacher_weight = 1.0\n")
    seen = {frozenset((e.premise, e.hypothesis)) for e in rows}
    # Every gold label is wrong; the student can only have the right ones from its teacher.
    turn = dict(zip(LABELS, (*LABELS[1:], LABELS[0]), strict=True))
    pairs = write(tmp_path / "wrong.jsonl", as_rows([replace(e, gold=turn[e.gold]) for e in rows]))
    dev = write(
        tmp_path / "dev.jsonl",
        as_rows([e for e in examples(200) if frozenset((e.premise, e.hypothesis)) not in seen]),
    )
    said = []
    train_pairs(
        [pairs],
        tmp_path / "student",
        dev=dev,
        base=str(save_base(tmp_path / "base")),
        config=config,
        say=said.append,
    )
    assert said.count(f"asking mine about {len(rows)} pairs") == 1
    student = stance.load(tmp_path / "student")
    for word, label in TELLING.items():
        [judgement] = student.predict([(f"army {word}", f"union {word}")])
        assert judgement.label is label


def test_interpolation_keeps_a_share_of_the_base(tmp_path):
    import torch
    from transformers import AutoModelForSequenceClassification as Auto

    base = save_base(tmp_path / "base", symmetric=True)
    settings = replace(FAST, keep_best=False)
    rows, dev = examples(60), examples(20, seed=5)
    for name, share in (("whole", 1.0), ("half", 0.5)):
        train_model(
            rows, dev, tmp_path / name, base=str(base), settings=replace(settings, interpolation=share)
        )
    start, whole, half = (
        dict(Auto.from_pretrained(tmp_path / name).named_parameters()) for name in ("base", "whole", "half")
    )
    assert not torch.equal(start["classifier.weight"], whole["classifier.weight"])
    for name, weight in half.items():
        torch.testing.assert_close(weight, (start[name] + whole[name]) / 2)


def test_of_a_base_that_does_not_judge_nothing_can_be_kept(tmp_path):
    base = save_base(tmp_path / "base", names=("LABEL_0", "LABEL_1", "LABEL_2"))
    settings = replace(FAST, interpolation=0.5)
    with pytest.raises(
        DataError, match="base is no classifier of our labels: there is nothing of it to keep"
    ):
        train_model(examples(30), examples(9, seed=5), tmp_path / "o", base=str(base), settings=settings)


def test_the_saved_model_loads_in_transformers_with_the_column_order_of_its_base(trained):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = trained[0]
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tuple(model.config.id2label.values()) == SHUFFLED
    logits = model(**tokenizer("army not", "union not", return_tensors="pt")).logits[0]
    assert label_of(SHUFFLED[int(logits.argmax())]) is Label.CONTRADICT


def test_what_the_model_is_stands_in_its_config(trained):
    notes = json.loads((trained[0] / "config.json").read_text())["stance"]
    assert notes["symmetric"] is True
    assert 0.05 <= notes["temperature"] <= 20
    assert notes["temperature"] not in (1.0, 3.0)
    assert StanceClassifier.load(trained[0]).temperature == notes["temperature"]
    assert notes["conformal"]["coverage"] == 0.9
    assert StanceClassifier.load(trained[0]).least == notes["conformal"]["least"] > 0


def test_the_card_holds_data_settings_and_signed_metrics(trained):
    folder, _, _, rows = trained
    card = (folder / "README.md").read_text(encoding="utf-8")
    train = [e for e in rows if not held_out(e, 10)]
    assert f"{len(train)} pairs (" in card
    assert f"sha256 `{data_sha256(train)}`" in card
    assert "# A stance model from base" in card
    assert "learning_rate = 0.01" in card
    assert "freeze_embeddings = false" in card
    assert "The base reached macro-F1 " in card
    assert "model:mine" in card.replace(" ", "")
    assert "**contradict**: read by a careful reader" in card
    assert card.startswith("---\npipeline_tag: text-classification\n")


def test_nothing_but_the_model_is_left(trained):
    names = {p.name for p in trained[0].iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= names
    assert "checkpoints" not in names
    assert not any(name.endswith(".bin") for name in names)


def test_the_command_prints_results_on_stdout_and_notes_on_stderr(tmp_path, files, monkeypatch, capfd):
    config = tmp_path / "train.toml"
    config.write_text("epochs = 0.5\nthreads = 1\n")
    options = {"--dev": files[1], "--config": config, "--base": save_base(tmp_path / "base")}
    options["--output"] = tmp_path / "mine"
    words = ["train.py", files[0], *(word for option in options.items() for word in option)]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    capfd.readouterr()
    run(train)
    out, err = capfd.readouterr()
    assert out.splitlines()[0].split() == ["dev", "before", "after", "gain"]
    assert out.splitlines()[-1].startswith("saved: ")
    assert "{" not in out
    assert "pairs to train on" in err
    with pytest.raises(SystemExit) as stopped:
        run(train)
    out, err = capfd.readouterr()
    assert (stopped.value.code, out) == (1, "")
    assert err.startswith("error: ")
    assert "holds a model already" in err


# What a model is marked as, and what it starts from

QUICK = replace(FAST, epochs=0.5, evaluations=1)


@pytest.mark.parametrize(
    ("directed", "base", "setting", "symmetric"),
    [
        ([False, False], False, None, True),
        ([True, False], False, None, False),
        ([True, False], True, None, True),
        ([True, True], True, False, False),
        ([True, True], False, True, True),
    ],
)
def test_symmetry_is_that_of_the_pairs_else_of_the_base_unless_set(directed, base, setting, symmetric):
    rows = [Example("a", "b", Label.SUPPORT, directed=d) for d in directed]
    assert is_symmetric(TrainSettings(symmetric=setting), rows, base=base) is symmetric


@pytest.mark.parametrize("names", [("LABEL_0", "LABEL_1"), ("LABEL_0", "LABEL_1", "LABEL_2")])
def test_a_base_without_our_labels_is_not_measured(tmp_path, names):
    place = save_tiny_classifier(tmp_path / "base", names=names)
    mixture = (Source("somewhere/sets/nli.parquet", take=5, repeat=2), Source("a.csv", max_words=9))
    settings = replace(QUICK, mixture=mixture)
    out = tmp_path / "out"
    result = train_model(examples(12), examples(6, seed=2), out, base=str(place), settings=settings)
    assert result.before is None
    assert "-" in run_module.gain_lines(result)[1]
    card = (out / "README.md").read_text()
    assert "The base reached" not in card
    assert "- `sets/nli.parquet`, take 5, repeat 2\n- `a.csv`, take all, repeat 1, at most 9 words\n" in card
    assert StanceClassifier.load(tmp_path / "out").name == "out"


def test_half_precision_halves_the_file_and_keeps_the_verdicts(tmp_path):
    place = str(save_base(tmp_path / "base"))
    for half in (False, True):
        out = tmp_path / f"half-{half}"
        settings = replace(QUICK, half=half)
        train_model(examples(12), examples(6, seed=2), out, base=place, settings=settings)
    sizes = [(tmp_path / f"half-{half}" / "model.safetensors").stat().st_size for half in (False, True)]
    assert sizes[1] < 0.7 * sizes[0]
    texts = [(e.premise, e.hypothesis) for e in examples(9, seed=3)]
    whole, halved = (
        StanceClassifier.load(tmp_path / f"half-{half}").probabilities(texts).probabilities
        for half in (False, True)
    )
    np.testing.assert_allclose(halved, whole, atol=0.01)


def test_a_packed_model_is_written_read_and_trained_on(tmp_path):
    place = str(save_base(tmp_path / "base"))
    rows, dev = examples(12), examples(6, seed=2)
    train_model(rows, dev, tmp_path / "whole", base=place, settings=QUICK)
    train_model(rows, dev, tmp_path / "packed", base=place, settings=replace(QUICK, packed=True))
    assert not (tmp_path / "packed" / "model.safetensors").exists()
    texts = [(e.premise, e.hypothesis) for e in examples(9, seed=3)]
    whole, packed = (
        StanceClassifier.load(tmp_path / name).probabilities(texts).probabilities
        for name in ("whole", "packed")
    )
    np.testing.assert_allclose(packed, whole, atol=0.02)
    again = train_model(rows, dev, tmp_path / "more", base=str(tmp_path / "packed"), settings=QUICK)
    assert again.before is not None


# CutError off and started again


class CutError(Exception):
    pass


def cut_off(monkeypatch, place, name):
    def stop(*_, **__):
        raise CutError

    monkeypatch.setattr(place, name, stop)


def test_a_training_that_was_cut_off_goes_on_and_no_other_takes_its_place(tmp_path, monkeypatch):
    place, out = str(save_base(tmp_path / "base")), tmp_path / "out"
    train, dev = examples(48), examples(12, seed=2)
    settings = replace(FAST, epochs=2, evaluations=2)
    cut_off(monkeypatch, run_module, "fit_temperature")
    with pytest.raises(CutError):
        train_model(train, dev, out, base=place, settings=settings)
    monkeypatch.undo()
    assert {p.name for p in out.iterdir()} == {"checkpoints"}
    with pytest.raises(stance.ModelError, match=r"no config\.json"):
        stance.predict("a", "b", model=out)
    for other in ({"settings": replace(settings, seed=1)}, {"train": train[:-3]}, {"dev": dev[:-1]}):
        arguments = {"train": train, "dev": dev, "settings": settings, **other}
        with pytest.raises(DataError, match="left by a training with other pairs, base or settings"):
            train_model(arguments["train"], arguments["dev"], out, base=place, settings=arguments["settings"])
    said = []
    # The number of threads is no part of what a training is.
    again = replace(settings, threads=2)
    resumed = train_model(train, dev, out, base=place, settings=again, say=said.append)
    assert not any(line.startswith("step ") and "loss" in line for line in said)
    whole = train_model(train, dev, tmp_path / "whole", base=place, settings=settings)
    np.testing.assert_allclose(resumed.after.probabilities, whole.after.probabilities, atol=1e-5)
    assert not (out / "checkpoints").exists()


def test_a_model_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    place, out = str(save_base(tmp_path / "base")), tmp_path / "out"
    train, dev = examples(12), examples(6, seed=2)
    cut_off(monkeypatch, run_module, "model_card")
    with pytest.raises(CutError):
        train_model(train, dev, out, base=place, settings=QUICK)
    assert not (out / "config.json").exists()
    monkeypatch.undo()
    train_model(train, dev, out, base=place, settings=QUICK)
    assert (out / "config.json").exists()
    assert (out / "README.md").exists()
