"""Index and disk after every way of dying that we can think of."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile, recover_streams
from gstnvr.storage.recover import Action, Change
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import IDENTITY_FILE
from gstnvr.volume.paths import SegmentName, segment_path
from tests.storage.archive import YARD, Archive, at

GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
NOW = at(100)


def run(archive: Archive, now: UtcNs = NOW, live: tuple[StreamId, ...] = ()) -> list[Change]:
    return reconcile(archive.index, [archive.volume], now=now, live=live)


def actions(changes: list[Change]) -> list[Action]:
    return [change.action for change in changes]


def assert_settled(archive: Archive) -> None:
    """A second run finds nothing to do, and every invariant holds."""
    assert run(archive) == []
    report = check(archive.index, [archive.volume], now=NOW, running=False)
    assert report.findings == ()


def test_nothing_to_do_changes_nothing(archive: Archive) -> None:
    row = archive.record(98)
    assert run(archive) == []
    assert archive.rows() == [row]


def test_a_file_that_was_being_written_is_recovered_wherever_it_was_cut_off(archive: Archive) -> None:
    made = make_segment(60, key_every=30, fragment_frames=10)
    opened = archive.record(0, made, state=SegmentState.OPEN)
    file = archive.file(opened)
    edges = {end + step for end in (0, made.header_bytes, *made.fragment_ends) for step in (-1, 0, 1, 8, 9)}
    for size in sorted(
        {*range(0, len(made.content), 61), *edges, len(made.content)} & {*range(len(made.content) + 1)}
    ):
        file.write_bytes(made.content[:size])
        with archive.index.writing() as writer:
            writer.segment_discarded(opened.volume, opened.path)
            writer.segment_opened(opened)
        assert run(archive)[0].action in (Action.CLOSED, Action.DISCARDED)
        whole = sum(end <= size for end in made.fragment_ends)
        if whole == 0:
            assert archive.rows() == []
            assert not file.exists()
            continue
        (row,) = archive.rows()
        assert row.state is SegmentState.CLOSED
        assert (row.start, row.frames) == (opened.start, 10 * whole)
        assert row.end == opened.start + whole * 400_000_000
        assert row.size == file.stat().st_size
        assert row.size == (len(made.content) if size == len(made.content) else made.fragment_ends[whole - 1])
        assert scan_file(file).whole
    assert_settled(archive)


def test_the_rows_start_is_kept_to_the_nanosecond(archive: Archive) -> None:
    opened = archive.record(0, state=SegmentState.OPEN)
    exact = replace(opened, start=UtcNs(opened.start + 123_456), end=UtcNs(opened.start + 123_456))
    with archive.index.writing() as writer:
        writer.segment_opened(exact)
    run(archive)
    assert archive.rows()[0].start == exact.start
    assert_settled(archive)


def test_a_hole_of_which_nobody_told_is_a_gap_and_none_is_added_at_the_end(archive: Archive) -> None:
    archive.record(0)
    archive.record(10)
    archive.outage("g", 12, None, GapCause.SHUTDOWN)
    assert run(archive) == []
    assert archive.gaps() == [(2, 10, GapCause.UNKNOWN), (12, None, GapCause.SHUTDOWN)]
    assert_settled(archive)


def test_gaps_that_somebody_spoilt_are_made_right_again(archive: Archive) -> None:
    archive.record(0)
    archive.record(10)
    connection = archive.index._writing_engine.connect()
    with connection.begin():
        connection.exec_driver_sql("UPDATE gaps SET cause = 'network'")
    connection.close()
    removed, entered = run(archive)
    assert (removed.action, removed.message) == (
        Action.GAP,
        "removed: gap of 8.000 s from 2026-11-21T12:00:02.000Z (network)",
    )
    assert entered.message == "entered: gap of 8.000 s from 2026-11-21T12:00:02.000Z (unknown)"
    assert archive.gaps() == [(2, 10, GapCause.UNKNOWN)]


def test_an_unknown_file_is_adopted_with_a_proper_end(archive: Archive) -> None:
    made = make_segment(60, finished=False)
    unknown = archive.record(0, made, state=None, size=made.fragment_ends[1] + 5)
    assert actions(run(archive)) == [Action.ADOPTED]
    (row,) = archive.rows()
    assert (row.stream, row.path, row.start, row.end) == (YARD, unknown.path, at(0), at(2))
    assert (row.frames, row.size, row.tracks) == (50, made.fragment_ends[1], unknown.tracks)
    assert archive.file(row).stat().st_size == row.size
    assert_settled(archive)


def test_the_whole_index_can_be_built_again_from_the_files(archive: Archive, tmp_path: Path) -> None:
    for start in range(0, 20, 2):
        archive.record(start)
    archive.record(0, stream=GATE)
    with Index.open(tmp_path / "new.db") as index:
        reconcile(index, [archive.volume], now=at(20))
        again = Archive(index, archive.volume)
        assert set(again.rows()) == set(archive.rows())
        assert again.gaps() == []


UNKNOWN = segment_path(SegmentName(YARD, at(0), Container.MP4))


def test_an_unknown_file_without_video_is_left_alone_and_reported(archive: Archive) -> None:
    path = archive.root / UNKNOWN
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a segment")
    assert actions(run(archive)) == [Action.LEFT_ALONE]
    assert path.read_bytes() == b"not a segment"
    assert archive.rows() == []


@pytest.mark.parametrize("size", [0, 3, 40, make_segment().header_bytes, make_segment().fragment_ends[0] - 1])
def test_the_mere_beginning_of_an_unknown_file_is_left_alone_and_no_fault(archive: Archive, size: int) -> None:
    make_segment().write(archive.root / UNKNOWN, size)
    assert_settled(archive)
    assert (archive.root / UNKNOWN).stat().st_size == size
    (archive.root / UNKNOWN).write_bytes(bytes(size))
    assert_settled(archive)


def test_files_that_are_no_segments_are_none_of_our_business(archive: Archive) -> None:
    row = archive.record(98)
    others = [
        archive.root / "notes.txt",
        archive.root / "lost+found" / "x.mp4",
        archive.file(row).parent / "copy of a segment.mp4",
        archive.root / "yard" / "readme",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(make_segment().content)
    (archive.root / segment_path(SegmentName(YARD, at(50), Container.MP4))).symlink_to(archive.file(row))
    assert run(archive) == []
    assert all(other.exists() for other in others)
    assert_settled(archive)


def test_a_missing_file_is_kept_as_evidence_and_as_a_gap_until_it_is_back(archive: Archive) -> None:
    first, second = archive.record(0), archive.record(98)
    archive.outage("g", 2, 98)
    aside = archive.file(first).rename(archive.root / "aside")
    assert actions(run(archive)) == [Action.MISSING]
    assert archive.rows() == [replace(first, state=SegmentState.MISSING), second]
    assert archive.gaps() == [(0, 2, GapCause.FILE_LOST), (2, 98, GapCause.NETWORK)]
    assert_settled(archive)
    aside.rename(archive.file(first))
    assert actions(run(archive)) == [Action.FOUND]
    assert archive.rows() == [first, second]
    assert archive.gaps() == [(2, 98, GapCause.NETWORK)]
    assert_settled(archive)


def test_an_open_row_without_a_file_is_forgotten_or_kept_by_what_was_in_it(archive: Archive) -> None:
    empty = archive.record(0, state=SegmentState.OPEN)
    grown = replace(archive.record(10, state=SegmentState.OPEN), frames=50, end=at(12), size=100)
    with archive.index.writing() as writer:
        writer.segment_grown(grown)
    for row in (empty, grown):
        archive.file(row).unlink()
    assert actions(run(archive))[:2] == [Action.DISCARDED, Action.MISSING]
    assert archive.rows() == [replace(grown, state=SegmentState.MISSING)]
    assert archive.gaps() == [(10, 12, GapCause.FILE_LOST)]


def test_a_file_that_lost_what_was_safe_is_evidence_and_not_deleted(archive: Archive) -> None:
    grown = replace(archive.record(0, state=SegmentState.OPEN), frames=50, end=at(2), size=100)
    with archive.index.writing() as writer:
        writer.segment_grown(grown)
    archive.file(grown).write_bytes(bytes(5000))
    assert actions(run(archive))[0] is Action.MISSING
    assert archive.file(grown).exists()
    assert archive.gaps()[0] == (0, 2, GapCause.FILE_LOST)


def test_a_closed_file_that_shrank_is_corrected_and_the_loss_is_a_gap(archive: Archive) -> None:
    made = make_segment(100)
    row = archive.record(96, made)
    archive.record(100)
    os.truncate(archive.file(row), made.fragment_ends[1] + 1)
    assert actions(run(archive)) == [Action.CORRECTED]
    assert archive.rows()[0].frames == 50
    assert archive.gaps() == [(98, 100, GapCause.UNKNOWN)]
    assert_settled(archive)


def test_a_deletion_that_had_begun_is_ended(archive: Archive) -> None:
    here, gone = archive.record(0), archive.record(2)
    with archive.index.writing() as writer:
        for row in (here, gone):
            writer.segment_discarded(row.volume, row.path)
            writer.segment_opened(row)
    connection = archive.index._writing_engine.connect()
    with connection.begin():
        connection.exec_driver_sql("UPDATE segments SET state = 'deleting'")
    connection.close()
    archive.file(gone).unlink()
    assert actions(run(archive)) == [Action.DELETED, Action.DELETED]
    assert archive.rows() == []
    assert not archive.file(here).exists()
    assert archive.gaps() == [(0, 4, GapCause.DELETED)]


def test_what_a_live_recorder_is_writing_is_left_alone(archive: Archive) -> None:
    made = make_segment(50, finished=False)
    opened = archive.record(0, made, state=SegmentState.OPEN, size=1000)
    archive.outage("g", 0, None)
    now = UtcNs(time.time_ns())
    fresh = archive.record(50, made, state=None, size=1000)
    old = archive.record(52, state=None)
    os.utime(archive.file(old), (0, 0))
    assert actions(run(archive, now, live=(YARD,))) == [Action.ADOPTED]
    assert [(row.path, row.state) for row in archive.rows()] == [
        (opened.path, SegmentState.OPEN),
        (old.path, SegmentState.CLOSED),
    ]
    assert archive.file(opened).stat().st_size == archive.file(fresh).stat().st_size == 1000
    assert archive.gaps() == [(0, 52, GapCause.NETWORK), (54, None, GapCause.NETWORK)]


def test_an_unmounted_volume_loses_no_row(archive: Archive) -> None:
    row = archive.record(98)
    archive.root.rename(archive.root.with_name("elsewhere"))
    archive.root.mkdir()
    (change,) = run(archive)
    assert change.action is Action.UNAVAILABLE
    assert IDENTITY_FILE in change.message
    assert archive.rows() == [row]


def test_a_file_that_cannot_be_read_holds_up_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = archive.record(0, state=SegmentState.OPEN)
    good = archive.record(10, state=SegmentState.OPEN)
    real = os.pread

    def pread(fd: int, count: int, offset: int) -> bytes:
        if Path(f"/proc/self/fd/{fd}").readlink() == archive.file(bad):
            raise OSError(5, "Input/output error")
        return real(fd, count, offset)

    monkeypatch.setattr(os, "pread", pread)
    changes = run(archive)
    assert actions(changes)[:2] == [Action.LEFT_ALONE, Action.CLOSED]
    assert "Input/output error" in changes[0].message
    assert [row.state for row in archive.rows()] == [SegmentState.OPEN, SegmentState.CLOSED]
    assert archive.rows()[1].path == good.path


def test_recovery_of_a_dead_recorder_keeps_to_its_streams_and_last_days(archive: Archive) -> None:
    day = 24 * 3600
    long_ago = archive.record(-3 * day, state=None)
    closed = archive.record(0)
    opened = archive.record(2, state=SegmentState.OPEN, size=make_segment().fragment_ends[0])
    unknown = archive.record(day, state=None)
    foreign = archive.record(4, state=SegmentState.OPEN, stream=GATE)
    changes = recover_streams(archive.index, [archive.volume], [YARD], now=at(day + 10))
    assert actions(changes) == [Action.CLOSED, Action.ADOPTED]
    assert [row.path for row in archive.rows()] == [closed.path, opened.path, foreign.path, unknown.path]
    assert [row.state for row in archive.rows() if row.path == foreign.path] == [SegmentState.OPEN]
    assert archive.file(long_ago).exists()
    assert archive.gaps() == [(3, day, GapCause.UNKNOWN)]


def test_recovery_of_a_stream_never_recorded_looks_everywhere(archive: Archive) -> None:
    archive.record(0, state=None)
    changes = recover_streams(archive.index, [archive.volume], [YARD], now=at(10))
    assert actions(changes) == [Action.ADOPTED]


def test_cameras_do_not_have_each_others_old_days_looked_at(archive: Archive) -> None:
    day = 24 * 3600
    never_recorded = StreamId(CameraId("attic"), StreamKind.MAIN)
    archive.record(-3 * day, state=None)
    archive.record(0)
    archive.record(-3 * day, stream=GATE)
    late = archive.record(-3 * day + 4, state=None, stream=GATE)
    changes = recover_streams(archive.index, [archive.volume], [YARD, GATE, never_recorded], now=at(10))
    assert [(change.action, change.where.endswith(late.path)) for change in changes] == [(Action.ADOPTED, True)]


def test_time_for_a_thousand_segments(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_segment(2, fragment_frames=1)
    for number in range(1000):
        made.write(archive.root / segment_path(SegmentName(YARD, at(number * 60), Container.MP4)))
    started = time.perf_counter()
    adopted = run(archive, now=at(60_000))
    middle = time.perf_counter()
    assert actions(adopted).count(Action.ADOPTED) == 1000
    run(archive, now=at(60_000))
    end = time.perf_counter()
    with capsys.disabled():
        print(f"\n1000 segments: adopted in {middle - started:.2f} s, found in order in {end - middle:.3f} s")
    assert len(archive.rows()) == 1000
