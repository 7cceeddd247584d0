"""Power cuts and failing disks, made with a real ext4 on a loop device."""

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.model.choices import Container
from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Reason
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action
from gstnvr.testing.segments import make_segment
from gstnvr.volume.checks import VolumeChecker
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.files import close_segment, create_segment, sync_file
from gstnvr.volume.identity import create_identity
from gstnvr.volume.paths import SegmentName
from tests.storage.archive import TRACKS, YARD, Archive, at

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("mkfs.ext4") is None, reason="needs mkfs.ext4"),
]

EXT4_IOC_SHUTDOWN = 0x8004587D
SHUTDOWN_WITHOUT_FLUSH = 2


class Disk:
    """An ext4 in a file, which can lose its power."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "disk.img"
        self.root = folder / "mount"
        self.root.mkdir()
        with self._image.open("wb") as image:
            image.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self._image], check=True)
        self.mount()

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self.root], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", self.root], check=False)

    def cut_power(self) -> None:
        """Whatever was not synced is lost; the device answers no more."""
        fd = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, ctypes.c_int(EXT4_IOC_SHUTDOWN).value, struct.pack("I", SHUTDOWN_WITHOUT_FLUSH))
        finally:
            os.close(fd)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path)
    try:
        yield made
    finally:
        made.unmount()


@pytest.fixture
def archive(disk: Disk, tmp_path: Path) -> Iterator[Archive]:
    volume = Volume(create_identity(disk.root, SystemClock()).uuid, str(disk.root))
    with Index.open(tmp_path / "index.db") as index:
        with index.writing() as writer:
            writer.ensure_volume(volume)
        yield Archive(index, volume)


def begin(archive: Archive, start: float) -> tuple[int, Segment]:
    """Create a segment as a recorder does."""
    created = create_segment(archive.root, SegmentName(YARD, at(start), Container.MP4))
    segment = Segment(
        YARD, archive.volume.uuid, created.path, at(start), at(start), SegmentState.OPEN, 0, 0, TRACKS
    )
    with archive.index.writing() as writer:
        writer.segment_opened(segment)
    return created.fd, segment


def test_what_was_synced_survives_a_power_cut_and_the_rest_is_a_gap(archive: Archive, disk: Disk) -> None:
    made = make_segment(100, finished=False)
    closed_fd, closed = begin(archive, 0)
    os.write(closed_fd, make_segment(50).content)
    close_segment(closed_fd, archive.file(closed))
    opened_fd, opened = begin(archive, 2)
    os.write(opened_fd, made.content[: made.fragment_ends[1] + 7])
    sync_file(opened_fd)
    os.write(opened_fd, made.content[made.fragment_ends[1] + 7 :])
    never_fd, never = begin(archive, 6)
    os.write(never_fd, made.content)
    disk.cut_power()
    for fd in (opened_fd, never_fd):
        os.close(fd)
    disk.unmount()
    disk.mount()

    changes = reconcile(archive.index, [archive.volume], now=at(10))
    assert [change.action for change in changes[:3]] == [Action.CLOSED, Action.CLOSED, Action.DISCARDED]
    assert [(row.path, row.frames) for row in archive.rows()] == [(closed.path, 50), (opened.path, 50)]
    assert scan_file(archive.file(opened)).whole
    assert not archive.file(never).exists()
    assert archive.gaps() == []
    assert check(archive.index, [archive.volume], now=at(10), running=False).clean


def test_a_dead_disk_is_reported_and_loses_no_row(archive: Archive, disk: Disk) -> None:
    row = archive.record(0)
    checker = VolumeChecker(archive.volume.uuid, archive.root, 1 << 20)
    checker.check()
    disk.cut_power()
    with pytest.raises(VolumeError) as caught:
        checker.check()
    assert caught.value.report.reason is Reason.IO_ERROR
    (change, *_) = reconcile(archive.index, [archive.volume], now=at(2))
    assert change.action is Action.UNAVAILABLE
    assert archive.rows() == [row]
    report = check(archive.index, [archive.volume], now=at(2), running=False)
    assert [finding.invariant for finding in report.findings] == [7]


def test_recovery_on_a_full_disk_needs_no_space(archive: Archive) -> None:
    made = make_segment(100, finished=False)
    opened = archive.record(0, made, state=SegmentState.OPEN, size=made.fragment_ends[2] + 20)
    with (archive.root / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(4096))
    (change, *_) = reconcile(archive.index, [archive.volume], now=at(3))
    assert change.action is Action.CLOSED
    assert archive.rows()[0].frames == 75
    assert archive.file(opened).stat().st_size == made.fragment_ends[2]


def test_a_read_only_disk_leaves_an_unfinished_file_for_later(archive: Archive, disk: Disk) -> None:
    made = make_segment(100, finished=False)
    archive.record(0, made, state=SegmentState.OPEN, size=made.fragment_ends[2] + 20)
    subprocess.run(["mount", "-o", "remount,ro", disk.root], check=True)
    (change, *_) = reconcile(archive.index, [archive.volume], now=at(3))
    assert change.action is Action.LEFT_ALONE
    assert "Read-only file system" in change.message
    subprocess.run(["mount", "-o", "remount,rw", disk.root], check=True)
    (change, *_) = reconcile(archive.index, [archive.volume], now=at(3))
    assert change.action is Action.CLOSED
    assert check(archive.index, [archive.volume], now=at(3), running=False).clean
