"""What a recorder leaves behind, on real files."""

from dataclasses import dataclass, replace
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, UtcNs, parse_utc
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Outage, Segment, SegmentState, TrackInfo, Volume
from gstnvr.testing.segments import MadeSegment, make_segment
from gstnvr.volume.paths import SegmentName, segment_path

NOON = parse_utc("2026-11-21T12:00:00Z")
YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
TRACKS = TrackInfo("h264", 1920, 1080)


def at(seconds: float) -> UtcNs:
    """A moment counted from noon."""
    return UtcNs(NOON + round(seconds * NS_PER_S))


@dataclass
class Archive:
    """An index and a volume, with what a recorder does to both."""

    index: Index
    volume: Volume

    @property
    def root(self) -> Path:
        return Path(self.volume.path)

    def file(self, segment: Segment) -> Path:
        return self.root / segment.path

    def record(
        self,
        start: float,
        made: MadeSegment | None = None,
        *,
        stream: StreamId = YARD,
        state: SegmentState | None = SegmentState.CLOSED,
        size: int | None = None,
    ) -> Segment:
        """Write a segment's file, or its first ``size`` bytes, and its row; no row if ``state`` is None."""
        made = made or make_segment()
        path = segment_path(SegmentName(stream, at(start), Container.MP4))
        made.write(self.root / path, size)
        length = made.duration_ns if state is SegmentState.CLOSED else 0
        segment = Segment(
            stream,
            self.volume.uuid,
            path,
            at(start),
            UtcNs(at(start) + length),
            state or SegmentState.CLOSED,
            (self.root / path).stat().st_size if length else 0,
            made.frames if length else 0,
            TRACKS,
        )
        if state is not None:
            with self.index.writing() as writer:
                (writer.segment_closed if state is SegmentState.CLOSED else writer.segment_opened)(segment)
        return segment

    def outage(self, uid: str, start: float, end: float | None, cause: GapCause = GapCause.NETWORK) -> None:
        """Tell of an outage."""
        outage = Outage(uid, YARD, at(start), None if end is None else at(end), cause)
        with self.index.writing() as writer:
            writer.outage_changed(outage)

    def rows(self) -> list[Segment]:
        """All segments, without their keys."""
        return [replace(row, id=None) for row in self.index.segments()]

    def gaps(self) -> list[tuple[float, float | None, GapCause]]:
        """All gaps, in seconds from noon."""
        return [
            ((g.start - NOON) / NS_PER_S, None if g.end is None else (g.end - NOON) / NS_PER_S, g.cause)
            for g in self.index.gaps()
        ]
