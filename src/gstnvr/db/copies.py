"""Copies of segments: which are wanted, which are made, which must come back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from gstnvr.db.protections import IS_PROTECTED
from gstnvr.db.rows import SELECT_SEGMENT, segment_of
from gstnvr.db.tables import CopyRow, SegmentRow, StreamRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs
from gstnvr.model.copies import Copy, CopyState, Fetch
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

_UNFINISHED = (CopyState.UNDER_WAY, CopyState.FAILED, CopyState.WANTED)
"""In the order in which they are gone on with."""
LOST = "the segment was deleted before it was copied"


@dataclass(frozen=True, slots=True)
class Task:
    """A copy, and the segment that it is of."""

    copy: Copy
    segment: Segment


@dataclass(frozen=True, slots=True)
class PlaceTotals:
    """What the table says of one place."""

    waiting: int
    """Copies that are wanted and not done."""
    waiting_bytes: int
    """Of the segments."""
    oldest_waiting: UtcNs | None
    """Start of the oldest segment that waits."""
    done: int
    lost: int
    """Segments that were deleted before they were copied."""


# --- what is wanted ------------------------------------------------------------------------------------


def newest_settled(connection: Connection) -> int:
    """Every segment up to this key is closed, or will not be: its state is known to whoever looks now."""
    first_open = connection.execute(
        select(func.min(SegmentRow.id)).where(SegmentRow.state == SegmentState.OPEN.value)
    ).scalar_one()
    if first_open is not None:
        return int(first_open) - 1
    return int(connection.execute(select(func.max(SegmentRow.id))).scalar_one() or 0)


def want(writer: IndexWriter, place: str, cameras: Collection[str] | None, *, after: int, until: int) -> int:
    """Enter copies of closed segments with keys above ``after`` up to ``until``; how many are new."""
    within = (SegmentRow.id > after, SegmentRow.id <= until)
    return _enter(writer.connection, place, cameras, *within)


def want_protected(writer: IndexWriter, place: str, cameras: Collection[str] | None, *, most: int) -> int:
    """Enter copies of closed segments that are protected now, so many at most; how many are new."""
    return _enter(writer.connection, place, cameras, IS_PROTECTED, most=most)


def _enter(
    connection: Connection,
    place: str,
    cameras: Collection[str] | None,
    *conditions: ColumnElement[bool],
    most: int | None = None,
) -> int:
    there = exists().where(CopyRow.segment_id == SegmentRow.id, CopyRow.place == place)
    values = (
        select(
            SegmentRow.id,
            literal(place),
            SegmentRow.path,
            literal(CopyState.WANTED.value),
            literal(0),
            literal(0),
            literal(0),
        )
        .join(StreamRow, SegmentRow.stream_id == StreamRow.id)
        .where(SegmentRow.state == SegmentState.CLOSED.value, ~there, *conditions)
        .order_by(SegmentRow.id)
        .limit(most)
    )
    if cameras is not None:
        values = values.where(StreamRow.camera_id.in_(cameras))
    columns = ["segment_id", "place", "path", "state", "size", "attempts", "next_attempt"]
    return connection.execute(insert(CopyRow).from_select(columns, values)).rowcount


# --- making them ---------------------------------------------------------------------------------------


def due(connection: Connection, place: str, now: UtcNs) -> Task | None:
    """The copy to go on with: one that was begun, one to be tried again, else the oldest that is wanted."""
    for state in _UNFINISHED:
        found = _first_task(
            connection,
            (CopyRow.place == place, CopyRow.state == state.value, CopyRow.next_attempt <= now),
            (CopyRow.next_attempt, CopyRow.id),
        )
        if found is not None:
            return found
    return None


def to_fetch(connection: Connection, place: str) -> Task | None:
    """A copy that somebody waits for; those that are watched first."""
    conditions = (CopyRow.place == place, CopyRow.fetch_to.is_not(None), CopyRow.state == CopyState.DONE.value)
    return _first_task(connection, conditions, (CopyRow.fetch_to, CopyRow.id))


def _first_task(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], order: Sequence[Any]
) -> Task | None:
    mine = select(CopyRow).where(CopyRow.segment_id.is_not(None), *conditions).order_by(*order).limit(1)
    row = connection.execute(select(mine.subquery())).one_or_none()
    if row is None:
        return None
    segment = connection.execute(SELECT_SEGMENT.where(SegmentRow.id == row.segment_id)).one_or_none()
    return None if segment is None else Task(_copy_of(row), segment_of(segment))


def copy_begun(writer: IndexWriter, key: int, path: str, progress: str) -> None:
    """It is under way; ``progress`` is what is needed to go on with it."""
    _change(writer, key, state=CopyState.UNDER_WAY.value, path=path, progress=progress)


def copy_done(writer: IndexWriter, key: int, *, size: int, sha256: str, at: UtcNs) -> None:
    """The place holds it, verified."""
    done = {"state": CopyState.DONE.value, "size": size, "sha256": sha256, "made": at}
    _change(writer, key, **done, progress=None, error=None)


def copy_failed(writer: IndexWriter, key: int, error: str, next_attempt: UtcNs) -> None:
    """It is to be begun anew later."""
    values = {"state": CopyState.FAILED.value, "error": error, "next_attempt": next_attempt, "progress": None}
    _change(writer, key, **values, attempts=CopyRow.attempts + 1)


def copy_interrupted(writer: IndexWriter, key: int, error: str) -> None:
    """Nothing is wrong with it, but with the place; it goes on when the place is back."""
    _change(writer, key, error=error)


def fetch_failed(writer: IndexWriter, key: int, error: str) -> None:
    """It could not be brought back; whoever needs it may ask again."""
    _change(writer, key, error=error, fetch_to=None)


def fetched(writer: IndexWriter, task: Task) -> None:
    """It is where it was asked for."""
    _change(writer, task.copy.id, fetch_to=None, error=None)
    if task.copy.fetch is Fetch.VOLUME:
        writer.segment_found(task.segment)


def _change(writer: IndexWriter, key: int, **values: Any) -> None:
    writer.connection.execute(update(CopyRow).where(CopyRow.id == key).values(values))


# --- what is over --------------------------------------------------------------------------------------


def mark_lost(writer: IndexWriter, place: str) -> int:
    """Give up copies whose segment was deleted meanwhile; how many these are."""
    statement = (
        update(CopyRow)
        .where(CopyRow.place == place, CopyRow.segment_id.is_(None))
        .where(CopyRow.state.in_([state.value for state in _UNFINISHED]))
        .values(state=CopyState.LOST.value, error=LOST, progress=None)
    )
    return writer.connection.execute(statement).rowcount


def orphans(connection: Connection, place: str, most: int) -> list[Copy]:
    """Copies that are done of segments that were deleted for good: these go, too."""
    query = select(CopyRow.__table__).where(
        CopyRow.place == place, CopyRow.segment_id.is_(None), CopyRow.state == CopyState.DONE.value
    )
    return [_copy_of(row) for row in connection.execute(query.order_by(CopyRow.id).limit(most))]


def expired(connection: Connection, place: str, before: UtcNs, most: int) -> list[Copy]:
    """Copies that are done of segments that ended before a moment and are not protected."""
    query = (
        select(CopyRow.__table__)
        .join(SegmentRow, CopyRow.segment_id == SegmentRow.id)
        .where(CopyRow.place == place, CopyRow.state == CopyState.DONE.value)
        .where(SegmentRow.end < before, ~IS_PROTECTED, CopyRow.fetch_to.is_(None))
    )
    return [_copy_of(row) for row in connection.execute(query.limit(most))]


def forget(writer: IndexWriter, copy: Copy) -> None:
    """The place does not hold it any more. Its segment is deleted if that lay nowhere else."""
    writer.connection.execute(delete(CopyRow).where(CopyRow.id == copy.id))
    if copy.segment is None:
        return
    query = select(SegmentRow.volume_uuid, SegmentRow.path, SegmentRow.state).where(SegmentRow.id == copy.segment)
    row = writer.connection.execute(query).one_or_none()
    if row is not None and row.state == SegmentState.REMOTE.value:
        writer.segments_deleted(row.volume_uuid, [row.path])


# --- asking --------------------------------------------------------------------------------------------


def copies_of(connection: Connection, segment: int) -> list[Copy]:
    """All copies of a segment, by place."""
    query = select(CopyRow.__table__).where(CopyRow.segment_id == segment).order_by(CopyRow.place)
    return [_copy_of(row) for row in connection.execute(query)]


def ask_back(writer: IndexWriter, segment: int, fetch: Fetch) -> bool:
    """Have a segment brought back from one of its copies; False if there is none that is done."""
    done = [copy for copy in copies_of(writer.connection, segment) if copy.state is CopyState.DONE]
    if not done:
        return False
    if not any(copy.fetch in (fetch, Fetch.VOLUME) for copy in done):
        _change(writer, done[0].id, fetch_to=fetch.value, error=None)
    return True


def ask_back_span(writer: IndexWriter, stream: StreamId, start: UtcNs, end: UtcNs) -> tuple[int, int]:
    """Have all segments of a span brought back to their volumes.

    Returns:
        How many segments lie elsewhere only, and for how many of these it has been asked now or before.
    """
    query = SELECT_SEGMENT.where(
        StreamRow.camera_id == stream.camera,
        StreamRow.kind == stream.kind.value,
        SegmentRow.state == SegmentState.REMOTE.value,
        SegmentRow.end > start,
        SegmentRow.start < end,
    )
    remote = [row.id for row in writer.connection.execute(query)]
    return len(remote), sum(ask_back(writer, key, Fetch.VOLUME) for key in remote)


def totals(connection: Connection, place: str) -> PlaceTotals:
    """How far copying to a place is."""
    of_place = CopyRow.place == place
    counts = {
        CopyState(state): count
        for state, count in connection.execute(
            select(CopyRow.state, func.count()).where(of_place).group_by(CopyRow.state)
        )
    }
    waiting = connection.execute(
        select(func.sum(SegmentRow.size), func.min(SegmentRow.start))
        .join(CopyRow, CopyRow.segment_id == SegmentRow.id)
        .where(of_place, CopyRow.state.in_([state.value for state in _UNFINISHED]))
    ).one()
    return PlaceTotals(
        waiting=sum(counts.get(state, 0) for state in _UNFINISHED),
        waiting_bytes=int(waiting[0] or 0),
        oldest_waiting=None if waiting[1] is None else UtcNs(waiting[1]),
        done=counts.get(CopyState.DONE, 0),
        lost=counts.get(CopyState.LOST, 0),
    )


def _copy_of(row: Row[Any]) -> Copy:
    return Copy(
        id=row.id,
        segment=row.segment_id,
        place=row.place,
        path=row.path,
        state=CopyState(row.state),
        size=row.size,
        sha256=row.sha256,
        progress=row.progress,
        attempts=row.attempts,
        next_attempt=UtcNs(row.next_attempt),
        error=row.error,
        made=None if row.made is None else UtcNs(row.made),
        fetch=None if row.fetch_to is None else Fetch(row.fetch_to),
    )
