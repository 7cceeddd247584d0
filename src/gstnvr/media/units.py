"""What flows from a source to a writer: access units, by reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Track(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"


class VideoCodec(StrEnum):
    H264 = "h264"
    H265 = "h265"
    MJPEG = "mjpeg"
    """JPEG pictures, each a key frame."""


class AudioCodec(StrEnum):
    AAC = "aac"
    PCMA = "pcma"
    PCMU = "pcmu"
    OPUS = "opus"


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Constant for the life of a segment."""

    codec: VideoCodec
    width: int
    height: int
    native: object
    """The implementation's own description (``Gst.Caps``); two formats are equal only if these are."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Constant for the life of a segment."""

    codec: AudioCodec
    sample_rate: int
    channels: int
    native: object


class AccessUnit(NamedTuple):
    """One encoded picture or one packet of audio.

    A tuple, because thousands a second are made.
    """

    track: Track
    pts: int
    """Nanoseconds on the time line of its session; comparable between tracks of one session."""
    duration: int
    """Nanoseconds; 0 if unknown."""
    size: int
    """Bytes."""
    key: bool
    """Decoding can begin here; always true for audio."""
    payload: object
    """Reference to the encoded bytes (``Gst.Buffer``); never touched by Python on the record path."""
    format: VideoFormat | AudioFormat


def first_key(units: Sequence[AccessUnit]) -> int | None:
    """Place of the first key frame; None: there is none."""
    return next((place for place, unit in enumerate(units) if unit.key and unit.track is Track.VIDEO), None)


class EncodedBytes(NamedTuple):
    """What of an access unit only those need who watch."""

    data: bytes
    dts: int
    """When it is to be decoded, on the same time line as ``pts``."""
