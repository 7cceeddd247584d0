"""What the API answers; every class here is part of the published interface."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import StreamKind
from gstnvr.model.recording import RecordMode
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.model.stream_state import StreamState

NEXT = "What `cursor` takes for the page after; null: that was all."
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time", "example": "2026-11-21T10:02:24.125Z"})]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ErrorDetail(_Answer):
    code: str = Field(description="For programs; does not change between versions.")
    message: str = Field(description="For people; one line.")


class ErrorAnswer(_Answer):
    error: ErrorDetail


class Cause(_Answer):
    """Why a stream is not connected, or not recorded."""

    fault: Fault
    reason: Reason
    severity: Severity
    message: str
    code: str = Field(description="Where it came from; for bug reports.")


class Packets(_Answer):
    """What became of RTP packets, of video and audio together."""

    received: int = Field(description="In time to be of use.")
    lost: int = Field(description="Not there when they were needed.")
    late: int = Field(description="Came after they had been given up, or again after they had been used.")
    duplicate: int = Field(description="Came again while the first was still waiting.")
    retransmissions_asked: int
    retransmissions_received: int


class Link(_Answer):
    """The way between camera and recorder."""

    udp: bool = Field(description="false: over TCP, where a lost packet is one that the camera never sent.")
    jitter_ms: float | None = Field(
        description="Of the video (RFC 3550); null over TCP while packets are read in batches to save CPU."
    )
    second: Packets
    minute: Packets = Field(description="Of the last 60 s.")
    session: Packets = Field(description="Since the camera was connected to.")


class Statistics(_Answer):
    """Figures of the last second, but for the counters and what names another time."""

    fps: float
    bitrate_bps: float = Field(description="Encoded video and audio.")
    width: int
    height: int
    video_codec: str | None
    audio_codec: str | None
    last_frame_age_s: float | None = Field(description="null before the first frame of a connection.")
    frames: int = Field(description="Since the recorder process began.")
    bytes: int = Field(description="Since the recorder process began.")
    reconnects: int
    frames_dropped: int = Field(description="By the recorder, which could not keep up, since its process began.")
    fps_minute: float = Field(description="Mean of the last 60 s.")
    bitrate_minute_bps: float = Field(description="Mean of the last 60 s.")
    link: Link | None = Field(description="null while not connected, and where there is no RTP.")


class Order(_Answer):
    """Somebody had the recording started or stopped."""

    since: Moment
    by: str


class Intent(_Answer):
    """Whether a camera is to be recorded, and why."""

    mode: RecordMode = Field(description="What decides while nobody gives an order.")
    record: bool = Field(description="It is to be recorded now; `recording` of the stream says whether it is.")
    since: Moment | None = Field(description="null: for as long as is looked back.")
    until: Moment | None = Field(description="When that ends by itself; null if nobody knows.")
    order: Order | None = Field(description="The order in force, if it is not the mode that decides.")


class OrderAction(StrEnum):
    START = "start"
    STOP = "stop"
    AUTOMATIC = "automatic"
    """The last order is taken back."""


class RecordingOrder(_Answer):
    """Without an end it holds until the camera's schedule changes next; if it has none, until `automatic`."""

    model_config = ConfigDict(extra="forbid")

    action: OrderAction = Field(description="`automatic`: the mode decides again.")
    for_s: float | None = Field(None, gt=0, le=10 * 366 * 86_400, description="How long it holds.")
    until: str | None = Field(None, description="When it ends: ISO 8601, such as 2026-11-21T18:00:00+01:00.")


class Stream(_Answer):
    camera: str
    camera_name: str
    stream: StreamKind
    state: StreamState = Field(description="`phase` and `cause` put together for people.")
    phase: SessionPhase
    since: Moment = Field(description="When the phase began.")
    recording: RecordingPhase
    intent: Intent
    cause: Cause | None
    attempts: int = Field(description="Attempts since the stream was last healthy.")
    next_retry: Moment | None
    next_retry_in_s: float | None = Field(description="Seconds from now, never below 0.")
    statistics: Statistics
    segment_path: str | None = Field(description="File that grows now, relative to its volume.")
    buffered_s: float = Field(description="Media that waits in memory to be written.")


class Streams(_Answer):
    time: Moment = Field(description="Clock of the server.")
    streams: list[Stream]


class StatisticsSample(_Answer):
    """Figures of one second; null: not known, as while the camera is not connected."""

    time: Moment
    fps: float | None
    bitrate_bps: float | None = Field(description="Encoded video and audio.")
    loss: float | None = Field(description="Share of the packets that were lost, 0 to 1; over UDP only.")
    jitter_ms: float | None


class RecentStatistics(_Answer):
    camera: str
    stream: StreamKind
    samples: list[StatisticsSample] = Field(description="Of the last 5 minutes at the most, oldest first.")


class Recording(_Answer):
    """Adjoining segments, cut to the span that was asked for."""

    start: Moment
    end: Moment
    seconds: float
    segments: int = Field(description="Segments of which a part lies in the span.")
    bytes: int = Field(description="Size of these segments, whole.")
    growing: bool


