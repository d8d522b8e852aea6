import json
import sys

import numpy as np
import pytest

from stance.classifier import StanceClassifier, quantised
from stance.classifier.choosing import read_config
from stance.errors import OptionalDependencyError

PAIRS = [
    ("the village has fallen", "our troops are still in the village"),
    ("the strike is over", "nobody is back at work"),
]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "stance" / "openvino"


@pytest.fixture
def made(monkeypatch):
    """Leaves graphs as they are, and counts them."""
    graphs = []
    monkeypatch.setattr(quantised, "_quantise", lambda graph, _: graphs.append(graph) or graph)
    return graphs


def load(folder, **how):
    return StanceClassifier.load(folder, engine="openvino-int8", **how)


def test_a_graph_is_made_once_and_kept(cache, made, classifier_folder):
    said = []
    first = load(classifier_folder, say=said.append).logits(PAIRS)[0]
    again = load(classifier_folder, say=said.append).logits(PAIRS)[0]
    assert len(made) == len(said) == 1
    assert "the first time only" in said[0]
    np.testing.assert_array_equal(first, again)
    [place] = cache.iterdir()
    assert StanceClassifier.load(classifier_folder).hash in place.name
    assert quantised.is_whole(place)


@pytest.mark.parametrize("harm", ["cut", "gone", "changed", "no sums", "bad sums"])
def test_a_broken_cache_is_made_anew(cache, made, classifier_folder, harm):
    expected = load(classifier_folder).logits(PAIRS)[0]
    [place] = cache.iterdir()
    weights = place / "openvino_model.bin"
    if harm == "cut":
        weights.write_bytes(weights.read_bytes()[:100])
    elif harm == "gone":
        weights.unlink()
    elif harm == "changed":
        weights.write_bytes(bytes(len(weights.read_bytes())))
    elif harm == "no sums":
        (place / "sha256.json").unlink()
    else:
        (place / "sha256.json").write_text("{")
    np.testing.assert_array_equal(load(classifier_folder).logits(PAIRS)[0], expected)
    assert len(made) == 2
    assert quantised.is_whole(place)
    assert [p.name for p in cache.iterdir()] == [place.name]


def test_where_nothing_can_be_kept_it_goes_without(tmp_path, monkeypatch, made, classifier_folder):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    load(classifier_folder)
    load(classifier_folder)
    assert len(made) == 2


@pytest.mark.usefixtures("cache")
def test_without_nncf_the_way_out_is_named(monkeypatch, classifier_folder):
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(
        OptionalDependencyError, match=r"8-bit graphs need nncf: pip install 'stance-nli\[int8\]'"
    ):
        load(classifier_folder)


@pytest.mark.usefixtures("cache")
def test_eight_bits_give_nearly_the_same_answers(classifier_folder):
    pytest.importorskip("nncf")
    exact = StanceClassifier.load(classifier_folder).probabilities(PAIRS).probabilities
    classifier = load(classifier_folder)
    assert classifier.engine == "openvino-int8"
    np.testing.assert_allclose(classifier.probabilities(PAIRS).probabilities, exact, atol=0.2)


def test_a_graph_in_the_model_folder_is_used(tmp_path, classifier_folder):
    import shutil

    import openvino as ov

    from stance.classifier.graph import build_graph

    folder = tmp_path / "m"
    shutil.copytree(classifier_folder, folder)
    assert quantised.shipped_graph(folder) is None
    ov.save_model(
        build_graph(folder, read_config(folder)), folder / "openvino_model.xml", compress_to_fp16=False
    )
    (folder / "model.safetensors").unlink()
    expected = StanceClassifier.load(classifier_folder).logits(PAIRS)[0]
    np.testing.assert_allclose(StanceClassifier.load(folder).logits(PAIRS)[0], expected, atol=1e-5)


def test_the_pairs_to_calibrate_on_come_with_the_package():
    pairs = quantised.calibration_pairs()
    assert len(pairs) == 128
    assert all(a.strip() and b.strip() for a, b in pairs)
    assert json.dumps(pairs) == json.dumps(sorted(set(pairs), key=pairs.index))
