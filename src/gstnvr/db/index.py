"""The index: what was recorded, what is missing, what went wrong, where it lies."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Executable, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.db.changes import TellNews
from gstnvr.db.engine import WRITING, open_engine
from gstnvr.db.folders import folders_with_rows, in_folder
from gstnvr.db.incident_statistics import IncidentStatistics, incident_statistics
from gstnvr.db.incidents import ALL_INCIDENTS, IncidentFilter, newest_first, times_of
from gstnvr.db.ledger import ALWAYS, Span
from gstnvr.db.rows import (
    IS_OPEN,
    SELECT_GAP,
    SELECT_INCIDENT,
    SELECT_OUTAGE,
    SELECT_SEGMENT,
    gap_of,
    incident_of,
    key_of,
    outage_of,
    segment_of,
    stream_of,
)
from gstnvr.db.settlement import (
    LONGEST_SEGMENT_NS,
    Disagreement,
    Line,
    disagreement,
    gaps_within,
    known_span,
    lines_of,
    of_line_within,
)
from gstnvr.db.tables import GapRow, IncidentRow, MirrorRow, OutageRow, SegmentRow, StreamRow, VolumeRow
from gstnvr.db.timeline import RECORDED_STATES, Piece, Recording, recordings
from gstnvr.db.totals import StreamTotals, add_up
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Gap, Incident, Outage, Segment, SegmentState, Volume

_GAPS = gaps_within(SELECT_GAP)
_GAP_SPANS = gaps_within(select(GapRow.start, GapRow.end, GapRow.cause))
_SELECT_PIECE = select(
    SegmentRow.start, SegmentRow.end, SegmentRow.state, SegmentRow.size, SegmentRow.frames
).where(SegmentRow.state.in_([state.value for state in RECORDED_STATES]))


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """As much of a segment's row as is needed to compare it with its file."""

    path: str
    state: SegmentState
    size: int


class IndexNotOpenError(SQLAlchemyError):
    """The database could not be opened yet; the message says why."""


