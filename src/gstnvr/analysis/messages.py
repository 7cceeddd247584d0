"""What the supervisor and the process that makes thumbnails say to each other, a line of JSON each."""

from enum import StrEnum

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where a file may lie."""

    folder: str
    """It does not lead out of this."""
    path: str
    """Relative to the folder, with ``/``."""


class Order(Struct, frozen=True):
    """One picture that is wanted."""

    places: tuple[Place, ...]
    """Of the same segment; the first that can be read is taken."""
    at_ns: int
    """From the first picture of the segment."""
    width: int
    """Of the picture, in points."""


class Obstacle(StrEnum):
    """Why there is no picture."""

    UNREADABLE = "unreadable"
    """No file of the segment can be read."""
    NO_PICTURE = "no_picture"
    """There is no key frame in it that can be decoded."""


class Made(Struct, frozen=True, tag=True):
    """The last key frame at or before the moment."""

    time_ns: int
    """When it is shown, from the first picture of the segment."""
    next_ns: int | None
    """When the next key frame is shown; None: there is none, or none yet."""
    jpeg: bytes


class NotMade(Struct, frozen=True, tag=True):
    """There is none; the message says why."""

    obstacle: Obstacle
    message: str


Answer = Made | NotMade
