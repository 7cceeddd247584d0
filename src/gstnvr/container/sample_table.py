"""Where each sample of a segment file lies, whatever the container; the samples themselves are not read."""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.container.facts import FileTrack, MalformedError, TrackKind
from gstnvr.container.mkv import is_mkv, read_blocks
from gstnvr.container.mp4 import is_mp4, read_runs
from gstnvr.container.mp4_boxes import SampleRun
from gstnvr.container.sample_format import SampleFormat, format_in_mkv, format_in_mp4
from gstnvr.model.clock import NS_PER_S

_USUAL_STEP_NS = {TrackKind.VIDEO: NS_PER_S // 25, TrackKind.AUDIO: NS_PER_S // 50}
"""Of a file with one sample, whose length nobody knows."""


class SampleRow(NamedTuple):
    """One encoded picture, or one packet of audio."""

    offset: int
    """Position in the file."""
    size: int
    time_ns: int
    """When it is shown or heard, from the start of the file's time line."""
    key: bool


@dataclass(frozen=True, slots=True)
class TrackSamples:
    """All whole samples of one track, in the order in which they are decoded."""

    format: SampleFormat
    rows: Sequence[SampleRow]
    """Never empty."""
    last_ns: int
    """How long the last one lasts."""


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Of a file's first video track, and of its first audio track if it has one with samples."""

    video: TrackSamples
    audio: TrackSamples | None
    size: int
    """Bytes of the file up to the end of what is complete."""


def read_sample_table(fd: int, size: int | None = None) -> SampleTable:
    """Find all samples that a fragmented MP4 or a Matroska file holds whole, also while it grows.

    Args:
        size: so many bytes of the file count; None: all.

    Raises:
        MalformedError: it holds no video that could be copied into another file.
        OSError: the file cannot be read.
    """
    start = os.pread(fd, 8, 0)
    try:
        if is_mkv(start):
            return _of_mkv(fd, size)
        if is_mp4(start):
            return _of_mp4(fd, size)
    except (struct.error, IndexError) as error:
        raise MalformedError("track table cut off") from error
    raise MalformedError("neither MP4 nor Matroska")


def _first(tracks: Sequence[FileTrack], kind: TrackKind) -> FileTrack | None:
    return next((track for track in tracks if track.kind is kind), None)


def _table(video: TrackSamples | None, audio: TrackSamples | None, size: int) -> SampleTable:
    if video is None:
        raise MalformedError("no complete picture")
    return SampleTable(video, audio, size)


def _of_mp4(fd: int, limit: int | None) -> SampleTable:
    movie, runs, size = read_runs(fd, limit)
    if movie is None:
        raise MalformedError("no track table")
    if any(movie.samples.values()):
        raise MalformedError("MP4 without fragments, which no recorder writes")
    found: list[TrackSamples | None] = []
    for kind in (TrackKind.VIDEO, TrackKind.AUDIO):
        track = _first(list(movie.tracks.values()), kind)
        mine = [run for run in runs if track is not None and run.track == track.number and run.sizes]
        found.append(_mp4_track(track, movie.entries[track.number], mine) if track is not None and mine else None)
    return _table(found[0], found[1], size)


def _mp4_track(track: FileTrack, entry: bytes, runs: Sequence[SampleRun]) -> TrackSamples:
    rows, durations = [], []
    for run in runs:
        offset, time = run.offset, run.base_time
        for size, duration, key, delay in zip(run.sizes, run.durations, run.keys, run.delays, strict=True):
            rows.append(SampleRow(offset, size, _nanoseconds(time + delay, track.timescale), key))
            durations.append(duration)
            offset += size
            time += duration
    known = [duration for duration in durations[-2:] if duration]
    last_ns = _nanoseconds(known[-1], track.timescale) if known else _USUAL_STEP_NS[track.kind]
    return TrackSamples(format_in_mp4(track, entry), rows, last_ns)


def _nanoseconds(ticks: int, timescale: int) -> int:
    return (2 * ticks * NS_PER_S + timescale) // (2 * timescale)


def _of_mkv(fd: int, limit: int | None) -> SampleTable:
    tracks, blocks, size = read_blocks(fd, limit)
    found: list[TrackSamples | None] = []
    for kind in (TrackKind.VIDEO, TrackKind.AUDIO):
        track = _first([entry.track for entry in tracks.values()], kind)
        entry = None if track is None else tracks[track.number]
        rows = [
            SampleRow(block.body, block.end - block.body, block.time_ns, block.key)
            for block in blocks
            if block.track is entry
        ]
        if entry is None or not rows:
            found.append(None)
        else:
            last_ns = entry.default_duration_ns or _mean_step_ns(rows) or _USUAL_STEP_NS[kind]
            found.append(TrackSamples(format_in_mkv(entry), rows, last_ns))
    return _table(found[0], found[1], size)


def _mean_step_ns(rows: Sequence[SampleRow]) -> int:
    times = [row.time_ns for row in rows]
    return (max(times) - min(times)) // (len(times) - 1) if len(times) > 1 else 0
