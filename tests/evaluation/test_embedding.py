import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from stance.errors import ModelError
from stance.evaluation.embedding import StaticEncoder, shipped_encoder


@pytest.fixture
def folder(tmp_path):
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "the": 1, "bridge": 2, "strike": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    table = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float16)
    save_file({"bert.embeddings.word_embeddings.weight": table}, tmp_path / "model.safetensors")
    return tmp_path


def test_rarer_tokens_weigh_more_and_vectors_have_unit_length(folder):
    encode = StaticEncoder(folder)
    both = np.array([np.log(2), np.log(3)])  # the (rank 1) points along x, bridge (rank 2) along y
    assert encode(["the bridge"])[0] == pytest.approx(both / np.linalg.norm(both))
    assert encode(["strike"])[0] == pytest.approx([0.5**0.5, 0.5**0.5])


def test_one_vector_a_text_in_order_and_zeros_without_tokens(folder):
    vectors = StaticEncoder(folder)(["bridge", "", "the"])
    assert vectors == pytest.approx(np.array([[0, 1], [0, 0], [1, 0]]))
    assert StaticEncoder(folder)([]).shape == (0, 2)


def test_the_shipped_encoder_knows_a_paraphrase_from_another_topic():
    village, same, strike = shipped_encoder()(
        ["The village has fallen.", "The village was captured.", "The union ended its strike."]
    )
    assert village @ same > village @ strike + 0.2


def test_weights_without_word_embeddings_are_refused(folder):
    save_file({"head.weight": np.zeros((2, 2), dtype=np.float32)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="no word embeddings in model"):
        StaticEncoder(folder)


@pytest.mark.parametrize("missing", ["tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_one_line(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ModelError, match="cannot be read as a static encoder"):
        StaticEncoder(folder)
