"""What the supervisor and the process that serves WebRTC say to each other, a line of JSON each."""

from enum import StrEnum

from msgspec import Struct

from gstnvr.model.ids import StreamId


class Open(Struct, frozen=True, tag=True):
    """A viewer would like to watch."""

    session: str
    recorder: str
    """Path of the live socket of the recorder that has the stream."""
    stream: StreamId
    offer: str


class Close(Struct, frozen=True, tag=True):
    """A viewer has gone."""

    session: str


Order = Open | Close


class Obstacle(StrEnum):
    """Why there is no session."""

    NOT_PLAYABLE = "not_playable"
    """The viewer cannot decode what the camera sends, or the offer makes no sense."""
    NO_PICTURE = "no_picture"
    """The camera or its recorder gives none."""
    TOO_MANY = "too_many"
    """There are as many viewers as can be."""
    MISSING = "missing"
    """Something is not installed, or the process that serves WebRTC is gone."""


class Answered(Struct, frozen=True, tag=True):
    """The session begins."""

    session: str
    answer: str


class Refused(Struct, frozen=True, tag=True):
    """There is no session."""

    session: str
    obstacle: Obstacle
    message: str


class Ended(Struct, frozen=True, tag=True):
    """A session that was answered is over."""

    session: str


Report = Answered | Refused | Ended
