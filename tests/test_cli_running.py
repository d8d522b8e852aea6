"""The options that say what runs the model, with a real tiny one."""

import json
import shutil

import pytest

from stance import api, weights
from stance.cli.running import load_model

PAIR = ("the strike is over", "nobody is back at work")


@pytest.fixture
def stance(tmp_path, classifier_folder, tagger_folder, monkeypatch, command_line):
    shutil.copytree(classifier_folder, tmp_path / "models" / weights.STANCE_MODEL)
    shutil.copytree(tagger_folder, tmp_path / "models" / weights.TAGGER_MODEL)
    monkeypatch.setattr(weights, "shipped_models", lambda: tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return command_line


def test_what_runs_the_model_is_said_once_on_stderr(stance):
    code, out, err = stance("predict", *PAIR, "--threads", 2, "--device", "cpu", "--json")
    assert (code, err) == (0, "engine: openvino-fp32, 2 threads\n")
    code, other, err = stance("predict", *PAIR, "--engine-name", "torch", "--threads", 1, "--json")
    assert (code, err) == (0, "engine: torch-fp32, 1 thread\n")
    ours, theirs = json.loads(out), json.loads(other)
    assert ours["label"] == theirs["label"]
    assert ours["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-4)


def test_every_judging_command_takes_the_options(stance, tmp_path):
    rows = [{"a": PAIR[0], "b": PAIR[1], "label": "contradict"}, {"a": "a", "b": "no", "label": "unrelated"}]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, _, err = stance("evaluate", "pairs.jsonl", "--engine-name", "torch", "--threads", 1)
    assert (code, err) == (0, "engine: torch-fp32, 1 thread\n")
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"a": r["a"], "b": r["b"]}) + "\n" for r in rows))
    code, _, err = stance(
        "predict", "--input", "in.jsonl", "--output", "out.jsonl", "--engine-name", "openvino"
    )
    assert code == 0
    assert err.startswith("engine: openvino-fp32, ")


def test_why_the_faster_engine_is_not_there_is_said_in_the_same_line(stance, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    code, _, err = stance("predict", *PAIR, "--threads", 1)
    assert code == 0
    why = "openvino is not installed: pip install 'stance-nli[fast]'"
    assert err == f"engine: torch-fp32, 1 thread ({why})\n"
    code, _, err = stance("predict", *PAIR, "--engine-name", "openvino")
    assert (code, err) == (1, f"error: {why}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine-name", "onnx"), "'onnx' is not one of"),
        (("--device", "tpu"), "'tpu' is not one of"),
        (("--threads", "0"), "0 is not in the range"),
        (
            ("--engine-name", "openvino", "--device", "cuda"),
            "openvino runs on the cpu only: leave out --device cuda",
        ),
    ],
)
def test_wishes_that_cannot_be_are_wrong_usage(stance, options, message):
    code, out, err = stance("predict", *PAIR, *options)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.usefixtures("stance")
def test_a_loaded_model_can_be_handed_on(monkeypatch):
    from fakes import FakeTagger

    monkeypatch.setattr(api, "_tagger", lambda *_: FakeTagger())
    model = load_model(None, engine_name="torch", device="cpu", threads=1)
    article = api.Article("a", "Russia said the village has fallen.")
    assert api.score([article], model=model).info["runtime"] == "torch-fp32"
