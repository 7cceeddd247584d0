"""Second files of segments: in the index, deleted with the first, and standing for it when it is lost."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.db.mirrors import Mirror, mirror_changed, mirrors_of, standing_for, taken_over
from gstnvr.db.protections import Protection, protect
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import CheckReport, check
from gstnvr.storage.deletion import delete_segments, finish_deletions
from gstnvr.storage.rebuild import rebuild
from gstnvr.storage.reconcile import reconcile, recover_streams
from gstnvr.storage.recover import Action
from gstnvr.testing.segments import MadeSegment, make_segment
from gstnvr.volume.errors import VolumeError
from tests.storage.archive import YARD, Archive, at

LATER = UtcNs(at(30 * 86_400))
MADE = make_segment(100)
"""Four seconds in four fragments."""


def record_twice(
    first: Archive,
    second: Archive,
    start: float,
    *,
    made: MadeSegment = MADE,
    state: SegmentState = SegmentState.CLOSED,
) -> Segment:
    """A segment on both volumes; the one on the first volume is the first."""
    segment = first.record(start, made, state=state)
    mirror = replace(segment, volume=second.volume.uuid)
    made.write(second.root / segment.path, None)
    with first.index.writing() as writer:
        mirror_changed(writer, mirror)
    return segment


def mirrors(archive: Archive, segment: Segment) -> list[Mirror]:
    with archive.index.reading() as connection:
        return mirrors_of(connection, segment.path)


def look(archive: Archive, *volumes: Volume, repair: bool = False) -> CheckReport:
    return check(archive.index, volumes, now=LATER, running=False, repair=repair)


def assert_in_order(archive: Archive, *volumes: Volume) -> None:
    assert look(archive, *volumes).findings == ()


def test_a_second_file_is_no_recording_and_no_fault(archive: Archive, other: Archive) -> None:
    record_twice(archive, other, 0)
    record_twice(other, archive, 4)
    assert [(one.start, one.end) for one in archive.rows()] == [(at(0), at(4)), (at(4), at(8))]
    assert archive.gaps() == []
    assert len(archive.index.recordings(YARD)) == 1
    assert_in_order(archive, archive.volume, other.volume)


def test_a_volume_with_second_files_alone_is_not_taken_for_an_empty_one(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0)
    assert archive.index.holds_segments(other.volume.uuid), "else its mount point could become a new volume"
    archive.file(segment).unlink()
    reconcile(archive.index, [archive.volume], now=LATER)
    assert not archive.index.holds_segments(archive.volume.uuid)
    assert archive.index.holds_segments(other.volume.uuid)


def test_both_files_go_together(archive: Archive, other: Archive) -> None:
    segment, kept = record_twice(archive, other, 0), record_twice(archive, other, 4)
    done = delete_segments(archive.index, archive.volume, [segment.path], now=LATER)
    assert done.deleted == (segment.path,)
    assert [one.state for one in mirrors(archive, segment)] == [SegmentState.DELETING]
    assert finish_deletions(archive.index, other.volume, now=LATER).deleted == (segment.path,)
    assert not archive.file(segment).exists()
    assert not other.file(segment).exists()
    assert other.file(kept).exists()
    assert mirrors(archive, segment) == []
    assert_in_order(archive, archive.volume, other.volume)


def test_the_second_file_of_what_is_protected_stays(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0)
    with archive.index.writing() as writer:
        protect(writer, Protection("p1", YARD, at(1), at(2), "theft", "anna", at(0)))
    assert delete_segments(archive.index, archive.volume, [segment.path], now=LATER).refused == (segment.path,)
    assert finish_deletions(archive.index, other.volume, now=LATER).deleted == ()
    assert other.file(segment).exists()


def test_a_second_file_on_a_volume_that_is_away_goes_when_it_is_back(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0)
    away = other.root.rename(other.root.with_name("away"))
    assert delete_segments(archive.index, archive.volume, [segment.path], now=LATER).deleted
    with pytest.raises(VolumeError):
        finish_deletions(archive.index, other.volume, now=LATER)
    away.rename(other.root)
    changes = reconcile(archive.index, [archive.volume, other.volume], now=LATER)
    assert [change.action for change in changes] == [Action.DELETED]
    assert not other.file(segment).exists()
    assert archive.rows() == []
    assert_in_order(archive, archive.volume, other.volume)


def test_the_second_file_stands_for_one_that_is_lost_and_no_gap_comes_of_it(
    archive: Archive, other: Archive
) -> None:
    record_twice(archive, other, 0)
    segment = record_twice(archive, other, 4)
    record_twice(archive, other, 8)
    key = archive.index.segments(start=at(5), end=at(6))[0].id
    archive.file(segment).unlink()
    report = look(archive, archive.volume, other.volume)
    assert [(one.invariant, one.repairable) for one in report.findings] == [(1, True)]
    mended = look(archive, archive.volume, other.volume, repair=True)
    assert mended.clean
    assert ["second file" in change.message for change in mended.changes] == [True]
    assert archive.rows()[1] == replace(segment, volume=other.volume.uuid)
    assert archive.index.segments(start=at(5), end=at(6))[0].id == key, "links to it stay right"
    assert mirrors(archive, segment) == []
    assert archive.gaps() == []


def test_the_second_file_stands_for_one_that_is_damaged(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0)
    archive.file(segment).write_bytes(b"x" * 100_000)
    look(archive, archive.volume, other.volume, repair=True)
    assert [row.volume for row in archive.rows()] == [other.volume.uuid]
    assert archive.gaps() == []


def test_what_is_wrong_with_a_second_file_is_found_and_mended(archive: Archive, other: Archive) -> None:
    gone, short = record_twice(archive, other, 0), record_twice(archive, other, 4)
    other.file(gone).unlink()
    with other.file(short).open("r+b") as file:
        file.truncate(MADE.fragment_ends[1] + 100)
    found = look(archive, archive.volume, other.volume).findings
    assert [(one.invariant, one.repairable) for one in found] == [(10, True)] * 2
    assert look(archive, archive.volume, other.volume, repair=True).clean
    assert mirrors(archive, gone) == []
    assert [(one.size, one.frames) for one in mirrors(archive, short)] == [(MADE.fragment_ends[1], 50)]
    assert [row.volume for row in archive.rows()] == [archive.volume.uuid] * 2


def test_a_file_of_the_same_name_is_the_second_one_and_not_recorded_twice(
    archive: Archive, other: Archive
) -> None:
    record_twice(archive, other, 10)
    segment = archive.record(0, MADE)
    MADE.write(other.root / segment.path, None)
    (finding,) = look(archive, archive.volume, other.volume).findings
    assert finding.invariant == 2
    assert look(archive, archive.volume, other.volume, repair=True).clean
    assert len(archive.rows()) == 2
    (mirror,) = mirrors(archive, segment)
    assert (mirror.volume, mirror.start, mirror.end, mirror.frames) == (other.volume.uuid, at(0), at(4), 100)


def test_a_row_whose_file_was_lost_is_found_again_on_the_other_volume(archive: Archive, other: Archive) -> None:
    segment = archive.record(0, MADE)
    archive.record(4, MADE)
    archive.file(segment).unlink()
    reconcile(archive.index, [archive.volume], now=LATER)
    assert len(archive.gaps()) == 1
    MADE.write(other.root / segment.path, None)
    changes = reconcile(archive.index, [archive.volume, other.volume], now=LATER)
    assert [change.action for change in changes] == [Action.FOUND]
    assert archive.gaps() == []
    assert archive.rows()[0] == replace(segment, volume=other.volume.uuid)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kept", [(2, 3), (3, 2), (3, 3)], ids=str)
def test_after_a_crash_the_file_that_holds_more_is_the_segment(
    archive: Archive, other: Archive, kept: tuple[int, int], turned: bool
) -> None:
    segment = record_twice(archive, other, 0, state=SegmentState.OPEN)
    for one, fragments in zip((archive, other), kept, strict=True):
        with one.file(segment).open("r+b") as file:
            file.truncate(MADE.fragment_ends[fragments - 1] + 10)
    volumes = [other.volume, archive.volume] if turned else [archive.volume, other.volume]
    recover_streams(archive.index, volumes, [YARD], now=at(60))
    (row,) = archive.rows()
    assert (row.state, row.frames, row.end) == (SegmentState.CLOSED, 75, at(3))
    (mirror,) = mirrors(archive, segment)
    assert (mirror.state, mirror.frames) == (SegmentState.CLOSED, 25 * min(kept))
    assert {row.volume, mirror.volume} == {archive.volume.uuid, other.volume.uuid}
    assert_in_order(archive, archive.volume, other.volume)


def test_after_a_crash_one_volume_alone_is_enough(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0, state=SegmentState.OPEN)
    shutil.rmtree(archive.root)
    recover_streams(archive.index, [archive.volume, other.volume], [YARD], now=at(60))
    (row,) = archive.rows()
    assert (row.volume, row.state, row.frames) == (other.volume.uuid, SegmentState.CLOSED, 100)
    assert archive.index.open_segments() == []
    assert segment.path == row.path


def test_files_of_a_living_recorder_are_left_alone(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0, state=SegmentState.OPEN)
    assert reconcile(archive.index, [archive.volume, other.volume], now=at(5), live=[YARD]) == []
    assert [one.state for one in mirrors(archive, segment)] == [SegmentState.OPEN]


def test_an_index_made_from_the_volumes_alone_has_every_segment_once(
    archive: Archive, other: Archive, tmp_path: Path
) -> None:
    record_twice(archive, other, 0)
    broken = record_twice(archive, other, 4)
    with archive.file(broken).open("r+b") as file:
        file.truncate(MADE.fragment_ends[1])
    other.record(8, MADE)
    rows = archive.rows()
    made = tmp_path / "new.db"
    rebuild(made, [archive.volume, other.volume], LATER, mirror=True)
    with archive.index.open(made) as index:
        found = [replace(row, id=None) for row in index.segments()]
        assert [row.frames for row in found] == [100, 100, 100]
        assert found[1] == replace(rows[1], volume=other.volume.uuid)
        assert check(index, [archive.volume, other.volume], now=LATER, running=False).findings == ()
        assert index.gaps() == []


def test_events_may_be_told_again(archive: Archive, other: Archive) -> None:
    opened = archive.record(0, MADE, state=SegmentState.OPEN)
    second = replace(opened, volume=other.volume.uuid)
    closed = replace(second, state=SegmentState.CLOSED, end=at(4), size=len(MADE.content), frames=100)
    MADE.write(other.root / opened.path, None)
    for _ in range(2):
        with archive.index.writing() as writer:
            writer.segment_opened(opened)
            mirror_changed(writer, second)
            taken_over(writer, second, opened.volume)
            writer.segment_closed(closed)
        assert archive.rows() == [closed]
    assert [(one.volume, one.state) for one in mirrors(archive, opened)] == [
        (archive.volume.uuid, SegmentState.DELETING)
    ]
    finish_deletions(archive.index, archive.volume, now=LATER)
    assert not archive.file(opened).exists()
    assert_in_order(archive, archive.volume, other.volume)


def test_segments_are_found_that_another_volume_can_stand_for(archive: Archive, other: Archive) -> None:
    segment = record_twice(archive, other, 0)
    archive.record(4, MADE)
    record_twice(other, archive, 8)
    with archive.index.reading() as connection:
        found = standing_for(connection, archive.volume.uuid, [other.volume.uuid], 10)
    assert [(one.path, mirror.volume) for one, mirror in found] == [(segment.path, other.volume.uuid)]