class Index:
    """A database, open or to be opened later. Reads may come from any thread at any time; writes take turns."""

    def __init__(self, engine: Engine | None = None) -> None:
        """Without an engine everything raises ``IndexNotOpenError`` until ``attach``."""
        self.problem = "the database is not open yet"
        """Why it is not open, while it is not."""
        self.on_news: TellNews = lambda _: None
        """Called when a transaction is on the disk, on the thread that wrote."""
        self._attached = engine
        self._write_lock = threading.Lock()

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Open a SQLite file, which is made if need be, or a database URL.

        Raises:
            DatabaseUnusableError: damaged, of a later version, or not reachable.
        """
        return cls(open_engine(where))

    def attach(self, engine: Engine) -> None:
        """From now on it is open."""
        self._attached = engine

    @property
    def is_open(self) -> bool:
        """Whether it can be asked anything."""
        return self._attached is not None

    @property
    def _engine(self) -> Engine:
        if self._attached is None:
            raise IndexNotOpenError(self.problem)
        return self._attached

    @property
    def _writing_engine(self) -> Engine:
        return self._engine.execution_options(**{WRITING: True})

    def close(self) -> None:
        if self._attached is not None:
            self._attached.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[IndexWriter]:
        """One transaction: on the disk when the block ends, undone if it raises. Gaps are right at its end.

        Raises:
            sqlalchemy.exc.DBAPIError: the database does not take it, e.g. because its disk is full.
        """
        with self._write_lock:
            with self._writing_engine.begin() as connection:
                writer = IndexWriter(connection)
                yield writer
                writer.settle()
            if news := writer.changes.news():
                self.on_news(news)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the database, for the tables that have a module of their own."""
        with self._engine.connect() as connection:
            yield connection

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
        start: UtcNs | None = None,
        end: UtcNs | None = None,
        states: Collection[SegmentState] | None = None,
        limit: int | None = None,
        after: tuple[int, int] | None = None,
    ) -> list[Segment]:
        """Segments that reach into ``start`` to ``end``, by start.

        Args:
            after: start and key of the last segment of the page before.
        """
        query = SELECT_SEGMENT
        if stream is not None:
            query = query.where(SegmentRow.stream_id == key_of(stream))
        query = query.where(*_reaching_into(start, end))
        if states is not None:
            query = query.where(SegmentRow.state.in_([state.value for state in states]))
        if after is not None:
            start_before, key_before = after
            same = (SegmentRow.start == start_before) & (SegmentRow.id > key_before)
            query = query.where(SegmentRow.start >= start_before, or_(SegmentRow.start > start_before, same))
        rows = self._all(query.order_by(SegmentRow.start, SegmentRow.id).limit(limit))
        return [segment_of(row) for row in rows]

    def holds_segments(self, volume: str) -> bool:
        """Whether any segment, or the second file of one, was ever written to a volume and is known still."""
        paths = (
            select(func.min(table.path)).where(table.volume_uuid == volume) for table in (SegmentRow, MirrorRow)
        )
        return any(self._value(path) is not None for path in paths)

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
            .where(in_folder(SegmentRow, volume, folder))
            .order_by(SegmentRow.path)
        )
        return [IndexedFile(path, SegmentState(state), size) for path, state, size in self._all(query)]

    def folders(self, volume: str, camera: CameraId | None = None, first_day: str = "") -> list[str]:
        """Folders of a volume in which there should be files, in order.

        Args:
            camera: only its folders.
            first_day: name of the first day's folder of that camera.
        """
        with self._engine.connect() as connection:
            return folders_with_rows(connection, SegmentRow, volume, camera, first_day)

    def last_end(self, stream: StreamId) -> UtcNs | None:
        """Up to where the newest epoch of a stream is known: the latest end of a segment or an outage."""
        with self._engine.connect() as connection:
            lines = lines_of(connection, stream)
            ends = [end for line in lines[-1:] for end in _last_ends(connection, line)]
        return max(ends, default=None)

    def recordings(
        self, stream: StreamId, start: UtcNs | None = None, end: UtcNs | None = None
    ) -> list[Recording]:
        """Adjoining segments that reach into ``start`` to ``end``, merged, by start; not cut to these limits."""
        query = _SELECT_PIECE.where(SegmentRow.stream_id == key_of(stream), *_reaching_into(start, end))
        rows = self._all(query.order_by(SegmentRow.start, SegmentRow.end))  # by the index alone, which has no keys
        return recordings(stream, map(Piece._make, rows))

    def gaps(
        self,
        stream: StreamId | None = None,
        start: UtcNs | None = None,
        end: UtcNs | None = None,
        newest: int | None = None,
    ) -> list[Gap]:
        """Gaps that reach into ``start`` to ``end``, by start; an open one lasts for ever.

        Args:
            newest: so many at most.
        """
        streams = self.streams() if stream is None else [stream]
        within = Span(ALWAYS.start if start is None else start, ALWAYS.end if end is None else end)
        query = _GAPS if newest is None else _GAPS.order_by(GapRow.start.desc()).limit(newest)
        with self._engine.connect() as connection:
            lines = [line for wanted in streams for line in lines_of(connection, wanted)]
            found = [
                gap_of(row)
                for line in lines
                for row in connection.execute(query, of_line_within(line, within)).all()
            ]
        found.sort(key=lambda gap: (gap.start, gap.stream))
        return found if newest is None else found[-newest:]

    def open_gaps(self) -> list[Gap]:
        """Gaps that last."""
        return [gap_of(row) for row in self._all(SELECT_GAP.where(GapRow.end.is_(None)).order_by(GapRow.start))]

    def outages(self, stream: StreamId) -> list[Outage]:
        """All that was told of a stream, by start."""
        query = SELECT_OUTAGE.where(OutageRow.stream_id == key_of(stream)).order_by(OutageRow.start, OutageRow.uid)
        return [outage_of(row) for row in self._all(query)]

    def open_outages(self) -> list[Outage]:
        """Outages that last."""
        query = SELECT_OUTAGE.where(OutageRow.end.is_(None)).order_by(OutageRow.start, OutageRow.uid)
        return [outage_of(row) for row in self._all(query)]

    def disagreements(self, stream: StreamId) -> list[Disagreement]:
        """Where the gaps of a stream are not what its segments and outages say; none, or something is broken."""
        with self._engine.connect() as connection:
            found = [disagreement(connection, line) for line in lines_of(connection, stream)]
        return [one for one in found if one]

    def incidents(
        self,
        asked: IncidentFilter = ALL_INCIDENTS,
        *,
        start: UtcNs | None = None,
        end: UtcNs | None = None,
        open_only: bool = False,
        limit: int | None = None,
        after: tuple[int, str] | None = None,
    ) -> list[Incident]:
        """Incidents that reach into ``start`` to ``end``, the newest first.

        Args:
            after: start and uid of the last incident of the page before.
        """
        query = newest_first(asked, start, end, open_only=open_only, after=after)
        return [incident_of(row) for row in self._all(query.limit(limit))]

    def incident(self, uid: str) -> Incident | None:
        """The one of this uid."""
        return next(map(incident_of, self._all(SELECT_INCIDENT.where(IncidentRow.uid == uid))), None)

    def totals(self, stream: StreamId, asked: Span, now: UtcNs, zone: tzinfo = UTC) -> StreamTotals:
        """What was recorded and what is missing of a stream within a span.

        Args:
            zone: whose days count.
        """
        with self._engine.connect() as connection:
            lines = lines_of(connection, stream)
            known = [span for line in lines if (span := known_span(connection, line, now)) is not None]
            gaps = [
                (UtcNs(start), None if end is None else UtcNs(end), GapCause(cause))
                for line in lines
                for start, end, cause in connection.execute(_GAP_SPANS, of_line_within(line, asked)).all()
            ]
        return add_up(asked, zone, known, gaps, now)

    def incident_statistics(
        self, within: Span, zone: tzinfo = UTC, asked: IncidentFilter = ALL_INCIDENTS
    ) -> IncidentStatistics:
        """What the incidents that started within a span come to.

        Args:
            zone: whose days count.
        """
        return incident_statistics(self._all(times_of(asked, within)), within, zone)

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
            return list(connection.execute(query).all())

    def _value(self, query: Executable) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()


def _last_ends(connection: Connection, line: Line) -> list[UtcNs]:
    ends = []
    for table in (SegmentRow, OutageRow):
        query = (
            select(table.end)
            .where(table.stream_id == line.key, table.epoch == line.epoch, table.end.is_not(None))
            .order_by(table.end.desc())
            .limit(1)
        )
        ends += [UtcNs(end) for end in connection.execute(query).scalars() if end is not None]
    return ends


def _reaching_into(start: UtcNs | None, end: UtcNs | None) -> list[ColumnElement[bool]]:
    """Segments of which something lies in a span."""
    limits = []
    if start is not None:
        limits += [SegmentRow.end > start, SegmentRow.start > start - LONGEST_SEGMENT_NS]
    if end is not None:
        limits.append(SegmentRow.start < end)
    return limits
