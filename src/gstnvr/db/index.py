"""The index: what was recorded, what is missing, what went wrong, where it lies."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, Executable, func, or_, select

from gstnvr.db.engine import WRITING, open_engine
from gstnvr.db.rows import (
    IS_OPEN,
    SELECT_GAP,
    SELECT_INCIDENT,
    SELECT_SEGMENT,
    gap_of,
    incident_of,
    segment_of,
    stream_of,
)
from gstnvr.db.tables import GapRow, IncidentRow, SegmentRow, StreamRow, VolumeRow
from gstnvr.db.timeline import RECORDED_STATES, Recording, recordings
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Gap, Incident, Segment, SegmentState, Volume

LONGEST_SEGMENT_NS = 7200 * NS_PER_S
"""No segment is longer, so that a query need not look further back."""


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """As much of a segment's row as is needed to compare it with its file."""

    path: str
    state: SegmentState
    size: int


class Index:
    """A database that is open. Reads may come from any thread at any time; writes take turns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing_engine = engine.execution_options(**{WRITING: True})
        self._write_lock = threading.Lock()

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Open a SQLite file, which is made if need be, or a database URL.

        Raises:
            DatabaseUnusableError: damaged, of a later version, or not reachable.
        """
        return cls(open_engine(where))

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[IndexWriter]:
        """One transaction: on the disk when the block ends, undone if it raises.

        Raises:
            sqlalchemy.exc.DBAPIError: the database does not take it, e.g. because its disk is full.
        """
        with self._write_lock, self._writing_engine.begin() as connection:
            yield IndexWriter(connection)

    def segment(self, key: int) -> Segment | None:
        """The segment whose row has this key."""
        rows = self._all(SELECT_SEGMENT.where(SegmentRow.id == key))
        return segment_of(rows[0]) if rows else None

    def segment_at(self, volume: str, path: str) -> Segment | None:
        """The segment in this file."""
        rows = self._all(SELECT_SEGMENT.where(SegmentRow.volume_uuid == volume, SegmentRow.path == path))
        return segment_of(rows[0]) if rows else None

    def segments(
        self,
        stream: StreamId | None = None,
        *,
        volume: str | None = None,
        start: UtcNs | None = None,
        end: UtcNs | None = None,
        states: Collection[SegmentState] | None = None,
        limit: int | None = None,
        after: Segment | None = None,
    ) -> list[Segment]:
        """Segments that reach into ``start`` to ``end``, by start.

        Args:
            after: the last segment of the page before.
        """
        query = SELECT_SEGMENT.where(*_of_stream(stream))
        if volume is not None:
            query = query.where(SegmentRow.volume_uuid == volume)
        if start is not None:
            query = query.where(SegmentRow.end > start, SegmentRow.start > start - LONGEST_SEGMENT_NS)
        if end is not None:
            query = query.where(SegmentRow.start < end)
        if states is not None:
            query = query.where(SegmentRow.state.in_([state.value for state in states]))
        if after is not None:
            same = (SegmentRow.start == after.start) & (SegmentRow.id > (after.id or 0))
            query = query.where(or_(SegmentRow.start > after.start, same))
        rows = self._all(query.order_by(SegmentRow.start, SegmentRow.id).limit(limit))
        return [segment_of(row) for row in rows]

    def open_segments(self) -> list[Segment]:
        """Segments that are being written, or were when somebody died."""
        query = SELECT_SEGMENT.where(IS_OPEN)
        return [segment_of(row) for row in self._all(query.order_by(SegmentRow.start, SegmentRow.id))]

    def files(self, volume: str, folder: str) -> list[IndexedFile]:
        """Files that should be in a folder of a volume, by path.

        Args:
            folder: relative to the volume, without a slash at the end.
        """
        query = (
            select(SegmentRow.path, SegmentRow.state, SegmentRow.size)
            .where(SegmentRow.volume_uuid == volume)
            .where(SegmentRow.path > f"{folder}/", SegmentRow.path < f"{folder}0")  # "0" comes after "/"
            .order_by(SegmentRow.path)
        )
        return [IndexedFile(path, SegmentState(state), size) for path, state, size in self._all(query)]

    def folders(self, volume: str) -> list[str]:
        """Folders of a volume in which there should be files, in order."""
        found: list[str] = []
        paths = select(func.min(SegmentRow.path)).where(SegmentRow.volume_uuid == volume)
        path = self._value(paths)
        while path is not None:
            found.append(path.rpartition("/")[0])
            path = self._value(paths.where(SegmentRow.path > f"{found[-1]}0"))
        return found

    def last_end(self, stream: StreamId) -> UtcNs | None:
        """Up to where the ledger of a stream is complete: the latest end of a segment or a gap."""
        segments = select(func.max(SegmentRow.end)).join(StreamRow, SegmentRow.stream_id == StreamRow.id)
        gaps = select(func.max(GapRow.end)).join(StreamRow, GapRow.stream_id == StreamRow.id)
        here = _of_stream(stream)
        ends = (self._value(segments.where(*here)), self._value(gaps.where(*here)))
        return max((UtcNs(end) for end in ends if end is not None), default=None)

    def spans(self, stream: StreamId, states: Collection[SegmentState]) -> list[tuple[UtcNs, UtcNs]]:
        """Start and end of the segments of a stream in these states, by start."""
        query = (
            select(SegmentRow.start, SegmentRow.end)
            .join(StreamRow, SegmentRow.stream_id == StreamRow.id)
            .where(*_of_stream(stream), SegmentRow.state.in_([state.value for state in states]))
            .order_by(SegmentRow.start)
        )
        return [(UtcNs(start), UtcNs(end)) for start, end in self._all(query)]

    def recordings(
        self, stream: StreamId, start: UtcNs | None = None, end: UtcNs | None = None
    ) -> list[Recording]:
        """Adjoining segments that reach into ``start`` to ``end``, merged, by start; not cut to these limits."""
        return recordings(self.segments(stream, start=start, end=end, states=RECORDED_STATES))

    def gaps(
        self, stream: StreamId | None = None, start: UtcNs | None = None, end: UtcNs | None = None
    ) -> list[Gap]:
        """Gaps that reach into ``start`` to ``end``, by start; an open one lasts for ever."""
        query = SELECT_GAP.where(*_of_stream(stream))
        if start is not None:
            query = query.where(or_(GapRow.end > start, GapRow.end.is_(None)))
        if end is not None:
            query = query.where(GapRow.start < end)
        return [gap_of(row) for row in self._all(query.order_by(GapRow.start, GapRow.uid))]

    def open_gaps(self) -> list[Gap]:
        """Gaps that last."""
        return [gap_of(row) for row in self._all(SELECT_GAP.where(GapRow.end.is_(None)).order_by(GapRow.start))]

    def incidents(
        self,
        camera: CameraId | None = None,
        *,
        start: UtcNs | None = None,
        end: UtcNs | None = None,
        open_only: bool = False,
        limit: int | None = None,
    ) -> list[Incident]:
        """Incidents that reach into ``start`` to ``end``, the newest first."""
        query = SELECT_INCIDENT
        if camera is not None:
            query = query.where(IncidentRow.camera_id == camera)
        if start is not None:
            query = query.where(or_(IncidentRow.recovered > start, IncidentRow.recovered.is_(None)))
        if end is not None:
            query = query.where(IncidentRow.started < end)
        if open_only:
            query = query.where(IncidentRow.recovered.is_(None))
        rows = self._all(query.order_by(IncidentRow.started.desc(), IncidentRow.uid).limit(limit))
        return [incident_of(row) for row in rows]

    def streams(self) -> list[StreamId]:
        """All streams that were ever recorded or configured."""
        query = select(StreamRow.camera_id, StreamRow.kind).order_by(StreamRow.camera_id, StreamRow.kind)
        return [stream_of(row) for row in self._all(query)]

    def volumes(self) -> list[Volume]:
        """All volumes that segments were ever written to."""
        query = select(VolumeRow.uuid, VolumeRow.path).order_by(VolumeRow.path)
        return [Volume(uuid, path) for uuid, path in self._all(query)]

    def _all(self, query: Executable) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def _value(self, query: Executable) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()


def _of_stream(stream: StreamId | None) -> list[ColumnElement[bool]]:
    if stream is None:
        return []
    return [StreamRow.camera_id == stream.camera, StreamRow.kind == stream.kind.value]
