"""Segments go to every kind of place and come back, whatever happens to the connection."""

from pathlib import Path

from gstnvr.copies.places import PART_BYTES
from gstnvr.db import copies
from gstnvr.model.copies import Fetch
from gstnvr.model.records import SegmentState
from tests.copies.archive import Archive, sha256
from tests.copies.running import copy_of, copying, is_done, until, want
from tests.rig.cutting_proxy import cutting_proxy
from tests.rig.object_stores import Store

MB = 1_000_000


def test_a_file_is_the_same_there_and_when_it_is_back(archive: Archive, store: Store, tmp_path: Path) -> None:
    segment = archive.add(300_001)
    content = archive.file(segment).read_bytes()
    assert want(archive) == 1
    with copying(archive, store.settings(store.port, tmp_path / "secret")):
        until(lambda: is_done(archive, segment))
        assert store.content(segment.path) == content
        assert copy_of(archive, segment).sha256 == sha256(content)

        archive.delete(segment)
        assert archive.row(segment).state is SegmentState.REMOTE
        with archive.index.writing() as writer:
            assert copies.ask_back(writer, segment.id or 0, Fetch.VOLUME)
        until(lambda: archive.row(segment).state is SegmentState.CLOSED)
    assert archive.file(segment).read_bytes() == content


def test_an_upload_that_is_cut_five_times_goes_on_where_it_was(
    archive: Archive, store: Store, tmp_path: Path
) -> None:
    segment = archive.add(6 * PART_BYTES + 1)
    content = archive.file(segment).read_bytes()
    want(archive)
    with cutting_proxy(store.port, [PART_BYTES + MB] * 5) as proxy:
        with copying(archive, store.settings(proxy.port, tmp_path / "secret")):
            until(lambda: is_done(archive, segment), within_s=90)
        assert proxy.cuts == 5
        # What was on its way goes again, not what was there. From the beginning each time it would be twice as much.
        assert proxy.total < len(content) + 4 * PART_BYTES < len(content) + 5 * (PART_BYTES + MB)
    assert sha256(store.content(segment.path) or b"") == sha256(content)
