import errno
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stance.errors import DataError
from stance.scoring import lock as lock_module
from stance.scoring.lock import FolderLock

# What a process does that takes the lock and stays.
HOLD = """
import sys, time
from pathlib import Path
from stance.scoring.lock import FolderLock
FolderLock(Path(sys.argv[1]), folder=Path("run"), say=print).acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def make(tmp_path, said):
    return lambda **options: FolderLock(tmp_path / "lock", folder=Path("run"), say=said.append, **options)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_run_is_refused_in_one_line_that_names_the_first(make, holder):
    with pytest.raises(DataError) as caught:
        make().acquire()
    assert str(caught.value) == (
        f"run: another run (process {holder.pid}) is at work here: let it end, wait for it with --wait, "
        "or give another folder"
    )


def test_the_lock_of_a_killed_process_locks_nothing(make, holder, tmp_path):
    holder.kill()
    holder.wait()
    assert (tmp_path / "lock").exists()
    make().acquire()


def test_who_waits_says_so_and_goes_on_when_the_first_ends(make, holder, said):
    lock = make(wait=True)
    threading.Timer(0.3, holder.kill).start()
    start = time.perf_counter()
    lock.acquire()
    assert time.perf_counter() - start > 0.1
    assert said == [f"run: another run (process {holder.pid}) is at work here: waiting for it to end"]


def test_two_runs_of_one_process_lock_each_other_out_too(make, tmp_path):
    first = make()
    first.acquire()
    first.acquire()
    with pytest.raises(DataError, match=r"another run .process "):
        make().acquire()
    (tmp_path / "lock").write_text("x")
    with pytest.raises(DataError, match="run: another run is at work here"):
        make().acquire()
    first.release()
    first.release()
    make().acquire()


def test_a_lock_that_cannot_be_opened_is_named(tmp_path, said):
    with pytest.raises(DataError, match=r"cannot be opened .No such file or directory.: give another folder"):
        FolderLock(tmp_path / "none" / "lock", folder=tmp_path, say=said.append).acquire()


def test_a_file_system_without_locks_is_named(make, monkeypatch):
    import fcntl

    def none(_file, _how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(DataError, match=r"cannot be locked .No locks available.: give a local folder"):
        make().acquire()


def test_a_system_without_locks_says_that_it_has_none(make, said, monkeypatch):
    monkeypatch.setattr(lock_module, "_flock", lambda: None)
    make().acquire()
    assert said == ["run: this system has no file locks: start no second run on this folder"]
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert lock_module._flock() is None
