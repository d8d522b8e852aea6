import json
import shutil

import numpy as np
import pytest
from tiny import SHUFFLED, save_tiny_classifier, tiny_tokenizer

from stance.classifier.network import export_model, load_network, save_packed
from stance.errors import DataError, ModelError
from stance.records import label_of

PAIR = ("the army said the village has fallen", "the village is still held")


@pytest.fixture
def packed(tmp_path):
    """A tiny model packed, wide enough that its matrices are; and the folder it came from."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(2)
    tokenizer = tiny_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        initializer_range=0.2,
        id2label=dict(enumerate(SHUFFLED)),
        label2id={name: i for i, name in enumerate(SHUFFLED)},
    )
    config.stance = {"symmetric": True, "temperature": 1.5}
    model = BertForSequenceClassification(config)
    model.save_pretrained(tmp_path / "whole")
    save_packed(model, tmp_path / "packed")
    for name in ("whole", "packed"):
        tokenizer.save_pretrained(tmp_path / name)
    return tmp_path / "packed"


def logits(model):
    import torch

    with torch.inference_mode():
        return model.eval()(**tiny_tokenizer()(*PAIR, return_tensors="pt")).logits.numpy()


def test_a_packed_model_answers_as_the_whole_one(packed):
    assert not (packed / "model.safetensors").exists()
    np.testing.assert_allclose(
        logits(load_network(packed)), logits(load_network(packed.parent / "whole")), atol=0.05
    )


@pytest.mark.parametrize("half", [False, True])
def test_an_exported_model_loads_in_transformers_with_its_label_names(packed, tmp_path, half):
    from transformers import AutoModelForSequenceClassification, pipeline

    (packed / "README.md").write_text("card")
    export_model(packed, tmp_path / "out", half=half)
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    assert model.config.id2label == dict(enumerate(SHUFFLED))
    assert model.config.stance == {"symmetric": True, "temperature": 1.5}
    np.testing.assert_allclose(
        logits(model.float()), logits(load_network(packed)), atol=2e-2 if half else 1e-5
    )
    answer = pipeline("text-classification", model=str(tmp_path / "out"))(
        {"text": PAIR[0], "text_pair": PAIR[1]}
    )
    assert label_of(answer["label"]) is not None
    assert (tmp_path / "out" / "README.md").read_text() == "card"
    assert not list(tmp_path.glob(".out*"))


def test_an_exported_model_is_a_cross_encoder_of_sentence_transformers(packed, tmp_path):
    from sentence_transformers import CrossEncoder

    export_model(packed, tmp_path / "out")
    encoder = CrossEncoder(str(tmp_path / "out"), device="cpu")
    assert encoder.model.config.id2label == dict(enumerate(SHUFFLED))
    np.testing.assert_allclose(
        encoder.predict([PAIR], apply_softmax=False), logits(load_network(packed)), atol=1e-5
    )


def test_a_whole_model_can_be_exported_too(tmp_path):
    folder = save_tiny_classifier(tmp_path / "tiny")
    export_model(folder, tmp_path / "out")
    np.testing.assert_array_equal(logits(load_network(folder)), logits(load_network(tmp_path / "out")))


def test_nothing_is_written_over(packed, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="is there already: give another --output"):
        export_model(packed, tmp_path / "out")


def test_an_output_that_cannot_be_written_is_one_line(packed, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        export_model(packed, tmp_path / "file" / "out")


def test_packed_weights_of_another_config_are_refused(packed):
    config = json.loads((packed / "config.json").read_text())
    config["num_hidden_layers"] = 3
    (packed / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="the packed weights are not those of its config"):
        load_network(packed)


def test_a_folder_without_weights_is_one_line(packed, tmp_path):
    shutil.copytree(packed, tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(ModelError, match=r"cannot load '.*bare': .*stance needs config\.json"):
        load_network(tmp_path / "bare")
