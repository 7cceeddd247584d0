"""One segment as a source: how its own time line lies on the wall clock, and where it pauses."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from gstnvr.container.sample_format import SampleFormat
from gstnvr.container.sample_table import SampleTable
from gstnvr.evidence.order import SourceSegment
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.pauses import pauses_between

_MOST_SLEW = 0.03
"""Of its length: recorders stretch or shrink a segment's time on the wall clock by less."""
_LEAST_SLEW_NS = NS_PER_S // 2


@dataclass(frozen=True, slots=True)
class Formats:
    """Of a segment's tracks."""

    video: SampleFormat
    audio: SampleFormat | None


@dataclass(frozen=True, slots=True)
class Pause:
    """In nanoseconds from the first picture of the segment: where a picture ended, and where the next begins."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a segment's file without its samples; times in nanoseconds from its first picture."""

    segment: SourceSegment
    size: int
    """So many bytes of the file count."""
    formats: Formats
    zero: int
    """Time of the first picture on the file's own time line."""
    length: int
    """Up to the end of the last picture."""
    first: int
    """When the earliest picture is shown; below 0 if some lead the first key frame."""
    last: int
    """When the last one begins to be shown."""
    frame: int
    """Mean length of a picture."""
    pauses: tuple[Pause, ...]
    row_end: UtcNs
    """Where the index says that it ends."""

    def utc(self, moment: int) -> UtcNs:
        """The wall clock at a moment of the segment."""
        return UtcNs(self.segment.start + moment * self._wall_length // self.length)

    def moment(self, at: UtcNs) -> int:
        """The moment of the segment at which the wall clock showed this."""
        return (at - self.segment.start) * self.length // self._wall_length

    @property
    def start(self) -> UtcNs:
        """When the earliest picture is shown, on the wall clock."""
        return self.utc(self.first)

    @property
    def end(self) -> UtcNs:
        """End of the last picture, on the wall clock."""
        return self.utc(self.length)

    @property
    def _wall_length(self) -> int:
        """As the index has it, unless that cannot be: of a file that grows, or whose end had to be guessed."""
        by_row = self.row_end - self.segment.start
        tolerated = max(int(self.length * _MOST_SLEW), _LEAST_SLEW_NS)
        can_be = by_row > 0 and abs(by_row - self.length) <= tolerated
        return by_row if can_be and not self.segment.growing else self.length


def source_of(segment: SourceSegment, table: SampleTable) -> Source:
    """Sum up a table of samples."""
    zero = table.video.rows[0].time_ns
    shown = sorted(row.time_ns - zero for row in table.video.rows)
    length = shown[-1] + table.video.last_ns
    return Source(
        segment=segment,
        size=table.size,
        formats=Formats(table.video.format, None if table.audio is None else table.audio.format),
        zero=zero,
        length=length,
        first=shown[0],
        last=shown[-1],
        frame=length // len(shown),
        pauses=tuple(Pause(start, end) for start, end in pauses_between(shown)),
        row_end=segment.end,
    )


def in_order(sources: Iterable[Source]) -> list[Source]:
    """By start, with ends that are right also in front of pictures that lead a key frame.

    The index has a segment end where the key frame of the next one is shown. Pictures of the next that are shown
    before that belong in between.
    """
    found = sorted(sources, key=lambda source: source.segment.start)
    for number, (before, after) in enumerate(pairwise(found)):
        if after.first < 0 and abs(after.segment.start - before.segment.end) < before.frame:
            found[number] = replace(before, row_end=UtcNs(before.segment.end + after.first))
    return found
