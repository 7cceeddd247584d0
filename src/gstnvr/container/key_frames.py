"""Single key frames of a segment file, found with as few reads as can be."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.container.facts import FileTrack, MalformedError, TrackKind
from gstnvr.container.mp4 import is_mp4
from gstnvr.container.mp4_boxes import Movie, SampleRun, box_header, children, parse_moof, parse_moov
from gstnvr.container.reading import START_BYTES, FileReader, begins_well
from gstnvr.container.sample_format import SampleFormat, format_in_mp4
from gstnvr.container.sample_table import read_sample_table
from gstnvr.model.clock import NS_PER_S

_HEADER_BYTES = 16
_MFRO_BYTES = 16
_MOST_TABLE_BYTES = 16 << 20
_MOST_FRAME_BYTES = 64 << 20
_FIRST_BOXES = 8


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One encoded picture that needs none before it."""

    format: SampleFormat
    time_ns: int
    """When it is shown, from the first picture of the file."""
    next_ns: int | None
    """When the next key frame is shown; None: there is none in the file, or none yet."""
    data: bytes


class _Point(NamedTuple):
    """A key frame that an index of the file names."""

    time: int
    fragment: int
    """Position of its ``moof``."""


def key_frame_at(fd: int, at_ns: int) -> KeyFrame:
    """The last key frame at or before a moment; the first one of the file if the moment is before that.

    An MP4 file that was finished has an index, and then only the frame itself is read beside it. In others, all
    samples are looked for.

    Args:
        at_ns: from the first picture of the file.

    Raises:
        MalformedError: there is no key frame that could be decoded.
        OSError: the file cannot be read.
    """
    reader = FileReader(fd)
    try:
        found = _by_index(reader, at_ns) if is_mp4(reader.up_to(0, 8)) else None
    except (MalformedError, struct.error, IndexError):
        found = None
    return found or _by_table(fd, reader, at_ns)


def _by_table(fd: int, reader: FileReader, at_ns: int) -> KeyFrame:
    video = read_sample_table(fd).video
    zero = video.rows[0].time_ns
    keys = [row for row in video.rows if row.key]
    if not keys:
        raise MalformedError("no key frame")
    place = _place(at_ns, [row.time_ns - zero for row in keys])
    chosen = keys[place]
    following = keys[place + 1].time_ns - zero if place + 1 < len(keys) else None
    data = _frame(reader, video.format.codec, chosen.offset, chosen.size)
    return KeyFrame(video.format, chosen.time_ns - zero, following, data)


def _place(at_ns: int, times: Sequence[int]) -> int:
    """Of the last one that is not later, or of the first one."""
    return max((place for place, time in enumerate(times) if time <= at_ns), default=0)


def _frame(reader: FileReader, codec: str, offset: int, size: int) -> bytes:
    if size > _MOST_FRAME_BYTES:
        raise MalformedError(f"key frame of {size} bytes")
    data = reader.exactly(offset, size)
    if not begins_well(codec, data[:START_BYTES], size):
        raise MalformedError("what should be a key frame is none")
    return data


def _by_index(reader: FileReader, at_ns: int) -> KeyFrame | None:
    """As the index at the end of the file has it; None: it has none."""
    index = _index_at_end(reader)
    movie = _movie(reader) if index else None
    if movie is None:
        return None
    track = next((track for track in movie.tracks.values() if track.kind is TrackKind.VIDEO), None)
    points = _points(index, track.number) if track is not None else []
    if track is None or not points:
        return None
    times = [_nanoseconds(point.time - points[0].time, track) for point in points]
    place = _place(at_ns, times)
    following = times[place + 1] if place + 1 < len(times) else None
    offset, size = _first_key(reader, movie, points[place].fragment, track.number)
    data = _frame(reader, track.codec, offset, size)
    return KeyFrame(format_in_mp4(track, movie.entries[track.number]), times[place], following, data)


def _nanoseconds(ticks: int, track: FileTrack) -> int:
    return (2 * ticks * NS_PER_S + track.timescale) // (2 * track.timescale)


def _index_at_end(reader: FileReader) -> bytes:
    """The ``mfra`` box, header included; nothing if there is none."""
    if reader.size < _MFRO_BYTES:
        return b""
    kind, size = struct.unpack(">4x4s4xI", reader.exactly(reader.size - _MFRO_BYTES, _MFRO_BYTES))
    if kind != b"mfro" or not _MFRO_BYTES < size <= min(_MOST_TABLE_BYTES, reader.size):
        return b""
    index = reader.exactly(reader.size - size, size)
    return index if index[4:8] == b"mfra" else b""


def _movie(reader: FileReader) -> Movie | None:
    position = 0
    for _ in range(_FIRST_BOXES):
        box = box_header(reader.up_to(position, _HEADER_BYTES), 0, position, reader.size)
        if box.kind == b"moov" and box.end - box.start <= _MOST_TABLE_BYTES:
            return parse_moov(reader.exactly(box.start, box.end - box.start))
        position = box.end
    return None


def _points(index: bytes, track: int) -> list[_Point]:
    for box in children(index, 8, len(index)):
        if box.kind == b"tfra" and struct.unpack_from(">I", index, box.body + 4) == (track,):
            return list(_entries(index[box.body : box.end]))
    return []


def _entries(body: bytes) -> Iterator[_Point]:
    long = body[0] == 1
    lengths, count = struct.unpack_from(">II", body, 8)
    numbers = sum((lengths >> shift & 3) + 1 for shift in (0, 2, 4))
    row = struct.Struct(f">{'QQ' if long else 'II'}{numbers}x")
    if count * row.size > len(body) - 16:
        raise MalformedError("index cut off")
    for time, fragment in row.iter_unpack(body[16 : 16 + count * row.size]):
        yield _Point(time, fragment)


def _first_key(reader: FileReader, movie: Movie, position: int, track: int) -> tuple[int, int]:
    """Position and size of the first key frame of a fragment."""
    box = box_header(reader.up_to(position, _HEADER_BYTES), 0, position, reader.size)
    if box.kind != b"moof" or box.end - box.start > _MOST_TABLE_BYTES:
        raise MalformedError("the index names what is no fragment")
    runs = parse_moof(reader.exactly(box.start, box.end - box.start), box.start, movie.defaults)
    for run in runs:
        if run.track == track:
            for number, key in enumerate(run.keys):
                if key:
                    return _sample(run, number)
    raise MalformedError("the index names a fragment without a key frame")


def _sample(run: SampleRun, number: int) -> tuple[int, int]:
    return run.offset + sum(run.sizes[:number]), run.sizes[number]
