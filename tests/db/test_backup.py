"""Copies of the database, made while it is written to, and the way back."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.audit import AuditLine, add_line, audit_lines
from gstnvr.db.backup import BackupError, back_up, restore, restore_into
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect, protections
from gstnvr.db.stored import wrong_hours
from gstnvr.lab.postgresql import postgresql, programs
from gstnvr.model.ids import CameraId, StreamId
from tests.db.facts import VOLUME, YARD, at, outage, segment


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "index.sqlite3"


def fill(index: Index) -> None:
    """Something in every kind of table."""
    with index.writing() as writer:
        writer.ensure_volume(VOLUME)
        writer.ensure_stream(YARD, "The yard")
        for number in range(3):
            writer.segment_closed(segment(100 * number, 100 * number + 60))
        writer.outage_changed(outage("o1", 61, 99))
        protect(writer, Protection("p1", YARD, at(0), at(60), "theft", "anna", at(5)))
        add_line(writer, AuditLine(at(5), "anna", "protect", "yard/main", {"reason": "theft"}))


def contents(index: Index) -> dict[str, Any]:
    with index.reading() as connection:
        assert wrong_hours(connection) == []
        return {
            "segments": index.segments(),
            "gaps": index.gaps(),
            "outages": index.outages(YARD),
            "protections": protections(connection, released=True),
            "audit": audit_lines(connection),
        }


@pytest.fixture
def index(database: Path) -> Iterator[Index]:
    with Index.open(database) as index:
        fill(index)
        yield index


def test_a_copy_holds_everything_and_can_be_put_in_place(index: Index, database: Path, tmp_path: Path) -> None:
    before = contents(index)
    copy, kept = tmp_path / "copy.sqlite3", database.with_name("kept")
    back_up(database, copy)
    with index.writing() as writer:
        writer.segment_closed(segment(300, 360))
    later = contents(index)
    index.close()
    restore(copy, database, kept)
    with Index.open(database) as restored:
        assert contents(restored) == before
    with Index.open(kept) as old:
        assert contents(old) == later
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.sqlite3", "data"]


def test_a_copy_made_under_load_is_of_one_moment(index: Index, database: Path, tmp_path: Path) -> None:
    stopping, failed = threading.Event(), []

    def write() -> None:
        number = 10
        try:
            while not stopping.is_set():
                with index.writing() as writer:
                    writer.segment_closed(segment(100 * number, 100 * number + 60))
                number += 1
        except BaseException as error:
            failed.append(error)
            raise

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            back_up(database, tmp_path / f"{number}.sqlite3")
    finally:
        stopping.set()
        writing.join()
    assert failed == []
    for number in range(5):
        with Index.open(tmp_path / f"{number}.sqlite3") as copy:
            assert copy.disagreements(YARD) == []
            assert contents(copy)["audit"] == contents(index)["audit"]
            starts = [row.start for row in copy.segments()]
            assert starts == [row.start for row in index.segments()][: len(starts)]


def test_a_copy_that_cannot_be_finished_leaves_the_one_before(
    index: Index, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(b"the one before")
    with pytest.raises(BackupError, match="cannot back up to"):
        back_up(database.with_name("nothing"), copy)
    with pytest.raises(BackupError, match="nowhere"):
        back_up(database, tmp_path / "nowhere" / "copy.sqlite3")
    assert copy.read_bytes() == b"the one before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.sqlite3", "data"]


def damaged(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    copy.write_bytes(content)


def foreign(copy: Path) -> None:
    copy.unlink()
    with sqlite3.connect(copy) as other:
        other.execute("CREATE TABLE songs (id INTEGER)")
    other.close()


def of_a_later_version(copy: Path) -> None:
    with sqlite3.connect(copy) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()


@pytest.mark.parametrize(
    "spoil",
    [damaged, foreign, of_a_later_version, Path.unlink, lambda copy: copy.write_bytes(b"no database" * 999)],
)
def test_what_is_no_good_copy_is_refused_and_changes_nothing(
    index: Index, database: Path, tmp_path: Path, spoil: Any
) -> None:
    copy = tmp_path / "copy.sqlite3"
    back_up(database, copy)
    before = contents(index)
    index.close()
    spoil(copy)
    with pytest.raises((BackupError, DatabaseUnusableError)):
        restore(copy, database, database.with_name("kept"))
    assert [file.name for file in database.parent.iterdir()] == [database.name]
    with Index.open(database) as same:
        assert contents(same) == before


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")
def test_from_sqlite_to_postgresql_and_back(index: Index, database: Path, tmp_path: Path) -> None:
    copy, again = tmp_path / "copy.sqlite3", tmp_path / "again.sqlite3"
    back_up(database, copy)
    with postgresql() as url:
        restore_into(copy, url)
        with Index.open(url) as there:
            assert contents(there) == contents(index)
            with there.writing() as writer:
                writer.segment_closed(segment(300, 360))
                writer.ensure_stream(StreamId(CameraId("pond"), YARD.kind), "Pond")
                add_line(writer, AuditLine(at(6), "anna", "release", "yard/main", {}))
            with pytest.raises(BackupError, match="holds recordings"):
                restore_into(copy, url)
            back_up(url, again)
            with Index.open(again) as returned:
                assert contents(returned) == contents(there)
                assert len(contents(returned)["segments"]) == 4
