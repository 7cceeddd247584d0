"""The power fails while four cameras are recorded, database on the same disk: nothing promised is lost."""

import os
import random
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import NS_PER_MS, SystemClock
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action
from gstnvr.supervisor.places import DATABASE
from gstnvr.volume.identity import read_identity
from tests.rig.cut_disk import CutDisk, mounted

pytestmark = [
    pytest.mark.gst,
    pytest.mark.e2e,
    pytest.mark.faults,
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mkfs.ext4") is None, reason="needs root and e2fsprogs"),
    pytest.mark.skipif(shutil.which("fusermount3") is None, reason="needs fuse3"),
]

SOURCES = {
    "gate": "pattern:180p10",
    "yard": "pattern:180p10:h264:aac",
    "barn": "pattern:180p10",
    "pond": "pattern:180p10",
}
SETTINGS = {"recording": {"segment_s": 3, "sync_interval_s": 1}}
LONGEST_PAUSE_S = 3.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The disk after a power cut, and what the database had said for certain before."""

    image: Path
    promised: tuple[Segment, ...]


def rows_of(index: Index) -> tuple[Segment, ...]:
    return tuple(replace(row, id=None) for row in index.segments())


def cut_power(place: Path, times: int) -> list[Cut]:
    """Cut it at random moments of one run."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    cuts = []
    with CutDisk(place) as disk, SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        with Product(disk.path, urls, SETTINGS) as product:
            product.wait_until_recording()

            def something_is_closed() -> bool:
                with product.index() as index:
                    closed = {row.stream for row in index.segments(states=[SegmentState.CLOSED])}
                return len(closed) == len(SOURCES)

            product.wait_for("a segment of each camera is closed", something_is_closed)
            for _ in range(times):
                time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
                with product.index() as index:
                    promised = rows_of(index)
                cuts.append(Cut(disk.cut(chance.randrange(1 << 32)), promised))
            assert product.stop() == 0
    return cuts


def assert_kept(row: Segment, promised: Segment) -> None:
    """What was read from the database before the cut is in it after the cut, or more."""
    if promised.state is SegmentState.CLOSED:
        assert row == promised
    assert row.size >= promised.size
    assert row.end >= promised.end


def assert_in_file(root: Path, row: Segment) -> None:
    """The file holds what its row promises."""
    scan = scan_file(root / row.path)
    assert scan.size >= row.size, row
    if row.state is SegmentState.CLOSED:
        assert (scan.size, scan.video_units) == (row.size, row.frames)
        assert scan.whole
    else:
        assert scan.duration_ns >= row.end - row.start, row
        assert scan.video_units >= row.frames, row


def switch_on(cut: Cut) -> tuple[int, int, int]:
    """Put in order what is left, as a start does; rows, those that were open, and files that were adopted."""
    with mounted(cut.image) as path:
        root = path / "video"
        volume = Volume(read_identity(root).uuid, str(root))
        with Index.open(path / "data" / DATABASE) as index:
            rows = {row.path: row for row in rows_of(index)}
            for promised in cut.promised:
                assert_kept(rows[promised.path], promised)
            for row in rows.values():
                assert_in_file(root, row)
            changes = reconcile(index, [volume], now=SystemClock().utc_ns())
            report = check(index, [volume], now=SystemClock().utc_ns(), running=False)
            assert report.findings == ()
            after = {row.path: row for row in rows_of(index)}
            causes = {gap.cause for gap in index.gaps()}
        for row in rows.values():
            if row.end > row.start:
                assert after[row.path].state is SegmentState.CLOSED
                assert after[row.path].end >= row.end - NS_PER_MS
        assert GapCause.FILE_LOST not in causes
        adopted = sum(change.action is Action.ADOPTED for change in changes)
    return len(rows), sum(row.state is SegmentState.OPEN for row in rows.values()), adopted


def cut_and_switch_on(place: Path, times: int) -> None:
    for cut in cut_power(place, times):
        began = time.monotonic()
        rows, growing, adopted = switch_on(cut)
        cut.image.unlink()
        print(f"{rows} rows, {growing} open, {adopted} adopted: in order in {time.monotonic() - began:.2f} s")
        assert rows >= len(SOURCES)


def test_two_power_cuts_lose_nothing_that_was_promised(tmp_path: Path) -> None:
    cut_and_switch_on(tmp_path, 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_power_cuts_lose_nothing_that_was_promised(tmp_path: Path) -> None:
    cut_and_switch_on(tmp_path, 20)
