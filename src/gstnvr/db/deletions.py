"""Segments that are to be deleted: marked if they may be, found again if the deletion was interrupted."""

from collections.abc import Collection

from sqlalchemy import Connection, literal_column, select

from gstnvr.db.protections import IS_PROTECTED
from gstnvr.db.rows import SELECT_SEGMENT, segment_of
from gstnvr.db.tables import SegmentRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.records import Segment, SegmentState

_IS_DELETING = SegmentRow.state == literal_column(f"'{SegmentState.DELETING.value}'")
"""Spelled out, because a value that is bound keeps SQLite from using the index of these."""


def mark_for_deletion(
    writer: IndexWriter, volume: str, paths: Collection[str], *, everywhere: bool = False
) -> list[str]:
    """Mark those that may be deleted: closed, and no protection reaches into them.

    Args:
        everywhere: copies at other places are not to stay either, also where these are all that is left.

    Returns:
        Paths of those that are marked now.
    """
    states = [SegmentState.CLOSED, SegmentState.REMOTE] if everywhere else [SegmentState.CLOSED]
    query = select(SegmentRow.path).where(
        SegmentRow.volume_uuid == volume,
        SegmentRow.path.in_(paths),
        SegmentRow.state.in_([state.value for state in states]),
        ~IS_PROTECTED,
    )
    marked = list(writer.connection.execute(query.order_by(SegmentRow.start)).scalars())
    writer.segments_deleting(volume, marked, everywhere=everywhere)
    return marked


def marked_segments(connection: Connection, volume: str, limit: int) -> list[Segment]:
    """Segments of a volume whose deletion has begun and not ended; at most so many."""
    query = SELECT_SEGMENT.where(SegmentRow.volume_uuid == volume, _IS_DELETING).limit(limit)
    return [segment_of(row) for row in connection.execute(query)]
