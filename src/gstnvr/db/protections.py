"""Spans of streams that nothing deletes until somebody releases them."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, insert, or_, select, update

from gstnvr.db.rows import stream_of
from gstnvr.db.tables import ProtectionRow, SegmentRow, StreamRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.access import ALL_CAMERAS, Cameras
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId


@dataclass(frozen=True, slots=True)
class Protection:
    """A span of a stream that must be kept; it may reach into the future."""

    uid: str
    stream: StreamId
    start: UtcNs
    end: UtcNs
    reason: str
    user: str
    """Who asked for it."""
    created: UtcNs
    released: UtcNs | None = None
    """None while it is in force."""
    released_by: str | None = None


class ProtectedSpans:
    """Whatever of the streams is protected, to be asked often."""

    def __init__(self, protections: Iterable[Protection]) -> None:
        """Released protections are left out."""
        spans: dict[StreamId, list[tuple[UtcNs, UtcNs]]] = {}
        for one in sorted(protections, key=lambda one: one.start):
            if one.released is None:
                _append(spans.setdefault(one.stream, []), one.start, one.end)
        self._starts = {stream: [start for start, _ in found] for stream, found in spans.items()}
        self._ends = {stream: [end for _, end in found] for stream, found in spans.items()}

    def covers(self, stream: StreamId, start: UtcNs, end: UtcNs) -> bool:
        """Whether any moment from ``start`` up to ``end`` is protected."""
        begun = bisect_left(self._starts.get(stream, []), end)
        return begun > 0 and self._ends[stream][begun - 1] > start


def _append(spans: list[tuple[UtcNs, UtcNs]], start: UtcNs, end: UtcNs) -> None:
    """To spans that are in order and do not touch each other."""
    if spans and spans[-1][1] >= start:
        spans[-1] = (spans[-1][0], max(spans[-1][1], end))
    else:
        spans.append((start, end))


IS_PROTECTED: ColumnElement[bool] = exists().where(
    ProtectionRow.stream_id == SegmentRow.stream_id,
    ProtectionRow.released.is_(None),
    ProtectionRow.start < SegmentRow.end,
    ProtectionRow.end > SegmentRow.start,
)
"""Of a row of ``segments``: a protection that was not released reaches into it. Ask it in the transaction that
marks the row, so that what was protected a moment ago stays."""

_SELECT: Select[Any] = select(ProtectionRow.__table__, StreamRow.camera_id, StreamRow.kind).join_from(
    ProtectionRow, StreamRow, ProtectionRow.stream_id == StreamRow.id
)
_IN_ORDER = (ProtectionRow.start, ProtectionRow.uid)


def protect(writer: IndexWriter, protection: Protection) -> None:
    """Enter a protection."""
    writer.connection.execute(
        insert(ProtectionRow).values(
            uid=protection.uid,
            stream_id=writer.stream_key(protection.stream),
            start=protection.start,
            end=protection.end,
            reason=protection.reason,
            user=protection.user,
            created=protection.created,
            released=protection.released,
            released_by=protection.released_by,
        )
    )


def release(writer: IndexWriter, uid: str, at: UtcNs, user: str) -> Protection | None:
    """End a protection; one that was released before stays as it was.

    Returns:
        It as it is now; None if there is none.
    """
    in_force = update(ProtectionRow).where(ProtectionRow.uid == uid, ProtectionRow.released.is_(None))
    writer.connection.execute(in_force.values(released=at, released_by=user))
    return protection(writer.connection, uid)


def protection(connection: Connection, uid: str) -> Protection | None:
    """The protection with this uid, released or not."""
    row = connection.execute(_SELECT.where(ProtectionRow.uid == uid)).one_or_none()
    return None if row is None else _protection_of(row)


def protections(
    connection: Connection,
    stream: StreamId | None = None,
    start: UtcNs | None = None,
    end: UtcNs | None = None,
    *,
    released: bool = False,
    seen: Cameras = ALL_CAMERAS,
    limit: int | None = None,
    after: tuple[int, str] | None = None,
) -> list[Protection]:
    """Protections that reach into ``start`` to ``end``, by start and uid.

    Args:
        connection: of ``Index.reading`` or of an ``IndexWriter``.
        released: also those that are not in force any more.
        seen: of these cameras.
        after: start and uid of the last one of the page before.
    """
    query = _SELECT
    if stream is not None:
        query = query.where(StreamRow.camera_id == stream.camera, StreamRow.kind == stream.kind.value)
    if start is not None:
        query = query.where(ProtectionRow.end > start)
    if end is not None:
        query = query.where(ProtectionRow.start < end)
    if not released:
        query = query.where(ProtectionRow.released.is_(None))
    if seen.only is not None:
        query = query.where(StreamRow.camera_id.in_(seen.only))
    if after is not None:
        start_before, uid_before = after
        same = (ProtectionRow.start == start_before) & (ProtectionRow.uid > uid_before)
        query = query.where(or_(ProtectionRow.start > start_before, same))
    return [_protection_of(row) for row in connection.execute(query.order_by(*_IN_ORDER).limit(limit))]


def _protection_of(row: Row[Any]) -> Protection:
    return Protection(
        uid=row.uid,
        stream=stream_of(row),
        start=UtcNs(row.start),
        end=UtcNs(row.end),
        reason=row.reason,
        user=row.user,
        created=UtcNs(row.created),
        released=None if row.released is None else UtcNs(row.released),
        released_by=row.released_by,
    )
