"""Volumes on real file systems that break and mend on command. All of it needs root."""

import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from gstnvr.lab.commands import attempt, run
from gstnvr.model.clock import SystemClock
from gstnvr.volume.identity import IDENTITY_FILE, create_identity

IMAGE_BYTES = 96 << 20
IMAGE = "image"
SECOND = "second"
"""Where the second of two volumes has its directory."""
FILLER = "filler"
BIG_BYTES = 1 << 30
"""More than this is taken without writing it."""
GONE_WITHIN_S = 10.0
FUSE_WITHIN_S = 10.0
_EXT4_IOC_SHUTDOWN = 0x8004587D
_SHUTDOWN_WITHOUT_LOG = 2

AnyVolume = TypeVar("AnyVolume", bound="LabVolume")


class LabVolume(ABC):
    """A volume between ``prepare`` and ``release``; all methods block."""

    def __init__(self, place: Path) -> None:
        """Take an empty directory of its own."""
        self.place = place
        self.path = place / "volume"
        self.uuid = ""

    def prepare(self) -> None:
        """Bring the volume to life."""
        self.path.mkdir(parents=True)
        self._mount()
        self.uuid = create_identity(self.path, SystemClock()).uuid

    @abstractmethod
    def _mount(self) -> None: ...

    @abstractmethod
    def release(self) -> None:
        """Leave no mount and no device behind, whatever state it is in."""


class FaultyVolume(LabVolume):
    """One that fails in a way of its own."""

    @abstractmethod
    def fail(self) -> None:
        """The fault begins."""

    @abstractmethod
    def mend(self) -> None:
        """The fault is over when this returns."""


@contextlib.contextmanager
def prepared(volume: AnyVolume) -> Iterator[AnyVolume]:
    """The volume, for the length of a ``with`` block."""
    try:
        volume.prepare()
        yield volume
    finally:
        volume.release()


class LoopVolume(FaultyVolume):
    """ext4 on a loop device, which can fail in many ways; the plain one is unmounted while files are open."""

    def __init__(self, place: Path, image_bytes: int = IMAGE_BYTES, inodes: int | None = None) -> None:
        """Take an empty directory of its own.

        Args:
            inodes: so many files it takes; None: as many as usual.
        """
        super().__init__(place)
        self._image_bytes = image_bytes
        self._inodes = () if inodes is None else ("-N", str(inodes))
        self._image = place / IMAGE
        self._device = ""

    def _mount(self) -> None:
        with self._image.open("wb") as file:
            file.truncate(self._image_bytes)
        run("mkfs.ext4", "-q", "-m", "0", *self._inodes, "-F", self._image)
        self._device = run("losetup", "--find", "--show", self._image).strip()
        self.mount_device()

    def mount_device(self) -> None:
        """Mount it at its path, as an operator or udev would."""
        run("mount", "-o", "errors=remount-ro", self._device, self.path)

    def unmount(self) -> None:
        """Take it out of the tree; files that are open stay open."""
        run("umount", "-l", self.path)

    def mount_anew(self) -> None:
        """Make a file system that failed a good one; it lives on until nobody has files open there.

        Raises:
            TimeoutError: somebody keeps files open.
        """
        self.unmount()
        deadline = time.monotonic() + GONE_WITHIN_S
        while self._kernel_facts.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"somebody keeps files open on {self.path} although it failed")
            time.sleep(0.02)
        self.mount_device()

    @property
    def _kernel_facts(self) -> Path:
        return Path("/sys/fs/ext4") / Path(self._device).name

    def lose_device(self) -> None:
        """Every operation gives EIO, and what was not synced is gone, as if a cable had been pulled."""
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, _EXT4_IOC_SHUTDOWN, _SHUTDOWN_WITHOUT_LOG.to_bytes(4, sys.byteorder))
        finally:
            os.close(fd)

    def find_error(self) -> None:
        """The kernel finds an error in the file system and takes no more writes."""
        (self._kernel_facts / "trigger_fs_error").write_text("test")

    def fail(self) -> None:
        self.unmount()

    def mend(self) -> None:
        self.mount_device()

    def release(self) -> None:
        allow_changes(self.path)
        attempt("umount", "-l", self.path)
        if self._device:
            attempt("losetup", "-d", self._device)
        self._image.unlink(missing_ok=True)


class FullVolume(LoopVolume):
    """Something else takes all the space."""

    def fail(self) -> None:
        fill(self.path / FILLER)

    def mend(self) -> None:
        (self.path / FILLER).unlink()


