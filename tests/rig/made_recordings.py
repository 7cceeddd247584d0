"""Segment files with pictures and sound that a test makes up, in either container, with pictures out of order."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from gstnvr.model.choices import Container
from gstnvr.testing.segments import FILE_TYPE, INDEX, box, full_box

MS = 1_000_000
_SYNC, _NOT_SYNC = 0x0200_0000, 0x0101_0000
_TICKS = 1000
_COMPOSITION = 0xF01
"""Offset of the data, and of each sample: duration, size, flags, delay."""


@dataclass(frozen=True, slots=True)
class MadeSample:
    """Times in milliseconds from the start of the file's time line."""

    show: int
    data: bytes
    key: bool = True


@dataclass(frozen=True, slots=True)
class MadeFile:
    """Content of a segment; pictures in the order of decoding."""

    container: Container
    video: Sequence[MadeSample]
    video_config: bytes
    last_ms: int
    """How long the last picture lasts."""
    audio: Sequence[MadeSample] = ()
    audio_ms: int = 20
    """How long a packet lasts."""
    audio_config: bytes = b"\x11\x88"

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_mp4(self) if self.container is Container.MP4 else _mkv(self))


# --- MP4 ----------------------------------------------------------------------------------------------


def _mp4(file: MadeFile) -> bytes:
    tracks = [_trak(1, b"vide", _avc1(file.video_config))]
    if file.audio:
        tracks.append(_trak(2, b"soun", _mp4a(file.audio_config)))
    extends = [full_box(b"trex", struct.pack(">5I", number, 1, 0, 0, 0)) for number in range(1, len(tracks) + 1)]
    content = [FILE_TYPE + box(b"moov", *tracks, box(b"mvex", *extends))]
    content += _fragments(1, file.video, file.last_ms)
    content += _fragments(2, file.audio, file.audio_ms)
    return b"".join([*content, INDEX])


def _trak(number: int, handler: bytes, entry: bytes) -> bytes:
    media = box(
        b"mdia",
        full_box(b"mdhd", bytes(8), struct.pack(">II", _TICKS, 0), bytes(4)),
        full_box(b"hdlr", bytes(4), handler, bytes(12)),
        box(b"minf", box(b"stbl", full_box(b"stsd", struct.pack(">I", 1), entry))),
    )
    return box(b"trak", full_box(b"tkhd", bytes(8), struct.pack(">I", number), bytes(68)), media)


def _avc1(config: bytes) -> bytes:
    size = struct.pack(">HH", 64, 48)
    return box(b"avc1", bytes(7), b"\1", bytes(16), size, bytes(50), box(b"avcC", config), box(b"btrt", bytes(12)))


def _mp4a(config: bytes) -> bytes:
    fields = struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, 48_000 << 16)
    specific = b"\x05" + bytes([len(config)]) + config
    decoder = b"\x04" + bytes([13 + len(specific)]) + b"\x40\x15" + bytes(11) + specific
    stream = b"\x03" + bytes([3 + len(decoder)]) + bytes(3) + decoder
    return box(b"mp4a", fields, full_box(b"esds", stream))


def _fragments(track: int, samples: Sequence[MadeSample], last_ms: int) -> list[bytes]:
    """One for each group that begins with a key sample, at most ten samples long."""
    decode = sorted(sample.show for sample in samples)
    lengths = [after - before for before, after in pairwise(decode)] + [last_ms]
    groups: list[list[int]] = []
    for number, sample in enumerate(samples):
        if not groups or len(groups[-1]) == 10 or (sample.key and track == 1):
            groups.append([])
        groups[-1].append(number)
    return [
        _fragment(
            track,
            decode[group[0]],
            [(samples[number], lengths[number], samples[number].show - decode[number]) for number in group],
        )
        for group in groups
    ]


def _fragment(track: int, time: int, rows: Sequence[tuple[MadeSample, int, int]]) -> bytes:
    header = full_box(b"tfhd", struct.pack(">I", track))
    when = box(b"tfdt", b"\1\0\0\0", struct.pack(">Q", time))
    table = b"".join(
        struct.pack(">IIIi", length, len(sample.data), _SYNC if sample.key else _NOT_SYNC, delay)
        for sample, length, delay in rows
    )

    def moof(offset: int) -> bytes:
        run = full_box(b"trun", struct.pack(">Ii", len(rows), offset), table, flags=_COMPOSITION)
        return box(b"moof", box(b"traf", header, when, run))

    return moof(len(moof(0)) + 8) + box(b"mdat", *(sample.data for sample, _, _ in rows))


# --- Matroska -----------------------------------------------------------------------------------------


def _mkv(file: MadeFile) -> bytes:
    picture = _element("e0", _number("b0", 64), _number("ba", 48))
    video = [_number("d7", 1), _number("83", 1), _element("86", b"V_MPEG4/ISO/AVC")]
    video += [_number("23e383", file.last_ms * MS), _element("63a2", file.video_config), picture]
    tracks = [_element("ae", *video)]
    if file.audio:
        sound = _element("e1", _element("b5", struct.pack(">d", 48_000.0)), _number("9f", 1))
        audio = [_number("d7", 2), _number("83", 2), _element("86", b"A_AAC")]
        audio += [_number("23e383", file.audio_ms * MS), _element("63a2", file.audio_config), sound]
        tracks.append(_element("ae", *audio))
    body = _element("1549a966", _number("2ad7b1", MS)) + _element("1654ae6b", *tracks)
    rows = [(1, sample) for sample in file.video] + [(2, sample) for sample in file.audio]
    first = min(sample.show for sample in file.video)
    rows.sort(key=lambda row: 0 if row[0] == 1 else 1)
    for _, group in groupby(enumerate(rows), key=lambda entry: entry[0] // 12):
        blocks = [row for _, row in group]
        time = max(0, min(sample.show for _, sample in blocks))
        body += _element("1f43b675", _number("e7", time), *(_block(number, one, time) for number, one in blocks))
    assert first >= 0
    return _element("1a45dfa3", _element("4282", b"matroska")) + _element("18538067", body)


def _block(number: int, sample: MadeSample, time: int) -> bytes:
    head = struct.pack(">BhB", 0x80 | number, sample.show - time, 0x80 if sample.key else 0)
    return _element("a3", head, sample.data)


def _element(number: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes.fromhex(number) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _number(number: str, value: int) -> bytes:
    return _element(number, value.to_bytes(8, "big"))
