"""Clips cut into RTP packets once, so that sending is copying."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gstnvr.media.clips import AudioClip, Clip, EncodedUnit, VideoClip, access_unit_digest, audio_unit_digest
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.simulator.rtp_jpeg import jpeg_payloads

VIDEO_CLOCK_RATE = 90_000
VIDEO_PAYLOAD_TYPES = {VideoCodec.H264: 96, VideoCodec.H265: 96, VideoCodec.MJPEG: 26}
AAC_PAYLOAD_TYPE = 97
G711_PAYLOAD_TYPES = {AudioCodec.PCMU: 0, AudioCodec.PCMA: 8}

INTERLEAVED_BYTES = 4
RTP_HEADER_BYTES = 12
MAX_PAYLOAD_BYTES = 1400

Packet = tuple[int, int]
"""Start and end within the bytes of its unit, interleaved header included."""

_RTP_VERSION = 0x80
_MARKER = 0x80
_AAC_SIZE_AND_INDEX = struct.Struct(">HH")


@dataclass(frozen=True, slots=True)
class PreparedUnit:
    """One access unit as packets within the buffer of its track."""

    send_at: int
    """Nanoseconds from the start of the clip."""
    ticks: int
    """RTP timestamp from the start of the clip."""
    key: bool
    start: int
    end: int
    packets: tuple[Packet, ...]
    """Relative to ``start``."""
    payload_bytes: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class PreparedTrack:
    """All packets of a track; sequence number, timestamp and SSRC are still zero."""

    kind: str
    codec: VideoCodec | AudioCodec
    payload_type: int
    clock_rate: int
    data: bytes
    units: tuple[PreparedUnit, ...]


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip ready to be sent by any number of sessions at once."""

    sdp: bytes
    length: int
    phase: int | None
    video: PreparedTrack
    audio: PreparedTrack | None
    parts: tuple[bytes, ...] = ()
    """What HTTP sends for each unit of video; empty unless it is Motion JPEG."""

    @property
    def tracks(self) -> tuple[PreparedTrack, ...]:
        return (self.video,) if self.audio is None else (self.video, self.audio)


def prepare_tracks(clip: Clip) -> tuple[PreparedTrack, PreparedTrack | None]:
    """Video and audio as packets."""
    audio = None if clip.audio is None or not clip.audio.units else _audio_track(clip.audio)
    return _video_track(clip.video), audio


def _video_track(video: VideoClip) -> PreparedTrack:
    split = _PAYLOADS[video.codec]
    builder = _TrackBuilder(VIDEO_PAYLOAD_TYPES[video.codec], VIDEO_CLOCK_RATE, channel=0)
    for unit in video.units:
        payloads = [payload for part in unit.data for payload in split(part)]
        builder.add(unit, payloads, access_unit_digest(video.codec, unit.data), marker=True)
    return builder.track("video", video.codec)


def _audio_track(audio: AudioClip) -> PreparedTrack:
    aac = audio.codec is AudioCodec.AAC
    payload_type = AAC_PAYLOAD_TYPE if aac else G711_PAYLOAD_TYPES[audio.codec]
    if not aac and audio.sample_rate != 8000:
        payload_type = AAC_PAYLOAD_TYPE
    builder = _TrackBuilder(payload_type, audio.sample_rate, channel=2)
    for unit in audio.units:
        (data,) = unit.data
        payload = _AAC_SIZE_AND_INDEX.pack(16, len(data) << 3) + data if aac else data
        builder.add(unit, [payload], audio_unit_digest(data), marker=aac)
    return builder.track("audio", audio.codec)


class _TrackBuilder:
    def __init__(self, payload_type: int, clock_rate: int, channel: int) -> None:
        self._payload_type = payload_type
        self._clock_rate = clock_rate
        self._channel = channel
        self._data = bytearray()
        self._units: list[PreparedUnit] = []

    def add(self, unit: EncodedUnit, payloads: Sequence[bytes], digest: bytes, *, marker: bool) -> None:
        start = len(self._data)
        packets = []
        for number, payload in enumerate(payloads):
            last = number == len(payloads) - 1
            begin = len(self._data) - start
            self._data += struct.pack(
                ">cBHBB10x",
                b"$",
                self._channel,
                RTP_HEADER_BYTES + len(payload),
                _RTP_VERSION,
                self._payload_type | (_MARKER if marker and last else 0),
            )
            self._data += payload
            packets.append((begin, len(self._data) - start))
        self._units.append(
            PreparedUnit(
                send_at=unit.dts,
                ticks=to_ticks(unit.pts, self._clock_rate),
                key=unit.key,
                start=start,
                end=len(self._data),
                packets=tuple(packets),
                payload_bytes=sum(len(payload) for payload in payloads),
                digest=digest,
            )
        )

    def track(self, kind: str, codec: VideoCodec | AudioCodec) -> PreparedTrack:
        data, units = bytes(self._data), tuple(self._units)
        return PreparedTrack(kind, codec, self._payload_type, self._clock_rate, data, units)


def to_ticks(nanoseconds: int, clock_rate: int) -> int:
    """Nearest number of ticks of an RTP clock."""
    return (nanoseconds * clock_rate + 500_000_000) // 1_000_000_000


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


_PAYLOADS = {
    VideoCodec.H264: _h264_payloads,
    VideoCodec.H265: _h265_payloads,
    VideoCodec.MJPEG: _jpeg_payloads,
}
