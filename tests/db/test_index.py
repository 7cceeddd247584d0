"""The index on a real SQLite file."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.incidents import IncidentFilter
from gstnvr.db.index import Index
from gstnvr.db.timeline import Piece, recordings, shortest_gap
from gstnvr.db.writer import UnknownVolumeError
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Incident, Segment, SegmentState
from tests.db.facts import GATE, VOLUME, YARD, at, gap, outage, segment


def incident(uid: str, started: float, recovered: float | None = None) -> Incident:
    return Incident(
        uid,
        YARD.camera,
        YARD,
        Fault.RTSP_NETWORK,
        Reason.REFUSED,
        Severity.HIGH,
        "connection refused",
        "source resource 7",
        at(started),
        at(started + 2),
        None if recovered is None else at(recovered),
        3,
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index.db") as opened:
        with opened.writing() as writer:
            writer.ensure_volume(VOLUME)
        yield opened


def without_key(found: list[Segment]) -> list[Segment]:
    assert all(row.id is not None for row in found)
    return [replace(row, id=None) for row in found]


def test_what_is_written_is_read_back_after_reopening(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index.db") as index, index.writing() as writer:
        writer.ensure_volume(VOLUME)
        writer.ensure_stream(YARD, "Yard")
        writer.segment_closed(segment(0, 60))
        writer.outage_changed(outage("o1", 60, None))
        writer.incident_changed(incident("i1", 58))
        writer.incident_changed(replace(incident("i2", 70, 80), camera=None, stream=None))
    with Index.open(tmp_path / "index.db") as index:
        assert without_key(index.segments()) == [segment(0, 60)]
        assert index.outages(YARD) == index.open_outages() == [outage("o1", 60, None)]
        assert index.gaps() == [gap(60, None)]
        assert index.incidents() == [replace(incident("i2", 70, 80), camera=None, stream=None), incident("i1", 58)]
        assert index.streams() == [YARD]
        assert index.volumes() == [VOLUME]
        key = index.segments()[0].id
        assert key is not None
        assert index.segment(key) == index.segments()[0] == index.segment_at(VOLUME.uuid, segment(0, 60).path)
        assert index.segment(key + 1) is None


def test_a_segments_life_survives_events_that_come_again(index: Index) -> None:
    opened = segment(0, 0, state=SegmentState.OPEN)
    grown = replace(segment(0, 30, state=SegmentState.OPEN), size=500)
    closed = segment(0, 60)
    for event, expected in (("opened", opened), ("grown", grown), ("closed", closed)):
        with index.writing() as writer:
            getattr(writer, f"segment_{event}")(expected)
        assert without_key(index.segments()) == [expected]
    key = index.segments()[0].id
    with index.writing() as writer:
        writer.segment_opened(opened)
        writer.segment_grown(grown)
        writer.segment_closed(closed)
    assert index.segments() == [replace(closed, id=key)]
    assert index.open_segments() == []


def test_a_missing_file_stays_missing_until_it_is_found(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.segment_missing(VOLUME.uuid, segment(0, 60).path)
        writer.segment_closed(segment(0, 60))
    assert [row.state for row in index.segments()] == [SegmentState.MISSING]
    with index.writing() as writer:
        writer.segment_found(segment(0, 59))
    assert without_key(index.segments()) == [segment(0, 59)]


def test_a_discarded_segment_is_forgotten(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_opened(segment(0, 0, state=SegmentState.OPEN))
        writer.segment_discarded(VOLUME.uuid, segment(0, 0).path)
        writer.segment_discarded(VOLUME.uuid, segment(0, 0).path)
    assert index.segments() == []


def test_an_outage_is_moved_closed_and_removed_and_the_gap_follows(index: Index) -> None:
    with index.writing() as writer:
        writer.outage_changed(outage("o1", 0, None))
        writer.outage_changed(outage("o1", 5, None))
    assert index.open_gaps() == [gap(5, None)]
    with index.writing() as writer:
        writer.outage_changed(outage("o1", 5, 9))
        writer.outage_changed(outage("o1", 5, 9))
    assert index.open_gaps() == []
    assert index.open_outages() == []
    assert index.gaps(YARD) == [gap(5, 9)]
    with index.writing() as writer:
        writer.outage_changed(outage("o1", 5, 5))
    assert index.gaps() == []
    assert index.outages(YARD) == []


def test_a_segment_that_begins_ends_what_was_in_the_way(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.outage_changed(outage("o1", 60, None))
        writer.outage_changed(outage("o2", 100, None))
    with index.writing() as writer:
        writer.segment_opened(segment(90, 90, state=SegmentState.OPEN))
    assert index.open_outages() == [outage("o2", 100, None)]
    assert index.gaps(YARD) == [gap(60, 90), gap(100, None)]


def test_what_was_deleted_on_purpose_is_remembered_as_one(index: Index) -> None:
    with index.writing() as writer:
        for start in range(0, 300, 60):
            writer.segment_closed(segment(start, start + 60))
    for start in range(0, 180, 60):
        with index.writing() as writer:
            writer.segments_deleted(VOLUME.uuid, [segment(start, start + 60).path])
    assert [(found.start, found.end, found.cause) for found in index.gaps(YARD)] == [
        (at(0), at(180), GapCause.DELETED)
    ]
    assert len(index.outages(YARD)) == 1


def test_a_volume_and_a_camera_may_change_path_and_name(index: Index) -> None:
    with index.writing() as writer:
        writer.ensure_volume(replace(VOLUME, path="/mnt/other"))
        writer.ensure_stream(YARD, "Yard")
        writer.ensure_stream(YARD, "Back yard")
    assert index.volumes() == [replace(VOLUME, path="/mnt/other")]
    assert index.streams() == [YARD]


def test_a_segment_on_an_unknown_volume_is_refused_and_the_transaction_undone(index: Index) -> None:
    with pytest.raises(UnknownVolumeError), index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.segment_closed(replace(segment(60, 120), volume="another"))
    assert index.segments() == []


def test_queries_by_time_take_what_reaches_into_it(index: Index) -> None:
    with index.writing() as writer:
        for start in range(0, 600, 60):
            writer.segment_closed(segment(start, start + 60))
            writer.segment_closed(segment(start, start + 60, GATE))
        writer.outage_changed(outage("o1", 600, 700))
        writer.segment_closed(segment(700, 800))
        writer.outage_changed(outage("o2", 800, None))
        writer.incident_changed(incident("i1", 590, 705))
        writer.incident_changed(incident("i2", 795))
    assert [row.start for row in index.segments(YARD, start=at(60), end=at(180))] == [at(60), at(120)]
    assert [row.start for row in index.segments(YARD, start=at(59), end=at(181))] == [
        at(0),
        at(60),
        at(120),
        at(180),
    ]
    assert index.holds_segments(VOLUME.uuid)
    assert not index.holds_segments("another")
    assert index.segments(states=[SegmentState.OPEN]) == []
    assert index.gaps(YARD, at(600), at(800)) == index.gaps(YARD, at(699), at(701)) == [gap(600, 700)]
    assert index.gaps(YARD, at(700), at(801)) == index.gaps(YARD, at(900)) == [gap(800, None)]
    assert index.gaps(end=at(601)) == [gap(600, 700)]
    assert index.gaps(GATE) == []
    assert [row.uid for row in index.incidents(IncidentFilter(YARD.camera), start=at(700))] == ["i2", "i1"]
    assert [row.uid for row in index.incidents(open_only=True)] == ["i2"]
    assert [row.uid for row in index.incidents(end=at(795))] == ["i1"]
    assert [row.uid for row in index.incidents(limit=1)] == ["i2"]
    assert index.incidents(IncidentFilter(GATE.camera)) == []


def test_pages_join_without_loss(index: Index) -> None:
    with index.writing() as writer:
        for start in range(0, 600, 60):
            writer.segment_closed(segment(start, start + 60))
            writer.segment_closed(segment(start, start + 60, GATE))
    pages: list[Segment] = []
    while page := index.segments(limit=3, after=pages[-1].place if pages else None):
        pages += page
    assert pages == index.segments()
    assert len(pages) == 20


def test_last_end_is_the_latest_of_segments_and_outages(index: Index) -> None:
    assert index.last_end(YARD) is None
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.segment_closed(segment(0, 90, GATE))
    assert index.last_end(YARD) == at(60)
    with index.writing() as writer:
        writer.outage_changed(outage("o1", 60, 70))
        writer.outage_changed(outage("o2", 70, None))
    assert index.last_end(YARD) == at(70)


def test_files_and_folders_of_a_volume(index: Index) -> None:
    day = 24 * 3600
    with index.writing() as writer:
        for number, folder in enumerate(["gate/20261121", "yard-2/20261121", "yard/20261121", "yard/20261122"]):
            for name in ("b.mp4", "a.mp4"):
                writer.segment_closed(replace(segment(number * day, number * day + 60), path=f"{folder}/{name}"))
    assert index.folders(VOLUME.uuid) == ["gate/20261121", "yard-2/20261121", "yard/20261121", "yard/20261122"]
    assert [file.path for file in index.files(VOLUME.uuid, "yard/20261121")] == [
        "yard/20261121/a.mp4",
        "yard/20261121/b.mp4",
    ]
    assert index.files(VOLUME.uuid, "yard/20261123") == []
    assert index.folders("another") == []
    assert index.folders(VOLUME.uuid, CameraId("yard")) == ["yard/20261121", "yard/20261122"]
    assert index.folders(VOLUME.uuid, CameraId("yard"), "20261122") == ["yard/20261122"]
    assert index.folders(VOLUME.uuid, CameraId("ya")) == []


def test_readers_are_not_held_up_by_a_writer_and_see_whole_transactions(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        assert index.segments() == []
    assert len(index.segments()) == 1


def test_writers_take_turns(index: Index) -> None:
    def write(stream: StreamId) -> None:
        for number in range(20):
            with index.writing() as writer:
                writer.segment_closed(segment(number * 60, number * 60 + 60, stream))

    threads = [threading.Thread(target=write, args=(stream,)) for stream in (YARD, GATE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(index.segments()) == 40


def test_a_second_process_may_write_too(index: Index, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index.db") as other:
        with other.writing() as writer:
            writer.segment_closed(segment(0, 60))
        with index.writing() as writer:
            writer.segment_closed(segment(60, 120))
        assert len(other.segments()) == 2


def test_commits_are_made_to_last(index: Index, tmp_path: Path) -> None:
    with index._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_damaged_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(b"not a database, surely" * 100)
    with pytest.raises(DatabaseUnusableError, match=r"index\.db: file is not a database; ") as caught:
        Index.open(path)
    assert "\n" not in str(caught.value)


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    Index.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusableError, match="later version"):
        Index.open(path)


def test_a_folder_that_is_not_there_and_a_wrong_url_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusableError, match="unable to open database file"):
        Index.open(tmp_path / "gone" / "index.db")
    with pytest.raises(DatabaseUnusableError, match="not a database URL"):
        Index.open("nonsense:://x")


def with_frames(row: Segment, frame_s: float) -> Segment:
    return replace(row, frames=round((row.end - row.start) / NS_PER_S / frame_s))


def pieces(segments: Iterable[Segment]) -> list[Piece]:
    return [Piece(row.start, row.end, row.state.value, row.size, row.frames) for row in segments]


def test_adjoining_segments_are_one_recording() -> None:
    frame = 0.04
    segments = [
        with_frames(segment(0, 60), frame),
        with_frames(segment(60 + 0.7 * frame, 120), frame),
        with_frames(segment(120 + frame, 180), frame),
        segment(200, 210, state=SegmentState.OPEN),
    ]
    found = recordings(YARD, pieces(segments))
    assert [(r.start, r.end, r.segments, r.size, r.growing) for r in found] == [
        (at(0), at(120), 2, 2000, False),
        (at(120 + frame), at(180), 1, 1000, False),
        (at(200), at(210), 1, 1000, True),
    ]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), max_size=20))
def test_recordings_cover_just_what_the_segments_cover(spans: list[tuple[int, int]]) -> None:
    segments = [segment(start, start + length) for start, length in sorted(spans)]
    found = recordings(YARD, pieces(segments))
    assert sum(r.segments for r in found) == len(segments)
    assert all(b.start - a.end >= shortest_gap(None, None) for a, b in pairwise(found))
    assert {r.start for r in found} <= {s.start for s in segments}
    assert {r.end for r in found} <= {s.end for s in segments}


def test_recordings_of_the_index_keep_to_stream_and_time(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.segment_closed(segment(60, 120))
        writer.segment_closed(segment(300, 360))
        writer.segment_closed(segment(60, 120, GATE))
        writer.segment_closed(segment(120, 180))
        writer.segment_missing(VOLUME.uuid, segment(120, 180).path)
    assert [(r.start, r.end) for r in index.recordings(YARD, at(90), at(200))] == [(at(60), at(120))]
    assert [(r.start, r.end) for r in index.recordings(YARD)] == [(at(0), at(120)), (at(300), at(360))]
