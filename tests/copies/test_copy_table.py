"""What is to be copied, what is given up, and what is deleted again, by the table alone."""

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.db import copies
from gstnvr.db.protections import Protection, protect
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.copies import CopyState, Fetch, PlaceKind
from gstnvr.model.records import Segment, SegmentState
from gstnvr.storage.deletion import delete_segments
from gstnvr.supervisor.copies.copy_wishes import Backlog, Filled, fill
from tests.copies.archive import GATE, NOON, YARD, Archive
from tests.copies.running import copy_of

NOTHING = Filled({}, more=False)


def place(**values: object) -> CopyPlaceSettings:
    usual = {"name": "offsite", "kind": PlaceKind.GCS, "bucket": "archive"}
    return CopyPlaceSettings.model_validate(usual | values)


def filled(archive: Archive, settings: CopyPlaceSettings, before: Filled = NOTHING) -> Filled:
    with archive.index.writing() as writer:
        return fill(writer, [settings], before.until)


def wanted(archive: Archive, *segments: Segment) -> list[bool]:
    with archive.index.reading() as connection:
        return [bool(copies.copies_of(connection, segment.id or 0)) for segment in segments]


def done(archive: Archive, segment: Segment, at: int = NOON) -> None:
    key = copy_of(archive, segment).id
    with archive.index.writing() as writer:
        copies.copy_done(writer, key, size=segment.size, sha256="00", at=UtcNs(at))


def test_closed_segments_are_wanted_once_and_those_that_close_later_too(archive: Archive) -> None:
    closed, growing = archive.add(1), archive.add(2, state=SegmentState.OPEN)
    after = archive.add(3)
    first = filled(archive, place())
    assert wanted(archive, closed, growing, after) == [True, False, False]  # nothing behind one that may close yet
    with archive.index.writing() as writer:
        writer.segment_closed(growing)
    second = filled(archive, place(), first)
    assert wanted(archive, closed, growing, after) == [True, True, True]
    assert filled(archive, place(), second) == second


def test_only_cameras_of_the_setting_are_copied(archive: Archive) -> None:
    yard, gate = archive.add(1, YARD), archive.add(2, GATE)
    filled(archive, place(cameras=["gate"]))
    assert wanted(archive, yard, gate) == [False, True]


def test_only_what_is_protected_is_copied_if_the_setting_says_so(archive: Archive) -> None:
    before, within = archive.add(1), archive.add(2)
    filled(archive, place(what="protected"))
    assert wanted(archive, before, within) == [False, False]
    with archive.index.writing() as writer:
        protect(writer, Protection("p", YARD, within.start, within.end, "theft", "ann", NOON))
    filled(archive, place(what="protected"))
    assert wanted(archive, before, within) == [False, True]


def test_a_segment_that_was_copied_counts_as_recorded_when_its_file_is_gone(archive: Archive) -> None:
    first, second, third = (archive.add(size) for size in (1, 2, 3))
    filled(archive, place())
    done(archive, second)
    for segment in (first, second):
        archive.delete(segment)
    assert archive.row(second).state is SegmentState.REMOTE
    gaps = [(gap.start, gap.end) for gap in archive.index.gaps(YARD)]
    assert gaps == [(first.start, first.end)]
    assert archive.index.disagreements(YARD) == []
    assert archive.row(third).state is SegmentState.CLOSED


def test_what_was_deleted_before_it_was_copied_is_lost(archive: Archive) -> None:
    segment = archive.add(1)
    filled(archive, place())
    archive.delete(segment)
    with archive.index.writing() as writer:
        assert copies.mark_lost(writer, "offsite") == 1
        assert copies.mark_lost(writer, "offsite") == 0
    with archive.index.reading() as connection:
        assert copies.due(connection, "offsite", UtcNs(NOON)) is None
        assert copies.totals(connection, "offsite").lost == 1


