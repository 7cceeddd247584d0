"""Boxes of ISO base media files (ISO/IEC 14496-12), as far as a recorder's files need them."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from gstnvr.container.facts import FileTrack, MalformedError, TrackKind

_VIDEO_CODECS = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "h265", b"hev1": "h265"}
_AUDIO_CODECS = {b"mp4a": "aac", b"Opus": "opus", b"alaw": "pcma", b"ulaw": "pcmu"}
_KINDS = {b"vide": TrackKind.VIDEO, b"soun": TrackKind.AUDIO}
_MAX_SAMPLES_IN_RUN = 1_000_000
_NOT_SYNC = 0x0001_0000


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    start: int
    body: int
    end: int


def box_header(data: bytes, at: int, base: int, limit: int) -> Box:
    """The box whose header stands at ``data[at:]``, which is position ``base + at`` of the file.

    Args:
        limit: position up to which a box with size 0 reaches.

    Raises:
        MalformedError: no box can start like this.
    """
    if len(data) < at + 8:
        raise MalformedError("box header cut off")
    size, kind = unpack_from(">I4s", data, at)
    body = 8
    if size == 1:
        if len(data) < at + 16:
            raise MalformedError("box header cut off")
        (size,) = unpack_from(">Q", data, at + 8)
        body = 16
    start = base + at
    if size == 0 and kind != bytes(4):
        return Box(kind, start, start + body, limit)
    if size < body:
        raise MalformedError(f"box of {size} bytes")
    return Box(kind, start, start + body, start + size)


def children(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Boxes within ``data[start:end]``, with positions in ``data``.

    Raises:
        MalformedError: a box reaches beyond ``end``.
    """
    while start + 8 <= end:
        box = box_header(data, start, 0, end)
        if box.end > end:
            raise MalformedError(f"box {box.kind!r} is larger than what it is in")
        yield box
        start = box.end


def find(data: bytes, start: int, end: int, *path: bytes) -> Box | None:
    """The first box down this path; None if there is none."""
    for box in children(data, start, end):
        if box.kind == path[0]:
            return box if len(path) == 1 else find(data, box.body, box.end, *path[1:])
    return None


def _need(data: bytes, box: Box, *path: bytes) -> Box:
    found = find(data, box.body, box.end, *path)
    if found is None:
        raise MalformedError(f"no {b'/'.join(path)!r} in {box.kind!r}")
    return found


@dataclass(frozen=True, slots=True)
class SampleDefaults:
    """What a run of samples leaves unsaid (``trex``)."""

    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Movie:
    """A track table."""

    tracks: dict[int, FileTrack]
    defaults: dict[int, SampleDefaults]
    samples: dict[int, int]
    """Samples listed in the table itself, by track; none in a fragmented file."""
    durations: dict[int, int]
    """In units of the track's time scale."""
    entries: dict[int, bytes]
    """Sample description of each track: a box, header included."""


def parse_moov(data: bytes) -> Movie:
    """Read a ``moov`` box, header included.

    Raises:
        MalformedError: it is not one.
        struct.error: a field is cut off.
    """
    moov = box_header(data, 0, 0, len(data))
    movie = Movie({}, {}, {}, {}, {})
    for box in children(data, moov.body, min(moov.end, len(data))):
        if box.kind == b"trak":
            _parse_trak(data, box, movie)
        elif box.kind == b"mvex":
            for extension in children(data, box.body, box.end):
                if extension.kind == b"trex":
                    number, _, duration, size, flags = unpack_from(">5I", data, extension.body + 4)
                    movie.defaults[number] = SampleDefaults(duration, size, flags)
    return movie


def _parse_trak(data: bytes, trak: Box, movie: Movie) -> None:
    tkhd = _need(data, trak, b"tkhd")
    (number,) = unpack_from(">I", data, tkhd.body + (20 if data[tkhd.body] == 1 else 12))
    mdhd = _need(data, trak, b"mdia", b"mdhd")
    timescale, duration = (
        unpack_from(">IQ", data, mdhd.body + 20)
        if data[mdhd.body] == 1
        else unpack_from(">II", data, mdhd.body + 12)
    )
    if not timescale:
        raise MalformedError("time scale of 0")
    handler = _need(data, trak, b"mdia", b"hdlr")
    kind = _KINDS.get(data[handler.body + 8 : handler.body + 12], TrackKind.OTHER)
    stbl = _need(data, trak, b"mdia", b"minf", b"stbl")
    entry = _sample_entry(data, _need(data, stbl, b"stsd"))
    codec, width, height = _codec_and_size(data, entry, kind)
    movie.tracks[number] = FileTrack(number, kind, codec, timescale, width, height)
    movie.entries[number] = data[entry.start : entry.end]
    movie.durations[number] = duration
    stsz = find(data, stbl.body, stbl.end, b"stsz")
    movie.samples[number] = unpack_from(">I", data, stsz.body + 8)[0] if stsz else 0


