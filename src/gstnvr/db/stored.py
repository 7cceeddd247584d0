"""How much of which stream lies where, from sums by hour, and what of it is the oldest that may be deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, text

from gstnvr.db.ledger import Span
from gstnvr.db.protections import IS_PROTECTED, protections
from gstnvr.db.rows import SELECT_SEGMENT, key_of, segment_of, stream_of
from gstnvr.db.tables import SegmentRow, StoredHourRow, StreamRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

HOUR_NS = 3600 * NS_PER_S

_PLACE: tuple[Any, ...] = (StoredHourRow.volume_uuid, StreamRow.camera_id, StreamRow.kind)
_STREAM: tuple[Any, ...] = (StreamRow, StreamRow.id == StoredHourRow.stream_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """The closed segments of one stream on one volume, taken together."""

    volume: str
    stream: StreamId
    segments: int
    size: int
    """Bytes."""
    first: UtcNs
    """Start of the hour in which the oldest begins."""
    last: UtcNs
    """Start of the hour in which the newest begins."""


@dataclass(frozen=True, slots=True)
class StoredHour:
    """The closed segments of one stream on one volume that begin within an hour."""

    volume: str
    stream: StreamId
    start: UtcNs
    """Of the hour."""
    size: int
    """Bytes."""
    length_ns: int
    """Of the video."""


def stored(connection: Connection) -> list[Stored]:
    """All that is stored, by volume and stream."""
    sums = (
        func.sum(StoredHourRow.segments).label("segments"),
        func.sum(StoredHourRow.size).label("size"),
        func.min(StoredHourRow.hour).label("first"),
        func.max(StoredHourRow.hour).label("last"),
    )
    rows: Iterable[Any] = connection.execute(
        select(*_PLACE, *sums).join(*_STREAM).group_by(*_PLACE).order_by(*_PLACE)
    )
    return [
        Stored(
            row.volume_uuid,
            stream_of(row),
            int(row.segments),
            int(row.size),
            UtcNs(row.first * HOUR_NS),
            UtcNs(row.last * HOUR_NS),
        )
        for row in rows
    ]


def stored_hours(connection: Connection) -> list[StoredHour]:
    """All that is stored, hour by hour, by start."""
    columns = (StoredHourRow.hour, StoredHourRow.size, StoredHourRow.length)
    rows: Iterable[Any] = connection.execute(
        select(*_PLACE, *columns).join(*_STREAM).order_by(StoredHourRow.hour)
    ).all()
    streams: dict[tuple[str, str], StreamId] = {}
    found = []
    for row in rows:
        stream = streams.get((row.camera_id, row.kind)) or streams.setdefault(
            (row.camera_id, row.kind), stream_of(row)
        )
        found.append(StoredHour(row.volume_uuid, stream, UtcNs(row.hour * HOUR_NS), row.size, row.length))
    return found


def oldest_start(connection: Connection, held: Stored) -> UtcNs | None:
    """Where the oldest closed segment begins."""
    first = (
        select(SegmentRow.start)
        .where(*_closed_on(held), SegmentRow.start >= held.first)
        .order_by(SegmentRow.start)
        .limit(1)
    )
    start = connection.execute(first).scalar_one_or_none()
    return None if start is None else UtcNs(start)


def oldest_deletable(connection: Connection, held: Stored, limit: int) -> list[Segment]:
    """The oldest closed segments that no protection reaches into, by start; at most so many."""
    found: list[Segment] = []
    for span in _unprotected(connection, held):
        query = (
            SELECT_SEGMENT.where(
                *_closed_on(held),
                SegmentRow.start >= span.start,
                SegmentRow.start < span.end,
                ~IS_PROTECTED,
            )
            .order_by(SegmentRow.start)
            .limit(limit - len(found))
        )
        found += [segment_of(row) for row in connection.execute(query)]
        if len(found) >= limit:
            break
    return found


def oldest_closed(connection: Connection, held: Stored, before: UtcNs, limit: int) -> list[Segment]:
    """The oldest closed segments that ended before a moment, protected or not, by start; at most so many."""
    query = (
        SELECT_SEGMENT.where(*_closed_on(held), SegmentRow.start >= held.first, SegmentRow.end < before)
        .order_by(SegmentRow.start)
        .limit(limit)
    )
    return [segment_of(row) for row in connection.execute(query)]


def stored_before(connection: Connection, volume: str, before: UtcNs) -> int:
    """Bytes of the closed segments of a volume that begin in an hour that was over before a moment."""
    total = select(func.sum(StoredHourRow.size)).where(
        StoredHourRow.volume_uuid == volume, StoredHourRow.hour < before // HOUR_NS
    )
    return int(connection.execute(total).scalar_one() or 0)


_RIGHT_SUMS = (
    "SELECT volume_uuid, stream_id, start / 3600000000000 AS hour, count(*) AS segments, sum(size) AS size,"
    " sum(\"end\" - start) AS length FROM segments WHERE state = 'closed' GROUP BY 1, 2, 3"
)
_SUMS = "SELECT volume_uuid, stream_id, hour, segments, size, length FROM stored_hours"


def wrong_hours(connection: Connection) -> list[tuple[str, int, UtcNs]]:
    """Volume, key of the stream and start of every hour whose sums are wrong; reads all segments."""
    # One statement, so that whoever writes meanwhile does not show as a difference.
    lacking = f"SELECT * FROM ({_RIGHT_SUMS} EXCEPT {_SUMS}) AS lacking"  # noqa: S608 - no input
    wrong = f"SELECT * FROM ({_SUMS} EXCEPT {_RIGHT_SUMS}) AS wrong"  # noqa: S608 - no input
    rows = connection.execute(text(f"{wrong} UNION {lacking}"))
    return sorted({(row.volume_uuid, row.stream_id, UtcNs(row.hour * HOUR_NS)) for row in rows})


def add_up_anew(writer: IndexWriter) -> None:
    """Make all sums those of the segments; reads them all."""
    writer.connection.execute(delete(StoredHourRow))
    writer.connection.execute(
        text(f"INSERT INTO stored_hours (volume_uuid, stream_id, hour, segments, size, length) {_RIGHT_SUMS}")
    )


def _unprotected(connection: Connection, held: Stored) -> Sequence[Span]:
    """Where to look: long spans of protected segments would have to be read through otherwise, each time."""
    free = []
    start = held.first
    for one in protections(connection, held.stream, held.first):
        if one.start > start:
            free.append(Span(start, one.start))
        start = max(start, one.end)
    end = UtcNs(held.last + HOUR_NS)
    return [*free, Span(start, end)] if start < end else free


def _closed_on(held: Stored) -> tuple[ColumnElement[bool], ...]:
    return (
        SegmentRow.volume_uuid == held.volume,
        SegmentRow.stream_id == key_of(held.stream),
        SegmentRow.state == SegmentState.CLOSED.value,
    )
