import errno
import os

import pyarrow as pa
import pytest

from stance.errors import DataError
from stance.scoring import parts as parts_module
from stance.scoring.parts import FAN_IN, Parts, make_whole, sweep, write_whole

SCHEMA = pa.schema([("key", pa.binary(2)), ("n", pa.int64())])


def table(*numbers):
    return pa.table([[b"k%d" % (n % 10) for n in numbers], list(numbers)], schema=SCHEMA)


@pytest.fixture
def said():
    return []


@pytest.fixture
def parts(tmp_path, said):
    return Parts(tmp_path / "deep" / "table", SCHEMA, said.append)


def numbers(parts):
    return parts.read()["n"].to_pylist()


def test_rows_come_back_in_the_order_they_were_added(parts, said):
    assert numbers(parts) == []
    assert parts.rows() == 0
    parts.append(table(3, 1))
    parts.append(table(2))
    assert numbers(parts) == [3, 1, 2]
    assert parts.rows() == 3
    assert parts.read().schema.equals(SCHEMA)
    assert said == []


def test_many_parts_become_few_and_no_row_is_lost(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(parts_module, "FAN_IN", 3)
    for n in range(29):
        parts.append(table(n))
    assert sorted(numbers(parts)) == list(range(29))
    # 29 = 1002 in base 3: one part of 27 rows, two of one.
    assert len(list((tmp_path / "deep" / "table").iterdir())) == 3
    assert FAN_IN == 64


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"not Parquet at all",
        lambda data: data[:20] + bytes([data[20] ^ 255, data[21] ^ 255]) + data[22:],
    ],
)
def test_a_damaged_part_is_said_and_removed_and_the_others_stay(parts, tmp_path, said, harm):
    for n in range(3):
        parts.append(table(n))
    part = sorted((tmp_path / "deep" / "table").iterdir())[1]
    part.write_bytes(harm(part.read_bytes()))
    assert numbers(parts) == [0, 2]
    assert said == [f"{part}: damaged: removed; what it held is worked out again"]
    assert not part.exists()


def test_a_part_with_other_columns_counts_as_damaged(parts, said, tmp_path):
    import pyarrow.parquet as pq

    parts.append(table(1))
    pq.write_table(pa.table({"x": [1]}), tmp_path / "deep" / "table" / "part-0-00000002.parquet")
    assert numbers(parts) == [1]
    assert "damaged" in said[0]


def test_other_files_are_left_alone(parts, tmp_path):
    parts.append(table(1))
    (tmp_path / "deep" / "table" / "notes.txt").write_text("mine")
    sweep(tmp_path / "deep" / "table")
    assert numbers(parts) == [1]
    assert (tmp_path / "deep" / "table" / "notes.txt").read_text() == "mine"


def test_what_a_killed_writer_left_is_swept(tmp_path):
    (tmp_path / ".0123456789abcdef.tmp").write_bytes(b"half")
    (tmp_path / ".mine.tmp").write_bytes(b"mine")
    sweep(tmp_path)
    sweep(tmp_path / "none")
    assert [file.name for file in tmp_path.iterdir()] == [".mine.tmp"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call):
    write_whole(b"old", tmp_path / "file")

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full) if call == "fsync" else monkeypatch.setattr(
        type(tmp_path), "replace", full
    )
    with pytest.raises(DataError) as caught:
        write_whole(b"new", tmp_path / "file")
    assert str(caught.value) == (
        f"{tmp_path / 'file'}: cannot be written (No space left on device): "
        "what was scored until now is kept; mend this and run the same again"
    )
    assert [(f.name, f.read_bytes()) for f in tmp_path.iterdir()] == [("file", b"old")]


def test_a_folder_system_that_cannot_sync_folders_is_no_error(tmp_path, monkeypatch):
    sync = os.fsync

    def only_files(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112  # a link of the kernel's
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    write_whole(b"x", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_disk_that_fails_to_sync_a_folder_is_an_error(tmp_path, monkeypatch):
    def broken(_handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(DataError, match=r"cannot be written .Input/output error."):
        write_whole(b"x", tmp_path / "file")


def test_a_folder_in_the_way_is_one_line(tmp_path, parts):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match=r"cannot be made .File exists.: give another folder"):
        make_whole(tmp_path / "file" / "inside")
    parts.append(table(1))
    (tmp_path / "deep" / "table" / "part-0-00000002.parquet").mkdir()
    with pytest.raises(DataError, match=r"cannot be read .Is a directory.: mend or remove it"):
        parts.read()
    assert parts.rows() == 1
    (tmp_path / ".0123456789abcdef.tmp").mkdir()
    with pytest.raises(DataError, match=r"cannot be removed .Is a directory.: remove it"):
        sweep(tmp_path)
