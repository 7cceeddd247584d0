"""What the database holds, table by table, to compare two of them."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from gstnvr.db.rows import SELECT_SEGMENT, segment_of
from gstnvr.db.tables import CameraRow, SegmentRow, StreamRow, Table
from gstnvr.model.records import Segment

_AT_ONCE = 1000


def row_counts(connection: Connection) -> dict[str, int]:
    """Rows of every table, by its name."""
    tables = Table.metadata.sorted_tables
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
    }


def named_cameras(connection: Connection) -> int:
    """Cameras that were given a name."""
    return connection.execute(select(func.count()).where(CameraRow.name != "")).scalar_one()


def clocks_set_back(connection: Connection) -> int:
    """How often a wall clock was set back, all streams together."""
    return int(connection.execute(select(func.coalesce(func.sum(StreamRow.epoch), 0))).scalar_one())


def segments_by_path(connection: Connection, volume: str) -> Iterator[Segment]:
    """All segments of a volume by path, a part at a time: there may be a million."""
    last = ""
    query = SELECT_SEGMENT.where(SegmentRow.volume_uuid == volume).order_by(SegmentRow.path).limit(_AT_ONCE)
    while rows := connection.execute(query.where(SegmentRow.path > last)).all():
        yield from (segment_of(row) for row in rows)
        last = rows[-1].path
