"""What processes use: CPU time, memory, and how busy the machine is besides."""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class CpuReading:
    """CPU time so far, at one moment; seconds."""

    at: float
    of_processes: float
    of_others: Mapping[int, float]
    """By process: the counters of the whole machine are sampled, and miss what runs for less than a tick."""

    def others_since(self, before: "CpuReading") -> float:
        """Seconds that other processes used; those that came or went meanwhile are left out."""
        both = self.of_others.keys() & before.of_others.keys()
        return sum(self.of_others[process] - before.of_others[process] for process in both)


def read_cpu(processes: Sequence[int]) -> CpuReading:
    """User and system time of these processes and all below them, and of all others.

    Raises:
        psutil.NoSuchProcess: one of them has ended.
    """
    measured = {process.pid: _cpu_time(process) for process in _trees(processes)}
    others = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.pid not in measured:
                others[process.pid] = _cpu_time(process)
    return CpuReading(time.monotonic(), sum(measured.values()), others)


def read_pss(processes: Sequence[int]) -> int:
    """Bytes of memory of these processes and all below them; what is shared counts in shares."""
    return sum(process.memory_full_info().pss for process in _trees(processes))


def _trees(roots: Sequence[int]) -> list[psutil.Process]:
    parents = [psutil.Process(pid) for pid in roots]
    return parents + [child for parent in parents for child in parent.children(recursive=True)]


def _cpu_time(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def processors() -> int:
    """How many CPUs there are."""
    return os.cpu_count() or 1
