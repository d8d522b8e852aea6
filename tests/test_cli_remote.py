"""The command line on patterns and on files elsewhere; memory:// stands in for s3:// and its like."""

import json

import fsspec
import pytest
from fakes import FakeScorer, FakeTagger, by_words
from fsspec.implementations.memory import MemoryFileSystem

from stance import api
from stance.scoring import load_run

ROWS = [
    {"id": "a", "text": "Russia said the village of Gornal has fallen."},
    {"id": "b", "text": "Ukraine denied that the village of Gornal has fallen."},
]


@pytest.fixture
def stance(monkeypatch, command_line, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(api, "load", lambda _name=None, **_: api.Model(FakeScorer(by_words)))
    monkeypatch.setattr(api, "_tagger", lambda *_: FakeTagger())
    monkeypatch.setattr(api, "_place", lambda *_: ("", 0))
    MemoryFileSystem.store.clear()
    for row in ROWS:
        fsspec.filesystem("memory").pipe_file(f"/news/{row['id']}.jsonl", json.dumps(row).encode())

    def call(*arguments):
        code, _, err = command_line(*arguments)
        return code, err

    yield call
    MemoryFileSystem.store.clear()


def test_articles_come_from_elsewhere_and_the_finished_run_goes_there(stance, tmp_path):
    code, err = stance("score", "memory://news/*.jsonl", "--output", "run", "--copy-to", "memory://runs/one")
    assert (code, err) == (0, "")
    there = sorted(MemoryFileSystem.store)
    here = sorted(f"/runs/one/{f.name}" for f in (tmp_path / "run").iterdir() if f.is_file())
    assert [name for name in there if name.startswith("/runs")] == here
    assert "/runs/one/run.json" in here
    for name in here:
        content = fsspec.filesystem("memory").cat_file(name)
        assert content == (tmp_path / "run" / name.rsplit("/", 1)[1]).read_bytes()
    assert stance("score", "memory://news", "--output", "run", "--copy-to", "copy")[0] == 0
    assert load_run(tmp_path / "copy").articles == load_run(tmp_path / "run").articles


def test_statements_and_judged_pairs_go_elsewhere(stance):
    assert stance("extract", "memory://news", "--output", "memory://out/s.parquet")[0] == 0
    pair = json.dumps({"a": "one text", "b": "another text"}).encode()
    fsspec.filesystem("memory").pipe_file("/pairs.jsonl", pair)
    code, _ = stance("predict", "--input", "memory://pairs.jsonl", "--output", "memory://out/p.jsonl")
    assert code == 0
    assert {"/out/s.parquet", "/out/p.jsonl"} <= set(MemoryFileSystem.store)
    assert "label" in json.loads(fsspec.filesystem("memory").cat_file("/out/p.jsonl"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("predict", "--input", "memory://p.jsonl", "--output", "memory://p.jsonl"), 2, "is the --input"),
        (("extract", "memory://a.jsonl", "--output", "memory://a.jsonl"), 2, "would write over the articles"),
        (("extract", "memory://news", "--output", "memory://s.xls"), 2, "the ending must be one of"),
        (("score", "memory://none", "--output", "run"), 1, "memory://none: no such file or folder"),
        (("score", "news/*.jsonl", "--output", "run"), 1, "news/*.jsonl: no file matches this pattern"),
    ],
)
def test_mistakes_are_one_line(stance, arguments, code, message, tmp_path):
    got, err = stance(*arguments)
    assert got == code
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
