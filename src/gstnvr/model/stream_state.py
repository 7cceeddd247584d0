"""The one word that tells a person how a stream is doing."""

from enum import StrEnum

from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.status import SessionPhase, StreamStatus


class StreamState(StrEnum):
    """Session phase and fault, put together for people."""

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ERROR = "error"
    """It is tried again, but without a person it will hardly work."""
    STOPPING = "stopping"


_NEEDS_A_PERSON = frozenset(
    {
        Reason.UNAUTHORIZED,
        Reason.NOT_FOUND,
        Reason.NOT_RTSP,
        Reason.NOT_HTTP,
        Reason.NO_TLS,
        Reason.CERTIFICATE,
        Reason.REDIRECTED,
        Reason.TRANSPORT_REFUSED,
        Reason.UNSUPPORTED_CODEC,
        Reason.MISSING_ELEMENT,
    }
)


def stream_state(status: StreamStatus) -> StreamState:
    """State of a stream, for tables and camera tiles."""
    match status.session:
        case SessionPhase.IDLE:
            return StreamState.OFF
        case SessionPhase.STREAMING:
            return StreamState.CONNECTED
        case SessionPhase.STOPPING:
            return StreamState.STOPPING
        case SessionPhase.CONNECTING | SessionPhase.BACKING_OFF:
            return _state_without_frames(status)


def _state_without_frames(status: StreamStatus) -> StreamState:
    if status.fault is not None and _needs_a_person(status.fault):
        return StreamState.ERROR
    first_attempt = status.session is SessionPhase.CONNECTING and status.attempts <= 1 and status.fault is None
    return StreamState.CONNECTING if first_attempt else StreamState.RECONNECTING


def _needs_a_person(fault: FaultReport) -> bool:
    return (
        fault.fault is Fault.AUTHENTICATION
        or fault.severity is Severity.CRITICAL
        or fault.reason in _NEEDS_A_PERSON
    )
