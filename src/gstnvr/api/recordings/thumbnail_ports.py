"""What the API needs in order to show small pictures of what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gstnvr.model.records import Segment


class NoThumbnailError(Exception):
    """There is no picture; the message says why."""


class UnreadableSegmentError(NoThumbnailError):
    """No file of the segment can be read now."""


class ThumbnailsMissingError(NoThumbnailError):
    """The process that makes thumbnails does not work now."""


class ThumbnailsBusyError(NoThumbnailError):
    """So much was asked for since that this one is not made."""


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """Where a file of a segment lies, if it does."""

    folder: Path
    """It does not lead out of this."""
    path: str
    """Relative to the folder, with ``/``."""


@dataclass(frozen=True, slots=True)
class ThumbnailWish:
    """A picture that somebody waits for."""

    segment: Segment
    """As it is in the index: it has a key."""
    places: Sequence[SegmentPlace]
    """Of its files, the best first."""
    at_ns: int
    """From the start of the segment."""
    width: int
    """Of the picture, in points."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The last key frame at or before the moment."""

    jpeg: bytes
    time_ns: int
    """When it is shown, from the start of the segment."""
    settled: bool
    """It is so for ever; else a later key frame at or before the moment may come."""


class Thumbnails(Protocol):
    """Small pictures of what was recorded."""

    async def take(self, wish: ThumbnailWish) -> Thumbnail:
        """Out of memory, or made now; who stops waiting frees the place for others.

        Raises:
            UnreadableSegmentError: no file of the segment can be read.
            ThumbnailsMissingError: none can be made now.
            ThumbnailsBusyError: too many others were asked for meanwhile.
            NoThumbnailError: nothing in it can be decoded.
        """
        ...
