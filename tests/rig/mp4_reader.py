"""Reads ordinary MP4 files as a player does: which samples are shown when. Shares no code with their writer."""

import struct
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReadSample:
    """Times in microseconds of the presentation; below 0 where it is not shown."""

    data: bytes
    start: int
    end: int
    key: bool


@dataclass(frozen=True, slots=True)
class ReadTrack:
    """In the order of decoding."""

    handler: str
    entry: bytes
    samples: tuple[ReadSample, ...]
    begins: int
    """When the first of it is shown or heard."""
    ends: int

    @property
    def presented(self) -> list[ReadSample]:
        """What is shown, in order."""
        shown = [one for one in self.samples if one.end > self.begins and one.start < self.ends]
        return sorted(shown, key=lambda one: one.start)


def read_mp4(path: Path) -> dict[str, ReadTrack]:
    """Tracks by handler, ``vide`` and ``soun``."""
    content = path.read_bytes()
    top = dict(_boxes(content, 0, len(content)))
    assert list(top) == ["ftyp", "moov", "mdat"]
    scale = struct.unpack_from(">I", content, top["moov"][0] + 8 + 20)[0]
    tracks = {}
    for kind, (start, end) in _boxes(content, *top["moov"]):
        if kind == "trak":
            track = _track(content, start, end, scale, top["mdat"])
            tracks[track.handler] = track
    return tracks


def _boxes(content: bytes, start: int, end: int) -> list[tuple[str, tuple[int, int]]]:
    found = []
    while start < end:
        size, kind = struct.unpack_from(">I4s", content, start)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, start + 8)
            header = 16
        assert size >= header and start + size <= end
        found.append((kind.decode(), (start + header, start + size)))
        start += size
    return found


def _track(content: bytes, start: int, end: int, scale: int, media: tuple[int, int]) -> ReadTrack:
    trak = dict(_boxes(content, start, end))
    mdia = dict(_boxes(content, *trak["mdia"]))
    stbl = dict(_boxes(content, *dict(_boxes(content, *mdia["minf"]))["stbl"]))
    assert struct.unpack_from(">I", content, mdia["mdhd"][0] + 20)[0] == scale == 1_000_000
    handler = content[mdia["hdlr"][0] + 8 : mdia["hdlr"][0] + 12].decode()
    edits = _edits(content, dict(_boxes(content, *trak["edts"]))["elst"][0])
    wait = sum(length for length, media_time in edits if media_time < 0)
    ((length, skip),) = [edit for edit in edits if edit[1] >= 0]
    lengths, delays = _expand(content, stbl["stts"][0]), None
    if "ctts" in stbl:
        assert content[stbl["ctts"][0]] == 0
        delays = _expand(content, stbl["ctts"][0])
    keys = set(_column(content, stbl["stss"][0])) if "stss" in stbl else None
    sizes = _sizes(content, stbl["stsz"][0])
    offsets = _offsets(content, stbl, sizes)
    assert len(lengths) == len(sizes) == len(offsets)
    samples, at = [], 0
    for number, (size, offset) in enumerate(zip(sizes, offsets, strict=True)):
        assert media[0] <= offset and offset + size <= media[1]
        shown = at + (delays[number] if delays else 0) - skip + wait
        key = keys is None or number + 1 in keys
        samples.append(ReadSample(content[offset : offset + size], shown, shown + lengths[number], key))
        at += lengths[number]
    if handler == "vide":
        samples = _until_the_next(samples, wait + length)
    entry = content[stbl["stsd"][0] + 8 : stbl["stsd"][1]]
    return ReadTrack(handler, entry, tuple(samples), wait, wait + length)


def _until_the_next(samples: list[ReadSample], end: int) -> list[ReadSample]:
    """A picture is in view until the next one is, whatever its length says."""
    starts = sorted(sample.start for sample in samples)
    following = dict(zip(starts, [*starts[1:], end], strict=True))
    return [
        ReadSample(one.data, one.start, max(one.start + 1, min(end, following[one.start])), one.key)
        for one in samples
    ]


def _edits(content: bytes, at: int) -> list[tuple[int, int]]:
    assert content[at] == 1
    (count,) = struct.unpack_from(">I", content, at + 4)
    return [struct.unpack_from(">Qq", content, at + 8 + 20 * number) for number in range(count)]


def _expand(content: bytes, at: int) -> list[int]:
    (count,) = struct.unpack_from(">I", content, at + 4)
    rows = [struct.unpack_from(">II", content, at + 8 + 8 * number) for number in range(count)]
    return [value for times, value in rows for _ in range(times)]


def _column(content: bytes, at: int) -> list[int]:
    (count,) = struct.unpack_from(">I", content, at + 4)
    return list(struct.unpack_from(f">{count}I", content, at + 8))


def _sizes(content: bytes, at: int) -> list[int]:
    assert struct.unpack_from(">I", content, at + 4)[0] == 0
    return _column(content, at + 4)


def _offsets(content: bytes, stbl: dict[str, tuple[int, int]], sizes: list[int]) -> list[int]:
    at = stbl["co64"][0]
    (count,) = struct.unpack_from(">I", content, at + 4)
    chunks = struct.unpack_from(f">{count}Q", content, at + 8)
    at = stbl["stsc"][0]
    (rows,) = struct.unpack_from(">I", content, at + 4)
    runs = [struct.unpack_from(">III", content, at + 8 + 12 * number) for number in range(rows)]
    offsets: list[int] = []
    for number, chunk in enumerate(chunks, 1):
        in_chunk = [samples for first, samples, _ in runs if first <= number][-1]
        at = chunk
        for _ in range(in_chunk):
            offsets.append(at)
            at += sizes[len(offsets) - 1]
    return offsets
