"""Patterns, and files elsewhere: fsspec's own memory:// stands in for s3:// and its like."""

import importlib.util
import json
import sys
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from stance.errors import DataError, OptionalDependencyError
from stance.reading import read_articles, read_examples, read_pairs, write_rows
from stance.reading.remote import RemotePath, is_pattern, remote

ROW = b'{"id": "a", "text": "The port is open."}\n'


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]

    def put(name: str, content: bytes) -> str:
        system.pipe_file(f"/{name}", content)
        return f"memory://{name}"

    yield put
    MemoryFileSystem.store.clear()


def ids(reading):
    return [article.id for article in reading.rows]


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("s3://bucket/a.jsonl", "s3://bucket/a.jsonl"),
        ("S3://Bucket/a", "s3://Bucket/a"),
        (Path("gs://bucket/a"), "gs://bucket/a"),
        (RemotePath("memory://a"), "memory://a"),
        ("https://example.org/a", None),
        (Path("https://example.org/a"), None),
        ("news/a.jsonl", None),
        ("C:/news", None),
        (3, None),
    ],
)
def test_what_is_an_address(source, url):
    found = remote(source)
    assert (None if found is None else str(found)) == url


def test_a_file_of_every_kind_is_read(memory, tmp_path):
    table = pa.table({"id": ["p"], "text": ["The port is shut."]})
    pq.write_table(table, tmp_path / "p.parquet")
    sources = [
        memory("n/a.jsonl", ROW),
        memory("n/c.csv", b"id,text\nc,Nobody left.\n"),
        memory("n/p.parquet", (tmp_path / "p.parquet").read_bytes()),
        memory("n/t.txt", b" date 2025-04-26 Words."),
    ]
    reading = read_articles(sources)
    assert ids(reading) == ["a", "c", "p", "t"]
    assert reading.refused == ()
    assert str(reading.rows[3].published) == "2025-04-26"


def test_a_folder_is_read_as_one_here(memory, put):
    for name in ("week/b.jsonl", "z.txt", "README.md", "x.bin"):
        content = ROW if name.endswith("l") else b"Words."
        memory(f"news/{name}", content)
        put(f"news/{name}", content)
    there, here = read_articles("memory://news"), read_articles("news")
    assert there.rows == here.rows
    assert [article.event for article in there.rows] == ["week", None]
    assert [str(r).replace("memory://", "") for r in there.refused] == [str(r) for r in here.refused]
    assert str(there.refused[0]).startswith("memory://news/x.bin: unknown file ending")


def test_bad_rows_are_named_by_their_address(memory):
    reading = read_articles(memory("a.jsonl", ROW + b"{\n"))
    assert str(reading.refused[0]).startswith("memory://a.jsonl:2: bad JSON")


def test_pairs_and_examples_too(memory):
    source = memory("p.jsonl", b'{"a": "x", "b": "y", "label": "support"}\n')
    assert [row.a for row in read_pairs(source).rows] == ["x"]
    assert len(read_examples([source]).rows) == 1


def test_patterns_here_and_elsewhere(memory, put):
    for n in (2, 1, 3):
        row = json.dumps({"id": str(n), "text": "Words."}).encode()
        memory(f"news/{n}.jsonl", row)
        put(f"news/week{n}/{n}.jsonl", row)
    assert ids(read_articles("memory://news/[12].jsonl")) == ["1", "2"]
    assert ids(read_articles("news/*/?.jsonl")) == ["1", "2", "3"]
    assert ids(read_articles("news/**/3.jsonl")) == ["3"]
    with pytest.raises(DataError, match=r"news/\*\.csv: no file matches this pattern: check it"):
        read_articles("news/*.csv")
    with pytest.raises(DataError, match=r"memory://none/\*: no file matches this pattern"):
        read_articles("memory://none/*")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(put):
    put("a[1].jsonl", [{"id": "a", "text": "Words."}])
    assert not is_pattern(Path("a[1].jsonl"))
    assert ids(read_articles("a[1].jsonl")) == ["a"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://none/a.jsonl", "memory://none/a.jsonl: no such file or folder: check the path"),
        ("nosuch://a.jsonl", "nosuch://a.jsonl: no such kind of address as nosuch://"),
    ],
)
@pytest.mark.usefixtures("memory")
def test_what_is_not_there_is_one_line(url, message):
    with pytest.raises(DataError) as caught:
        read_articles(url)
    assert str(caught.value) == message


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("abfs", "adlfs")])
def test_a_driver_that_is_missing_is_named_with_its_remedy(monkeypatch, scheme, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(OptionalDependencyError) as caught:
        read_articles(f"{scheme}://bucket/a.jsonl")
    assert str(caught.value) == (
        f"{scheme}://bucket/a.jsonl: {scheme}:// needs a driver: pip install {package}"
    )


def test_a_driver_of_fsspecs_own_says_what_it_needs():
    if importlib.util.find_spec("paramiko"):
        pytest.skip("paramiko is installed")
    with pytest.raises(OptionalDependencyError, match=r"sftp:// needs a driver \(.*paramiko"):
        read_articles("sftp://host/a.jsonl")


def test_an_error_of_the_drivers_own_is_a_refusal(memory, monkeypatch):
    source = memory("a.jsonl", ROW)

    class ClientError(Exception):
        pass

    def fail(*_args, **_options):
        raise ClientError("Access denied\nwith a long story")

    monkeypatch.setattr(MemoryFileSystem, "cat_file", fail)
    with pytest.raises(DataError) as caught:
        read_articles(source)
    assert str(caught.value) == (
        "memory://a.jsonl: cannot be read (ClientError: Access denied): check the file"
    )
    monkeypatch.setattr(MemoryFileSystem, "find", fail)
    memory("news/a.jsonl", ROW)
    with pytest.raises(DataError, match=r"memory://news: cannot be read .ClientError: Access denied.: check"):
        read_articles("memory://news")
    monkeypatch.setattr(MemoryFileSystem, "glob", fail)
    with pytest.raises(DataError, match=r"cannot be read .ClientError: Access denied.: check the address"):
        read_articles("memory://news/*")


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
@pytest.mark.usefixtures("memory")
def test_rows_are_written_and_come_back(ending):
    path = RemotePath(f"memory://out/deep/rows{ending}")
    write_rows([{"a": "x", "b": "y"}], path)
    assert [dict(row.columns) for row in read_pairs(path).rows] == [{"a": "x", "b": "y"}]


@pytest.mark.usefixtures("memory")
def test_a_failed_write_sends_nothing(monkeypatch):
    path = RemotePath("memory://out/rows.jsonl")
    with pytest.raises(ValueError, match="cannot write"):
        write_rows([{"a": object()}], path)
    assert not MemoryFileSystem.store

    def full(*_args, **_options):
        raise RuntimeError("quota exceeded")

    monkeypatch.setattr(MemoryFileSystem, "put_file", full)
    with pytest.raises(DataError, match=r"rows.jsonl: cannot be written .RuntimeError: quota exceeded"):
        write_rows([{"a": "x"}], path)
