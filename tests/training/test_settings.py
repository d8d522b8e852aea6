from dataclasses import fields

import pytest

from stance.errors import DataError
from stance.training.finetune import LoopSettings
from stance.training.settings import Source, TrainSettings, read_settings


@pytest.fixture
def toml(tmp_path):
    def put(text: str):
        path = tmp_path / "train.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_an_empty_file_gives_the_defaults(toml):
    assert read_settings(toml("")) == TrainSettings()


def test_values_and_mixture_are_read_and_paths_are_relative_to_the_file(toml, tmp_path):
    settings = read_settings(
        toml(
            """
            epochs = 2
            learning_rate = 1e-4
            symmetric = false
            dropout = 0.0
            [[mixture]]
            path = "sets/a.jsonl"
            take = 100
            [[mixture]]
            path = "/elsewhere/b.csv"
            repeat = 3
            max_words = 40
            """
        )
    )
    assert settings == TrainSettings(
        epochs=2.0,
        learning_rate=1e-4,
        symmetric=False,
        dropout=0.0,
        mixture=(
            Source(str(tmp_path / "sets/a.jsonl"), take=100),
            Source("/elsewhere/b.csv", repeat=3, max_words=40),
        ),
    )
    assert isinstance(settings.epochs, float)
    assert settings.to_dict()["mixture"][0]["take"] == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch = 3", "unknown key 'epoch': known are epochs, learning_rate"),
        ("[table]\nepochs = 3", "unknown key 'table'"),
        ("epochs = 'three'", "epochs = 'three': needs float"),
        ("batch_size = 2.5", r"batch_size = 2\.5: needs int"),
        ("batch_size = true", "batch_size = True: needs int"),
        ("half = 1", "half = 1: needs bool"),
        ("symmetric = 'yes'", "symmetric = 'yes': needs bool"),
        ("dropout = []", r"dropout = \[\]: needs float"),
        ("epochs = 0", r"epochs is 0\.0: it must be above 0"),
        ("epochs = nan", "epochs is nan: it must be above 0"),
        ("learning_rate = inf", "learning_rate is inf: it must be above 0"),
        ("batch_size = -1", "batch_size is -1: it must be above 0"),
        ("checkpoint_steps = 0", "checkpoint_steps is 0: it must be above 0"),
        ("threads = 0", "threads is 0: it must be above 0"),
        ("seed = -1", "seed is -1: it must be 0 or more"),
        ("frozen_layers = -1", "frozen_layers is -1: it must be 0 or more"),
        ("label_smoothing = 1.0", r"label_smoothing is 1\.0: it must be from 0 to below 1"),
        ("warmup_share = -0.1", r"warmup_share is -0\.1: it must be from 0 to below 1"),
        ("dropout = 2", r"dropout is 2\.0: it must be from 0 to below 1"),
        ("mixture = 'a.csv'", r"mixture must be tables: write \[\[mixture\]\] above path"),
        ("mixture = ['a.csv']", "mixture must be tables"),
        ("[[mixture]]\ntake = 3", r"a \[\[mixture\]\] without 'path'"),
        ("[[mixture]]\npath = 3", "path = 3: needs str"),
        ("[[mixture]]\npath = 'a.csv'\nshare = 3", "unknown key 'share': known are path, take"),
        ("half = true\npacked = true", "half and packed are both true"),
        ("consistency = -1.0", "consistency is -1.0: it must be 0 or more"),
        ("consistency = 1.0\nboth_orders = false", "it needs both_orders = true"),
        (
            "rename = true\nboth_orders = false",
            "rename changes the second order of a pair: it needs both_orders",
        ),
        ("teacher_weight = 0.0", "teacher_weight is 0.0: it must be above 0, at most 1"),
        ("teacher_weight = 1.5", "teacher_weight is 1.5: it must be above 0, at most 1"),
        ("interpolation = 0.0", "interpolation is 0.0: it must be above 0, at most 1"),
        ("[[mixture]]\npath = 'a.csv'\ntake = 0", "take is 0: it must be above 0"),
        ("[[mixture]]\npath = 'a.csv'\nrepeat = 0", "repeat is 0: it must be above 0"),
        ("epochs = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(toml, text, message):
    path = toml(text)
    with pytest.raises(DataError, match=message) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_and_one_that_is_no_text_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        read_settings(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"bad\.toml: not TOML"):
        read_settings(tmp_path / "bad.toml")


def test_a_value_out_of_range_is_a_callers_mistake_too():
    with pytest.raises(ValueError, match="patience is 0: it must be above 0"):
        TrainSettings(patience=0)


def test_the_loop_finds_all_it_needs_in_the_settings():
    assert {f.name for f in fields(LoopSettings)} <= {f.name for f in fields(TrainSettings)}
