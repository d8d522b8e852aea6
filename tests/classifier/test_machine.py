import sys
from pathlib import Path

import pytest

from stance.classifier import StanceClassifier, machine


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "1600000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
    ],
)
def test_cores_are_those_that_the_group_grants(group, files, cores):
    for name, text in files.items():
        (group / name).parent.mkdir(exist_ok=True)
        (group / name).write_text(text)
    assert machine.cores() == machine.thread_count() == cores


def test_threads_follow_the_caller_then_openmp_then_the_cores(group, monkeypatch):
    assert group.is_dir()
    assert machine.thread_count(3) == 3
    for told, count in (("2", 2), ("4,2", 4), ("", 8), ("many", 8), ("0", 8)):
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert machine.thread_count() == count
    with pytest.raises(ValueError, match="threads is 0: at least 1 is needed"):
        machine.thread_count(0)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_a_classifier_uses_the_threads_it_is_given(classifier_folder, monkeypatch, engine):
    import torch

    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    try:
        assert StanceClassifier.load(classifier_folder, engine=engine).threads == 1
        assert StanceClassifier.load(classifier_folder, engine=engine, threads=2).threads == 2
        if engine == "torch":
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def processor(tmp_path, monkeypatch):
    """Lets the processor say something else of itself; None: nothing."""

    def says(vendor, flags):
        file = tmp_path / "cpuinfo"
        # A second processor follows; the first one counts.
        lines = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t:\n"
        file.write_text(lines)
        monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "none" if vendor is None else file)
        machine.cpu_facts.cache_clear()

    yield says
    monkeypatch.undo()
    machine.cpu_facts.cache_clear()


@pytest.mark.parametrize(
    ("vendor", "flags", "bfloat16", "vnni"),
    [
        ("AuthenticAMD", "avx2 fma", False, False),
        ("AuthenticAMD", "avx512_bf16 avx512_vnni", True, True),
        ("GenuineIntel", "avx512_bf16 avx512_vnni", False, True),
        ("GenuineIntel", "avx512_bf16 amx_bf16 amx_int8", True, True),
        ("GenuineIntel", "avx2 avx_vnni", False, True),
        (None, "", False, False),
    ],
)
def test_the_processor_says_which_number_formats_are_fast(processor, vendor, flags, bfloat16, vnni):
    processor(vendor, flags)
    assert (machine.has_bfloat16(), machine.has_vnni()) == (bfloat16, vnni)
    assert machine.cpu_flags() == set(flags.split())


def test_the_cache_is_where_each_system_keeps_it(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast/cache")
    assert machine.cache_folder() == Path("/fast/cache/stance")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert machine.cache_folder() == Path("/home/me/.cache/stance")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.cache_folder() == Path("/home/me/Library/Caches/stance")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert machine.cache_folder() == Path("/local/stance/Cache")
