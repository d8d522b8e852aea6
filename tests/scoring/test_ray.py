"""The same models on Ray and here: the same judgements, to the last bit."""

import importlib.util
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import fakes
import pytest
import yaml
from fakes import FakeTagger

from stance.attribution.tagger import SpanTagger
from stance.classifier import StanceClassifier
from stance.errors import DataError, ModelError, OptionalDependencyError
from stance.records import Article
from stance.scoring import RunStore, ScoreSettings, ray_engine, save_run, score_articles, work
from stance.scoring.engine import LocalEngine
from stance.scoring.ray_engine import Described, RayEngine, describe_model
from stance.scoring.store import model_id

NEEDS_RAY = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'stance-nli[ray]'"
)
EVERY = ScoreSettings(min_closeness=0.0)


def article(number: int) -> Article:
    who, verb = ("Russia", "said") if number % 2 else ("Ukraine", "denied that")
    text = f"{who} {verb} the village has fallen {number}.\n{who} said nobody was hurt at number {number}."
    return Article(f"a{number:02}", text, published=date(2025, 4, 1 + number % 28))


ARTICLES = [article(n) for n in range(10)]


def load_classifier(folder: Path, killed: Path | None) -> StanceClassifier:
    """Load a model; where ``killed`` is not there yet, one whose first reading kills its process."""
    model = StanceClassifier.load(folder, engine="torch", threads=1)
    if killed is not None:
        whole = model.probabilities

        def dying(pairs, *, progress=None):
            if not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(pairs, progress=progress)

        model.probabilities = dying
    return model


@pytest.fixture(scope="module")
def ray():
    ray = pytest.importorskip("ray")
    # Workers know the package, not its tests.
    for module in (fakes, sys.modules[__name__]):
        ray.cloudpickle.register_pickle_by_value(module)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(work, "PAIRS_AT_ONCE", 16)
    monkeypatch.setattr(work, "TEXTS_AT_ONCE", 2)


def stored(folder: Path, engine) -> SimpleNamespace:
    with RunStore(folder) as store:
        report = score_articles(ARTICLES, settings=EVERY, store=store, engine=engine)
        save_run(report, folder)
    views = {f.name: f.read_bytes() for f in sorted(folder.glob("*.jsonl"))}
    return SimpleNamespace(report=report, views=views)


@NEEDS_RAY
@pytest.mark.usefixtures("small_chunks")
def test_ray_ends_as_the_local_engine_also_when_a_worker_is_killed(ray, classifier_folder, tmp_path):
    local = LocalEngine(FakeTagger(), load_classifier(classifier_folder, None))
    here = stored(tmp_path / "here", local)
    assert here.report.info["counts"]["scored"] > 3 * 16
    load = partial(load_classifier, classifier_folder, tmp_path / "killed")
    with RayEngine(FakeTagger, load, workers=2) as engine:
        assert (engine.tagger, engine.scorer) == (
            describe_model(local.tagger),
            describe_model(local.scorer),
        )
        assert model_id(engine.scorer) == model_id(local.scorer)
        there = stored(tmp_path / "there", engine)
    assert (tmp_path / "killed").exists()
    assert ray.is_initialized()
    assert there.views == here.views
    assert replace(there.report, info={}) == replace(here.report, info={})
    assert there.report.info["engine"] == "ray"
    assert there.report.info["counts"] == here.report.info["counts"]
    # What one engine has stored serves the other.
    again = stored(tmp_path / "there", local)
    assert again.report.info["counts"]["scored"] == 0
    assert again.report.info["counts"]["articles_reused"] == len(ARTICLES)


@NEEDS_RAY
@pytest.mark.usefixtures("ray")
def test_a_model_that_no_worker_can_load_is_one_line(tmp_path):
    load = partial(StanceClassifier.load, str(tmp_path))
    with pytest.raises(ModelError) as caught, RayEngine(FakeTagger, load):
        pass
    assert str(caught.value).startswith(f"{tmp_path}: no config.json")
    assert "\n" not in str(caught.value)


@NEEDS_RAY
def test_an_address_where_no_ray_answers_is_one_line(monkeypatch):
    import ray

    def refuse(**_options):
        raise ConnectionError("Could not connect.\nA long story")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setenv("RAY_ADDRESS", "ray-head:6379")
    with pytest.raises(DataError) as caught, RayEngine(FakeTagger, FakeTagger):
        pass
    assert str(caught.value) == (
        "RAY_ADDRESS=ray-head:6379: no Ray answers there (Could not connect.): start it with "
        "`ray start --head`, or unset RAY_ADDRESS to run on this machine"
    )


@NEEDS_RAY
def test_a_ray_that_does_not_start_here_is_one_line(monkeypatch):
    import ray

    def fail(**_options):
        raise RuntimeError("The node timed out.\nA long story")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", fail)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(DataError) as caught, RayEngine(FakeTagger, FakeTagger):
        pass
    assert str(caught.value) == (
        "ray did not start on this machine (The node timed out.): run the same again"
    )


def test_without_ray_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with (
        pytest.raises(OptionalDependencyError, match=r"pip install 'stance-nli\[ray\]'"),
        RayEngine(FakeTagger, FakeTagger),
    ):
        pass


def test_a_worker_with_another_model_is_named():
    worker = ray_engine._Worker(FakeTagger, describe_model(FakeTagger()))
    worker.check()
    other = replace(describe_model(FakeTagger()), version="9.9")
    with pytest.raises(ModelError, match=r"another model or stance .*install the same on every node"):
        ray_engine._Worker(FakeTagger, other).check()


@NEEDS_RAY
def test_an_error_of_rays_own_is_one_line_and_ours_is_found_within():
    from ray.exceptions import RayError

    with (
        pytest.raises(DataError) as caught,
        ray_engine._in_one_line(),
    ):
        raise RayError("Trace\n  of many lines\nOut of memory\n")
    assert str(caught.value) == (
        "ray: Out of memory: what was scored until now is kept; mend this and run the same again"
    )
    inner = ModelError("no such model")
    with pytest.raises(ModelError, match=r"^no such model$"), ray_engine._in_one_line():
        raise RayError("wrapped") from inner


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"workers": 0}])
def test_numbers_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1 is needed of each"):
        RayEngine(FakeTagger, FakeTagger, **wrong)


def test_half_a_surrogate_pair_goes_through():
    text = "half \ud83d and “whole”"
    assert ray_engine._text(ray_engine._bytes(text)) == text


def test_a_real_tagger_is_described_by_its_hash(tagger_folder):
    tagger = SpanTagger.load(tagger_folder)
    found = describe_model(tagger)
    assert (found.name, found.hash) == (tagger.name, tagger.hash)
    assert found != Described(tagger.name, "other")


@NEEDS_RAY
def test_the_cluster_of_the_docs_is_one_that_ray_accepts():
    from ray.autoscaler._private.util import prepare_config, validate_config

    text = (Path(__file__).parents[2] / "docs" / "cluster.yaml").read_text(encoding="utf-8")
    config = prepare_config(yaml.safe_load(text))
    validate_config(config)
    assert set(config["available_node_types"]) == {"head", "cpu", "gpu"}


def test_only_reading_takes_a_gpu():
    engine = RayEngine(FakeTagger, FakeTagger, threads=2, gpu=True)
    assert engine._resources(gpu=True) == {"num_cpus": 2, "num_gpus": 1}
    assert engine._resources(gpu=False) == {"num_cpus": 2}
