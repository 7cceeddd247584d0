"""Content of segment files for the fake writer: as little of MP4 and Matroska as a scanner needs."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gstnvr.media.units import AccessUnit, AudioCodec, AudioFormat, Track, VideoCodec, VideoFormat
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS
from gstnvr.testing.segments import FILE_TYPE, INDEX, box, full_box

_TICK_NS = 1000
_TICKS_PER_S = 1_000_000
_NUMBERS = {Track.VIDEO: 1, Track.AUDIO: 2}


@dataclass(frozen=True, slots=True)
class Sample:
    """One access unit with its bytes; times in nanoseconds from the start of the file."""

    time: int
    duration: int
    key: bool
    data: bytes


def sample_of(unit: AccessUnit, start: int) -> Sample:
    """Copy an access unit of the fake media, whose payload is its bytes."""
    assert isinstance(unit.payload, bytes)
    return Sample(max(0, unit.pts - start), unit.duration, unit.key, unit.payload)


class Layout(Protocol):
    """One file format."""

    def header(self) -> bytes:
        """Everything in front of the first fragment."""
        ...

    def fragment(self, samples: dict[Track, Sequence[Sample]]) -> bytes:
        """A piece that stands on its own."""
        ...

    def end(self, size: int) -> tuple[bytes, int, bytes]:
        """What is appended to a file of this size, and what is then written where, to end it properly."""
        ...


def layout_of(container: Container, video: VideoFormat, audio: AudioFormat | None) -> Layout:
    """The layout for a container."""
    return Mp4Layout(video, audio) if container is Container.MP4 else MkvLayout(video, audio)


# --- MP4 ----------------------------------------------------------------------------------------------

_MP4_VIDEO = {VideoCodec.H264: b"avc1", VideoCodec.H265: b"hvc1"}
_MP4_AUDIO = {AudioCodec.AAC: b"mp4a", AudioCodec.OPUS: b"Opus"}
_SYNC, _NOT_SYNC = 0x0200_0000, 0x0101_0000


class Mp4Layout:
    """Fragments as mp4mux makes them: one for each track, audio first."""

    def __init__(self, video: VideoFormat, audio: AudioFormat | None) -> None:
        self._video = video
        self._audio = audio
        if audio is not None and audio.codec not in _MP4_AUDIO:
            raise ValueError(f"MP4 takes no {audio.codec}")

    def header(self) -> bytes:
        size = struct.pack(">HH", self._video.width, self._video.height)
        tracks = [_trak(1, b"vide", box(_MP4_VIDEO[self._video.codec], bytes(24), size, bytes(50)))]
        if self._audio is not None:
            tracks.append(_trak(2, b"soun", box(_MP4_AUDIO[self._audio.codec], bytes(28))))
        defaults = [full_box(b"trex", struct.pack(">5I", n, 1, 0, 0, _SYNC)) for n in range(1, len(tracks) + 1)]
        return FILE_TYPE + box(b"moov", *tracks, box(b"mvex", *defaults))

    def fragment(self, samples: dict[Track, Sequence[Sample]]) -> bytes:
        ordered = ((track, samples.get(track)) for track in (Track.AUDIO, Track.VIDEO))
        return b"".join(_moof_and_mdat(_NUMBERS[track], found) for track, found in ordered if found)

    def end(self, size: int) -> tuple[bytes, int, bytes]:
        return INDEX, size, b""


def _trak(number: int, handler: bytes, entry: bytes) -> bytes:
    media = box(
        b"mdia",
        full_box(b"mdhd", bytes(8), struct.pack(">II", _TICKS_PER_S, 0), bytes(4)),
        full_box(b"hdlr", bytes(4), handler, bytes(12)),
        box(b"minf", box(b"stbl", full_box(b"stsd", struct.pack(">I", 1), entry))),
    )
    return box(b"trak", full_box(b"tkhd", bytes(8), struct.pack(">I", number), bytes(68)), media)


def _moof_and_mdat(number: int, samples: Sequence[Sample]) -> bytes:
    header = full_box(b"tfhd", struct.pack(">I", number))
    time = full_box(b"tfdt", struct.pack(">Q", samples[0].time // _TICK_NS))
    time = time[:8] + b"\x01" + time[9:]
    rows = b"".join(
        struct.pack(">III", sample.duration // _TICK_NS, len(sample.data), _SYNC if sample.key else _NOT_SYNC)
        for sample in samples
    )

    def moof(offset: int) -> bytes:
        run = full_box(b"trun", struct.pack(">Ii", len(samples), offset), rows, flags=0x701)
        return box(b"moof", box(b"traf", header, time, run))

    return moof(len(moof(0)) + 8) + box(b"mdat", *(sample.data for sample in samples))


# --- Matroska -----------------------------------------------------------------------------------------

_MKV_VIDEO = {
    VideoCodec.H264: b"V_MPEG4/ISO/AVC",
    VideoCodec.H265: b"V_MPEGH/ISO/HEVC",
    VideoCodec.MJPEG: b"V_MJPEG",
}
_MKV_AUDIO = {
    AudioCodec.AAC: (b"A_AAC", b""),
    AudioCodec.OPUS: (b"A_OPUS", b""),
    AudioCodec.PCMA: (b"A_MS/ACM", b"\x06\x00"),
    AudioCodec.PCMU: (b"A_MS/ACM", b"\x07\x00"),
}
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
_SEGMENT = bytes.fromhex("18538067")


class MkvLayout:
    """Clusters with audio and video; the size of the segment is entered at the end."""

    def __init__(self, video: VideoFormat, audio: AudioFormat | None) -> None:
        self._video = video
        self._audio = audio
        self._size_at = 0

    def header(self) -> bytes:
        picture = _element(
            "e0", _element("b0", _number(self._video.width)), _element("ba", _number(self._video.height))
        )
        tracks = [_entry(1, 1, _MKV_VIDEO[self._video.codec], b"", picture)]
        if self._audio is not None:
            codec, private = _MKV_AUDIO[self._audio.codec]
            tracks.append(_entry(2, 2, codec, private))
        start = _element("1a45dfa3", _element("4282", b"matroska")) + _SEGMENT
        self._size_at = len(start)
        info = _element("1549a966", _element("2ad7b1", _number(NS_PER_MS)))
        return start + _UNKNOWN_SIZE + info + _element("1654ae6b", *tracks)

    def fragment(self, samples: dict[Track, Sequence[Sample]]) -> bytes:
        rows = [(sample, _NUMBERS[track]) for track, found in samples.items() for sample in found]
        rows.sort(key=lambda row: row[0].time)
        time = rows[0][0].time // NS_PER_MS
        blocks = (_simple_block(sample, number, time) for sample, number in rows)
        return _element("1f43b675", _element("e7", _number(time)), *blocks)

    def end(self, size: int) -> tuple[bytes, int, bytes]:
        body = size - self._size_at - len(_UNKNOWN_SIZE)
        return b"", self._size_at, (body | 1 << 56).to_bytes(8, "big")


def _element(number: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes.fromhex(number) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")


def _entry(number: int, kind: int, codec: bytes, private: bytes, *more: bytes) -> bytes:
    fields = [_element("d7", _number(number)), _element("83", _number(kind)), _element("86", codec)]
    return _element("ae", *fields, *([_element("63a2", private)] if private else []), *more)


def _simple_block(sample: Sample, number: int, cluster_time: int) -> bytes:
    head = struct.pack(">BhB", 0x80 | number, sample.time // NS_PER_MS - cluster_time, 0x80 if sample.key else 0)
    return _element("a3", head, sample.data)
