"""Notices that a volume takes less than the cameras send, while all of it still fits into memory."""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.ids import StreamId
from gstnvr.recorder.reporting.reports import IncidentLog, Tell

BEHIND_S = 3.0
"""A muxer holds back up to two seconds of a track while it waits for the other."""
SLOW_AFTER_S = 4.0
WELL_AFTER_S = 10.0
WINDOW_S = 5.0
FORGOTTEN_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Of one file, since it was begun."""

    sent_bytes: int
    """Handed to its writer."""
    taken_bytes: int
    """Taken by it."""
    behind_s: float
    """Length of the media in between."""


class _Sample(NamedTuple):
    at: float
    flow: Flow


class SlowDisk:
    """Of one volume."""

    def __init__(self, path: str, tell: Tell, clock: Clock) -> None:
        self.notice: FaultReport | None = None
        """What is wrong now."""
        self._path = path
        self._clock = clock
        self._incidents = IncidentLog(tell, None)
        self._samples: dict[StreamId, deque[_Sample]] = {}
        self._late_since: float | None = None
        self._late_until = 0.0

    def note(self, stream: StreamId, flow: Flow) -> None:
        """How far the writer of a stream is; to be told about once a second."""
        now = self._clock.monotonic()
        samples = self._samples.setdefault(stream, deque())
        if samples and flow.sent_bytes < samples[-1].flow.sent_bytes:
            samples.clear()
        samples.append(_Sample(now, flow))
        while samples[0].at < now - WINDOW_S:
            samples.popleft()
        self._judge(now)

    def stop(self) -> None:
        """Nothing is written there any more."""
        self._end()

    def _judge(self, now: float) -> None:
        self._samples = {
            stream: samples
            for stream, samples in self._samples.items()
            if samples[-1].at >= now - FORGOTTEN_AFTER_S
        }
        if any(samples[-1].flow.behind_s > BEHIND_S for samples in self._samples.values()):
            self._note_late(now)
        elif now - self._late_until > (WELL_AFTER_S if self.notice is not None else FORGOTTEN_AFTER_S):
            self._end()

    def _note_late(self, now: float) -> None:
        if self._late_since is None or now - self._late_until > FORGOTTEN_AFTER_S:
            self._late_since = now
        self._late_until = now
        if self.notice is None and now - self._late_since > SLOW_AFTER_S:
            self.notice = self._report()
        if self.notice is not None and self._incidents.uid is None:
            utc = self._clock.utc_ns()
            self._incidents.open(self.notice, utc, utc)

    def _end(self) -> None:
        self._late_since = self.notice = None
        self._incidents.close(self._clock.utc_ns(), attempts=0)

    def _report(self) -> FaultReport | None:
        """None: it takes nothing at all, so that it hangs, which others notice."""
        sent = taken = 0.0
        for samples in self._samples.values():
            first, last = samples[0], samples[-1]
            seconds = max(last.at - first.at, 1.0)
            sent += (last.flow.sent_bytes - first.flow.sent_bytes) * 8 / seconds
            taken += (last.flow.taken_bytes - first.flow.taken_bytes) * 8 / seconds
        if not taken:
            return None
        behind_s = max(samples[-1].flow.behind_s for samples in self._samples.values())
        message = (
            f"volume {self._path} takes {taken / 1e6:.1f} Mbit/s of the {sent / 1e6:.1f} that {len(self._samples)}"
            f" streams send there, {behind_s:.0f} s wait in memory; use a faster disk, more volumes, fewer cameras"
        )
        return FaultReport(Fault.STORAGE_DISCONNECTED, Reason.SLOW_DISK, Severity.MEDIUM, message)
