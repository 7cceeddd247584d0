"""What an export is to contain, as it is handed to the process that makes it; paths are absolute."""

from msgspec import Struct

from gstnvr.model.clock import UtcNs
from gstnvr.model.evidence import ExportKind


class SourceSegment(Struct, frozen=True):
    """A segment that reaches into the span."""

    id: int
    file: str
    """Where it can be read now."""
    path: str
    """Within its volume."""
    volume: str
    start: UtcNs
    end: UtcNs
    growing: bool
    remote: bool = False
    """It lies at another place only, and was asked back."""
    size: int = 0
    """Bytes; of one that grows, so far."""
    elsewhere: tuple[str, ...] = ()
    """Where it will be if it is moved to another volume meanwhile."""


class SourceGap(Struct, frozen=True):
    """What the ledger says is missing."""

    start: UtcNs
    end: UtcNs
    cause: str
    planned: bool
    detail: str


class SourceProtection(Struct, frozen=True):
    """A protection that reaches into the span."""

    uid: str
    start: UtcNs
    end: UtcNs
    reason: str
    user: str
    created: UtcNs
    released: UtcNs | None
    released_by: str | None


class CameraOrder(Struct, frozen=True):
    """What there is of one stream, by start."""

    camera: str
    name: str
    stream: str
    segments: tuple[SourceSegment, ...]
    gaps: tuple[SourceGap, ...]
    protections: tuple[SourceProtection, ...]


class Order(Struct, frozen=True):
    """One export."""

    uid: str
    kind: ExportKind
    start: UtcNs
    end: UtcNs
    zone: str
    """In which times are shown."""
    user: str
    reason: str
    asked: UtcNs
    """When it was asked for."""
    folder: str
    """Where the finished export is to be."""
    key_file: str
    """Of the key that signs it; made if it is not there."""
    keep_free: int
    """Bytes of the disk that are left alone."""
    cameras: tuple[CameraOrder, ...]
    every_s: float = 60.0
    """Of a time-lapse: one picture for so many seconds."""
    fps: int = 25
    """Of a time-lapse: so many pictures a second are shown."""
    pictures: bool = True
    """Whether the sheet has pictures, for which a decoder is needed."""
