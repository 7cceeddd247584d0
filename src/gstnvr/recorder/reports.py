"""Where streams and volumes tell what happened; the outbox of the process is behind it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import uuid4

from gstnvr.ipc.messages import IncidentChanged, OutageChanged, RecorderEvent
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import FaultReport, GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage

Tell = Callable[[RecorderEvent], None]


def new_uid() -> str:
    """Key of a new gap or incident."""
    return uuid4().hex


def to_utc(clock: Clock, at: float) -> UtcNs:
    """Wall clock of a moment in monotonic seconds."""
    return UtcNs(clock.utc_ns() - int((clock.monotonic() - at) * NS_PER_S))


class IncidentLog:
    """The one incident that a stream or a volume may have open."""

    def __init__(self, tell: Tell, stream: StreamId | None) -> None:
        self._tell = tell
        self._stream = stream
        self._open: Incident | None = None

    @property
    def uid(self) -> str | None:
        """Key of the open incident."""
        return self._open.uid if self._open is not None else None

    def open(self, report: FaultReport, started: UtcNs, detected: UtcNs) -> str:
        """Begin an incident; its key."""
        incident = Incident(
            uid=new_uid(),
            camera=self._stream.camera if self._stream is not None else None,
            stream=self._stream,
            fault=report.fault,
            reason=report.reason,
            severity=report.severity,
            message=report.message,
            code=report.code,
            started=started,
            detected=detected,
        )
        self._put(incident)
        return incident.uid

    def update(self, report: FaultReport, attempts: int) -> None:
        """Enter a better cause, a severity, or a further attempt."""
        if self._open is not None:
            self._put(
                replace(
                    self._open,
                    fault=report.fault,
                    reason=report.reason,
                    severity=report.severity,
                    message=report.message,
                    code=report.code,
                    attempts=attempts,
                )
            )

    def close(self, at: UtcNs, attempts: int) -> None:
        """It is over."""
        if self._open is not None:
            closed = replace(self._open, recovered=at, attempts=attempts)
            self._open = None
            self._tell(IncidentChanged(closed))

    def _put(self, incident: Incident) -> None:
        self._open = incident
        self._tell(IncidentChanged(incident))


class GapLog:
    """The one gap that a stream may have open; promise: what is missing has exactly one cause."""

    def __init__(self, tell: Tell, stream: StreamId) -> None:
        self._tell = tell
        self._stream = stream
        self._open: Outage | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is missing now."""
        return self._open is not None

    def take_over(self, outages: Iterable[Outage], at: UtcNs) -> None:
        """End the outages that were left open before this process, and wait for the first segment."""
        for outage in outages:
            self._tell(OutageChanged(replace(outage, end=max(at, outage.start))))
        self.open(at, GapCause.CONNECTING)

    def open(self, at: UtcNs, cause: GapCause, detail: str = "", incident: str | None = None) -> None:
        """Something is missing from here on; if it was before, only a provisional cause gives way."""
        if self._open is not None:
            if self._open.cause is GapCause.CONNECTING and cause is not GapCause.CONNECTING:
                self._put(replace(self._open, cause=cause, detail=detail, incident=incident))
            return
        self._put(Outage(new_uid(), self._stream, at, None, cause, detail, incident))

    def begin_at(self, at: UtcNs) -> None:
        """More, or less, was saved than was thought when the gap was opened."""
        if self._open is not None:
            self._put(replace(self._open, start=at))

    def interrupt(self, at: UtcNs, again: UtcNs) -> None:
        """Between these two it was recorded after all."""
        gap = self._open
        if gap is not None:
            self.close(at)
            self._put(replace(gap, uid=new_uid(), start=again))

    def close(self, at: UtcNs) -> None:
        """From here on it is recorded; a gap without length never was one."""
        if self._open is not None:
            closed, self._open = replace(self._open, end=at), None
            self._tell(OutageChanged(closed))

    def hand_on(self, at: UtcNs, cause: GapCause) -> None:
        """What is missing from here on has another cause than what was missing before."""
        if self._open is not None and self._open.cause is cause:
            return
        self.close(at)
        self.open(at, cause)

    def _put(self, gap: Outage) -> None:
        self._open = gap
        self._tell(OutageChanged(gap))
