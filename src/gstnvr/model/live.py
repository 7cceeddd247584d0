"""What somebody who watches is told about the pictures that come."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class WaitReason(StrEnum):
    """Why there are no pictures."""

    NOT_CONNECTED = "not_connected"
    """The camera sends nothing now."""
    RECORDER_AWAY = "recorder_away"
    """No recorder process has the stream."""


@dataclass(frozen=True, slots=True)
class ShownVideo:
    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShownAudio:
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class ShownFormat:
    """From here on it is like this; if it can be played, an initialisation segment follows."""

    mime: str | None
    """None: browsers play it in no container."""
    video: ShownVideo
    audio: ShownAudio | None
    audio_left_out: str | None
    """Codec of sound that the camera sends and a browser would not take."""
    epoch_ms: int
    """UTC of time 0 of the media, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """There are no pictures now; a format follows once there are."""

    reason: WaitReason


@dataclass(frozen=True, slots=True)
class Skipped:
    """The viewer was too slow: something is left out, and what follows begins with a key frame."""


class TooManyViewersError(Exception):
    """More cannot be served; the message says how many are."""


class CloseCode(IntEnum):
    """Of a WebSocket."""

    NOT_ALLOWED = 1008
    TOO_MANY = 1013
    NOT_CONFIGURED = 4404
