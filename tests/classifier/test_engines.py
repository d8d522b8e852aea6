"""Engines give the same numbers, and the machine's choice of one is said and can be overruled."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from tiny import SHUFFLED, tiny_tokenizer

from stance.classifier import StanceClassifier
from stance.classifier.choosing import DEVICES, ENGINES, Wanted
from stance.classifier.engine import Batch
from stance.classifier.graph import relative_buckets
from stance.classifier.torch_engine import TorchEngine, torch_device
from stance.cli import running
from stance.errors import ModelError, OptionalDependencyError

PAIRS = [
    ("the village has fallen", "our troops are still in the village"),
    ("the strike is over", "nobody is back at work"),
    ("a", "the workers said that the strike is not over and that they are not back at work"),
    ("the army said it was 12 dead", "the army said it was 40 dead"),
    ("the army said " * 40, "no"),
]


def save(folder, kind):
    """A tiny model of one family, with wide weights so that its answers differ."""
    import torch
    import transformers

    torch.manual_seed(1)
    tokenizer = tiny_tokenizer()
    offset = 0 if kind in {"Bert", "DistilBert"} else 2
    settings = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 64 + offset,
        "initializer_range": 0.6,
        "pad_token_id": tokenizer.pad_token_id,
        "id2label": dict(enumerate(SHUFFLED)),
        "label2id": {name: i for i, name in enumerate(SHUFFLED)},
    }
    if kind == "DistilBert":
        settings |= {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32}
    else:
        settings |= {
            "hidden_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 32,
        }
    if kind == "MPNet":
        # The padding token of MPNet is always 1.
        settings["pad_token_id"] = 1
        tokenizer.pad_token = "[UNK]"
    config = getattr(transformers, f"{kind}Config")(**settings)
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def logits(folder, **how):
    classifier = StanceClassifier.load(folder, **how)
    return classifier, classifier.logits(PAIRS)[0]


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "XLMRoberta", "MPNet"])
def test_the_graph_gives_the_numbers_of_transformers(tmp_path, kind):
    save(tmp_path, kind)
    torch, expected = logits(tmp_path, engine="torch")
    ours, found = logits(tmp_path, engine="openvino", threads=2)
    assert (torch.engine, ours.engine) == ("torch-fp32", "openvino-fp32")
    assert np.ptp(expected, axis=0).max() > 0.1
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_the_buckets_of_distances_are_those_of_mpnet():
    import torch
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    distances = torch.arange(-511, 512)
    theirs = MPNetEncoder.relative_position_bucket(distances, num_buckets=32)
    assert relative_buckets(512).tolist() == theirs.tolist()


def test_the_processor_is_served_by_openvino_without_torch(classifier_folder):
    code = (
        "import sys; from stance.classifier import StanceClassifier\n"
        f"c = StanceClassifier.load({str(classifier_folder)!r}, device='cpu')\n"
        "c.probabilities([('the strike is over', 'nobody is back at work')])\n"
        "print(c.engine, [n for n in ('torch', 'transformers', 'nncf', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("openvino-")
    assert done.stdout.rstrip().endswith("[]")


def test_more_batches_than_threads_come_back_in_order(classifier_folder):
    classifier = StanceClassifier.load(classifier_folder, engine="openvino", threads=2)
    pairs = [(f"the army said {n} dead", "no " * (n % 7)) for n in range(40)]
    whole = classifier.logits(pairs)[0]
    classifier._engine.budget = 20
    np.testing.assert_allclose(classifier.logits(pairs)[0], whole, atol=1e-5)
    np.testing.assert_allclose(classifier.logits(pairs[::-1])[0][::-1], whole, atol=1e-5)
    # Left in the middle, it can be asked again.
    answers = classifier._engine.logits(classifier._tokenizer.encode(pairs).batch([i]) for i in range(40))
    next(answers)
    answers.close()
    np.testing.assert_allclose(classifier.logits(pairs)[0], whole, atol=1e-5)


def test_without_openvino_torch_is_taken_and_one_line_says_why(classifier_folder, monkeypatch):
    expected = StanceClassifier.load(classifier_folder).probabilities(PAIRS).probabilities
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    classifier = StanceClassifier.load(classifier_folder)
    assert classifier.engine == "torch-fp32"
    assert classifier.engine_note == "openvino is not installed: pip install 'stance-nli[fast]'"
    np.testing.assert_allclose(classifier.probabilities(PAIRS).probabilities, expected, atol=1e-4)
    with pytest.raises(OptionalDependencyError, match="openvino is not installed"):
        StanceClassifier.load(classifier_folder, engine="openvino")


def test_an_openvino_that_cannot_be_imported_is_as_good_as_none(classifier_folder, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "openvino", None)
    classifier = StanceClassifier.load(classifier_folder)
    assert classifier.engine == "torch-fp32"
    assert classifier.engine_note.startswith("openvino cannot be imported (")
    assert "\n" not in classifier.engine_note
    with pytest.raises(OptionalDependencyError, match="cannot be imported"):
        StanceClassifier.load(classifier_folder, engine="openvino")


def test_a_family_without_a_graph_is_run_by_torch(tmp_path):
    save(tmp_path, "DistilBert")
    classifier = StanceClassifier.load(tmp_path)
    assert classifier.engine == "torch-fp32"
    assert classifier.engine_note == "openvino has no graph for model type 'distilbert'"
    with pytest.raises(ModelError, match=r"has no graph for model type 'distilbert': choose torch"):
        StanceClassifier.load(tmp_path, engine="openvino")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hidden_act": "relu"}, "activation 'relu'"),
        ({"position_embedding_type": "relative_key"}, "positions 'relative_key'"),
        ({"num_hidden_layers": 3}, "no weights called 'bert.encoder.layer.1.attention"),
    ],
)
def test_what_the_graph_cannot_hold_is_named(tmp_path, classifier_folder, changes, why):
    shutil.copytree(classifier_folder, tmp_path / "m")
    file = tmp_path / "m" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(ModelError, match="openvino has no graph") as caught:
        StanceClassifier.load(tmp_path / "m", engine="openvino")
    assert why in str(caught.value)


def test_a_tokenizer_in_another_form_is_left_to_transformers(tmp_path, classifier_folder):
    shutil.copytree(classifier_folder, tmp_path / "m")
    (tmp_path / "m" / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"a tokenizer without tokenizer\.json: choose torch"):
        StanceClassifier.load(tmp_path / "m", engine="openvino")
    with pytest.raises(ModelError, match="cannot load"):
        StanceClassifier.load(tmp_path / "m")


def test_broken_folders_are_model_errors(tmp_path, classifier_folder):
    for name, content, message in (
        ("config.json", "{", r"config\.json: "),
        ("config.json", "[]", r"config\.json is no mapping"),
        ("model.safetensors", "nothing", r"model\.safetensors is damaged"),
        ("model.safetensors", None, r"no \.safetensors weights"),
    ):
        folder = tmp_path / f"{name}{content}"
        shutil.copytree(classifier_folder, folder)
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(content)
        with pytest.raises(ModelError, match=f"cannot load .*{message}"):
            StanceClassifier.load(folder)


def test_wishes_that_cannot_be_are_refused():
    for wishes, message in (
        ({"engine": "onnx"}, "engine is 'onnx': one of auto, torch, openvino, openvino-int8"),
        ({"device": "tpu"}, "device is 'tpu': one of auto, cpu, cuda, mps"),
        ({"engine": "openvino", "device": "cuda"}, "runs on the cpu only: the device is 'cuda'"),
        ({"threads": 0}, "threads is 0: at least 1 is needed"),
    ):
        with pytest.raises(ValueError, match=message):
            Wanted(**wishes)


def test_the_command_line_offers_every_engine_and_device():
    assert (running.ENGINES, running.DEVICES) == (ENGINES, DEVICES)


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="device 'cuda': torch finds none on this machine"):
        torch_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert torch_device("auto") == torch_device("cuda") == "cuda"


def test_a_gpu_goes_before_openvino(classifier_folder, monkeypatch):
    from stance.classifier import choosing, torch_engine

    monkeypatch.setattr(choosing, "has_gpu_driver", lambda: True)
    # A driver alone is not enough: torch must find the GPU, and here it finds none.
    monkeypatch.setattr(torch_engine, "torch_device", lambda _: "cpu")
    assert StanceClassifier.load(classifier_folder).engine == "openvino-fp32"
    monkeypatch.setattr(torch_engine, "torch_device", lambda _: "cuda")
    wishes = []
    monkeypatch.setattr(choosing, "_with_torch", lambda _, wanted: wishes.append(wanted) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        StanceClassifier.load(classifier_folder)
    assert wishes == [Wanted()]


class Small:
    """A model with memory for two rows; its logits are the first three ids of a row."""

    class config:  # noqa: N801
        @staticmethod
        def to_dict():
            return {}

    def __init__(self, rows=2):
        self.rows, self.tried = rows, []

    def eval(self):
        return self

    def parameters(self):
        import torch

        yield torch.zeros(1)

    def forward(self, input_ids, attention_mask):
        import types

        import torch

        assert attention_mask.shape == input_ids.shape
        self.tried.append(len(input_ids))
        if len(input_ids) > self.rows:
            raise torch.OutOfMemoryError("too much")
        return types.SimpleNamespace(logits=input_ids[:, :3].float())

    __call__ = forward


def test_a_batch_that_does_not_fit_is_halved_and_goes_on():
    ids = np.arange(35, dtype=np.int64).reshape(7, 5)
    batch = Batch(ids, np.ones_like(ids), np.zeros_like(ids))
    model = Small()
    engine = TorchEngine(model)
    for found in engine.logits([batch, batch]):
        np.testing.assert_array_equal(found, ids[:, :3])
    # What did not fit is not tried again.
    assert [n for n in model.tried if n > model.rows] == [7, 4]
    with pytest.raises(ModelError, match="no memory for one pair of 5 tokens"):
        list(TorchEngine(Small(rows=0)).logits([batch]))