def _sample_entry(data: bytes, stsd: Box) -> Box:
    entry = next(children(data, stsd.body + 8, stsd.end), None)
    if entry is None:
        raise MalformedError("track without a sample description")
    return entry


def _codec_and_size(data: bytes, entry: Box, kind: TrackKind) -> tuple[str, int, int]:
    if kind is TrackKind.VIDEO:
        width, height = unpack_from(">HH", data, entry.body + 24)
        return _VIDEO_CODECS.get(entry.kind, _text(entry.kind)), width, height
    return _AUDIO_CODECS.get(entry.kind, _text(entry.kind)), 0, 0


def _text(code: bytes) -> str:
    return code.decode("ascii", "replace").strip()


@dataclass(frozen=True, slots=True)
class SampleRun:
    """One ``trun`` with everything resolved; durations in units of the track's time scale."""

    track: int
    base_time: int
    offset: int
    """Position in the file of the first sample."""
    sizes: tuple[int, ...]
    durations: tuple[int, ...]
    keys: tuple[bool, ...]
    delays: tuple[int, ...]
    """From decoding to showing, in the same units; below 0 where a picture is shown before it would be decoded."""


def parse_moof(data: bytes, position: int, defaults: dict[int, SampleDefaults]) -> list[SampleRun]:
    """Read a ``moof`` box, header included, that stands at ``position`` of the file.

    Raises:
        MalformedError: it is not one.
        struct.error: a field is cut off.
    """
    moof = box_header(data, 0, 0, len(data))
    runs: list[SampleRun] = []
    for traf in children(data, moof.body, min(moof.end, len(data))):
        if traf.kind == b"traf":
            runs += _parse_traf(data, traf, position, defaults)
    return runs


def _parse_traf(data: bytes, traf: Box, position: int, defaults: dict[int, SampleDefaults]) -> Iterator[SampleRun]:
    tfhd = _need(data, traf, b"tfhd")
    flags, number = unpack_from(">II", data, tfhd.body)
    at = tfhd.body + 8
    base = position
    if flags & 0x1:
        (base,) = unpack_from(">Q", data, at)
        at += 8
    at += 4 if flags & 0x2 else 0
    fallback = defaults.get(number, SampleDefaults())
    values = [fallback.duration, fallback.size, fallback.flags]
    for index, flag in enumerate((0x8, 0x10, 0x20)):
        if flags & flag:
            (values[index],) = unpack_from(">I", data, at)
            at += 4
    tfdt = find(data, traf.body, traf.end, b"tfdt")
    time = 0
    if tfdt is not None:
        (time,) = unpack_from(">Q" if data[tfdt.body] == 1 else ">I", data, tfdt.body + 4)
    offset = base
    for trun in children(data, traf.body, traf.end):
        if trun.kind == b"trun":
            run = _parse_trun(data, trun, _RunStart(number, SampleDefaults(*values), base, offset, time))
            time += sum(run.durations)
            offset = run.offset + sum(run.sizes)
            yield run


@dataclass(frozen=True, slots=True)
class _RunStart:
    """What a run takes over from its ``traf`` and from the run before it."""

    track: int
    defaults: SampleDefaults
    base: int
    offset: int
    time: int


def _parse_trun(data: bytes, trun: Box, start: _RunStart) -> SampleRun:
    flags, count = unpack_from(">II", data, trun.body)
    flags &= 0xFF_FFFF
    if count > _MAX_SAMPLES_IN_RUN:
        raise MalformedError(f"run of {count} samples")
    at = trun.body + 8
    offset = start.offset
    if flags & 0x1:
        offset = start.base + unpack_from(">i", data, at)[0]
        at += 4
    first_flags: int | None = None
    if flags & 0x4:
        (first_flags,) = unpack_from(">I", data, at)
        at += 4
    fields = [bool(flags & flag) for flag in (0x100, 0x200, 0x400, 0x800)]
    width = sum(fields)
    if at + 4 * width * count > trun.end:
        raise MalformedError("run of samples cut off")
    table = unpack_from(f">{width * count}I", data, at)
    delays = unpack_from(f">{width * count}i", data, at)[width - 1 :: width] if fields[3] else (0,) * count
    columns: list[tuple[int, ...]] = []
    used = 0
    defaults = (start.defaults.duration, start.defaults.size, start.defaults.flags)
    for present, default in zip(fields[:3], defaults, strict=True):
        columns.append(table[used::width] if present else (default,) * count)
        used += present
    durations, sizes, sample_flags = columns
    if first_flags is not None and count:
        sample_flags = (first_flags, *sample_flags[1:])
    keys = tuple(not value & _NOT_SYNC for value in sample_flags)
    return SampleRun(start.track, start.time, offset, sizes, durations, keys, delays)
