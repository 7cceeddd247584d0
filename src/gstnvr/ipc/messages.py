"""What supervisor and recorder say to each other.

The recorder listens on a Unix socket and the supervisor connects, so that a recorder outlives its supervisor and
is found again by the next one. Events carry a number and are repeated after a new connection until acknowledged.
"""

from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.model.amounts import NOTHING, Amount
from gstnvr.model.choices import G711, Audio, Priority, Transport, VolumePolicy
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage, Segment
from gstnvr.model.status import StreamStatus, VolumeStatus
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust

PROTOCOL_VERSION = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recorder stopped recording a stream, for the one that goes on with it."""

    at: UtcNs
    """End of what is recorded; the next picture, a key frame, begins there."""
    sizes: tuple[int, ...] = ()
    """Bytes of that picture and of some before it, backwards; if empty, the place is not known exactly."""
    audio_sizes: tuple[int, ...] = ()
    """Bytes of the last audio units that are recorded, backwards."""


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
    standby: bool = False
    """Connect, keep what comes in memory, record and tell nothing yet: another recorder has the stream still."""
    resume: Place | None = None
    """Where recording goes on when it begins, as far as memory reaches back."""
    record_since: UtcNs | None = None
    """Since when it is to be recorded, if not always: it begins there, as far as memory reaches back."""
    off_cause: GapCause = GapCause.SWITCHED_OFF
    """What is missing while it is not to be recorded."""
    linger_s: float | None = None
    """It is connected only while somebody watches, and for so long after; None: always."""


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """A place where segments may be written."""

    uuid: str
    path: str
    check_interval_s: float
    retry_interval_s: float
    min_free_bytes: int
    """With less room it counts as full."""
    floor: Amount = NOTHING
    """With less room, the oldest recordings there are deleted …"""
    resume: Amount = NOTHING
    """… until there is so much; between the two another volume that has more room takes what comes next."""


# --- supervisor to recorder ---------------------------------------------------------------------------


class Configure(Struct, frozen=True, tag=True):
    """The whole assignment; the recorder works out what changed and touches nothing else."""

    streams: list[StreamSpec]
    recording: RecordingSettings
    recorder: RecorderSettings
    volumes: list[VolumeSpec]
    """At least one; the first is preferred."""
    log_level: str
    policy: VolumePolicy = VolumePolicy.FILL


class Acknowledge(Struct, frozen=True, tag=True):
    """Events up to this number are safe in the database."""

    number: int


class HandOver(Struct, frozen=True, tag=True):
    """Stop recording these streams, each in front of its next key frame, and say where.

    They stay connected until a ``Configure`` leaves them out. If none comes, or the supervisor goes, recording
    goes on where it stopped, and nothing is missing.
    """

    streams: list[StreamId]
    at_once: bool = False
    """Disconnect at once instead, where the camera bears one connection only."""


class Shutdown(Struct, frozen=True, tag=True):
    """Finish all files, then exit."""


SupervisorMessage = Configure | Acknowledge | HandOver | Shutdown


# --- recorder to supervisor ---------------------------------------------------------------------------


class Hello(Struct, frozen=True, tag=True):
    """First message of a recorder on every connection."""

    protocol: int
    version: str
    pid: int
    started: UtcNs
    streams: list[str] = msgspec.field(default_factory=list)
    """Those that it records, as ``camera/main``; readable although all else of the protocol changes."""


class StatusReport(Struct, frozen=True, tag=True):
    """Once a second; not an event: a lost one is replaced by the next."""

    streams: list[StreamStatus]
    standby: list[StreamId] = msgspec.field(default_factory=list)
    """Those of them that another recorder has still."""
    worn_out: bool = False
    """So much hangs in the process that another one should take over."""
    volumes: list[VolumeStatus] = msgspec.field(default_factory=list)
    """In the order of the settings."""


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


class SegmentAbandoned(Struct, frozen=True, tag=True):
    """All that the file may hold is written elsewhere; it is to be deleted, but its volume is out of reach."""

    stream: StreamId
    volume: str
    path: str


class MirrorChanged(Struct, frozen=True, tag=True):
    """The second file of a segment, on another volume: it grows, has its end, or (``DELETING``) is given up."""

    segment: Segment


class SegmentTakenOver(Struct, frozen=True, tag=True):
    """The second file of a segment stands for it from now on; the first, on a volume that failed, is given up."""

    segment: Segment
    """As the second file has it."""
    broken: str
    """Volume of the first file."""


class OutageChanged(Struct, frozen=True, tag=True):
    """An outage began, moved or ended; gaps are computed, and outages only explain them.

    One whose end is not after its start never was one.
    """

    outage: Outage


class IncidentChanged(Struct, frozen=True, tag=True):
    incident: Incident


RecorderEvent = (
    SegmentOpened
    | SegmentGrown
    | SegmentClosed
    | SegmentDiscarded
    | SegmentAbandoned
    | MirrorChanged
    | SegmentTakenOver
    | OutageChanged
    | IncidentChanged
)


class Event(Struct, frozen=True, tag=True):
    """One numbered event; numbers rise by one within the life of a recorder process."""

    number: int
    body: RecorderEvent


class HandedOver(Struct, frozen=True, tag=True):
    """Answer to HandOver, one for each stream."""

    stream: StreamId
    place: Place | None
    """None: it was not being recorded, or it ended somewhere else than at a key frame."""


class Finished(Struct, frozen=True, tag=True):
    """Answer to Shutdown: all files are closed, the process exits next."""


RecorderMessage = Hello | StatusReport | Event | HandedOver | Finished
