"""Files on a volume that failed while another one took over: put in order when it is back and nobody else did."""

from dataclasses import replace

from gstnvr.container.scan import scan_file
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile, reconcile_returned
from gstnvr.storage.recover import Action
from gstnvr.testing.segments import make_segment
from tests.storage.archive import YARD, Archive, at

LATER = UtcNs(at(3600))
MADE = make_segment(100)
"""Four seconds in four fragments; key frames at 0 and 2 s."""


def broken_off(archive: Archive) -> Segment:
    """A file of four seconds of which two were safe when its volume failed."""
    opened = archive.record(0, MADE, state=SegmentState.OPEN)
    closed = replace(opened, state=SegmentState.CLOSED, end=at(2), size=MADE.fragment_ends[1], frames=50)
    with archive.index.writing() as writer:
        writer.segment_closed(closed)
    return closed


def actions(archive: Archive, *volumes: Volume) -> list[Action]:
    return [change.action for change in reconcile(archive.index, volumes, now=LATER)]


def test_a_file_ends_where_another_volume_goes_on(archive: Archive, other: Archive) -> None:
    row = broken_off(archive)
    other.record(2, make_segment(50))
    assert actions(archive, archive.volume, other.volume) == [Action.CORRECTED]
    assert archive.file(row).stat().st_size == row.size
    assert scan_file(archive.file(row)).video_units == 50
    assert [(one.start, one.end) for one in archive.rows()] == [(at(0), at(2)), (at(2), at(4))]
    volumes = [archive.volume, other.volume]
    report = check(archive.index, volumes, now=LATER, running=False)
    assert [finding for finding in report.findings if finding.invariant in (1, 3, 4)] == []


def test_a_file_keeps_what_no_other_volume_has(archive: Archive, other: Archive) -> None:
    row = broken_off(archive)
    other.record(10, make_segment(50))
    assert actions(archive, archive.volume, other.volume) == [Action.CORRECTED]
    assert archive.file(row).stat().st_size == len(MADE.content)
    assert archive.rows()[0].end == at(4)


def test_a_file_that_was_written_anew_as_a_whole_is_deleted_and_no_gap(archive: Archive, other: Archive) -> None:
    row = archive.record(0, MADE, state=SegmentState.OPEN)
    with archive.index.writing() as writer:
        writer.segment_abandoned(row.volume, row.path)
    other.record(0, MADE)
    assert archive.gaps() == []
    assert actions(archive, archive.volume, other.volume) == [Action.DELETED]
    assert not archive.file(row).exists()
    assert [one.volume for one in archive.rows()] == [other.volume.uuid]
    assert archive.gaps() == []


def test_a_volume_that_is_back_is_looked_at_from_the_day_on_which_it_failed(
    archive: Archive, other: Archive
) -> None:
    old = archive.record(-3 * 86_400, MADE)
    with archive.file(old).open("ab") as file:
        file.write(b"garbage")
    row = broken_off(archive)
    other.record(2, make_segment(50))
    changes = reconcile_returned(archive.index, archive.volume, now=LATER, live=[YARD], away_since=at(2))
    assert [change.where for change in changes] == [str(archive.file(row))]
    assert archive.file(row).stat().st_size == row.size


def test_a_volume_that_is_not_back_yet_loses_no_row(archive: Archive, other: Archive) -> None:
    row = broken_off(archive)
    other.record(2, make_segment(50))
    away = archive.root.rename(archive.root.with_name("away"))
    assert actions(archive, archive.volume, other.volume) == [Action.UNAVAILABLE]
    away.rename(archive.root)
    assert actions(archive, archive.volume, other.volume) == [Action.CORRECTED]
    assert archive.file(row).stat().st_size == row.size
