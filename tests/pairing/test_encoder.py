import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from stance.errors import ModelError
from stance.pairing import encoder as encoder_module
from stance.pairing.closeness import Closeness
from stance.pairing.encoder import GRID, StaticEncoder, shipped_encoder

TABLE = np.array([[0, 0, 0], [127, 0, 0], [0, 127, 0], [0, -64, 127]], dtype=np.int8)
SCALE = np.array([1.0, 0.5, 0.25, 0.125], dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"-": 0, "dam": 1, "held": 2, "broke": 3}, unk_token="-"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=8)
    tokenizer.enable_truncation(2)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    save_file({"embeddings": TABLE, "weights": SCALE}, tmp_path / "model.safetensors")
    return tmp_path


def test_a_text_is_the_mean_of_its_tokens_on_the_grid(folder, monkeypatch):
    monkeypatch.setattr(encoder_module, "_TEXTS", 2)
    rows = TABLE * SCALE[:, None].astype(np.float64)
    texts = {"dam held broke": [1, 2, 3], "dam dam": [1, 1], "": [], "x": [0], "broke": [3]}
    vectors = StaticEncoder(folder)(list(texts))
    assert vectors.dtype == np.int16
    for vector, ids in zip(vectors, texts.values(), strict=True):
        mean = rows[ids].sum(axis=0)
        norm = np.linalg.norm(mean) or 1.0
        assert vector.tolist() == np.rint(mean / norm * GRID).tolist()
    assert StaticEncoder(folder)([]).shape == (0, 3)


def test_the_shipped_encoder_knows_words_of_near_sense():
    killed, died, budget = shipped_encoder()(["people were killed", "people died", "the league's budget"])
    cosine = [float(killed.astype(float) @ other) / GRID**2 for other in (killed, died, budget)]
    assert cosine[0] == pytest.approx(1.0, abs=1e-3)
    assert cosine[1] > 0.6
    assert cosine[2] < 0.3


def test_products_of_grid_vectors_are_exact_in_single_precision():
    # The largest product that there is: of a unit vector with itself.
    assert (GRID + 1) ** 2 < 2**24


def test_closeness_is_the_same_number_in_whatever_block():
    texts = [
        f"the {thing} was hit on day {n}" for n in range(9) for thing in ("dam", "bridge", "port", "mill")
    ]
    closeness = Closeness(texts)
    everyone = np.arange(len(texts))
    whole = closeness.towards(everyone)(everyone)
    some = everyone[5::3]
    for rows in ([4], [3, 17, 30], everyone[::-1]):
        assert (closeness.towards(some)(np.array(rows)) == whole[np.ix_(rows, some)]).all()
    assert (whole == whole.T).all()
    assert whole.min() >= 0
    assert whole.max() == pytest.approx(2, abs=2e-3)


def test_texts_of_stop_words_alone_are_close_by_sense_only():
    everyone = np.arange(2)
    closeness = Closeness(["they will not", "we will not"]).towards(everyone)(everyone)
    assert 0 < closeness[0, 1] < 1.001


@pytest.mark.parametrize("damage", ["tokenizer.json", "model.safetensors"])
def test_a_damaged_model_is_named(folder, damage):
    (folder / damage).write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"cannot be read as a retrieval model .*: reinstall stance-nli"):
        StaticEncoder(folder)


def test_a_model_without_scales_is_named(folder):
    save_file({"embeddings": TABLE}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"\(no 'weights'\)"):
        StaticEncoder(folder)


def test_retrieval_needs_no_torch():
    code = (
        "import sys; from stance.pairing.closeness import Closeness; Closeness(['a dam', 'a port']);"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
