"""Ordinary MP4 files (ISO/IEC 14496-12): the track table in front, then samples copied from elsewhere."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from gstnvr.container.box_writing import (
    MATRIX,
    TICKS_PER_S,
    UNDETERMINED_LANGUAGE,
    UNITY,
    box,
    full_box,
    handler,
    media_information,
)
from gstnvr.container.sample_entry import sample_entry
from gstnvr.container.sample_format import SampleFormat
from gstnvr.model.clock import NS_PER_S, UtcNs

_CHUNK_TICKS = TICKS_PER_S
_EPOCH_1904_S = 2_082_844_800
_FILE_TYPE = b"isom\x00\x00\x02\x00isomiso2mp41"
_ENABLED = 3


class Mp4Sample(NamedTuple):
    """Times in ticks from the start of the track."""

    size: int
    decode: int
    """Never falls from one sample to the next."""
    delay: int
    """From decoding to showing; never below 0."""
    key: bool


@dataclass(frozen=True, slots=True)
class Mp4Track:
    """What goes into a track, and what of it is shown."""

    format: SampleFormat
    samples: Sequence[Mp4Sample]
    last: int
    """How long the last sample lasts, in ticks."""
    skip: int
    """So many ticks of the track are not shown: they are only needed to decode what follows."""
    shown: int
    """So many ticks are."""
    wait: int = 0
    """So many ticks of the file pass before it begins."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of one track that lie together."""

    track: int
    first: int
    stop: int


def interleave(tracks: Sequence[Mp4Track]) -> list[Chunk]:
    """The order in which samples lie in the file: a second of each track in turn."""
    chunks: list[tuple[int, Chunk]] = []
    for number, track in enumerate(tracks):
        at = 0
        starts = (track.wait - track.skip + sample.decode for sample in track.samples)
        for second, samples in groupby(start // _CHUNK_TICKS for start in starts):
            count = sum(1 for _ in samples)
            chunks.append((second, Chunk(number, at, at + count)))
            at += count
    chunks.sort(key=lambda entry: (entry[0], entry[1].track))
    return [chunk for _, chunk in chunks]


def mp4_header(tracks: Sequence[Mp4Track], chunks: Sequence[Chunk], created: UtcNs) -> bytes:
    """Everything in front of the samples, which follow in the order of the chunks."""
    sizes = [sum(sample.size for sample in _in(tracks, chunk)) for chunk in chunks]
    start = len(_header(tracks, chunks, sizes, created, 0))
    return _header(tracks, chunks, sizes, created, start)


def _in(tracks: Sequence[Mp4Track], chunk: Chunk) -> Sequence[Mp4Sample]:
    return tracks[chunk.track].samples[chunk.first : chunk.stop]


def _header(
    tracks: Sequence[Mp4Track], chunks: Sequence[Chunk], sizes: Sequence[int], created: UtcNs, start: int
) -> bytes:
    offsets: list[list[int]] = [[] for _ in tracks]
    counts: list[list[int]] = [[] for _ in tracks]
    at = start
    for chunk, size in zip(chunks, sizes, strict=True):
        offsets[chunk.track].append(at)
        counts[chunk.track].append(chunk.stop - chunk.first)
        at += size
    seconds = created // NS_PER_S + _EPOCH_1904_S
    traks = [
        _trak(number, track, offsets[number - 1], counts[number - 1], seconds)
        for number, track in enumerate(tracks, 1)
    ]
    # With what is not shown, although it is not part of the presentation: GStreamer stops at this place of the
    # track, and not of the presentation, and would leave out as much at the end.
    length = max(track.wait + track.skip + track.shown for track in tracks)
    times = struct.pack(">QQIQ", seconds, seconds, TICKS_PER_S, length)
    rest = struct.pack(">IH10x", UNITY, 0x0100) + MATRIX + bytes(24) + struct.pack(">I", len(tracks) + 1)
    moov = box(b"moov", full_box(b"mvhd", times, rest, version=1), *traks)
    return box(b"ftyp", _FILE_TYPE) + moov + struct.pack(">I4sQ", 1, b"mdat", 16 + sum(sizes))


def _trak(number: int, track: Mp4Track, offsets: Sequence[int], counts: Sequence[int], seconds: int) -> bytes:
    form = track.format
    is_video = form.width > 0
    ids = struct.pack(">QQIIQ", seconds, seconds, number, 0, track.wait + track.shown)
    volume = 0 if is_video else 0x0100
    place = struct.pack(">8xHHHH", 0, 0, volume, 0)
    size = struct.pack(">II", form.width << 16, form.height << 16)
    length = track.samples[-1].decode + track.last
    media = struct.pack(">QQIQHH", seconds, seconds, TICKS_PER_S, length, UNDETERMINED_LANGUAGE, 0)
    return box(
        b"trak",
        full_box(b"tkhd", ids, place, MATRIX, size, version=1, flags=_ENABLED),
        box(b"edts", _edits(track)),
        box(
            b"mdia",
            full_box(b"mdhd", media, version=1),
            handler(video=is_video),
            media_information(_sample_tables(track, offsets, counts), video=is_video),
        ),
    )


def _edits(track: Mp4Track) -> bytes:
    """What of the track is shown when."""
    edits = [struct.pack(">QqI", track.shown, track.skip, UNITY)]
    if track.wait:
        edits.insert(0, struct.pack(">QqI", track.wait, -1, UNITY))
    return full_box(b"elst", struct.pack(">I", len(edits)), *edits, version=1)


def _sample_tables(track: Mp4Track, offsets: Sequence[int], counts: Sequence[int]) -> bytes:
    samples = track.samples
    decode = [sample.decode for sample in samples]
    lengths = [after - before for before, after in pairwise(decode)] + [track.last]
    delays = [sample.delay for sample in samples]
    keys = [number for number, sample in enumerate(samples, 1) if sample.key]
    sizes = [sample.size for sample in samples]
    tables = [
        full_box(b"stsd", struct.pack(">I", 1), sample_entry(track.format)),
        full_box(b"stts", _runs(lengths)),
    ]
    if any(delays):
        tables.append(full_box(b"ctts", _runs(delays)))
    if len(keys) < len(samples):
        tables.append(full_box(b"stss", _table(keys)))
    return box(
        b"stbl",
        *tables,
        full_box(b"stsc", _chunk_runs(counts)),
        full_box(b"stsz", struct.pack(">I", 0), _table(sizes)),
        full_box(b"co64", struct.pack(f">I{len(offsets)}Q", len(offsets), *offsets)),
    )


def _table(values: Sequence[int]) -> bytes:
    return struct.pack(f">{len(values) + 1}I", len(values), *values)


def _runs(values: Iterable[int]) -> bytes:
    runs = [(sum(1 for _ in same), value) for value, same in groupby(values)]
    return _rows(runs)


def _chunk_runs(counts: Sequence[int]) -> bytes:
    """Samples in each chunk, told where the number changes; the last column is the sample description."""

    def rows() -> Iterator[tuple[int, int, int]]:
        number = 1
        for count, same in groupby(counts):
            yield number, count, 1
            number += sum(1 for _ in same)

    return _rows(list(rows()))


def _rows(rows: Sequence[tuple[int, ...]]) -> bytes:
    flat = [value for row in rows for value in row]
    return struct.pack(f">{len(flat) + 1}I", len(rows), *flat)
