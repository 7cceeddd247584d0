"""How much memory a recorder process takes, and how much it may take."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gstnvr.config.settings import RecorderSettings, RecordingSettings
from gstnvr.model.ids import StreamId
from gstnvr.model.status import StreamStatus

_KIBIBYTE = 1024
_MEGABYTE = 1_000_000
_BITS_PER_BYTE = 8
_HOPELESS = 2
"""Times what is allowed: there is no time for an orderly replacement."""


@dataclass(frozen=True, slots=True)
class Excess:
    """More than is allowed."""

    used_mb: int
    allowed_mb: int
    hopeless: bool
    """So much that there is no time for an orderly replacement."""

    def __str__(self) -> str:
        return f"takes {self.used_mb} MB of memory, {self.allowed_mb} MB are allowed"


class MemoryWatch:
    """Of one process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._highest_bps: dict[StreamId, float] = {}

    def note(self, statuses: Iterable[StreamStatus]) -> None:
        """Streams of higher bit rates need more memory for what waits for the disk."""
        for status in statuses:
            before = self._highest_bps.get(status.stream, 0.0)
            self._highest_bps[status.stream] = max(before, status.statistics.bitrate_bps)

    def excess(self, recorder: RecorderSettings, recording: RecordingSettings) -> Excess | None:
        """Look at the process; None if all is well, or if it has ended."""
        used = resident_bytes(self._pid)
        longest_s = recording.ring_s + recording.outage_buffer_s
        media = sum(self._highest_bps.values()) / _BITS_PER_BYTE * longest_s
        allowed = recorder.memory_limit_mb * _MEGABYTE + media
        if used is None or used <= allowed:
            return None
        return Excess(round(used / _MEGABYTE), round(allowed / _MEGABYTE), used > _HOPELESS * allowed)


def resident_bytes(pid: int) -> int | None:
    """Memory of a process, also what was swapped out; None if there is no such process.

    From counters that the kernel keeps: other files of the process would wait for it while it hangs in the kernel.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    found = [line.split()[1] for line in lines if line.startswith(("VmRSS:", "VmSwap:"))]
    return sum(map(int, found)) * _KIBIBYTE if found else None
