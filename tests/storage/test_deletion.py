"""Deletion on real files: in an order that may be interrupted anywhere, and never of what must be kept."""

import errno
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from threading import get_native_id

import psutil
import pytest

from gstnvr.db.copies import copy_done, orphans, want
from gstnvr.db.protections import Protection, protect
from gstnvr.db.stored import oldest_deletable, stored
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.storage import deletion
from gstnvr.storage.check import check
from gstnvr.storage.deletion import delete_segments, finish_deletions
from gstnvr.storage.reconcile import reconcile
from gstnvr.volume import files
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.identity import IDENTITY_FILE
from tests.storage.archive import NOON, YARD, Archive, at

TILL = StreamId(CameraId("till"), StreamKind.MAIN)
LATER = UtcNs(NOON + 30 * 86_400 * NS_PER_S)


class PowerCutError(BaseException):
    """Nothing after it happens."""


def cut(*_: object, **__: object) -> None:
    raise PowerCutError


def protection(start: float, end: float) -> Protection:
    return Protection("p1", YARD, at(start), at(end), "theft", "anna", at(0))


def assert_in_order(archive: Archive) -> None:
    assert check(archive.index, [archive.volume], now=LATER, running=False).findings == ()


def test_files_rows_and_folders_go_and_the_ledger_remembers(archive: Archive) -> None:
    paths = [archive.record(start).path for start in (0, 2, 4)]
    kept = archive.record(6)
    done = delete_segments(archive.index, archive.volume, paths[:2], now=LATER)
    assert (done.deleted, done.refused, done.left) == (tuple(paths[:2]), (), ())
    assert [row.path for row in archive.rows()] == [paths[2], kept.path]
    assert archive.gaps() == [(0, 4, GapCause.DELETED)]
    delete_segments(archive.index, archive.volume, paths[2:], now=LATER)
    assert archive.gaps() == [(0, 6, GapCause.DELETED)]
    assert [path.name for path in (archive.root / "yard/20261121").iterdir()] == [Path(kept.path).name]
    assert_in_order(archive)
    delete_segments(archive.index, archive.volume, [kept.path], now=LATER)
    assert sorted(path.name for path in archive.root.iterdir()) == [IDENTITY_FILE]


def test_the_folder_of_today_stays_as_a_recorder_may_be_about_to_use_it(archive: Archive) -> None:
    segment = archive.record(0)
    delete_segments(archive.index, archive.volume, [segment.path], now=at(3600))
    assert list((archive.root / "yard/20261121").iterdir()) == []


def test_open_segments_and_what_a_protection_touches_are_refused(archive: Archive) -> None:
    old, touched, grows = archive.record(0), archive.record(2), archive.record(10, state=SegmentState.OPEN)
    with archive.index.writing() as writer:
        protect(writer, protection(3.9, 8))
    paths = [old.path, touched.path, grows.path, "yard/20261121/unknown.mp4"]
    done = delete_segments(archive.index, archive.volume, paths, now=LATER)
    assert done.deleted == (old.path,)
    assert done.refused == tuple(paths[1:])
    assert archive.file(touched).exists()
    assert archive.file(grows).exists()


