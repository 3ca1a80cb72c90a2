"""What this computer offers: cores, instructions, memory that stays."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import platform
from pathlib import Path

# The numbers of these options in glibc's malloc.h, and the values that they get, in bytes.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
KEEPING = {M_TRIM_THRESHOLD: 2**31 - 1, M_TOP_PAD: 64 << 20, M_MMAP_THRESHOLD: 32 << 20}


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 natively, as far as Linux tells; elsewhere False."""
    information = Path("/proc/cpuinfo")
    flags = information.read_text(encoding="utf-8", errors="replace") if information.is_file() else ""
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.split())


def described() -> str:
    """The computer in a few words, such as "x86_64, 2 cores, with bfloat16"."""
    return f"{platform.machine()}, {cores()} cores, {'with' if cpu_has_bfloat16() else 'without'} bfloat16"


def keep_freed_memory() -> None:
    """Let this process keep freed memory for its next use, instead of giving it back to the system.

    What comes back must be mapped and cleared page by page: training gives back and asks again in every step,
    and kept memory shortens a step by about a twentieth (bench/NOTES.md). From here on the process holds on
    to the most that it has used. Only with glibc, so on most Linux systems; elsewhere nothing happens.
    """
    if platform.libc_ver()[0] == "glibc":
        for option, size in KEEPING.items():
            ctypes.CDLL(None).mallopt(option, size)


def is_loopback(host: str) -> bool:
    """Whether a host, a literal address or "localhost", is this very machine and reached from it only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
