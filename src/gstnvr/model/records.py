"""Rows of the index: what was recorded, what is missing, what went wrong."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId


class SegmentState(StrEnum):
    """Life of a segment's row."""

    OPEN = "open"
    CLOSED = "closed"
    MISSING = "missing"
    """The row is kept as evidence; the file is gone."""
    DELETING = "deleting"
    REMOTE = "remote"
    """The file is not here any more; a copy of it is at another place."""


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What is inside a segment."""

    video_codec: str
    """``h264``, ``h265`` or ``mjpeg``."""
    width: int
    height: int
    audio_codec: str | None = None
    """``aac``, ``opus``, ``pcma``, ``pcmu`` or None."""


SHORTEST_PAUSE_NS = NS_PER_S // 2
"""A wait for the next picture that is longer by this than usual is a pause; else a segment goes up to the next."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file with one unbroken piece of one stream."""

    stream: StreamId
    volume: str
    """UUID of the volume's identity file."""
    path: str
    """Relative to the volume, with ``/``."""
    start: UtcNs
    end: UtcNs
    """End of the last access unit; for an open segment, as far as is known."""
    state: SegmentState
    size: int
    """Bytes."""
    frames: int
    """Video access units."""
    tracks: TrackInfo
    id: int | None = None
    """Key of the row; None before it is stored."""

    @property
    def place(self) -> tuple[int, int]:
        """What orders lists of segments; it must be stored."""
        assert self.id is not None
        return self.start, self.id


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which something kept a stream from being recorded; it explains what is missing, if anything is.

    A cause ``CLOCK_JUMP`` that ends before it starts says that the wall clock was set back: what follows is a new
    epoch of the stream.
    """

    uid: str
    stream: StreamId
    start: UtcNs
    end: UtcNs | None
    """None while it lasts."""
    cause: GapCause
    detail: str = ""
    """One line for a person."""
    incident: str | None = None
    """``uid`` of the incident behind it, if one is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which a stream was not recorded: between its segments, with the cause that an outage gives."""

    stream: StreamId
    start: UtcNs
    end: UtcNs | None
    """None while it lasts."""
    cause: GapCause
    detail: str = ""
    """One line for a person."""
    incident: str | None = None
    """``uid`` of the incident behind it, if one is."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault of ours or of a camera, from detection to recovery."""

    uid: str
    camera: CameraId | None
    """None: a volume or the program itself."""
    stream: StreamId | None
    fault: Fault
    reason: Reason
    severity: Severity
    message: str
    code: str
    started: UtcNs
    """When the trouble began, as far as can be told: e.g. the last frame before a stall."""
    detected: UtcNs
    recovered: UtcNs | None = None
    attempts: int = 0
    """Recoveries tried so far."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A directory tree on one file system that holds segments."""

    uuid: str
    path: str