def test_what_was_protected_a_moment_ago_stays(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between plan and deletion somebody protects it: the transaction that marks it sees that."""
    segment = archive.record(0)
    held = stored_of(archive)
    assert held == [segment.path]
    with archive.index.writing() as writer:
        protect(writer, protection(1, 2))
    assert stored_of(archive) == []
    assert delete_segments(archive.index, archive.volume, held, now=LATER).refused == (segment.path,)


def stored_of(archive: Archive) -> list[str]:
    with archive.index.reading() as connection:
        return [segment.path for held in stored(connection) for segment in oldest_deletable(connection, held, 10)]


@pytest.mark.parametrize("where", ["unlink", "sync", "forget", "folders"])
@pytest.mark.parametrize("how", ["finish", "reconcile"])
def test_what_is_interrupted_is_ended_later(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, where: str, how: str
) -> None:
    paths = [archive.record(start).path for start in (0, 2)]
    kept = archive.record(4)
    with monkeypatch.context() as power:
        {
            "unlink": lambda: power.setattr(Path, "unlink", cut),
            "sync": lambda: power.setattr(files, "sync_directory", cut),
            "forget": lambda: power.setattr(IndexWriter, "segments_deleted", cut),
            "folders": lambda: power.setattr(deletion, "remove_empty_folder", cut),
        }[where]()
        with pytest.raises(PowerCutError):
            delete_segments(archive.index, archive.volume, paths, now=LATER)
    rows = {row.path: row.state for row in archive.rows()}
    assert where == "folders" or rows[paths[0]] is SegmentState.DELETING
    assert archive.gaps() == [(0, 4, GapCause.DELETED)]
    if how == "finish":
        finish_deletions(archive.index, archive.volume, now=LATER)
    else:
        reconcile(archive.index, [archive.volume], now=LATER)
    assert [row.path for row in archive.rows()] == [kept.path]
    assert archive.gaps() == [(0, 4, GapCause.DELETED)]
    assert [path.name for path in (archive.root / "yard/20261121").iterdir()] == [Path(kept.path).name]
    assert_in_order(archive)


@pytest.mark.parametrize("everywhere", [False, True])
def test_copies_stay_unless_they_are_to_go_also_when_it_is_interrupted(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, everywhere: bool
) -> None:
    segment = archive.record(0)
    archive.record(2)
    with archive.index.writing() as writer:
        want(writer, "cloud", None, after=0, until=1)
        copy_done(writer, 1, size=segment.size, sha256="", at=at(10))
    with monkeypatch.context() as power, pytest.raises(PowerCutError):
        power.setattr(Path, "unlink", cut)
        delete_segments(archive.index, archive.volume, [segment.path], now=LATER, everywhere=everywhere)
    finish_deletions(archive.index, archive.volume, now=LATER)
    with archive.index.reading() as connection:
        unwanted = [copy.id for copy in orphans(connection, "cloud", 10)]
    first = archive.rows()[0]
    if everywhere:
        assert unwanted == [1]
        assert first.path != segment.path
        assert archive.gaps() == [(0, 2, GapCause.DELETED)]
    else:
        assert unwanted == []
        assert (first.path, first.state) == (segment.path, SegmentState.REMOTE)
        assert archive.gaps() == []


def test_nothing_is_deleted_on_another_volume_or_none(archive: Archive) -> None:
    segment = archive.record(0)
    (archive.root / IDENTITY_FILE).rename(archive.root / "hidden")
    with pytest.raises(VolumeError):
        delete_segments(archive.index, archive.volume, [segment.path], now=LATER)
    assert archive.rows()[0].state is SegmentState.CLOSED
    assert archive.file(segment).exists()


def test_a_volume_that_goes_away_in_between_loses_no_row(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files cannot be found then; that they were not deleted shows when the volume is back."""
    segment = archive.record(0)
    away = archive.root.with_name("away")
    really_remove = files.remove_files

    def unplug(root: Path, paths: Iterable[str]) -> files.Removal:
        shutil.move(root, away)
        root.mkdir()
        return really_remove(root, paths)

    with monkeypatch.context() as disk, pytest.raises(VolumeError):
        disk.setattr(deletion, "remove_files", unplug)
        delete_segments(archive.index, archive.volume, [segment.path], now=LATER)
    assert archive.rows()[0].state is SegmentState.DELETING
    archive.root.rmdir()
    shutil.move(away, archive.root)
    assert finish_deletions(archive.index, archive.volume, now=LATER).deleted == (segment.path,)
    assert not archive.file(segment).exists()
    assert_in_order(archive)


def test_a_file_that_cannot_be_deleted_keeps_no_other(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn, other = archive.record(0), archive.record(2)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == archive.file(stubborn):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", refuse)
        done = delete_segments(archive.index, archive.volume, [stubborn.path, other.path], now=LATER)
    assert (done.deleted, done.left) == ((other.path,), (stubborn.path,))
    assert "Operation not permitted" in done.problem
    assert finish_deletions(archive.index, archive.volume, now=LATER).deleted == (stubborn.path,)


def test_files_are_deleted_when_the_disk_is_idle_and_rows_without_delay(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = []
    really_remove, really_forget = files.remove_files, IndexWriter.segments_deleted

    def io_class() -> int:
        return int(psutil.Process(get_native_id()).ionice().ioclass)

    def remove(root: Path, paths: Iterable[str]) -> files.Removal:
        classes.append(("files", io_class()))
        return really_remove(root, paths)

    def forget(writer: IndexWriter, volume: str, paths: Collection[str]) -> None:
        classes.append(("rows", io_class()))
        really_forget(writer, volume, paths)

    monkeypatch.setattr(deletion, "remove_files", remove)
    monkeypatch.setattr(IndexWriter, "segments_deleted", forget)
    before = io_class()
    delete_segments(archive.index, archive.volume, [archive.record(0).path], now=LATER)
    assert classes == [("files", int(psutil.IOPRIO_CLASS_IDLE)), ("rows", before)]


def test_neighbours_that_were_deleted_are_one_row_however_long_that_goes_on(archive: Archive) -> None:
    paths = [archive.record(start).path for start in range(0, 40, 2)]
    archive.record(40)
    for path in [*paths[::2], *reversed(paths[1::2])]:
        delete_segments(archive.index, archive.volume, [path], now=LATER)
    assert len(archive.index.outages(YARD)) == 1
    assert archive.gaps() == [(0, 40, GapCause.DELETED)]
    assert_in_order(archive)


def test_sums_by_hour_follow_every_change(archive: Archive) -> None:
    def sums() -> list[tuple[str, int, int]]:
        with archive.index.reading() as connection:
            return [(str(held.stream), held.segments, held.size) for held in stored(connection)]

    first, second = archive.record(0), archive.record(3600)
    archive.record(0, stream=TILL)
    archive.record(7200, state=SegmentState.OPEN)
    size = first.size
    assert sums() == [("till/main", 1, size), ("yard/main", 2, 2 * size)]
    with archive.index.writing() as writer:
        writer.segment_missing(archive.volume.uuid, second.path)
    assert sums() == [("till/main", 1, size), ("yard/main", 1, size)]
    with archive.index.writing() as writer:
        writer.segment_found(second)
    assert sums()[1] == ("yard/main", 2, 2 * size)
    delete_segments(archive.index, archive.volume, [first.path], now=LATER)
    assert sums()[1] == ("yard/main", 1, size)
    delete_segments(archive.index, archive.volume, [second.path], now=LATER)
    assert sums() == [("till/main", 1, size)]
