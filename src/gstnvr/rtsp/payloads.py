"""Encoded units cut into the payloads of RTP packets."""

import struct
from collections.abc import Callable, Iterator, Mapping

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.rtp_jpeg import jpeg_payloads

VIDEO_CLOCK_RATE = 90_000
VIDEO_PAYLOAD_TYPES: Mapping[VideoCodec, int] = {VideoCodec.H264: 96, VideoCodec.H265: 96, VideoCodec.MJPEG: 26}
DYNAMIC_AUDIO_PAYLOAD_TYPE = 97
G711_PAYLOAD_TYPES: Mapping[AudioCodec, int] = {AudioCodec.PCMU: 0, AudioCodec.PCMA: 8}
G711_RATE = 8000

INTERLEAVED_BYTES = 4
RTP_HEADER_BYTES = 12
RTP_VERSION = 0x80
MARKER = 0x80
MAX_PAYLOAD_BYTES = 1400

_AAC_SIZE_AND_INDEX = struct.Struct(">HH")


def audio_payload_type(codec: AudioCodec, sample_rate: int, channels: int) -> int:
    """A fixed number for what telephones send, a free one for all else."""
    if codec in G711_PAYLOAD_TYPES and (sample_rate, channels) == (G711_RATE, 1):
        return G711_PAYLOAD_TYPES[codec]
    return DYNAMIC_AUDIO_PAYLOAD_TYPE


def to_ticks(nanoseconds: int, clock_rate: int) -> int:
    """Nearest number of ticks of an RTP clock."""
    return (nanoseconds * clock_rate + 500_000_000) // 1_000_000_000


def aac_payload(unit: bytes) -> bytes:
    """RFC 3640, high bit rate mode: one unit in a packet."""
    return _AAC_SIZE_AND_INDEX.pack(16, len(unit) << 3) + unit


def _h264_payloads(nal_unit: bytes) -> Iterator[bytes]:
    """RFC 6184: a packet of its own, or fragments of type FU-A."""
    if len(nal_unit) <= MAX_PAYLOAD_BYTES:
        yield nal_unit
        return
    indicator, kind = (nal_unit[0] & 0xE0) | 28, nal_unit[0] & 0x1F
    for flags, piece in _pieces(nal_unit[1:], MAX_PAYLOAD_BYTES - 2):
        yield bytes((indicator, flags | kind)) + piece


def _h265_payloads(nal_unit: bytes) -> Iterator[bytes]:
    """RFC 7798: a packet of its own, or fragmentation units."""
    if len(nal_unit) <= MAX_PAYLOAD_BYTES:
        yield nal_unit
        return
    first, kind = (nal_unit[0] & 0x81) | (49 << 1), (nal_unit[0] >> 1) & 0x3F
    for flags, piece in _pieces(nal_unit[2:], MAX_PAYLOAD_BYTES - 3):
        yield bytes((first, nal_unit[1], flags | kind)) + piece


def _pieces(body: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Pieces with the start bit on the first and the end bit on the last."""
    for offset in range(0, len(body), size):
        start_bit = 0x80 if offset == 0 else 0
        end_bit = 0x40 if offset + size >= len(body) else 0
        yield start_bit | end_bit, body[offset : offset + size]


def _jpeg_payloads(jpeg: bytes) -> Iterator[bytes]:
    return jpeg_payloads(jpeg, MAX_PAYLOAD_BYTES)


PAYLOADS: Mapping[VideoCodec, Callable[[bytes], Iterator[bytes]]] = {
    VideoCodec.H264: _h264_payloads,
    VideoCodec.H265: _h265_payloads,
    VideoCodec.MJPEG: _jpeg_payloads,
}
"""Cuts a NAL unit, or a JPEG picture."""
