"""All that a session knows. All times are monotonic seconds."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import MediaMessage
from gstnvr.model.choices import Route
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session.watch import Watch


class ConnectStage(StrEnum):
    """How far a connection attempt has come."""

    QUEUED = "queued"
    PROBING = "probing"
    STARTING = "starting"


class SourceState(StrEnum):
    """What is known of the source of this generation."""

    NONE = "none"
    RUNNING = "running"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """The incident that is open now."""

    report: FaultReport
    """Of its first cause; later faults of the same outage show in ``SessionState.fault`` only."""
    attempts: int = 0
    """Connections tried since it was opened; at 0 its cause may still be corrected."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A message that is no fault by itself but names the cause of one that follows at once."""

    message: MediaMessage
    at: float


@dataclass(frozen=True, slots=True)
class SessionState:
    """Changed by ``machine.step`` only."""

    settings: SessionSettings
    generation: Generation
    """Of the newest connection attempt; 0 before the first."""
    phase: SessionPhase = SessionPhase.IDLE
    since: float = 0.0
    """When the phase began."""
    reconnects: int = 0
    """Times that frames came again since the stream was started."""
    attempts: int = 0
    """Failed attempts since the stream was last healthy, quick ones not counted."""
    fault: FaultReport | None = None
    """Why no frames arrive, by the newest attempt; None before the first fault and while streaming."""
    fault_at: float = 0.0
    """When that was detected."""
    incident: OpenIncident | None = None

    retry_at: float | None = None
    """While backing off: when the next attempt begins, if the old source is gone by then."""
    quick_until: float | None = None
    """End of the quick attempts that follow the loss of a healthy stream."""
    tried_at: float = 0.0
    """When the newest attempt got its slot."""

    stage: ConnectStage | None = None
    """Set while connecting, and then only."""
    slot_held: bool = False
    source: SourceState = SourceState.NONE
    deadline: float | None = None
    """Limit of the stage, or of closing the source."""
    start_again: bool = False
    """While stopping: a start came after the stop."""

    first_frame_at: float | None = None
    """Of this generation."""
    watch: Watch | None = None
    """Set while streaming, and then only."""
    healthy: bool = False
    """Frames have been steady for ``healthy_after_s``."""
    has_streamed: bool = False
    """Since it was started."""
    hint: Hint | None = None
    hung_up_at: float | None = None
    """When the camera closed its connection; the end of the stream is given a moment to come by itself."""

    routes: tuple[Route, ...] = (Route.RTSP,)
    """Ways to the stream, the best first."""
    route: Route = Route.RTSP
    """Of the newest attempt."""
    missed: int = 0
    """Failed attempts by the best route, one after the other; quick ones count, refused passwords do not."""
    returning: bool = False
    """This attempt goes back to the best route because a probe said that it works again."""
    returns_failed: int = 0
    """Such attempts that failed since the best route was last healthy."""
    return_at: float | None = None
    """While streaming by another route: when the best one is to be probed."""
    return_until: float | None = None
    """While it is being probed: when the answer is not waited for any longer."""
