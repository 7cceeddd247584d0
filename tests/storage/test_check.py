"""Each invariant, broken on purpose: found by its number, and repaired where that can be."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.db.stored import stored
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from gstnvr.storage.check import CheckReport, check
from gstnvr.storage.invariants import INVARIANTS
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import IDENTITY_FILE
from tests.storage.archive import Archive, at

DOCUMENT = Path(__file__).parents[2] / "docs/design/storage.md"


def run(archive: Archive, *, running: bool = False, repair: bool = False, now: UtcNs | None = None) -> CheckReport:
    return check(archive.index, [archive.volume], now=now or at(100), running=running, repair=repair)


def numbers(report: CheckReport) -> list[int]:
    return [finding.invariant for finding in report.findings]


def assert_repaired(archive: Archive) -> None:
    report = run(archive, repair=True)
    assert report.findings != ()
    assert all(finding.repairable for finding in report.findings)
    assert report.changes != ()
    assert report.remaining == ()
    assert run(archive).findings == ()


def assert_not_repaired(archive: Archive) -> None:
    report = run(archive, repair=True)
    assert not any(finding.repairable for finding in report.findings)
    assert report.remaining == report.findings
    assert report.changes == ()
    assert not report.clean


def test_a_sound_archive_is_clean(archive: Archive) -> None:
    archive.record(0)
    archive.record(2)
    archive.outage("g", 4, 10)
    archive.record(10)
    archive.outage("h", 12, None)
    report = run(archive)
    assert report.clean
    assert report.findings == ()
    assert report.changes == ()


def test_document_and_code_agree_on_the_invariants() -> None:
    documented = re.findall(r"^(\d+)\. \*\*(.+)\.\*\*", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(number), title) for number, title in documented] == [(i.number, i.title) for i in INVARIANTS]
    assert [i.number for i in INVARIANTS] == list(range(1, len(INVARIANTS) + 1))


def test_1_a_missing_file(archive: Archive) -> None:
    row = archive.record(0)
    archive.file(row).unlink()
    report = run(archive)
    assert numbers(report) == [1]
    assert report.findings[0].camera == "yard"
    assert report.findings[0].where == str(archive.file(row))
    assert_repaired(archive)
    assert archive.rows() == [replace(row, state=SegmentState.MISSING)]
    assert archive.gaps() == [(0, 2, GapCause.FILE_LOST)]


def test_1_a_file_of_another_size(archive: Archive) -> None:
    row = archive.record(0)
    with archive.file(row).open("ab") as file:
        file.write(b"\0" * 10)
    assert numbers(run(archive)) == [1]
    assert_repaired(archive)
    assert archive.rows() == [row]
    assert archive.file(row).stat().st_size == row.size


def test_2_an_unknown_file(archive: Archive) -> None:
    archive.record(0)
    archive.record(2, state=None)
    assert numbers(run(archive)) == [2]
    assert_repaired(archive)
    assert len(archive.rows()) == 2


def test_2_an_unknown_file_without_video_is_for_a_person_to_judge(archive: Archive) -> None:
    row = archive.record(0)
    archive.file(row).with_name("yard_main_20261121T120002000Z.mp4").write_bytes(b"?" * 5000)
    assert numbers(run(archive)) == [2]
    assert_not_repaired(archive)


def test_2_a_missing_file_that_is_back(archive: Archive) -> None:
    row = archive.record(0)
    with archive.index.writing() as writer:
        writer.segment_missing(row.volume, row.path)
    assert archive.gaps() == [(0, 2, GapCause.FILE_LOST)]
    assert numbers(run(archive)) == [2]
    assert_repaired(archive)
    assert archive.rows() == [row]
    assert archive.gaps() == []


def test_3_a_file_whose_content_is_gone_though_its_size_is_right(archive: Archive) -> None:
    made = make_segment(100)
    row = archive.record(0, made)
    good = archive.file(row).read_bytes()
    archive.file(row).write_bytes(good[: made.fragment_ends[1]] + bytes(len(good) - made.fragment_ends[1]))
    assert numbers(run(archive)) == [3]
    assert_repaired(archive)
    assert archive.rows()[0].frames == 50
    archive.file(row).write_bytes(bytes(archive.rows()[0].size))
    assert numbers(run(archive)) == [3]
    assert_repaired(archive)
    assert archive.rows()[0].state is SegmentState.MISSING
    assert archive.file(row).exists()


@pytest.mark.parametrize("change", [{"frames": 49}, {"end": at(2.6)}])
def test_3_a_row_that_says_something_else(archive: Archive, change: dict[str, int]) -> None:
    row = archive.record(0)
    with archive.index.writing() as writer:
        writer.segment_closed(replace(row, **change))  # type: ignore[arg-type]
    assert numbers(run(archive)) == [3]
    assert_repaired(archive)
    assert archive.rows() == [row]


def test_3_a_row_that_is_shorter_than_its_file_because_the_next_begins_there(archive: Archive) -> None:
    row = archive.record(0)
    with archive.index.writing() as writer:
        writer.segment_closed(replace(row, end=at(1)))
    assert numbers(run(archive)) == [3]
    archive.record(1)
    assert numbers(run(archive)) == []


def test_4_segments_that_overlap(archive: Archive) -> None:
    archive.record(0)
    archive.record(1.5)
    assert numbers(run(archive)) == [4]
    assert "by 0.500 s" in run(archive).findings[0].message
    assert_not_repaired(archive)


def test_4_a_clock_that_was_set_back_is_no_fault(archive: Archive) -> None:
    archive.record(1.5)
    archive.record(0)
    assert run(archive).findings == ()


def test_5_a_hole_without_a_gap_and_a_gap_that_was_recorded(archive: Archive) -> None:
    archive.record(0)
    archive.record(10)
    archive.outage("g", 1, 11)
    connection = archive.index._writing_engine.connect()
    with connection.begin():
        connection.exec_driver_sql(f'UPDATE gaps SET start = {at(0.5)}, "end" = {at(1.5)}')
    connection.close()
    assert numbers(run(archive)) == [5, 5]
    assert_repaired(archive)
    assert archive.gaps() == [(2, 10, GapCause.NETWORK)]


def test_6_an_open_row_that_nobody_writes(archive: Archive) -> None:
    archive.record(0, state=SegmentState.OPEN)
    assert numbers(run(archive)) == [6]
    assert_repaired(archive)
    assert archive.rows()[0].state is SegmentState.CLOSED


def test_6_two_open_rows_of_one_stream_while_running(archive: Archive) -> None:
    archive.record(0, state=SegmentState.OPEN)
    assert run(archive, running=True).findings == ()
    archive.record(2, state=SegmentState.OPEN)
    assert numbers(run(archive, running=True)) == [6]


def test_6_two_open_gaps(archive: Archive) -> None:
    archive.outage("g", 0, None)
    connection = archive.index._writing_engine.connect()
    with connection.begin():
        columns = 'stream_id, epoch, start, "end", cause, detail'
        connection.exec_driver_sql(f"INSERT INTO gaps ({columns}) SELECT {columns} FROM gaps")
    connection.close()
    assert set(numbers(run(archive))) == {5, 6}
    assert_repaired(archive)
    assert archive.gaps() == [(0, None, GapCause.NETWORK)]


def test_6_outages_that_last_together_make_one_gap(archive: Archive) -> None:
    archive.outage("g", 0, None)
    archive.outage("h", 5, None, GapCause.STORAGE)
    assert run(archive).findings == ()
    assert archive.gaps() == [(0, None, GapCause.NETWORK)]


def test_7_a_volume_that_is_not_there_or_another(archive: Archive) -> None:
    archive.record(0)
    identity = (archive.root / IDENTITY_FILE).read_text()
    (archive.root / IDENTITY_FILE).unlink()
    assert numbers(run(archive)) == [7]
    assert_not_repaired(archive)
    (archive.root / IDENTITY_FILE).write_text(identity.replace(archive.volume.uuid[:4], "0000"))
    assert numbers(run(archive)) == [7]


def test_8_a_name_that_says_another_start(archive: Archive) -> None:
    row = archive.record(0)
    with archive.index.writing() as writer:
        writer.segment_closed(replace(row, start=at(1), end=at(3)))
    assert numbers(run(archive)) == [8]
    assert_not_repaired(archive)


def test_while_running_only_what_is_settled_is_judged_and_mended(archive: Archive) -> None:
    made = make_segment(50, finished=False)
    opened = archive.record(90, made, state=SegmentState.OPEN, size=1000)
    archive.outage("lasting", 90, None)
    archive.record(0)
    fresh = archive.record(50, made, state=None, size=1000)
    old = archive.record(10, state=None)
    os.utime(archive.file(old), (0, 0))
    now = UtcNs(max(time.time_ns(), at(1000)))
    os.utime(archive.file(fresh), ns=(now, now))
    assert numbers(run(archive, running=True, now=now)) == [2]
    report = run(archive, running=True, repair=True, now=now)
    assert report.remaining == ()
    assert archive.file(opened).stat().st_size == archive.file(fresh).stat().st_size == 1000
    assert (90, None, GapCause.NETWORK) in archive.gaps()
    assert [row.path for row in archive.index.open_segments()] == [opened.path]


def test_a_check_without_repair_touches_nothing(archive: Archive) -> None:
    archive.record(0, state=SegmentState.OPEN, size=500)
    archive.record(20, state=None, size=1500)
    archive.outage("g", 1, 50)

    def state() -> object:
        files = {path: path.read_bytes() for path in archive.root.rglob("*") if path.is_file()}
        return files, archive.rows(), archive.gaps()

    before = state()
    assert not run(archive).clean
    assert state() == before


def test_9_sums_that_are_wrong(archive: Archive) -> None:
    archive.record(0)
    archive.record(3600)
    with archive.index.writing() as writer:
        writer.connection.exec_driver_sql("UPDATE stored_hours SET size = size + 1 WHERE hour % 2 = 0")
        writer.connection.exec_driver_sql("DELETE FROM stored_hours WHERE hour % 2 = 1")
    assert numbers(run(archive)) == [9, 9]
    assert_repaired(archive)
    with archive.index.reading() as connection:
        assert [held.segments for held in stored(connection)] == [2]
