"""Where streams and volumes tell what happened; the outbox of the process is behind it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from gstnvr.ipc.messages import IncidentChanged, RecorderEvent
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident

Tell = Callable[[RecorderEvent], None]


def new_uid() -> str:
    """Key of a new outage or incident."""
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
