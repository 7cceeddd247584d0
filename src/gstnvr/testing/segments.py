"""Segment files without GStreamer: fragmented MP4 with made-up pictures, as small as they can be."""

import struct
from dataclasses import dataclass
from pathlib import Path

TIMESCALE = 1000
_NOT_SYNC = 0x0101_0000
_SYNC = 0x0200_0000


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO base media files."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full_box(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """A box with version 0 and flags."""
    return box(kind, struct.pack(">I", flags), *parts)


FILE_TYPE = box(b"ftyp", b"iso5", bytes(4), b"iso5")
INDEX = box(b"mfra", full_box(b"mfro", struct.pack(">I", 24)))


def track_table(width: int = 1920, height: int = 1080, timescale: int = TIMESCALE) -> bytes:
    """``moov`` of one H.264 track whose samples last 40 units of time and are no key frames unless they say so."""
    entry = box(b"avc1", bytes(24), struct.pack(">HH", width, height), bytes(50))
    media = box(
        b"mdia",
        full_box(b"mdhd", bytes(8), struct.pack(">II", timescale, 0), bytes(4)),
        full_box(b"hdlr", bytes(4), b"vide", bytes(12)),
        box(b"minf", box(b"stbl", full_box(b"stsd", struct.pack(">I", 1), entry))),
    )
    track = box(b"trak", full_box(b"tkhd", bytes(8), struct.pack(">I", 1), bytes(68)), media)
    return box(b"moov", track, box(b"mvex", full_box(b"trex", struct.pack(">5I", 1, 1, 40, 0, _NOT_SYNC))))


def picture(number: int, size: int = 40) -> bytes:
    """A sample: one NAL unit that carries its number."""
    return struct.pack(">IBI", size - 4, 0x65, number) + b"\xaa" * (size - 9)


@dataclass(frozen=True, slots=True)
class MadeSegment:
    """Content of a segment, and where each fragment of it ends."""

    content: bytes
    header_bytes: int
    fragment_ends: tuple[int, ...]
    frames: int
    duration_ns: int

    def write(self, path: Path, size: int | None = None) -> None:
        """Write the file, or its first ``size`` bytes, and the folders above it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content[:size])


def make_segment(
    frames: int = 50, *, frame_ms: int = 40, key_every: int = 50, fragment_frames: int = 25, finished: bool = True
) -> MadeSegment:
    """A segment of so many pictures, whose fragments begin anew at every key frame."""
    content = FILE_TYPE + track_table()
    header_bytes = len(content)
    ends = []
    first = 0
    while first < frames:
        to_key = key_every - first % key_every
        count = min(fragment_frames, to_key, frames - first)
        content += _fragment(first, count, frame_ms, key=first % key_every == 0)
        ends.append(len(content))
        first += count
    content += INDEX if finished else b""
    return MadeSegment(content, header_bytes, tuple(ends), frames, frames * frame_ms * 1_000_000)


def _fragment(first: int, count: int, frame_ms: int, *, key: bool) -> bytes:
    pictures = [picture(number) for number in range(first, first + count)]
    sizes = struct.pack(f">{count}I", *(len(data) for data in pictures))
    header = full_box(b"tfhd", struct.pack(">II", 1, frame_ms), flags=0x8)
    time = full_box(b"tfdt", struct.pack(">I", first * frame_ms))

    def moof(offset: int) -> bytes:
        start = struct.pack(">IiI", count, offset, _SYNC if key else _NOT_SYNC)
        return box(b"moof", box(b"traf", header, time, full_box(b"trun", start, sizes, flags=0x205)))

    return moof(len(moof(0)) + 8) + box(b"mdat", *pictures)
