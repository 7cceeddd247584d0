"""Answers of the API as a client sees them; unknown fields of a newer server are ignored."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field

from gstnvr.model.faults import Fault, FaultReport, GapCause, Reason, Severity
from gstnvr.model.ids import StreamKind
from gstnvr.model.recording import RecordMode
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics
from gstnvr.model.stream_state import StreamState


class OrderAction(StrEnum):
    """What is to be done about the recording of a camera."""

    START = "start"
    STOP = "stop"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody had the recording started or stopped."""

    since: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Intent:
    """Whether a camera is to be recorded, and why."""

    mode: RecordMode
    record: bool
    since: datetime | None
    until: datetime | None
    order: Order | None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it is now."""

    camera: str
    camera_name: str
    stream: StreamKind
    state: StreamState
    phase: SessionPhase
    since: datetime
    recording: RecordingPhase
    intent: Intent
    cause: FaultReport | None
    attempts: int
    next_retry: datetime | None
    next_retry_in_s: float | None
    statistics: StreamStatistics
    segment_path: str | None
    buffered_s: float


@dataclass(frozen=True, slots=True)
class Streams:
    """All streams at one moment of the server's clock."""

    time: datetime
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """Adjoining segments, cut to the span that was asked for."""

    start: datetime
    end: datetime
    seconds: float
    segments: int
    bytes: int
    growing: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A span that is missing, cut to the span that was asked for."""

    start: datetime
    end: datetime
    seconds: float
    cause: GapCause
    detail: str
    incident: str | None
    ongoing: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Seconds of a span that are there, that are missing, and that were not to be recorded."""

    recorded_s: float
    missing_s: float
    missing_s_by_cause: dict[GapCause, float]
    planned_s: float
    planned_s_by_cause: dict[GapCause, float]


class Recordings(Struct, frozen=True):
    """What of a stream is there within a span, and what is missing."""

    camera: str
    stream: StreamKind
    start: datetime = field(name="from")
    end: datetime = field(name="to")
    recordings: tuple[Recording, ...]
    gaps: tuple[Gap, ...]
    totals: Totals
    next: str | None


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """All gaps of one cause within a span."""

    cause: GapCause
    planned: bool
    gaps: int
    seconds: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class GapTotals:
    """What of a span was recorded, is missing, and was not to be recorded."""

    recorded_s: float
    missing_s: float
    planned_s: float
    availability: float | None
    causes: tuple[CauseTotal, ...]


@dataclass(frozen=True, slots=True)
class DayTotals(GapTotals):
    """The same of one day."""

    date: date


class CameraGaps(Struct, frozen=True):
    """What is missing of a stream within a span."""

    camera: str
    stream: StreamKind
    start: datetime = field(name="from")
    end: datetime = field(name="to")
    zone: str
    totals: GapTotals
    days: tuple[DayTotals, ...]
    gaps: tuple[Gap, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class CameraTotals:
    """What is missing of one of several streams."""

    camera: str
    stream: StreamKind
    totals: GapTotals


class AllGaps(Struct, frozen=True):
    """What is missing of all streams within a span."""

    start: datetime = field(name="from")
    end: datetime = field(name="to")
    totals: GapTotals
    cameras: tuple[CameraTotals, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of a stream."""

    id: int
    camera: str
    stream: StreamKind
    start: datetime
    end: datetime
    seconds: float
    state: SegmentState
    bytes: int
    frames: int
    volume: str
    path: str
    video_codec: str
    width: int
    height: int
    audio_codec: str | None
    file: str | None


@dataclass(frozen=True, slots=True)
class Segments:
    """One page of segments."""

    segments: tuple[Segment, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault from detection to recovery."""

    id: str
    camera: str | None
    stream: StreamKind | None
    fault: Fault
    reason: Reason
    severity: Severity
    message: str
    code: str
    started: datetime
    detected: datetime
    recovered: datetime | None
    seconds: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents, newest first."""

    incidents: tuple[Incident, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Duration:
    """Over several incidents."""

    mean_s: float
    worst_s: float


@dataclass(frozen=True, slots=True)
class IncidentTotals:
    """What several incidents come to."""

    incidents: int
    recovered: int
    recovery_rate: float | None
    detection: Duration | None
    recovery: Duration | None


@dataclass(frozen=True, slots=True)
class IncidentKind(IncidentTotals):
    """Those of one kind."""

    fault: Fault
    reason: Reason


@dataclass(frozen=True, slots=True)
class IncidentDay(IncidentTotals):
    """Those of one day."""

    date: date


class IncidentStatistics(Struct, frozen=True):
    """What the incidents that started within a span come to."""

    camera: str | None
    start: datetime = field(name="from")
    end: datetime = field(name="to")
    zone: str
    totals: IncidentTotals
    kinds: tuple[IncidentKind, ...]
    days: tuple[IncidentDay, ...]


@dataclass(frozen=True, slots=True)
class Recorder:
    """A process that records."""

    name: str
    process: int | None
    version: str | None
    streams: int
    memory_bytes: int | None
    being_replaced: bool


@dataclass(frozen=True, slots=True)
class Recorders:
    """All of them."""

    recorders: tuple[Recorder, ...]


@dataclass(frozen=True, slots=True)
class RestartAccepted:
    """So many are replaced."""

    recorders: int


@dataclass(frozen=True, slots=True)
class Component:
    """A part of gstnvr, and whether it responds."""

    name: str
    healthy: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all parts respond."""

    components: tuple[Component, ...]

    @property
    def healthy(self) -> bool:
        return all(component.healthy for component in self.components)
