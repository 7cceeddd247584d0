"""Encoded clips that simulated cameras play, and the digest by which access units are recognised again."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gstnvr.media.jpeg import JpegError, coded_scan
from gstnvr.media.units import AudioCodec, VideoCodec

DIGEST_BYTES = 16
LOOP_S = 60
"""Length of a test picture: its clock shows the seconds of the minute."""


@dataclass(frozen=True, slots=True)
class EncodedUnit:
    """One access unit of video, or one packet of audio. Times are nanoseconds from the start of the clip."""

    dts: int
    """When it is sent; never falls from one unit to the next."""
    pts: int
    """When it is shown; differs from ``dts`` only where pictures are out of order."""
    key: bool
    """Decoding can begin here; always true for audio."""
    data: tuple[bytes, ...]
    """NAL units without start codes; Motion JPEG and audio have one element."""


@dataclass(frozen=True, slots=True)
class VideoClip:
    codec: VideoCodec
    width: int
    height: int
    parameter_sets: tuple[bytes, ...]
    """NAL units: SPS and PPS of H.264; VPS, SPS and PPS of H.265; none of Motion JPEG."""
    units: tuple[EncodedUnit, ...]
    """In order of decoding; the first is a key unit."""


@dataclass(frozen=True, slots=True)
class AudioClip:
    codec: AudioCodec
    sample_rate: int
    channels: int
    config: bytes
    """AudioSpecificConfig of AAC; empty for others."""
    units: tuple[EncodedUnit, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """What a simulated camera plays over and over."""

    video: VideoClip
    audio: AudioClip | None
    length: int
    """Nanoseconds after which it begins again."""
    phase: int | None = None
    """The picture's own clock at the start of the clip: nanoseconds after a multiple of ``length`` in UTC.
    None: the picture has no clock, any moment is right to start at."""


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """A test picture to be made."""

    name: str
    """Shown in the picture."""
    height: int
    """Lines; the picture is 16:9."""
    fps: int
    video: VideoCodec
    audio: AudioCodec | None
    gop_s: int = 1
    """Seconds between key frames."""
    kbps: int | None = None
    """Of the video; None: what suits its size."""

    @property
    def width(self) -> int:
        """Even, as 4:2:0 pictures must be."""
        return round(self.height * 16 / 9 / 2) * 2


class ClipError(Exception):
    """A clip cannot be read or made; the message is one line and says what to do."""


class ClipReader(Protocol):
    def read(self, path: Path) -> Clip:
        """Take a video file apart without decoding it.

        Raises:
            ClipError: unreadable, or nothing in it that a camera can send.
        """
        ...


class PatternEncoder(Protocol):
    def pattern(self, spec: PatternSpec, cache: Path) -> Clip:
        """Make the test picture, or take it from the cache directory.

        Raises:
            ClipError: an encoder is missing, or the cache cannot be written.
        """
        ...


def access_unit_digest(codec: VideoCodec, data: Sequence[bytes]) -> bytes:
    """Digest of the coded picture alone.

    Parameter sets, delimiters and SEI do not count, as parsers and muxers add and remove them; nor do zero
    bytes after a NAL unit, which belong to the byte stream around it. Of JPEG the tables do not count, which RTP
    takes apart and puts together again.

    Args:
        data: as in ``EncodedUnit``.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for payload in _coded_pictures(codec, data):
        digest.update(len(payload).to_bytes(4, "big"))
        digest.update(payload)
    return digest.digest()


def _coded_pictures(codec: VideoCodec, data: Sequence[bytes]) -> Iterator[bytes]:
    for part in data:
        if codec is VideoCodec.MJPEG:
            try:
                yield coded_scan(part)
            except JpegError:  # damaged: like nothing that was ever sent
                yield part
        elif is_coded_slice(codec, part):
            yield part.rstrip(b"\x00")


def audio_unit_digest(data: bytes) -> bytes:
    """Digest of one packet of audio."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def is_coded_slice(codec: VideoCodec, nal_unit: bytes) -> bool:
    """Whether the NAL unit of H.264 or H.265 carries picture data."""
    kind = nal_unit_type(codec, nal_unit)
    return 1 <= kind <= 5 if codec is VideoCodec.H264 else kind < 32


def nal_unit_type(codec: VideoCodec, nal_unit: bytes) -> int:
    return nal_unit[0] & 0x1F if codec is VideoCodec.H264 else (nal_unit[0] >> 1) & 0x3F
