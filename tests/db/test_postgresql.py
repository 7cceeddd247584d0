"""The index on PostgreSQL: the same tables, the same ledger."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from gstnvr.db.deletions import mark_for_deletion, marked_segments
from gstnvr.db.index import Index
from gstnvr.db.ledger import Span
from gstnvr.db.protections import Protection, protect, release
from gstnvr.db.stored import Stored, add_up_anew, oldest_deletable, oldest_start, stored, stored_hours, wrong_hours
from gstnvr.db.tables import Table
from gstnvr.db.totals import CauseTotal
from gstnvr.lab.postgresql import postgresql, programs
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Outage, Segment, SegmentState, TrackInfo, Volume

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
VOLUME = Volume("9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11", "/srv/video")
BEGINNING = 1_790_000_000


def at(seconds: float) -> UtcNs:
    return UtcNs(round((BEGINNING + seconds) * NS_PER_S))


def segment(start: float, end: float, state: SegmentState = SegmentState.CLOSED) -> Segment:
    tracks = TrackInfo("h264", 1920, 1080)
    return Segment(YARD, VOLUME.uuid, f"yard/20261121/{start}.mp4", at(start), at(end), state, 1, 25, tracks)


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with postgresql() as url, Index.open(url) as index:
        with index.writing() as writer:
            writer.ensure_volume(VOLUME)
        yield index


def test_alembic_finds_nothing_to_do(index: Index) -> None:
    with index._engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata) == []


def test_the_ledger_follows_segments_and_outages(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.outage_changed(Outage("o1", YARD, at(61), None, GapCause.NETWORK, "cable", "i1"))
    assert [(gap.start, gap.end, gap.cause) for gap in index.open_gaps()] == [(at(60), None, GapCause.NETWORK)]
    with index.writing() as writer:
        writer.segment_opened(segment(90, 90, SegmentState.OPEN))
        writer.segment_closed(segment(90, 150))
        writer.outage_changed(Outage("o2", YARD, at(150), at(40), GapCause.CLOCK_JUMP))
        writer.segment_closed(segment(40, 70.5))
        writer.segment_closed(segment(80, 100))
    assert index.open_outages() == []
    assert [(gap.start, gap.end, gap.cause) for gap in index.gaps(YARD)] == [
        (at(60), at(90), GapCause.NETWORK),
        (at(70.5), at(80), GapCause.UNKNOWN),
    ]
    assert index.gaps(YARD, at(75), at(76)) == index.gaps(YARD)
    assert index.last_end(YARD) == at(100)
    assert index.disagreements(YARD) == []


def test_totals(index: Index) -> None:
    found = index.totals(YARD, Span(at(0), at(75)), at(1000), ZoneInfo("Asia/Seoul")).whole
    assert found.causes == {
        GapCause.NETWORK: CauseTotal(1, 15 * NS_PER_S, 15 * NS_PER_S),
        GapCause.UNKNOWN: CauseTotal(1, 9 * NS_PER_S // 2, 9 * NS_PER_S // 2),
    }
    assert found.recorded == 60 * NS_PER_S + 61 * NS_PER_S // 2
    assert index.incident_statistics(Span(at(0), at(75))).whole.incidents == 0


def test_sums_by_hour_follow_every_change_and_find_what_is_oldest(index: Index) -> None:
    def sums() -> list[tuple[int, int]]:
        with index.reading() as connection:
            assert wrong_hours(connection) == []
            return [(held.segments, held.size) for held in stored(connection)]

    before = sum(count for count, _ in sums())
    first, second = segment(100_000, 100_060), segment(103_600, 103_660)
    with index.writing() as writer:
        writer.segment_closed(first)
        writer.segment_closed(second)
        writer.segment_opened(segment(107_200, 107_200, SegmentState.OPEN))
    assert sums() == [(before + 2, before + 2)]
    with index.writing() as writer:
        protect(writer, Protection("p1", YARD, at(0), at(100_001), "theft", "anna", at(0)))
        assert mark_for_deletion(writer, VOLUME.uuid, [first.path, second.path]) == [second.path]
    assert sums() == [(before + 1, before + 1)]
    with index.reading() as connection:
        (held,) = stored(connection)
        assert oldest_deletable(connection, held, 10) == []
        assert [one.path for one in marked_segments(connection, VOLUME.uuid, 10)] == [second.path]
    with index.writing() as writer:
        release(writer, "p1", at(1), "anna")
        writer.segments_deleted(VOLUME.uuid, [second.path])
    with index.reading() as connection:
        (held,) = stored(connection)
        assert [one.path for one in oldest_deletable(connection, held, 10)][-1] == first.path
        assert oldest_start(connection, held) == min(row.start for row in index.segments(YARD))
        assert sum(hour.size for hour in stored_hours(connection)) == held.size
    with index.writing() as writer:
        add_up_anew(writer)
    assert sums() == [(before + 1, before + 1)]


@pytest.fixture
def plans(index: Index) -> Iterator[list[str]]:
    """The plan of each query, as it is chosen where a table is large."""
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))

    event.listen(index._engine, "before_cursor_execute", explain)
    yield plans
    event.remove(index._engine, "before_cursor_execute", explain)


def test_time_lines_and_what_is_deleted_next_are_read_in_order_of_an_index(index: Index, plans: list[str]) -> None:
    index.recordings(YARD, at(0), at(86_400))
    assert ["Index Only Scan using ix_segments_time_line" in plan for plan in plans] == [True]
    plans.clear()
    held = Stored(VOLUME.uuid, YARD, 1, 1, at(0), at(86_400))
    index.segments(YARD, start=at(0), limit=10)
    with index.reading() as connection:
        oldest_start(connection, held)
        oldest_deletable(connection, held, 10)
    of_segments = [plan for plan in plans if "on segments" in plan]
    assert len(of_segments) == 3
    assert all("Index Scan using ix_segments_time_line" in plan for plan in of_segments)
    assert [plan for plan in of_segments if "  Sort" in plan and "Incremental Sort" not in plan] == []
    plans.clear()
    index.holds_segments(VOLUME.uuid)
    assert ["Index Only Scan using uq_segments_volume_uuid_path" in plan for plan in plans] == [True]
