"""MP4 segments, fragmented or not: what is whole in them, where they may be cut, their samples."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gstnvr.container.facts import FileScan, FileTrack, Fragment, MalformedError, Sample, TrackKind, TrackRun
from gstnvr.container.mp4_boxes import Box, Movie, SampleRun, box_header, parse_moof, parse_moov
from gstnvr.container.reading import START_BYTES, FileReader, begins_well
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S

_HEADER_BYTES = 16
_MAX_TABLE_BYTES = 64 << 20
_SKIPPED = frozenset({b"ftyp", b"styp", b"sidx", b"free", b"skip", b"uuid", b"udta", b"meta", b"emsg", b"prft"})
_SIGNATURE = b"ftyp"


def is_mp4(start: bytes) -> bool:
    """Whether a file that begins with these (at least eight) bytes claims to be MP4."""
    return start[4:8] == _SIGNATURE


def scan(fd: int) -> FileScan:
    """Look at all boxes of a file; media itself is hardly read.

    Bad content ends the scan where it stands and is not an error.

    Raises:
        OSError: the file cannot be read.
    """
    reader = FileReader(fd)
    if not is_mp4(reader.up_to(0, 8)):
        return FileScan(None, reader.size)
    walk = _Walk(reader)
    for _ in walk.fragments():
        pass
    return walk.result()


class GrowingMp4:
    """A file that is looked at again and again while it grows: what was found once is not read again."""

    def __init__(self) -> None:
        self._walk: _Walk | None = None

    def scan(self, fd: int, size: int) -> FileScan:
        """What is usable in its first ``size`` bytes, of which there are never fewer than before.

        Raises:
            OSError: the file cannot be read.
        """
        reader = FileReader(fd, size)
        if self._walk is None:
            self._walk = _Walk(reader)
        self._walk.reader = reader
        for _ in self._walk.fragments():
            pass
        return self._walk.result()


def iter_samples(fd: int, kind: TrackKind) -> Iterator[Sample]:
    """All samples of the tracks of one kind in the complete fragments of a fragmented file, in decode order.

    Raises:
        OSError: the file cannot be read.
    """
    reader = FileReader(fd)
    walk = _Walk(reader)
    for runs in walk.fragments():
        for run in runs:
            track = walk.track(run)
            if track.kind is kind:
                yield from _samples(reader, run, track.timescale)


def read_runs(fd: int, size: int | None = None) -> tuple[Movie | None, list[SampleRun], int]:
    """Track table, all runs of samples in complete fragments, in order, and the end of what is complete.

    Args:
        size: so many bytes of the file count; None: all.

    Raises:
        OSError: the file cannot be read.
    """
    walk = _Walk(FileReader(fd, size))
    runs = [run for found in walk.fragments() for run in found]
    return walk.movie, runs, walk.complete_bytes


def _samples(reader: FileReader, run: SampleRun, timescale: int) -> Iterator[Sample]:
    offset, time = run.offset, run.base_time
    for size, duration, key, delay in zip(run.sizes, run.durations, run.keys, run.delays, strict=True):
        yield Sample((time + delay) * NS_PER_S // timescale, size, key, reader.exactly(offset, size))
        offset += size
        time += duration


@dataclass(slots=True)
class _Walk:
    """Walks the top level of a file and gathers what is whole."""

    reader: FileReader
    movie: Movie | None = None
    header_bytes: int = 0
    complete_bytes: int = 0
    has_media_data: bool = False
    has_index: bool = False
    found: list[Fragment] = field(default_factory=list)

    def fragments(self) -> Iterator[list[SampleRun]]:
        """Sample runs of each complete fragment that was not found before, in order."""
        position = self.complete_bytes
        moof: tuple[Box, list[SampleRun]] | None = None
        while position < self.reader.size:
            try:
                box = box_header(self.reader.up_to(position, _HEADER_BYTES), 0, position, self.reader.size)
                if box.end > self.reader.size:
                    return
                if box.kind == b"moof":
                    moof = box, self._read_moof(box)
                elif box.kind == b"mdat" and moof is not None:
                    self._add_fragment(moof[0].start, box.end, moof[1])
                    yield moof[1]
                    moof = None
                else:
                    self._other_box(box)
            except (MalformedError, struct.error, IndexError):
                return
            position = box.end
            if moof is None:
                self.complete_bytes = position
            if self.has_index:
                return

    def track(self, run: SampleRun) -> FileTrack:
        """The track that a run belongs to.

        Raises:
            MalformedError: no such track.
        """
        track = self.movie.tracks.get(run.track) if self.movie else None
        if track is None:
            raise MalformedError(f"samples of unknown track {run.track}")
        return track

    def _other_box(self, box: Box) -> None:
        if box.kind == b"moov":
            movie = parse_moov(self._table(box))
            if self.movie is None or any(movie.samples.values()):
                self.movie = movie
                self.header_bytes = self.header_bytes or box.end
        elif box.kind == b"mdat":
            self.has_media_data = True
        elif box.kind == b"mfra":
            self.has_index = True
        elif box.kind not in _SKIPPED:
            raise MalformedError(f"unexpected box {box.kind!r}")

    def _table(self, box: Box) -> bytes:
        if box.end - box.start > _MAX_TABLE_BYTES:
            raise MalformedError(f"{box.kind!r} of {box.end - box.start} bytes")
        return self.reader.exactly(box.start, box.end - box.start)

    def _read_moof(self, box: Box) -> list[SampleRun]:
        if self.movie is None:
            raise MalformedError("fragment in front of the track table")
        return parse_moof(self._table(box), box.start, self.movie.defaults)

    def _add_fragment(self, start: int, end: int, runs: list[SampleRun]) -> None:
        for run in runs:
            if not start <= run.offset <= run.offset + sum(run.sizes) <= end:
                raise MalformedError("samples outside of their fragment")
            self._check_reached_disk(run)
        self.found.append(Fragment(start, end, tuple(self._track_run(run) for run in runs)))

    def _check_reached_disk(self, run: SampleRun) -> None:
        if not run.sizes:
            return
        last = run.offset + sum(run.sizes[:-1])
        start = self.reader.up_to(last, min(START_BYTES, run.sizes[-1]))
        if not begins_well(self.track(run).codec, start, run.sizes[-1]):
            raise MalformedError("last sample of a fragment is not one")

    def _track_run(self, run: SampleRun) -> TrackRun:
        track = self.track(run)
        return TrackRun(
            track=track.number,
            kind=track.kind,
            samples=len(run.sizes),
            start_ns=run.base_time * NS_PER_S // track.timescale,
            duration_ns=_length(run.durations) * NS_PER_S // track.timescale,
            starts_with_key=bool(run.keys) and run.keys[0],
        )

    def result(self) -> FileScan:
        movie = self.movie
        if movie is None:
            return FileScan(Container.MP4, self.reader.size)
        listed = any(movie.samples.values())
        if listed and not self.has_media_data and not self.found:
            return FileScan(Container.MP4, self.reader.size)
        return FileScan(
            container=Container.MP4,
            size=self.reader.size,
            tracks=tuple(movie.tracks.values()),
            fragments=() if listed else tuple(self.found),
            header_bytes=self.header_bytes,
            complete_bytes=self.complete_bytes,
            video_units=self._units(TrackKind.VIDEO),
            audio_units=self._units(TrackKind.AUDIO),
            duration_ns=_listed_duration(movie) if listed else _fragmented_duration(self.found),
            finished=listed or self.has_index,
        )

    def _units(self, kind: TrackKind) -> int:
        assert self.movie is not None
        listed = sum(
            count for number, count in self.movie.samples.items() if self.movie.tracks[number].kind is kind
        )
        return listed or sum(fragment.units(kind) for fragment in self.found)


def _length(durations: tuple[int, ...]) -> int:
    """If the muxer did not know how long the very last sample lasts, it wrote 0: take that of the one before."""
    unknown_last = len(durations) > 1 and durations[-1] == 0
    return sum(durations) + (durations[-2] if unknown_last else 0)


def _listed_duration(movie: Movie) -> int:
    return max(
        (
            movie.durations[track.number] * NS_PER_S // track.timescale
            for track in movie.tracks.values()
            if track.kind is TrackKind.VIDEO
        ),
        default=0,
    )


def _fragmented_duration(fragments: list[Fragment]) -> int:
    runs = [run for fragment in fragments for run in fragment.runs if run.kind is TrackKind.VIDEO and run.samples]
    if not runs:
        return 0
    return runs[-1].start_ns + runs[-1].duration_ns - runs[0].start_ns