def test_the_copy_of_what_was_deleted_everywhere_is_to_go(archive: Archive) -> None:
    segment = archive.add(1)
    filled(archive, place())
    done(archive, segment)
    with archive.index.writing() as writer:
        writer.segments_deleting(segment.volume, [segment.path], everywhere=True)
        writer.segments_deleted(segment.volume, [segment.path])
    with archive.index.reading() as connection:
        (orphan,) = copies.orphans(connection, "offsite", 10)
    assert orphan.path == segment.path
    with archive.index.writing() as writer:
        copies.forget(writer, orphan)
    with archive.index.reading() as connection:
        assert copies.orphans(connection, "offsite", 10) == []


def test_what_only_a_copy_is_left_of_is_deleted_on_request_and_not_by_retention(archive: Archive) -> None:
    segment = archive.add(1)
    filled(archive, place())
    done(archive, segment)
    archive.delete(segment)
    now = UtcNs(segment.end)
    kept = delete_segments(archive.index, archive.volume, [segment.path], now=now)
    assert kept.refused == (segment.path,)
    assert archive.row(segment).state is SegmentState.REMOTE
    gone = delete_segments(archive.index, archive.volume, [segment.path], now=now, everywhere=True)
    assert gone.deleted == (segment.path,)
    assert archive.index.segment(segment.id or 0) is None
    with archive.index.reading() as connection:
        assert [copy.path for copy in copies.orphans(connection, "offsite", 10)] == [segment.path]


def test_copies_that_are_over_go_but_for_those_of_what_is_protected(archive: Archive) -> None:
    old, kept, young = (archive.add(size) for size in (1, 2, 3))
    filled(archive, place())
    for segment in (old, kept, young):
        done(archive, segment)
    with archive.index.writing() as writer:
        protect(writer, Protection("p", YARD, kept.start, UtcNs(kept.end - 1), "theft", "ann", NOON))
    archive.delete(old)
    with archive.index.reading() as connection:
        expired = copies.expired(connection, "offsite", UtcNs(kept.end + 1), 10)
    assert [copy.segment for copy in expired] == [old.id]
    with archive.index.writing() as writer:
        copies.forget(writer, expired[0])
    assert archive.index.segment(old.id or 0) is None
    assert [(gap.start, gap.end) for gap in archive.index.gaps(YARD)] == [(old.start, old.end)]


def test_what_was_begun_goes_first_then_what_failed_when_its_time_has_come(archive: Archive) -> None:
    first, second, third = (archive.add(size) for size in (1, 2, 3))
    filled(archive, place())
    later = UtcNs(NOON + NS_PER_S)
    with archive.index.writing() as writer:
        copies.copy_failed(writer, copy_of(archive, second).id, "damaged", later)
        copies.copy_begun(writer, copy_of(archive, third).id, third.path, "{}")
    order = []
    for now in (NOON, later, later):
        with archive.index.reading() as connection:
            task = copies.due(connection, "offsite", UtcNs(now))
        assert task is not None
        order.append(task.segment.id)
        done(archive, task.segment)
    assert order == [third.id, second.id, first.id]
    assert copy_of(archive, second).attempts == 1
    assert copy_of(archive, second).state is CopyState.DONE


def test_a_span_is_asked_back_from_where_it_is(archive: Archive) -> None:
    first, second = archive.add(1), archive.add(2)
    filled(archive, place())
    for segment in (first, second):
        done(archive, segment)
        archive.delete(segment)
    with archive.index.writing() as writer:
        assert copies.ask_back(writer, second.id or 0, Fetch.CACHE)
        assert copies.ask_back_span(writer, YARD, first.start, UtcNs(second.start)) == (1, 1)
        assert copies.ask_back_span(writer, YARD, first.start, second.end) == (2, 2)
    assert copy_of(archive, second).fetch is Fetch.VOLUME


def test_copying_falls_behind_when_more_waits_for_a_day_than_before() -> None:
    day, hour = 86_400.0, 3600.0
    backlog = Backlog()
    assert not any(backlog.is_behind(number * hour, 100 + number) for number in range(24))
    assert backlog.is_behind(day, 125)
    assert not backlog.is_behind(day + hour, 90)
    assert not backlog.is_behind(day + 2 * hour, 0)
    assert not backlog.is_behind(day + 3 * hour, 500)
