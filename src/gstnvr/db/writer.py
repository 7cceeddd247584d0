"""Changes to the index within one transaction; each may be repeated, as the events that it stems from may be.

Whatever changes what is known to be recorded, or why it is not, is noted, so that the gaps are right in the end.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row, bindparam, delete, insert, select, update

from gstnvr.db.changes import ChangeLog
from gstnvr.db.deleted_spans import ADJOINING_NS, enter_deletion
from gstnvr.db.ledger import ALWAYS, FOR_EVER, Span, joined
from gstnvr.db.rows import incident_values, missing_values, segment_values
from gstnvr.db.settlement import Disagreement, Line, lines_of, settle
from gstnvr.db.tables import CameraRow, CopyRow, GapRow, IncidentRow, OutageRow, SegmentRow, StreamRow, VolumeRow
from gstnvr.model.changes import SegmentChange
from gstnvr.model.clock import UtcNs
from gstnvr.model.copies import CopyState
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, Volume

# Made once: what comes with every growth of every file would cost more to say than to do.
_SEGMENT_COLUMNS = (
    SegmentRow.id,
    SegmentRow.stream_id,
    SegmentRow.epoch,
    SegmentRow.state,
    SegmentRow.start,
    SegmentRow.end,
)
_SEGMENT_IN_FILE = select(*_SEGMENT_COLUMNS).where(
    SegmentRow.volume_uuid == bindparam("volume"), SegmentRow.path == bindparam("path")
)
_CHANGE_SEGMENT = update(SegmentRow).where(SegmentRow.id == bindparam("key"))
_SegmentRow = Row[int, int, int, str, int, int]
_LAST_GAP = (
    select(GapRow.end)
    .where(
        GapRow.stream_id == bindparam("stream"),
        GapRow.epoch == bindparam("of_epoch"),
        GapRow.start < bindparam("before"),
    )
    .order_by(GapRow.start.desc())
    .limit(1)
)


class UnknownVolumeError(LookupError):
    """A segment on a volume that the index was never told of."""


class IndexWriter:
    """Writes through one connection, within the transaction of ``Index.writing``."""

    def __init__(self, connection: Connection) -> None:
        self.changes = ChangeLog()
        self._connection = connection
        self._lines: dict[StreamId, Line] = {}
        self._streams: dict[int, StreamId] = {}
        self._cameras: set[CameraId] = set()
        self._touched: dict[Line, Span] = {}

    @property
    def connection(self) -> Connection:
        """For tables that have a module of their own; segments, outages and incidents are changed here alone."""
        return self._connection

    def stream_key(self, stream: StreamId) -> int:
        """Key of a stream's row, which is made if need be."""
        return self._newest_line(stream).key

    def ensure_volume(self, volume: Volume) -> None:
        """Enter a volume, or where it is mounted now."""
        if not self._changed(update(VolumeRow).filter_by(uuid=volume.uuid).values(path=volume.path)):
            self._execute(insert(VolumeRow).values(uuid=volume.uuid, path=volume.path))

    def ensure_stream(self, stream: StreamId, name: str) -> None:
        """Enter a stream and its camera, or the camera's new name."""
        if not self._changed(update(CameraRow).filter_by(id=stream.camera).values(name=name)):
            self._execute(insert(CameraRow).values(id=stream.camera, name=name))
        self._newest_line(stream)

    # --- segments -------------------------------------------------------------------------------------

    def segment_opened(self, segment: Segment) -> None:
        """Enter a file that is being written; a row that was closed since stays closed.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.OPEN, (SegmentState.OPEN,))

    def segment_grown(self, segment: Segment) -> None:
        """Enter how far a file is safe on the disk; a row that was closed since stays as it is.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.OPEN, (SegmentState.OPEN,))

    def segment_closed(self, segment: Segment) -> None:
        """Enter the end of a file that is safe on the disk; one that is missing or being deleted stays that.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.CLOSED, (SegmentState.OPEN, SegmentState.CLOSED))

    def segment_found(self, segment: Segment) -> None:
        """Enter what a file was found to hold, whatever the index said before.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.CLOSED, tuple(SegmentState), found=True)

    def segment_missing(self, volume: str, path: str) -> None:
        """Keep the row of a file that is gone as evidence; if a copy of it was made, that stands in for it."""
        there = self._segment_row(volume, path)
        if there is not None:
            self._set_state(there, SegmentState.REMOTE if self._copied([there.id]) else SegmentState.MISSING)

    def segments_deleting(self, volume: str, paths: Collection[str], *, everywhere: bool = False) -> None:
        """Files are going to be deleted: nobody may rely on them any more.

        Args:
            everywhere: their copies are not to stay either; the process that copies deletes them when it can.
        """
        rows = self._segment_rows(volume, paths)
        keys = [there.id for there in rows]
        state = SegmentState.DELETING.value
        self._execute(update(SegmentRow).where(SegmentRow.id.in_(keys)).values(state=state))
        if everywhere:
            self._execute(update(CopyRow).where(CopyRow.segment_id.in_(keys)).values(segment_id=None))
        for there in rows:
            self._gone(there)

    def segment_moved(self, volume: str, path: str, to: Segment) -> bool:
        """Enter where the file of a closed segment lies now; false if it is not closed, or is another by now.

        Args:
            to: its row, but for the new place.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for the new volume.
        """
        self._need_volume(to)
        there = SegmentRow.volume_uuid == volume, SegmentRow.path == path
        same = SegmentRow.id == to.id, SegmentRow.size == to.size, SegmentRow.state == SegmentState.CLOSED.value
        place = {"volume_uuid": to.volume, "path": to.path}
        return self._changed(update(SegmentRow).where(*there, *same).values(place))

    def segment_abandoned(self, volume: str, path: str) -> None:
        """What a file may hold is recorded in another one: it covers no time, and is to be deleted."""
        there = self._segment_row(volume, path)
        if there is not None:
            nothing = {"state": SegmentState.DELETING.value, "end": there.start, "frames": 0}
            self._execute(update(SegmentRow).filter_by(id=there.id).values(nothing))
            self._gone(there)

    def segment_placed(self, volume: str, path: str, now_on: str) -> bool:
        """A file of the same name elsewhere stands for a segment; false if that is one itself, or this is none."""
        row = update(SegmentRow).filter_by(volume_uuid=volume, path=path)
        return self._segment_row(now_on, path) is None and self._changed(row.values(volume_uuid=now_on))

    def _set_state(self, there: _SegmentRow, state: SegmentState) -> None:
        self._execute(update(SegmentRow).filter_by(id=there.id).values(state=state.value))
        self._gone(there, told=state is SegmentState.REMOTE)

    def segment_discarded(self, volume: str, path: str) -> None:
        """Forget a file that held nothing and is gone."""
        there = self._segment_row(volume, path)
        if there is not None:
            self._execute(delete(SegmentRow).filter_by(id=there.id))
            self._gone(there)

    def segments_deleted(self, volume: str, paths: Collection[str]) -> None:
        """Forget files that were deleted on purpose, but not that they were; copies of them stand in for them."""
        rows = self._segment_rows(volume, paths)
        copied = self._copied([there.id for there in rows])
        deleted: dict[Line, list[Span]] = {}
        for there in rows:
            if there.id in copied:
                self._set_state(there, SegmentState.REMOTE)
            else:
                line = self._gone(there, told=there.state == SegmentState.DELETING.value)
                deleted.setdefault(line, []).append(Span(there.start, there.end))
        gone = [there.id for there in rows if there.id not in copied]
        self._execute(delete(SegmentRow).where(SegmentRow.id.in_(gone)))
        for line, spans in deleted.items():
            for span in joined(spans, ADJOINING_NS):
                enter_deletion(self._connection, line, span)

    def _gone(self, there: _SegmentRow, *, told: bool = False) -> Line:
        """Nothing can be played of a segment; whoever listens hears of it unless that is told, or not so."""
        line = self._line_of(there.stream_id, there.epoch)
        self._touch(line, there.start, there.end)
        if not told:
            self.changes.gone(line.stream, Span(UtcNs(there.start), UtcNs(there.end)))
        return line

    def _copied(self, keys: Collection[int]) -> set[int | None]:
        """Those of which a copy was made."""
        done = select(CopyRow.segment_id).where(
            CopyRow.segment_id.in_(keys), CopyRow.state == CopyState.DONE.value
        )
        return set(self._execute(done).scalars())

    def _put(
        self, segment: Segment, state: SegmentState, replaceable: tuple[SegmentState, ...], *, found: bool = False
    ) -> None:
        """Enter a segment in this state unless it is there in a state that is not to be replaced."""
        values = segment_values(segment) | {"state": state.value}
        there = self._segment_row(segment.volume, segment.path)
        if there is None:
            self._need_volume(segment)
            line = self._newest_line(segment.stream)
            if found:
                line = self._line_around(line, segment.start)
            elif self._was_moved(line, segment):
                return
            place = {"stream_id": line.key, "epoch": line.epoch}
            at = {"volume_uuid": segment.volume, "path": segment.path}
            key = self._execute(
                insert(SegmentRow).values(values | at | place).returning(SegmentRow.id)
            ).scalar_one()
            self._touch(line, segment.start, segment.end)
            self._tell(segment, state, key)
            if state is SegmentState.OPEN:
                self._end_outages(line, segment.start)
        elif there.state in replaceable:
            self._connection.execute(_CHANGE_SEGMENT, values | {"key": there.id})
            line = Line(segment.stream, there.stream_id, there.epoch)
            if there.state != state:
                self._tell(segment, state, there.id)
            grew = there.state == state == SegmentState.OPEN and there.end <= segment.end
            if not grew or there.start != segment.start or self._is_gap(line, there.end, segment.end):
                self._touch(line, min(there.start, segment.start), max(there.end, segment.end))

    def _tell(self, segment: Segment, state: SegmentState, key: int) -> None:
        change = SegmentChange.OPENED if state is SegmentState.OPEN else SegmentChange.CLOSED
        self.changes.segment(change, segment.stream, Span(segment.start, segment.end), key)

    def _was_moved(self, line: Line, segment: Segment) -> bool:
        """Whether what is told again of a segment is old, as its file lies on another volume by now."""
        same = {"stream_id": line.key, "start": segment.start, "state": SegmentState.CLOSED.value}
        elsewhere = select(SegmentRow.id).filter_by(**same).where(SegmentRow.volume_uuid != segment.volume)
        return self._execute(elsewhere.limit(1)).one_or_none() is not None

    def _is_gap(self, line: Line, start: UtcNs, end: UtcNs) -> bool:
        """Whether the ledger says that something is missing within a span."""
        asked = {"stream": line.key, "of_epoch": line.epoch, "before": end}
        last = self._connection.execute(_LAST_GAP, asked).one_or_none()
        return last is not None and (last.end is None or last.end > start)

    def _segment_row(self, volume: str, path: str) -> _SegmentRow | None:
        return self._connection.execute(_SEGMENT_IN_FILE, {"volume": volume, "path": path}).one_or_none()

    def _segment_rows(self, volume: str, paths: Collection[str]) -> Sequence[_SegmentRow]:
        in_files = select(*_SEGMENT_COLUMNS).where(SegmentRow.volume_uuid == volume, SegmentRow.path.in_(paths))
        return self._connection.execute(in_files).all()

    def _need_volume(self, segment: Segment) -> None:
        if self._execute(select(VolumeRow.uuid).filter_by(uuid=segment.volume)).one_or_none() is None:
            raise UnknownVolumeError(f"{segment.path} is on volume {segment.volume}, unknown to the index")

    # --- what is missing, what went wrong -------------------------------------------------------------

    def outage_changed(self, outage: Outage) -> None:
        """Enter an outage as it is now; one whose end is not after its start is removed.

        A clock that was set back begins a new epoch of the stream, the first time that it is told.
        """
        over = outage.end is not None and outage.end <= outage.start
        set_back = over and outage.end != outage.start and outage.cause is GapCause.CLOCK_JUMP
        at = {"uid": outage.uid}
        columns = (OutageRow.stream_id, OutageRow.epoch, OutageRow.start, OutageRow.end)
        there = self._execute(select(*columns).filter_by(**at)).one_or_none()
        if there is None:
            line = self._newest_line(outage.stream)
            if set_back or not over:
                self._insert_outage(line, outage)
            if set_back:
                self._begin_epoch(line)
            return
        if over and not set_back:
            self._execute(delete(OutageRow).filter_by(**at))
        else:
            self._execute(update(OutageRow).filter_by(**at).values(missing_values(outage)))
        line = self._line_of(there.stream_id, there.epoch)
        self._touch(line, there.start, there.end)
        self._touch(line, outage.start, outage.end)

    def _end_outages(self, line: Line, at: UtcNs) -> None:
        """A segment begins, so nothing is in the way any more, even if nobody lived to say so."""
        query = select(OutageRow.uid, OutageRow.start).filter_by(stream_id=line.key, epoch=line.epoch)
        for outage in self._execute(query.where(OutageRow.end.is_(None), OutageRow.start < at)).all():
            self._execute(update(OutageRow).filter_by(uid=outage.uid).values(end=at))
            self._touch(line, outage.start, None)

    def _insert_outage(self, line: Line, outage: Outage) -> None:
        place = {"uid": outage.uid, "stream_id": line.key, "epoch": line.epoch}
        self._execute(insert(OutageRow).values(missing_values(outage) | place))
        self._touch(line, outage.start, outage.end)

    def incident_changed(self, incident: Incident) -> None:
        """Enter an incident as it is now."""
        if incident.camera is not None:
            self._ensure_camera(incident.camera)
        values = incident_values(incident) | {
            "camera_id": incident.camera,
            "stream_id": None if incident.stream is None else self._newest_line(incident.stream).key,
        }
        new = not self._changed(update(IncidentRow).filter_by(uid=incident.uid).values(values))
        if new:
            self._execute(insert(IncidentRow).values(values | {"uid": incident.uid}))
        self.changes.incident(incident, new=new)

    # --- the ledger -----------------------------------------------------------------------------------

    def recompute(self, stream: StreamId) -> None:
        """Have the whole ledger of a stream computed anew."""
        for line in lines_of(self._connection, stream):
            self._touched[line] = ALWAYS

    def settle(self) -> list[Disagreement]:
        """Make the gaps right wherever something changed since the last call, and say what was wrong."""
        touched, self._touched = self._touched, {}
        found = [settle(self._connection, line, span) for line, span in touched.items()]
        for line, disagreement in zip(touched, found, strict=True):
            self.changes.settled(line.stream, disagreement)
        return found

    def _touch(self, line: Line, start: UtcNs, end: UtcNs | None) -> None:
        last = FOR_EVER if end is None else end
        before = self._touched.get(line, Span(start, last))
        self._touched[line] = Span(min(before.start, start), max(before.end, last))

    # --- streams --------------------------------------------------------------------------------------

    def _ensure_camera(self, camera: CameraId) -> None:
        if camera not in self._cameras:
            if self._execute(select(CameraRow.id).filter_by(id=camera)).one_or_none() is None:
                self._execute(insert(CameraRow).values(id=camera, name=""))
            self._cameras.add(camera)

    def _newest_line(self, stream: StreamId) -> Line:
        """Where what happens now belongs; the row of the stream is made if need be, for a file may outlive its
        camera's configuration."""
        if stream not in self._lines:
            self._ensure_camera(stream.camera)
            lines = lines_of(self._connection, stream)
            self._lines[stream] = lines[-1] if lines else self._new_stream(stream)
        return self._lines[stream]

    def _new_stream(self, stream: StreamId) -> Line:
        at = {"camera_id": stream.camera, "kind": stream.kind.value}
        key = self._execute(insert(StreamRow).values(at).returning(StreamRow.id)).scalar_one()
        return Line(stream, key, 0)

    def _begin_epoch(self, line: Line) -> None:
        self._lines[line.stream] = Line(line.stream, line.key, line.epoch + 1)
        self._execute(update(StreamRow).filter_by(id=line.key).values(epoch=line.epoch + 1))

    def _line_of(self, key: int, epoch: int) -> Line:
        """Where a segment or an outage is that the index knows already."""
        if key not in self._streams:
            query = select(StreamRow.camera_id, StreamRow.kind).filter_by(id=key)
            stream = self._execute(query).one()
            self._streams[key] = StreamId(CameraId(stream.camera_id), StreamKind(stream.kind))
        return Line(self._streams[key], key, epoch)

    def _line_around(self, newest: Line, start: UtcNs) -> Line:
        """Where a file that was found belongs: beside the segment in front of it."""
        before = self._execute(
            select(SegmentRow.epoch)
            .where(SegmentRow.stream_id == newest.key, SegmentRow.start <= start)
            .order_by(SegmentRow.start.desc())
            .limit(1)
        ).scalar_one_or_none()
        return Line(newest.stream, newest.key, 0 if before is None else before)

    def _execute(self, statement: Executable) -> CursorResult[Any]:
        return self._connection.execute(statement)

    def _changed(self, statement: Executable) -> bool:
        return self._execute(statement).rowcount > 0
