"""Spans that were deleted on purpose, of which no segment tells any more."""

from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from gstnvr.db.ledger import Span
from gstnvr.db.rows import missing_values
from gstnvr.db.settlement import Line
from gstnvr.db.tables import OutageRow
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Outage

ADJOINING_NS = NS_PER_S
"""Deletions so close together are told of as one."""


def enter_deletion(connection: Connection, line: Line, span: Span) -> None:
    """As one outage with those that adjoin it, or deletions would fill the database in the end."""
    if span.length <= 0:
        return
    adjoining = connection.execute(
        select(OutageRow.uid, OutageRow.start, OutageRow.end)
        .filter_by(stream_id=line.key, epoch=line.epoch, cause=GapCause.DELETED.value)
        .where(OutageRow.end >= span.start - ADJOINING_NS, OutageRow.start <= span.end + ADJOINING_NS)
    ).all()
    if not adjoining:
        outage = Outage(uuid4().hex, line.stream, span.start, span.end, GapCause.DELETED, "deleted")
        place = {"uid": outage.uid, "stream_id": line.key, "epoch": line.epoch}
        connection.execute(insert(OutageRow).values(missing_values(outage) | place))
        return
    start = min(span.start, *(one.start for one in adjoining))
    end = max(span.end, *(one.end for one in adjoining))
    kept, *others = [one.uid for one in adjoining]
    connection.execute(update(OutageRow).filter_by(uid=kept).values(start=start, end=end))
    connection.execute(delete(OutageRow).where(OutageRow.uid.in_(others)))
