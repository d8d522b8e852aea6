"""Writing: three formats, values as promised, whole or not at all."""

import csv
import json
import os
import stat
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.errors import DataError
from stance.reading import tables, write_rows, write_text
from stance.reading.tables import write_views
from stance.records import Label

ENDINGS = [".jsonl", ".csv", ".parquet"]
ROWS = [
    {"id": "x", "label": Label.SUPPORT, "p": np.float64(0.25), "said": date(2025, 4, 26), "denies": True},
    {
        "id": "y\r\n\"z\", 'w'\r",
        "p": float("nan"),
        "said": pd.NaT,
        "denies": np.bool_(False),
        "n": np.int64(3),
    },
]
COLUMNS = ["id", "label", "p", "said", "denies", "n"]


def test_jsonl(tmp_path):
    path = tmp_path / "a.jsonl"
    write_rows([*ROWS, {"id": "🚢", "n": [date(2025, 4, 26), datetime(2025, 4, 26, 9)]}], path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [list(line) for line in lines] == [COLUMNS] * 3
    assert list(lines[0].values()) == ["x", "support", 0.25, "2025-04-26", True, None]
    assert list(lines[1].values()) == [ROWS[1]["id"], None, None, None, False, 3]
    assert lines[2]["n"] == ["2025-04-26", "2025-04-26T09:00:00"]
    assert "🚢" in path.read_text(encoding="utf-8")


def test_csv(tmp_path):
    path = tmp_path / "a.csv"
    write_rows([*ROWS, {"id": "l", "n": [1, "é"]}], path)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, strict=True))
    assert lines == [
        COLUMNS,
        ["x", "support", "0.25", "2025-04-26", "true", ""],
        [ROWS[1]["id"], "", "", "", "false", "3"],
        ["l", "", "", "", "", '[1, "é"]'],
    ]
    assert path.read_bytes().startswith(b"id,label,p,said,denies,n\n")


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    write_rows([{**row, "never": None} for row in ROWS], path, columns=[*COLUMNS, "never"])
    table = pq.read_table(path)
    types = [pa.string(), pa.string(), pa.float64(), pa.date32(), pa.bool_(), pa.int64(), pa.string()]
    assert table.schema.names == [*COLUMNS, "never"]
    assert table.schema.types == types
    assert table["said"].to_pylist() == [date(2025, 4, 26), None]
    assert table["p"].to_pylist() == [0.25, None]


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_rows_make_a_table_all_the_same(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    write_rows([], path, columns=["id", "text"])
    if ending == ".jsonl":
        assert path.read_bytes() == b""
    elif ending == ".csv":
        assert path.read_bytes() == b"id,text\n"
    else:
        assert pq.read_schema(path).names == ["id", "text"]
    write_rows([], path)
    assert path.exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_columns_fix_the_order_and_nothing_is_dropped(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    with pytest.raises(ValueError, match=r"^row 2 has the column 'c', not among b, a$"):
        write_rows([{"a": 1}, {"c": 2}], path, columns=["b", "a"])
    assert list(tmp_path.iterdir()) == []
    write_rows([{"a": 1, "b": 2}], path, columns=["b", "a"])
    frame = {
        ".jsonl": lambda p: pd.read_json(p, lines=True),
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
    }
    assert list(frame[ending](path).columns) == ["b", "a"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_may_be_any_iterable_and_stay_as_they_were(tmp_path, ending):
    row = {"a": "A", "b": float("nan")}
    write_rows((each for each in [row]), tmp_path / f"a{ending}")
    assert list(row) == ["a", "b"]
    assert row["b"] != row["b"]


@pytest.mark.parametrize("name", ["a.xlsx", "a"])
def test_unknown_ending(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(DataError) as caught:
        write_rows([], path)
    ending = path.suffix
    assert (
        str(caught.value)
        == f"{path}: cannot write the ending '{ending}': .jsonl, .csv and .parquet are written"
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_value_that_cannot_be_written_leaves_the_old_file(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^column 'x': cannot write object <object"):
        write_rows([{"x": 1}, {"x": object()}], path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("values", [[1, "a"], [2**70], [{"k": 1}, 3]])
def test_mixed_types_in_parquet(tmp_path, values):
    path = tmp_path / "a.parquet"
    with pytest.raises(DataError) as caught:
        write_rows([{"x": value} for value in values], path)
    message = str(caught.value)
    assert message.startswith(f"{path}: column 'x' cannot be one Parquet type (")
    assert message.endswith("): make its values one type or write .jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_failed_write_leaves_nothing_behind(tmp_path, monkeypatch, failing):
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
    with pytest.raises(DataError) as caught:
        write_rows([{"a": 1}], path)
    assert str(caught.value) == f"{path}: cannot be written (No space left on device)"
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text("new", tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_folder_must_be_there(tmp_path):
    path = tmp_path / "gone" / "a.csv"
    with pytest.raises(DataError) as caught:
        write_rows([{"a": 1}], path)
    assert str(caught.value) == f"{path}: no folder {path.parent}: make it first"


def test_text_is_written_as_it_is_with_ordinary_permissions(tmp_path):
    path = tmp_path / "report.html"
    other = tmp_path / "other"
    other.touch()
    write_text("<p>é\r\n🚢</p>\n", path)
    assert path.read_bytes() == "<p>é\r\n🚢</p>\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_link_is_written_through(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "run.json"
    target.write_text("{}", encoding="utf-8")
    link.symlink_to(target)
    write_text("[]", link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "[]"


@pytest.fixture
def two_at_once(monkeypatch):
    monkeypatch.setattr(tables, "_AT_ONCE", 2)


@pytest.mark.usefixtures("two_at_once")
@pytest.mark.parametrize("ending", [".jsonl", ".csv"])
def test_rows_are_written_as_they_come(tmp_path, ending):
    path, sizes = tmp_path / f"rows{ending}", []

    def rows():
        for number in range(9):
            [growing] = tmp_path.glob(".*.tmp")
            sizes.append(growing.stat().st_size)
            yield {"id": number, "text": "x" * 50_000}

    write_rows(rows(), path, columns=["id", "text"])
    assert sizes[-1] > 5 * 50_000
    assert sizes == sorted(sizes)
    assert path.stat().st_size > 9 * 50_000


@pytest.mark.usefixtures("two_at_once")
def test_a_type_that_is_told_late_is_that_of_the_whole_column(tmp_path):
    path = tmp_path / "rows.parquet"
    rows = [{"n": 1, "day": None, "tags": [], "part": None, "none": None} for _ in range(3)]
    rows.append(
        {"n": 2.5, "day": date(2025, 4, 1), "tags": ["a"], "part": {"low": 1.0, "x": None}, "none": None}
    )
    write_rows(rows, path)
    read = pq.read_table(path)
    assert read.to_pylist() == rows
    kinds = {field.name: str(field.type) for field in read.schema}
    assert (kinds["n"], kinds["day"], kinds["none"]) == ("double", "date32[day]", "string")
    assert "string" in kinds["tags"]


@pytest.mark.usefixtures("two_at_once")
def test_mixed_types_far_apart_in_parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    with pytest.raises(DataError, match=r"rows\.parquet: column 'n' cannot be one Parquet type"):
        write_rows([{"n": n} for n in (1, 2, 3, "four")], path, columns=["n"])
    assert list(tmp_path.iterdir()) == []


def test_several_files_are_written_in_one_pass(tmp_path):
    passes = []

    def rows():
        passes.append(1)
        yield {"id": "a", "n": 1}

    paths = [tmp_path / f"rows{ending}" for ending in (".jsonl", ".csv", ".parquet")]
    write_views(rows(), paths, columns=["id", "n"])
    assert passes == [1]
    assert paths[0].read_text() == '{"id": "a", "n": 1}\n'
    assert paths[1].read_text() == "id,n\na,1\n"
    assert pq.read_table(paths[2]).to_pylist() == [{"id": "a", "n": 1}]


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path):
    first = tmp_path / "rows.jsonl"
    first.write_text("old")
    with pytest.raises(DataError, match="no folder"):
        write_views([{"id": "a"}], [first, tmp_path / "none" / "rows.csv"], columns=["id"])
    assert first.read_text() == "old"
    assert list(tmp_path.iterdir()) == [first]
