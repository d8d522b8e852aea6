from pathlib import Path

import pytest

from stance import weights
from stance.errors import ModelError
from stance.weights import find_model, model_hash, shipped_models


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "shipped"
    for name in ("small", "large"):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text("{}")
    (folder / "draft").mkdir()
    monkeypatch.setattr(weights, "shipped_models", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_none_is_the_shipped_default(shipped):
    assert find_model(None, default="small") == str(shipped / "small")


@pytest.mark.usefixtures("shipped")
def test_a_shipped_default_that_is_gone_is_named():
    with pytest.raises(ModelError, match=r"shipped model 'tagger' is missing at .*: reinstall stance-nli"):
        find_model(None, default="tagger")


def test_a_folder_goes_before_a_shipped_name(shipped, tmp_path):
    assert find_model("large", default="small") == str(shipped / "large")
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "config.json").write_text("{}")
    assert find_model("large", default="small") == "large"
    assert find_model(Path("large"), default="small") == "large"


def test_a_home_folder_is_found(shipped, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_model("~/shipped/small", default="small") == str(shipped / "small")


@pytest.mark.usefixtures("shipped")
def test_owner_and_model_is_a_hub_name():
    assert find_model("owner/model", default="small") == "owner/model"


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("name", ["tiny", "./owner/model", "/no/such", "~/none", "a/b/c", ""])
def test_what_is_nowhere_is_refused_with_the_shipped_names(name):
    pattern = r"no model|no config\.json"
    with pytest.raises(ModelError, match=pattern) as caught:
        find_model(name, default="small")
    if name:
        advice = "give a folder, a hub name (owner/model) or a shipped model (large, small)"
        assert str(caught.value) == f"no model '{name}': {advice}"


def test_a_folder_without_config_and_a_file_are_refused(shipped):
    with pytest.raises(ModelError, match=r"draft: no config\.json: give a model folder"):
        find_model(shipped / "draft", default="small")
    file = shipped / "small" / "config.json"
    with pytest.raises(ModelError, match=r"config\.json: a file: give the model folder that holds it"):
        find_model(file, default="small")


def test_models_lie_in_the_wheel_or_beside_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_PACKAGE", tmp_path / "stance")
    assert shipped_models() == tmp_path / "models"
    (tmp_path / "stance" / "_models").mkdir(parents=True)
    assert shipped_models() == tmp_path / "stance" / "_models"


def test_the_hash_follows_weights_config_and_tokenizer_only(tmp_path):
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text(name)
    first = model_hash(tmp_path)
    assert len(first) == 12
    (tmp_path / "README.md").write_text("a card")
    (tmp_path / "checkpoints").mkdir()
    assert model_hash(tmp_path) == first
    seen = {first}
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text(name + " changed")
        seen.add(model_hash(tmp_path))
    assert len(seen) == 4
    assert model_hash("owner/model") == "hub"
