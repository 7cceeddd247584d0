"""Copies of segments at other places."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.clock import UtcNs


class PlaceKind(StrEnum):
    """What stands at a place that takes copies."""

    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"
    SFTP = "sftp"


class Copied(StrEnum):
    """Which segments a place is given."""

    ALL = "all"
    PROTECTED = "protected"


class CopyState(StrEnum):
    """Life of a copy's row."""

    WANTED = "wanted"
    UNDER_WAY = "under_way"
    """Begun; goes on where it was interrupted."""
    DONE = "done"
    """The place holds it, and that was verified."""
    FAILED = "failed"
    """It is tried again later; ``error`` says why."""
    LOST = "lost"
    """The segment was deleted before it was copied."""


class Fetch(StrEnum):
    """Where to a copy is brought back."""

    CACHE = "cache"
    """For somebody who watches it."""
    VOLUME = "volume"
    """To where it was recorded."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One segment at one place."""

    id: int
    segment: int | None
    """Key of the segment's row; None: it was deleted."""
    place: str
    path: str
    """Relative to the place's prefix, with ``/``."""
    state: CopyState
    size: int
    """Bytes at the place."""
    sha256: str | None
    """Of the segment's file, in hexadecimal; known once the copy is done."""
    progress: str | None
    """What an interrupted transfer needs in order to go on."""
    attempts: int
    next_attempt: UtcNs
    error: str | None
    made: UtcNs | None
    fetch: Fetch | None
