"""What supervisor and recorder say to each other.

The recorder listens on a Unix socket and the supervisor connects, so that a recorder outlives its supervisor and
is found again by the next one. Events carry a number and are repeated after a new connection until acknowledged.
"""

from dataclasses import dataclass, field

from msgspec import Struct

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.model.choices import G711, Audio, Priority, Transport
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage, Segment
from gstnvr.model.status import StreamStatus
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust

PROTOCOL_VERSION = 2


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """All that a recorder must know about one stream."""

    stream: StreamId
    url: str
    username: str | None
    password: str | None = field(repr=False)
    transport: Transport
    record: bool
    audio: Audio
    g711: G711
    session: SessionSettings
    open_outages: tuple[Outage, ...] = ()
    """Those that last in the index; they end, by events, when this recorder takes over."""
    http_url: str | None = None
    """Where Motion JPEG comes from while RTSP does not work; same user and password."""
    priority: Priority = Priority.NORMAL
    trust: CertificateTrust = SYSTEM_AUTHORITIES


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """Where segments are to be written."""

    uuid: str
    path: str
    check_interval_s: float
    retry_interval_s: float
    min_free_bytes: int


# --- supervisor to recorder ---------------------------------------------------------------------------


class Configure(Struct, frozen=True, tag=True):
    """The whole assignment; the recorder works out what changed and touches nothing else."""

    streams: list[StreamSpec]
    recording: RecordingSettings
    recorder: RecorderSettings
    volume: VolumeSpec
    log_level: str


class Acknowledge(Struct, frozen=True, tag=True):
    """Events up to this number are safe in the database."""

    number: int


class Shutdown(Struct, frozen=True, tag=True):
    """Finish all files, then exit."""


SupervisorMessage = Configure | Acknowledge | Shutdown


# --- recorder to supervisor ---------------------------------------------------------------------------


class Hello(Struct, frozen=True, tag=True):
    """First message of a recorder on every connection."""

    protocol: int
    version: str
    pid: int
    started: UtcNs


class StatusReport(Struct, frozen=True, tag=True):
    """Once a second; not an event: a lost one is replaced by the next."""

    streams: list[StreamStatus]


class SegmentOpened(Struct, frozen=True, tag=True):
    segment: Segment


class SegmentGrown(Struct, frozen=True, tag=True):
    """The open segment is on disk up to ``segment.end``; sent with every sync."""

    segment: Segment


class SegmentClosed(Struct, frozen=True, tag=True):
    """File and folder are synced; the row may say so now (order of durability)."""

    segment: Segment


class SegmentDiscarded(Struct, frozen=True, tag=True):
    """The file held nothing and is gone."""

    stream: StreamId
    volume: str
    path: str


class OutageChanged(Struct, frozen=True, tag=True):
    """An outage began, moved or ended; gaps are computed, and outages only explain them.

    One whose end is not after its start never was one.
    """

    outage: Outage


class IncidentChanged(Struct, frozen=True, tag=True):
    incident: Incident


RecorderEvent = SegmentOpened | SegmentGrown | SegmentClosed | SegmentDiscarded | OutageChanged | IncidentChanged


class Event(Struct, frozen=True, tag=True):
    """One numbered event; numbers rise by one within the life of a recorder process."""

    number: int
    body: RecorderEvent


class Finished(Struct, frozen=True, tag=True):
    """Answer to Shutdown: all files are closed, the process exits next."""


RecorderMessage = Hello | StatusReport | Event | Finished
