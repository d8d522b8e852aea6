"""What this machine grants: cores, processor abilities, a cache folder. Sets and writes nothing."""

from __future__ import annotations

import os
import platform
import sys
from functools import lru_cache
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_CPUINFO = Path("/proc/cpuinfo")


def cores() -> int:
    """Return how many cores this process may keep busy: its affinity mask, cut by its cgroup's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cgroup_quota()
    return allowed if quota is None else max(1, min(allowed, int(quota)))


def _cgroup_quota() -> float | None:
    """Cores granted by the cgroup of version 2 or 1; None where there is no limit."""
    unified = _words(_CGROUP / "cpu.max")
    if len(unified) == 2 and unified[0] != "max":  # noqa: PLR2004  # quota and period
        return int(unified[0]) / int(unified[1])
    quota = _words(_CGROUP / "cpu" / "cpu.cfs_quota_us")
    period = _words(_CGROUP / "cpu" / "cpu.cfs_period_us")
    if quota and period and int(quota[0]) > 0:
        return int(quota[0]) / int(period[0])
    return None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except OSError:
        return []


def thread_count(asked: int | None = None) -> int:
    """Return the threads to run a model with: ``asked``, else ``OMP_NUM_THREADS``, else :func:`cores`.

    Raises:
        ValueError: ``asked`` is below 1.
    """
    if asked is not None:
        if asked < 1:
            raise ValueError(f"threads is {asked}: at least 1 is needed")
        return asked
    # OpenMP allows one number for each level of nesting: the first counts.
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(told) if told.isdecimal() and int(told) > 0 else cores()


@lru_cache(maxsize=1)
def cpu_facts() -> dict[str, str]:
    """Return what the first processor says of itself (Linux on x86); empty where nothing says it."""
    try:
        text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    first = text.split("\n\n", 1)[0]
    return {
        name.strip(): values.strip()
        for name, _, values in (line.partition(":") for line in first.splitlines())
    }


def cpu_flags() -> frozenset[str]:
    """Return the abilities that the processor lists; empty where nothing lists them."""
    return frozenset(cpu_facts().get("flags", "").split())


def has_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 matrices faster than float32 ones.

    With AMX it does. AVX-512's own instruction is no faster than float32 on Intel's processors: a Sapphire
    Rapids without AMX ran the small model in bfloat16 at 0.63 times the speed of float32.
    """
    flags = cpu_flags()
    return "amx_bf16" in flags or ("avx512_bf16" in flags and cpu_facts().get("vendor_id") != "GenuineIntel")


def has_vnni() -> bool:
    """Return whether the processor multiplies 8-bit integers itself, four times as many as float32."""
    return bool(cpu_flags() & {"avx512_vnni", "avx_vnni", "amx_int8"})


def has_gpu_driver() -> bool:
    """Return whether a GPU that torch can use may be here, without importing torch to ask."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")) or (
        sys.platform == "win32" and Path(os.environ.get("SYSTEMROOT", ""), "System32", "nvcuda.dll").exists()
    )


def cache_folder() -> Path:
    """Return the user's cache folder for stance; it may not be there yet."""
    told = os.environ.get("XDG_CACHE_HOME")
    if told and Path(told).is_absolute():
        return Path(told) / "stance"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "stance"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "stance" / "Cache"
    return Path.home() / ".cache" / "stance"
