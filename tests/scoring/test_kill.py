"""A run that is killed, or whose disk is full: the next one ends as if nothing had been."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from scoring.killed import SIZES, VIEWS, score

from stance.errors import DataError

KILLED = Path(__file__).with_name("killed.py")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    for module, name, size in SIZES:
        monkeypatch.setattr(module, name, size)


@pytest.fixture
def fast_folder(tmp_path):
    """A folder in memory where there is one: a kill does not care, and twenty runs sync a thousand times."""
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_a_run_that_is_killed_anywhere_ends_as_one_that_was_not(fast_folder):
    done = subprocess.run(
        [sys.executable, KILLED, fast_folder, "20", "7"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    trials = [json.loads(line) for line in done.stdout.splitlines()]
    assert trials[-1]["killed"] == 20
    for trial in trials:
        assert trial["code"] == 0, (trial, done.stderr)
        assert trial["same"], trial
        # A part that is not whole would be said.
        assert trial["said"] == []
        assert trial["left"] == []
    # Kills at the beginning, in the middle and near the end.
    assert min(trial["reused"] for trial in trials) == 0
    assert len({trial["reused"] for trial in trials}) > 2


def views(folder):
    return [(folder / name).read_bytes() for name in VIEWS]


def test_a_full_disk_ends_the_run_in_one_line_and_what_was_scored_is_kept(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=44k", "tmpfs", disk], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no tmpfs can be mounted here; the next test does the same without one")
    try:
        with pytest.raises(DataError, match=r"cannot be written .No space left on device.: what was scored"):
            score(disk / "run")
        kept = sum(1 for _ in disk.glob("run/store/*/*/part-*"))
        assert kept
        assert not list(disk.rglob(".*.tmp"))
        subprocess.run([mount, "-o", "remount,size=8m", disk], check=True)
        score(disk / "run")
        score(tmp_path / "whole")
        assert views(disk / "run") == views(tmp_path / "whole")
        assert json.loads((disk / "run" / "said.json").read_text()) == []
        assert json.loads((disk / "run" / "run.json").read_text())["counts"]["articles_reused"] > 0
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_at_any_write_costs_nothing_that_was_written(fast_folder, monkeypatch):
    sync, left = os.fsync, 0

    def until_full(handle):
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    score(fast_folder / "whole")
    monkeypatch.setattr(os, "fsync", until_full)
    said: list[str] = []
    # Each run gets a little further, until one has room enough.
    for room in range(3, 200, 13):
        left = room
        try:
            score(fast_folder / "run")
            break
        except DataError as error:
            said.append(str(error))
    else:
        pytest.fail("no run came to its end")
    assert room > 3
    assert all("No space left on device" in line and "\n" not in line for line in said)
    assert views(fast_folder / "run") == views(fast_folder / "whole")
