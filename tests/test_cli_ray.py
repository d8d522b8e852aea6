"""``stance score --engine ray``: what reaches the engine; what Ray answers is in scoring/test_ray.py."""

import json

import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance import api
from stance.errors import ModelError
from stance.scoring.engine import LocalEngine

ROWS = [
    {"id": "a", "text": "Russia said the village of Gornal has fallen."},
    {"id": "b", "text": "Ukraine denied that the village of Gornal has fallen."},
]


class Entered(LocalEngine):
    """A stand-in that wants to be entered and left."""

    open = closed = False

    def __enter__(self):
        Entered.open = True
        return self

    def __exit__(self, *_):
        Entered.closed = True


@pytest.fixture
def stance(monkeypatch, command_line, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))

    def call(*arguments):
        code, _, err = command_line("score", "articles.jsonl", "--output", "run", *arguments)
        return code, err

    return call


def test_options_reach_the_engine_which_is_entered_and_left(stance, monkeypatch, tmp_path):
    asked = {}

    def on_ray(model, **options):
        asked.update(options, model=model)
        return Entered(FakeTagger(), FakeScorer(by_words), name="ray")

    monkeypatch.setattr(api, "on_ray", on_ray)
    code, err = stance("--engine", "ray", "--workers", "3", "--model", "small", "--threads", "2")
    assert (code, err) == (0, "")
    assert asked == {"model": "small", "engine": "auto", "device": "auto", "threads": 2, "workers": 3}
    assert (Entered.open, Entered.closed) == (True, True)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["engine"] == "ray"
    stance("--engine", "ray")
    assert (asked["threads"], asked["workers"]) == (1, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--workers", "2"), "--workers goes with --engine ray"),
        (("--engine", "ray", "--engine-name", "openvino", "--device", "cuda"), "runs on the cpu only"),
        (("--engine", "spark"), "'spark' is not one of 'local', 'ray'"),
    ],
)
def test_wrong_usage(stance, options, message, tmp_path):
    code, err = stance(*options)
    assert code == 2
    assert message in err
    assert not (tmp_path / "run").exists()


def test_an_engine_is_made_of_the_models_that_were_named(classifier_folder, monkeypatch):
    monkeypatch.chdir(classifier_folder.parent)
    engine = api.on_ray(classifier_folder.name, engine="torch", threads=2, workers=2)
    loaded = engine._loaders["scorer"]()
    assert (loaded.name, loaded.engine[:6], loaded.threads) == (classifier_folder.name, "torch-", 2)
    monkeypatch.chdir("/")
    assert engine._loaders["scorer"]().hash == loaded.hash
    with pytest.raises(ModelError, match="no model 'nothing'"):
        api.on_ray("nothing")
