"""Time-lapse: one key frame from each interval, copied, shown one after the other."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from gstnvr.container.box_writing import TICKS_PER_S
from gstnvr.container.mp4_writer import Mp4Sample, Mp4Track
from gstnvr.container.sample_table import SampleRow
from gstnvr.evidence.assembly import Place
from gstnvr.evidence.order import SourceSegment
from gstnvr.evidence.reading import table_of
from gstnvr.evidence.source import Formats, Source
from gstnvr.evidence.videos import PlannedOrigin, PlannedVideo
from gstnvr.evidence.writing import VideoContent
from gstnvr.model.clock import NS_PER_S, UtcNs


class _Picture(NamedTuple):
    source: Source
    row: SampleRow
    time: UtcNs


def timelapse_videos(
    sources: Sequence[Source], start: UtcNs, end: UtcNs, every_ns: int, fps: int
) -> Iterator[PlannedVideo]:
    """A video for each run of pictures of one format; nothing is decoded.

    Raises:
        MalformedError: a file is not any more what it was.
        OSError: a file cannot be read.
    """
    chosen = _chosen(sources, start, end, every_ns)
    for form, pictures in groupby(chosen, key=lambda picture: picture.source.formats.video):
        yield _video(Formats(form, None), list(pictures), fps)


def _chosen(sources: Sequence[Source], start: UtcNs, end: UtcNs, every_ns: int) -> Iterator[_Picture]:
    """The first key frame of each interval."""
    next_due = start
    for source in sources:
        if source.end <= next_due:
            continue
        for row in table_of(source).video.rows:
            time = source.utc(row.time_ns - source.zero)
            if row.key and next_due <= time < end:
                yield _Picture(source, row, time)
                next_due = UtcNs(time + every_ns - (time - start) % every_ns)


def _video(formats: Formats, pictures: Sequence[_Picture], fps: int) -> PlannedVideo:
    step = TICKS_PER_S // fps
    samples = [Mp4Sample(picture.row.size, number * step, 0, key=True) for number, picture in enumerate(pictures)]
    track = Mp4Track(formats.video, samples, last=step, skip=0, shown=step * len(samples))
    numbers = {file: number for number, file in enumerate(dict.fromkeys(_file(picture) for picture in pictures))}
    places = [Place(numbers[_file(picture)], picture.row.offset) for picture in pictures]
    step_ns = NS_PER_S // fps
    origins = (
        PlannedOrigin(picture.source.segment.id, number * step_ns, picture.time)
        for number, picture in enumerate(pictures)
    )
    return PlannedVideo(
        content=VideoContent([track], [places], list(numbers), pictures[0].time),
        formats=formats,
        start=pictures[0].time,
        end=pictures[-1].time,
        length_ns=len(pictures) * step_ns,
        stored_from=pictures[0].time,
        starts_late=False,
        origins=tuple(origins),
        used=frozenset(picture.source.segment.id for picture in pictures),
    )


def _file(picture: _Picture) -> SourceSegment:
    return picture.source.segment
