"""Clips cut into RTP packets once, so that sending is copying."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gstnvr.media.clips import AudioClip, Clip, EncodedUnit, VideoClip, access_unit_digest, audio_unit_digest
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.payloads import (
    MARKER,
    PAYLOADS,
    RTP_HEADER_BYTES,
    RTP_VERSION,
    VIDEO_CLOCK_RATE,
    VIDEO_PAYLOAD_TYPES,
    aac_payload,
    audio_payload_type,
    to_ticks,
)

Packet = tuple[int, int]
"""Start and end within the bytes of its unit, interleaved header included."""


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
    split = PAYLOADS[video.codec]
    builder = _TrackBuilder(VIDEO_PAYLOAD_TYPES[video.codec], VIDEO_CLOCK_RATE, channel=0)
    for unit in video.units:
        payloads = [payload for part in unit.data for payload in split(part)]
        builder.add(unit, payloads, access_unit_digest(video.codec, unit.data), marker=True)
    return builder.track("video", video.codec)


def _audio_track(audio: AudioClip) -> PreparedTrack:
    aac = audio.codec is AudioCodec.AAC
    payload_type = audio_payload_type(audio.codec, audio.sample_rate, audio.channels)
    builder = _TrackBuilder(payload_type, audio.sample_rate, channel=2)
    for unit in audio.units:
        (data,) = unit.data
        builder.add(unit, [aac_payload(data) if aac else data], audio_unit_digest(data), marker=aac)
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
                RTP_VERSION,
                self._payload_type | (MARKER if marker and last else 0),
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
