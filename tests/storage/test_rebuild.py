"""An index that is made anew from the files says what the one before said, as far as files can say it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.container.facts import FileScan
from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect, protections
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.storage.adoption import may_pause, pauses_in
from gstnvr.storage.check import check
from gstnvr.storage.kept_protections import PROTECTIONS_FILE, keep_on
from gstnvr.storage.rebuild import RebuildError, Rebuilt, rebuild, volumes_at
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import create_identity
from gstnvr.volume.paths import SegmentName, segment_path
from tests.rig.evidence_orders import CONFIG, picture
from tests.rig.made_recordings import MadeFile, MadeSample
from tests.storage.archive import YARD, Archive, at

GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
NOW = at(1000)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "index.sqlite3"


@pytest.fixture
def archive(tmp_path: Path, database: Path) -> Iterator[Archive]:
    root = tmp_path / "volume"
    root.mkdir()
    with Index.open(database) as index:
        volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
        with index.writing() as writer:
            writer.ensure_volume(volume)
        yield Archive(index, volume)


def exactly(archive: Archive, row: Segment, *, start: int = 0, end: int = 0) -> Segment:
    """Correct a row by what its recorder knew and the file does not say, in nanoseconds."""
    exact = replace(row, start=UtcNs(row.start + start), end=UtcNs(row.end + end))
    with archive.index.writing() as writer:
        writer.segment_closed(exact)
    return exact


def anew(archive: Archive, database: Path) -> Rebuilt:
    archive.index.close()
    return rebuild(database, [archive.volume], NOW)


def segments(database: Path) -> list[Segment]:
    with Index.open(database) as index:
        return [replace(row, id=None) for row in index.segments()]


def test_segments_and_gaps_are_the_same(archive: Archive, database: Path) -> None:
    for number in range(30):
        exactly(archive, archive.record(2 * number), start=123_456, end=123_456)
    exactly(archive, archive.record(60), end=300 * NS_PER_MS)  # the next picture was late
    for number in range(5):
        archive.record(62.3 + 2 * number)
        archive.record(2 * number, stream=GATE)
    archive.record(90, make_segment(60, frame_ms=66))
    archive.outage("cable", 75, 88, GapCause.NETWORK)
    before = archive.rows()

    rebuilt = anew(archive, database)

    comparison = rebuilt.comparison
    assert comparison is not None
    assert comparison.differences == ()
    assert (comparison.segments, comparison.gaps) == (42, 1)
    assert comparison.lost == ("1 causes of gaps",)
    after = segments(database)
    assert [replace(row, start=UtcNs(0), end=UtcNs(0)) for row in after] == [
        replace(row, start=UtcNs(0), end=UtcNs(0)) for row in before
    ]
    assert all(0 <= old.start - new.start < NS_PER_MS for old, new in zip(before, after, strict=True))
    assert all(0 <= old.end - new.end < NS_PER_MS for old, new in zip(before, after, strict=True))
    with Index.open(database) as index:
        assert check(index, [archive.volume], now=NOW, running=False).findings == ()


def test_the_index_before_is_kept_and_can_be_used_again(archive: Archive, database: Path) -> None:
    row = archive.record(0)
    kept = anew(archive, database).kept
    assert kept is not None
    assert kept.parent == database.parent
    assert segments(kept) == segments(database) == [row]
    assert sorted(file.name for file in database.parent.iterdir()) == [database.name, kept.name]


def test_every_row_that_differs_is_told(archive: Archive, database: Path) -> None:
    wrong, gone, unknown = archive.record(0), archive.record(10), archive.record(20, state=None)
    lost = archive.record(30)
    with archive.index.writing() as writer:
        writer.segment_closed(replace(wrong, frames=49))
        writer.segment_missing(lost.volume, lost.path)
    archive.file(gone).unlink()
    archive.file(lost).unlink()

    comparison = anew(archive, database).comparison

    assert comparison is not None
    told = {
        Path(one.where).name: (one.before, one.after)
        for one in comparison.differences
        if one.where.endswith(".mp4")
    }
    assert set(told) == {Path(row.path).name for row in (wrong, gone, unknown)}
    before, after = told[Path(wrong.path).name]
    assert "49 frames" in (before or "")
    assert "50 frames" in (after or "")
    assert told[Path(gone.path).name][1] is None
    assert told[Path(unknown.path).name][0] is None
    assert "1 rows of segments whose files are not here" in comparison.lost


def test_a_damaged_index_is_kept_and_replaced(archive: Archive, database: Path) -> None:
    row = archive.record(0)
    archive.index.close()
    database.write_bytes(b"this is no database" * 100)
    rebuilt = rebuild(database, [archive.volume], NOW)
    assert rebuilt.comparison is None
    assert "cannot open database" in rebuilt.problem
    assert rebuilt.kept is not None
    assert rebuilt.kept.read_bytes().startswith(b"this is no database")
    assert segments(database) == [row]


def test_without_an_index_a_new_one_is_made(archive: Archive, database: Path) -> None:
    row = archive.record(0)
    archive.index.close()
    database.unlink()
    assert rebuild(database, [archive.volume], NOW).kept is None
    assert segments(database) == [row]


def test_a_volume_that_is_not_there_leaves_everything_as_it_was(archive: Archive, database: Path) -> None:
    archive.record(0)
    archive.index.close()
    content = database.read_bytes()
    elsewhere = Volume(archive.volume.uuid, str(database.parent / "nowhere"))
    with pytest.raises(RebuildError, match="the index is as it was"):
        rebuild(database, [archive.volume, elsewhere], NOW)
    assert database.read_bytes() == content
    with pytest.raises(RebuildError, match="nowhere cannot be used"):
        volumes_at([archive.root, Path(elsewhere.path)])


@pytest.mark.parametrize("late", [3, 10, 29, 30, 31, 119])
@pytest.mark.parametrize("container", Container)
def test_no_pause_is_overlooked_and_steady_files_are_not_read_twice(
    archive: Archive, container: Container, late: int
) -> None:
    def scanned(pause_ms: int, name: str) -> FileScan:
        moments_ms = [40 * number + (pause_ms if number >= late else 0) for number in range(120)]
        samples = [MadeSample(ms, picture(number), number % 10 == 0) for number, ms in enumerate(moments_ms)]
        MadeFile(container, samples, CONFIG, 40).write(archive.root / name)
        return scan_file(archive.root / name)

    assert may_pause(scanned(600, "paused"))
    assert not may_pause(scanned(0, "steady"))


@pytest.mark.parametrize("container", Container)
def test_pauses_within_files_are_found_again(archive: Archive, database: Path, container: Container) -> None:
    moments_ms = [40 * number + (3000 if number >= 30 else 0) for number in range(50)]
    path = segment_path(SegmentName(YARD, at(0), container))
    file = archive.root / path
    file.parent.mkdir(parents=True)
    samples = [MadeSample(ms, picture(number), number % 10 == 0) for number, ms in enumerate(moments_ms)]
    MadeFile(container, samples, CONFIG, 40).write(file)
    tracks = TrackInfo("h264", 64, 48)
    size = file.stat().st_size
    row = Segment(YARD, archive.volume.uuid, path, at(0), at(5), SegmentState.CLOSED, size, 50, tracks)
    with archive.index.writing() as writer:
        writer.segment_closed(row)
    archive.outage("pause", 1.2, 4.2, GapCause.NO_PICTURES)
    assert archive.gaps() == [(1.2, 4.2, GapCause.NO_PICTURES)]

    comparison = anew(archive, database).comparison

    assert comparison is not None
    assert (comparison.differences, comparison.lost) == ((), ())
    with Index.open(database) as index:
        (gap,) = index.gaps()
        assert (gap.start, gap.end, gap.cause) == (at(1.2), at(4.2), GapCause.NO_PICTURES)
        assert [outage.uid for outage in index.outages(YARD)] == [one.uid for one in pauses_in(file, row)]


def test_protections_come_back_from_the_volumes(archive: Archive, database: Path) -> None:
    row = archive.record(0)
    mine = Protection("p1", YARD, at(0), at(60), "theft", "anna", at(5))
    over = Protection("p2", YARD, at(0), at(60), "mistake", "anna", at(6), at(7), "ben")
    with archive.index.writing() as writer:
        protect(writer, mine)
        protect(writer, over)
    keep_on(archive.index, archive.volume)
    comparison = anew(archive, database).comparison
    assert comparison is not None
    assert comparison.lost == ()
    with Index.open(database) as index, index.reading() as connection:
        assert sorted(protections(connection, released=True), key=lambda one: one.uid) == [mine, over]
        assert [one.uid for one in protections(connection, row.stream)] == ["p1"]


def test_what_the_index_says_of_a_protection_counts_more_than_an_old_note(archive: Archive) -> None:
    mine = Protection("p1", YARD, at(0), at(60), "theft", "anna", at(5))
    with archive.index.writing() as writer:
        protect(writer, mine)
    keep_on(archive.index, archive.volume)
    first = (archive.root / PROTECTIONS_FILE).read_bytes()
    with archive.index.writing() as writer:
        writer.connection.exec_driver_sql("UPDATE protections SET released = 7, released_by = 'ben'")
    keep_on(archive.index, archive.volume)
    assert (archive.root / PROTECTIONS_FILE).read_bytes() != first
    with archive.index.reading() as connection:
        assert protections(connection) == []


BACKWARDS = (
    b'{"version": 1, "protections": [{"uid": "p", "camera": "yard", "stream": "main", "start": 5, "end": 5,'
    b' "reason": "", "user": "", "created": 1, "released": null, "released_by": null}]}'
)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"version": 1}', b'{"version": 1, "protections": [3]}', b"\xff", BACKWARDS]
)
def test_a_damaged_note_of_protections_is_set_aside(archive: Archive, content: bytes) -> None:
    (archive.root / PROTECTIONS_FILE).write_bytes(content)
    with archive.index.writing() as writer:
        protect(writer, Protection("p1", YARD, at(0), at(60), "theft", "anna", at(5)))
    (change,) = keep_on(archive.index, archive.volume)
    assert "damaged" in change.message
    assert (archive.root / f"{PROTECTIONS_FILE}.damaged").read_bytes() == content
    assert keep_on(archive.index, archive.volume) == []


def test_the_note_of_a_later_version_is_left_alone(archive: Archive) -> None:
    content = b'{"version": 2, "what": "who knows"}'
    (archive.root / PROTECTIONS_FILE).write_bytes(content)
    with archive.index.writing() as writer:
        protect(writer, Protection("p1", YARD, at(0), at(60), "theft", "anna", at(5)))
    keep_on(archive.index, archive.volume)
    assert (archive.root / PROTECTIONS_FILE).read_bytes() == content
