"""Rows of gaps compared with what segments and outages say, and made to agree, within one transaction."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from gstnvr.db.ledger import ALWAYS, FOR_EVER, LONG_HOLE_NS, Covered, Span, ledger_gaps
from gstnvr.db.rows import SELECT_GAP, SELECT_OUTAGE, gap_of, missing_values, outage_of
from gstnvr.db.tables import GapRow, OutageRow, SegmentRow, StreamRow
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap, Outage, SegmentState

LONGEST_SEGMENT_NS = 7200 * NS_PER_S
"""No segment is longer, so that a query need not look further back."""

Columns = TypeVarTuple("Columns")

_RECORDED = [state.value for state in RECORDED_STATES]
_NO_FILE = {SegmentState.MISSING: GapCause.FILE_LOST, SegmentState.DELETING: GapCause.DELETED}
_DETAILS = {GapCause.FILE_LOST: "the file of a segment is gone", GapCause.DELETED: "deleted"}


@dataclass(frozen=True, slots=True)
class Line:
    """The time line of a stream from one setting back of the wall clock to the next."""

    stream: StreamId
    key: int
    """Of the stream's row."""
    epoch: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How rows of gaps differ from what they should be."""

    wrong: Sequence[Gap]
    """To be removed."""
    lacking: Sequence[Gap]
    """To be entered."""

    def __bool__(self) -> bool:
        return bool(self.wrong or self.lacking)


# Statements of every request are made once: that would take longer than their answers.

_OF_LINE = {
    table: (table.stream_id == bindparam("of_stream"), table.epoch == bindparam("of_epoch"))
    for table in (SegmentRow, GapRow)
}
_STREAM_ROW = select(StreamRow.id, StreamRow.epoch).where(
    StreamRow.camera_id == bindparam("camera"), StreamRow.kind == bindparam("of_kind")
)
_earlier = aliased(GapRow)
_LAST_GAP_BEFORE = select(func.max(_earlier.start)).where(
    _earlier.stream_id == bindparam("of_stream"),
    _earlier.epoch == bindparam("of_epoch"),
    _earlier.start <= bindparam("since"),
)
_KNOWN = select(
    select(SegmentRow.start).where(*_OF_LINE[SegmentRow]).order_by(SegmentRow.start).limit(1).scalar_subquery(),
    select(GapRow.start).where(*_OF_LINE[GapRow]).order_by(GapRow.start).limit(1).scalar_subquery(),
    select(SegmentRow.end).where(*_OF_LINE[SegmentRow]).order_by(SegmentRow.end.desc()).limit(1).scalar_subquery(),
    select(func.coalesce(GapRow.end, bindparam("now", type_=BigInteger)))
    .where(*_OF_LINE[GapRow])
    .order_by(GapRow.start.desc())
    .limit(1)
    .scalar_subquery(),
)


def lines_of(connection: Connection, stream: StreamId) -> list[Line]:
    """All epochs of a stream; none if it is not known."""
    at = {"camera": stream.camera, "of_kind": stream.kind.value}
    row = connection.execute(_STREAM_ROW, at).one_or_none()
    return [] if row is None else [Line(stream, row.id, epoch) for epoch in range(row.epoch + 1)]


def gaps_within(columns: Select[*Columns]) -> Select[*Columns]:
    """The gaps of a line that reach into a span; to be executed with ``of_line_within``.

    Gaps of a line do not overlap: only the last that begins before the span may reach into it.
    """
    since = bindparam("since", type_=BigInteger)
    return columns.where(
        *_OF_LINE[GapRow],
        GapRow.start < bindparam("until"),
        GapRow.start >= func.coalesce(_LAST_GAP_BEFORE.scalar_subquery(), since),
        or_(GapRow.end > since, GapRow.end.is_(None)),
    )


def of_line_within(line: Line, within: Span) -> dict[str, int]:
    """Parameters of ``gaps_within``."""
    return {"of_stream": line.key, "of_epoch": line.epoch, "since": within.start, "until": within.end}


def known_span(connection: Connection, line: Line, now: UtcNs) -> Span | None:
    """From the first moment of a line to the last, which segments and gaps tile; None: nothing is known of it."""
    asked = {"of_stream": line.key, "of_epoch": line.epoch, "now": now}
    *starts, last_segment, last_gap = connection.execute(_KNOWN, asked).one()
    known = [start for start in starts if start is not None]
    ends = [end for end in (last_segment, last_gap) if end is not None]
    return Span(UtcNs(min(known)), UtcNs(max(ends))) if known else None


def settle(connection: Connection, line: Line, touched: Span = ALWAYS) -> Disagreement:
    """Compute the gaps anew where segments or outages were changed, and enter what differs."""
    found, wrong_keys = _compare(connection, line, touched)
    if wrong_keys:
        connection.execute(delete(GapRow).where(GapRow.id.in_(wrong_keys)))
    if found.lacking:
        place = {"stream_id": line.key, "epoch": line.epoch}
        connection.execute(insert(GapRow), [missing_values(gap) | place for gap in found.lacking])
    return found


def disagreement(connection: Connection, line: Line) -> Disagreement:
    """What ``settle`` would change in the whole of a line."""
    return _compare(connection, line, ALWAYS)[0]


def _compare(connection: Connection, line: Line, touched: Span) -> tuple[Disagreement, list[int]]:
    """The difference, and keys of the rows that are wrong."""
    region = _region(connection, line, touched)
    covered, outages = _covered(connection, line, region), _outages(connection, line, region)
    right = ledger_gaps(line.stream, covered, outages, region)
    rows = connection.execute(
        SELECT_GAP.where(*_on(GapRow, line), GapRow.start >= region.start, GapRow.start < region.end)
    ).all()
    lacking = Counter(right)
    wrong: dict[int, Gap] = {}
    for row in rows:
        gap = gap_of(row)
        if lacking[gap] > 0:
            lacking[gap] -= 1
        else:
            wrong[row.id] = gap
    return Disagreement(list(wrong.values()), list(lacking.elements())), list(wrong)


def _region(connection: Connection, line: Line, touched: Span) -> Span:
    """From the segment before a span, or what was deleted long before it, to the segment after it: no gap reaches
    out of that."""
    segments = select(SegmentRow.start).where(*_on(SegmentRow, line), SegmentRow.state.in_(_RECORDED)).limit(1)
    after = segments.where(SegmentRow.start > touched.end).order_by(SegmentRow.start)
    first = None if touched.start <= ALWAYS.start else _region_start(connection, line, touched.start)
    last = None if touched.end >= ALWAYS.end else connection.execute(after).scalar_one_or_none()
    return Span(ALWAYS.start if first is None else UtcNs(first), ALWAYS.end if last is None else UtcNs(last))


def _region_start(connection: Connection, line: Line, touched: UtcNs) -> int | None:
    """Behind what was deleted gaps stay as they were: its start will do, so far back that the hole is a long one.

    Else all that ever happened to a stream would be computed with each deletion of its oldest.
    """
    recorded = (*_on(SegmentRow, line), SegmentRow.state.in_(_RECORDED), SegmentRow.start < touched)
    newest = select(SegmentRow.start, SegmentRow.end, SegmentRow.state).where(*recorded)
    before = connection.execute(newest.order_by(SegmentRow.start.desc()).limit(1)).one_or_none()
    if before is not None and before.state == SegmentState.OPEN.value:
        return int(before.start)
    there = exists().where(
        *_on(GapRow, line), GapRow.start == OutageRow.start, GapRow.cause == GapCause.DELETED.value
    )
    deleted = (
        select(OutageRow.start)
        .where(*_on(OutageRow, line), OutageRow.cause == GapCause.DELETED.value, there)
        .where(OutageRow.end <= touched - LONG_HOLE_NS)
        .order_by(OutageRow.end.desc())
        .limit(1)
    )
    if before is not None:
        deleted = deleted.where(OutageRow.start >= before.end)
    start = connection.execute(deleted).scalar_one_or_none()
    return start if start is not None or before is None else int(before.start)


def _covered(connection: Connection, line: Line, region: Span) -> list[Covered]:
    query = (
        select(SegmentRow.start, SegmentRow.end, SegmentRow.frames, SegmentRow.state)
        .where(*_on(SegmentRow, line), *_reaching(region), SegmentRow.state.in_(_RECORDED))
        .order_by(SegmentRow.start)
    )
    return [
        Covered(UtcNs(start), UtcNs(end), frames, state == SegmentState.OPEN.value)
        for start, end, frames, state in connection.execute(query).all()
    ]


def _outages(connection: Connection, line: Line, region: Span) -> list[Outage]:
    """Those that were told, and segments without a file."""
    told = SELECT_OUTAGE.where(*_on(OutageRow, line), OutageRow.start < region.end)
    if region.start > ALWAYS.start:
        told = told.where(or_(OutageRow.end > region.start, OutageRow.end.is_(None)))
    return [outage_of(row) for row in connection.execute(told).all()] + _without_file(connection, line, region)


def _without_file(connection: Connection, line: Line, region: Span) -> list[Outage]:
    query = select(SegmentRow.start, SegmentRow.end, SegmentRow.state).where(
        *_on(SegmentRow, line), *_reaching(region), SegmentRow.state.in_([state.value for state in _NO_FILE])
    )
    found = []
    for start, end, state in connection.execute(query):
        cause = _NO_FILE[SegmentState(state)]
        found.append(Outage("", line.stream, UtcNs(start), UtcNs(end), cause, _DETAILS[cause]))
    return found


def _on(table: type[SegmentRow | OutageRow | GapRow], line: Line) -> Collection[ColumnElement[bool]]:
    return table.stream_id == line.key, table.epoch == line.epoch


def _reaching(region: Span) -> list[ColumnElement[bool]]:
    """Segments that touch a region."""
    limits = []
    if region.start > ALWAYS.start:
        limits += [SegmentRow.start > region.start - LONGEST_SEGMENT_NS, SegmentRow.end >= region.start]
    if region.end < FOR_EVER:
        limits.append(SegmentRow.start <= region.end)
    return limits
