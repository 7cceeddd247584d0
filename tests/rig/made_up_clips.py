"""Clips of the simulator whose pictures have sizes of one's choice."""

from gstnvr.media.clips import AudioClip, Clip, EncodedUnit, VideoClip
from gstnvr.media.units import AudioCodec, VideoCodec

MS = 1_000_000
PICTURE_NS = 40 * MS
SPS, PPS = bytes.fromhex("6742c00b8c8d40"), bytes.fromhex("68ce3c80")
HEADERS = {VideoCodec.H264: bytes((0x65,)), VideoCodec.H265: bytes((0x26, 0x01))}


def clip(sizes: list[int], codec: VideoCodec = VideoCodec.H264, *, phase: int | None = None) -> Clip:
    """Pictures of so many bytes after their headers, 25 a second, and 0.2 s of sound."""
    units = tuple(
        EncodedUnit(number * PICTURE_NS, number * PICTURE_NS, number % 5 == 0, (HEADERS[codec] + b"\x81" * size,))
        for number, size in enumerate(sizes)
    )
    sound = tuple(EncodedUnit(number * 20 * MS, number * 20 * MS, True, (b"\xd5" * 160,)) for number in range(10))
    audio = AudioClip(AudioCodec.PCMA, 8000, 1, b"", sound)
    return Clip(VideoClip(codec, 320, 180, (SPS, PPS), units), audio, len(sizes) * PICTURE_NS, phase)