def fill(path: Path) -> None:
    """Make a file that takes all the space that there is."""
    block = bytes(1 << 16)
    with path.open("wb", buffering=0) as file:
        most = shutil.disk_usage(path).free * 9 // 10
        if most > BIG_BYTES:
            os.posix_fallocate(file.fileno(), 0, most)
            file.seek(most)
        while len(block) > 1:
            try:
                file.write(block)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                block = block[: len(block) // 2]
        os.fsync(file.fileno())


class LostDeviceVolume(LoopVolume):
    """Loses its device."""

    def fail(self) -> None:
        self.lose_device()

    def mend(self) -> None:
        self.mount_anew()


class ReadOnlyVolume(LoopVolume):
    """Is turned read-only by the kernel."""

    def fail(self) -> None:
        self.find_error()

    def mend(self) -> None:
        self.mount_anew()


def forbid_changes(path: Path) -> None:
    """Let nothing below the path be changed or added, not even by root."""
    run("chattr", "-R", "+i", path)


def allow_changes(path: Path) -> None:
    """Take ``forbid_changes`` back."""
    if path.exists():
        attempt("chattr", "-R", "-i", path)


class ImmutableVolume(LoopVolume):
    """Nothing may be changed or added, not even by root. Restricted to a part of the tree if that is given."""

    def __init__(self, place: Path, part: str = ".") -> None:
        super().__init__(place)
        self._part = part

    def fail(self) -> None:
        forbid_changes(self.path / self._part)

    def mend(self) -> None:
        allow_changes(self.path / self._part)


class PlainVolume(LabVolume):
    """A directory like any other."""

    def _mount(self) -> None:
        return

    def release(self) -> None:
        allow_changes(self.path)


class DeletedVolume(PlainVolume, FaultyVolume):
    """Deleted with all that is in it; an empty directory takes its place."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._identity = b""

    def fail(self) -> None:
        self._identity = (self.path / IDENTITY_FILE).read_bytes()
        while self.path.exists():
            with contextlib.suppress(OSError):  # the recorder may be making files there
                shutil.rmtree(self.path)

    def mend(self) -> None:
        self.path.mkdir()
        unfinished = self.path / "identity"
        unfinished.write_bytes(self._identity)
        unfinished.rename(self.path / IDENTITY_FILE)


class TemporaryVolume(FaultyVolume):
    """A small tmpfs that something else fills up."""

    def _mount(self) -> None:
        run("mount", "-t", "tmpfs", "-o", f"size={IMAGE_BYTES}", "gstnvr-test", self.path)

    def fail(self) -> None:
        fill(self.path / FILLER)

    def mend(self) -> None:
        (self.path / FILLER).unlink()

    def release(self) -> None:
        attempt("umount", "-l", self.path)


class FuseVolume(FaultyVolume):
    """A file system in user space that does what ``order`` says; see ``fuse_faults``."""

    def __init__(self, place: Path, order: str) -> None:
        super().__init__(place)
        self._order = order
        self._below = place / "below"
        self._processes: list[subprocess.Popen[bytes]] = []

    def _mount(self) -> None:
        self._below.mkdir(exist_ok=True)
        number = len(self._processes)
        self.give("", number)
        folders = (str(self._below), str(self.path), str(self._orders(number)))
        command = [sys.executable, "-m", "gstnvr.lab.fuse_faults", *folders]
        with (self.place / "fuse.log").open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes.append(process)
        deadline = time.monotonic() + FUSE_WITHIN_S
        while not self.path.is_mount():
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError(f"no FUSE file system at {self.path}")
            time.sleep(0.02)

    def _orders(self, number: int) -> Path:
        return self.place / f"orders{number}"

    def give(self, order: str, number: int = 0) -> None:
        """Let the process that was started as this one misbehave so from now on; empty: not at all."""
        new = self._orders(number).with_suffix(".new")
        new.write_text(order)
        new.rename(self._orders(number))

    def fail(self) -> None:
        self.give(self._order)

    def mend(self) -> None:
        self.give("")

    def release(self) -> None:
        for number, _ in enumerate(self._processes):
            self.give("", number)
            attempt("umount", "-l", self.path)
        for process in self._processes:
            process.terminate()
            try:
                process.wait(FUSE_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class RemountedFuseVolume(FuseVolume):
    """Hangs until it is unmounted and mounted anew; what hung comes through when the test says so."""

    def mend(self) -> None:
        run("umount", "-l", self.path)
        self._mount()

    def let_through(self) -> None:
        """Calls that hung since before the volume was mounted anew are carried out now."""
        self.give("", 0)