class Gap(_Answer):
    """A span that is missing, cut to the span that was asked for."""

    start: Moment
    end: Moment
    seconds: float
    cause: GapCause
    detail: str
    incident: str | None = Field(description="`id` of the incident behind it.")
    ongoing: bool = Field(description="It lasts; `end` is now.")
    planned: bool = Field(description="Nothing is wrong: it was meant, or never happened.")


class Totals(_Answer):
    recorded_s: float
    missing_s: float = Field(description="Without what is planned.")
    missing_s_by_cause: dict[GapCause, float]
    planned_s: float
    planned_s_by_cause: dict[GapCause, float]


class Recordings(_Answer):
    camera: str
    stream: StreamKind
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    recordings: list[Recording]
    gaps: list[Gap]
    totals: Totals = Field(description="Of the whole span, on every page.")
    next: str | None = Field(description=NEXT)


class CauseTotal(_Answer):
    cause: GapCause
    planned: bool
    gaps: int = Field(description="Number of gaps of which a part lies in the span.")
    seconds: float
    longest_s: float


class GapTotals(_Answer):
    recorded_s: float
    missing_s: float = Field(description="Without what is planned.")
    planned_s: float
    availability: float | None = Field(
        description="`recorded_s` / (`recorded_s` + `missing_s`); null: nothing was to be recorded."
    )
    causes: list[CauseTotal] = Field(description="The longest first.")


class DayTotals(GapTotals):
    date: str = Field(json_schema_extra={"format": "date"})


class CameraGaps(_Answer):
    camera: str
    stream: StreamKind
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    zone: str
    totals: GapTotals
    days: list[DayTotals] = Field(description="Of which anything is known, cut to the span.")
    gaps: list[Gap] = Field(description="By start; of those of the first page no other is newer.")
    next: str | None = Field(description=f"{NEXT} The page after has older gaps.")


class CameraTotals(_Answer):
    camera: str
    stream: StreamKind
    totals: GapTotals


class AllGaps(_Answer):
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    totals: GapTotals
    cameras: list[CameraTotals]


class Segment(_Answer):
    id: int
    camera: str
    stream: StreamKind
    start: Moment
    end: Moment
    seconds: float
    state: SegmentState
    bytes: int
    frames: int
    volume: str = Field(description="UUID of the volume.")
    path: str = Field(description="Relative to the volume.")
    video_codec: str
    width: int
    height: int
    audio_codec: str | None
    file: str | None = Field(description="Address of the bytes; null when the file is gone.")


class Segments(_Answer):
    segments: list[Segment]
    next: str | None = Field(description=NEXT)


class Incident(_Answer):
    id: str
    camera: str | None = Field(description="null: a volume or the program itself.")
    stream: StreamKind | None
    fault: Fault
    reason: Reason
    severity: Severity
    message: str
    code: str
    started: Moment = Field(description="When the trouble began, as far as can be told.")
    detected: Moment
    recovered: Moment | None
    seconds: float = Field(description="From `started` to `recovered`, or to now.")
    attempts: int


class Incidents(_Answer):
    incidents: list[Incident]
    next: str | None = Field(description=NEXT)


class GapOfIncident(_Answer):
    camera: str
    stream: StreamKind
    gap: Gap


class IncidentWithGaps(_Answer):
    incident: Incident
    missing_s: float = Field(description="Of all streams together.")
    gaps: list[GapOfIncident] = Field(description="By start, whole; 200 at the most.")


class Duration(_Answer):
    mean_s: float
    worst_s: float


class IncidentTotals(_Answer):
    incidents: int
    recovered: int = Field(description="Those that are over.")
    recovery_rate: float | None = Field(description="`recovered` / `incidents`; null without any.")
    detection: Duration | None = Field(description="From the beginning of the trouble until it was noticed.")
    recovery: Duration | None = Field(description="From then until it was over; null: none is over.")


class IncidentKind(IncidentTotals):
    fault: Fault
    reason: Reason


class IncidentDay(IncidentTotals):
    date: str = Field(json_schema_extra={"format": "date"})


class IncidentStatistics(_Answer):
    camera: str | None = Field(description="null: all, and incidents of no camera.")
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    zone: str
    totals: IncidentTotals
    kinds: list[IncidentKind] = Field(description="The most frequent first.")
    days: list[IncidentDay]


class Recorder(_Answer):
    name: str
    process: int | None = Field(description="Process id; null while none runs.")
    version: str | None = Field(description="Version of gstnvr that it runs; null before it has said so.")
    streams: int
    memory_bytes: int | None
    being_replaced: bool = Field(description="Another process takes over from it, or waits to do so.")


class Recorders(_Answer):
    recorders: list[Recorder]


class RestartAccepted(_Answer):
    recorders: int = Field(description="So many are replaced, one after the other.")


class Server(_Answer):
    """Which gstnvr this is, and what its clocks say."""

    version: str
    time: Moment = Field(description="Clock of the server.")
    zone: str = Field(description="Its time zone, such as Europe/Berlin; UTC if it has none with a name.")


class Component(_Answer):
    name: str
    healthy: bool
    detail: str


class Health(_Answer):
    status: Literal["ok"] = "ok"
    components: list[Component]


class Unhealthy(ErrorAnswer):
    components: list[Component]
