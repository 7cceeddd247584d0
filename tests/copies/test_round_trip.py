"""Segments go to every kind of place and come back, whatever happens to the connection."""

import time
from functools import partial
from pathlib import Path

from gstnvr.copies.places import PART_BYTES
from gstnvr.db import copies
from gstnvr.model.copies import Fetch
from gstnvr.model.records import Segment, SegmentState
from tests.copies.archive import Archive, sha256
from tests.copies.running import copy_of, copying, is_done, want
from tests.rig.cutting_proxy import cutting_proxy
from tests.rig.object_stores import Store, sftp_store
from tests.rig.waiting import wait_until

MB = 1_000_000


def test_a_file_is_the_same_there_and_when_it_is_back(archive: Archive, store: Store, tmp_path: Path) -> None:
    segment = archive.add(300_001)
    content = archive.file(segment).read_bytes()
    assert want(archive) == 1
    with copying(archive, store.settings(store.port, tmp_path / "secret")):
        wait_until(lambda: is_done(archive, segment))
        assert store.content(segment.path) == content
        assert copy_of(archive, segment).sha256 == sha256(content)

        archive.delete(segment)
        assert archive.row(segment).state is SegmentState.REMOTE
        with archive.index.writing() as writer:
            assert copies.ask_back(writer, segment.id or 0, Fetch.VOLUME)
        wait_until(lambda: archive.row(segment).state is SegmentState.CLOSED)
    assert archive.file(segment).read_bytes() == content


def test_an_upload_that_is_cut_five_times_goes_on_where_it_was(
    archive: Archive, store: Store, tmp_path: Path
) -> None:
    segment = archive.add(6 * PART_BYTES + 1)
    content = archive.file(segment).read_bytes()
    want(archive)
    with cutting_proxy(store.port, [PART_BYTES + MB] * 5) as proxy:
        with copying(archive, store.settings(proxy.port, tmp_path / "secret")):
            wait_until(lambda: is_done(archive, segment), within_s=90)
        assert proxy.cuts == 5
        # What was on its way goes again, not what was there: half of what five beginnings would take.
        assert proxy.total < len(content) + 4 * PART_BYTES < len(content) + 5 * (PART_BYTES + MB)
    assert sha256(store.content(segment.path) or b"") == sha256(content)


def test_a_file_comes_back_whole_although_the_line_is_cut_five_times(
    archive: Archive, store: Store, tmp_path: Path
) -> None:
    segment = archive.add(24 * MB)
    content = archive.file(segment).read_bytes()
    want(archive)
    with copying(archive, store.settings(store.port, tmp_path / "secret")):
        wait_until(lambda: is_done(archive, segment))
    archive.delete(segment)
    with archive.index.writing() as writer:
        copies.ask_back(writer, segment.id or 0, Fetch.VOLUME)
    with cutting_proxy(store.port, [5 * MB] * 5, back=True) as proxy:
        with copying(archive, store.settings(proxy.port, tmp_path / "secret")):
            wait_until(lambda: archive.row(segment).state is SegmentState.CLOSED)
        assert proxy.cuts == 5
        # Each cut costs what was on its way of one piece, not what had come before.
        assert proxy.total < 24 * MB + 5 * 5 * MB
    assert archive.file(segment).read_bytes() == content


def test_copies_are_deleted_there_when_their_days_are_over(archive: Archive, store: Store, tmp_path: Path) -> None:
    """The segments are of 2026-11-21 as the clock of the test's machine tells, or long before."""
    old = archive.add(1001)
    want(archive)
    with copying(archive, store.settings(store.port, tmp_path / "secret")):
        wait_until(lambda: is_done(archive, old))
    assert store.content(old.path) is not None
    days = (time.time_ns() - old.end) / 86_400e9
    with copying(archive, store.settings(store.port, tmp_path / "secret", days=max(0.01, days / 2))):
        wait_until(lambda: store.content(old.path) is None)
        wait_until(lambda: not has_copy(archive, old))
    assert archive.row(old).state is SegmentState.CLOSED


def is_fetched(archive: Archive, segment: Segment) -> bool:
    return copy_of(archive, segment).fetch is None


def has_copy(archive: Archive, segment: Segment) -> bool:
    with archive.index.reading() as connection:
        return bool(copies.copies_of(connection, segment.id or 0))


def test_what_is_watched_is_brought_to_the_cache_and_makes_room(archive: Archive, tmp_path: Path) -> None:
    segments = [archive.add(6 * MB + number) for number in range(2)]
    contents = [archive.file(segment).read_bytes() for segment in segments]
    want(archive)
    with sftp_store() as store, copying(archive, store.settings(store.port, tmp_path / "secret")):
        for segment, content in zip(segments, contents, strict=True):
            wait_until(partial(is_done, archive, segment))
            archive.delete(segment)
            with archive.index.writing() as writer:
                copies.ask_back(writer, segment.id or 0, Fetch.CACHE)
            wait_until(partial(is_fetched, archive, segment))
            assert (archive.cache / segment.path).read_bytes() == content
            assert archive.row(segment).state is SegmentState.REMOTE
    # There is room for ten megabytes.
    assert not (archive.cache / segments[0].path).exists()
