"""What the computer offers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from image_machines import machine

STEPS = """
import resource, sys
import numpy as np
from image_machines import machine

def faults_of(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        [np.ones(1 << 20, np.float32) for _ in range(8)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    machine.keep_freed_memory()
faults_of(1)
print(faults_of(10))
"""


def test_cores_are_those_that_the_process_may_use() -> None:
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only this C library gives memory back so soon")
def test_freed_memory_is_kept_for_the_next_step() -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", STEPS, how], capture_output=True, check=True).stdout)
        for how in ("keep", "give back")
    )
    assert kept < given_back / 10, (kept, given_back)


def test_the_loopback_is_known_by_its_names() -> None:
    assert all(machine.is_loopback(host) for host in ("127.0.0.1", "127.0.1.1", "localhost", "::1"))
    assert not any(machine.is_loopback(host) for host in ("0.0.0.0", "", "192.168.1.2", "::", "example.org"))
