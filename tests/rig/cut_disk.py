"""A disk whose power can be cut at any moment, as often as is wished, while its users go on. Needs root and FUSE.

Like a real one it has a cache: what was written since the last flush may be on the disk or not, block by block.
``python -m tests.rig.cut_disk FOLDER MOUNT_POINT`` serves it.
"""

import errno
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from mfusepy import FUSE, FuseOSError, Operations

from gstnvr.lab.commands import attempt, run

_BYTES = 256 << 20
_BLOCK = 4096
_SERVED_WITHIN_S = 20.0
_IMAGE = "image"
_DURABLE = "durable"


class CachedImage(Operations):  # type: ignore[misc]
    """One file; making a folder beside it, named by a number, puts the disk as after a power cut into a file."""

    use_ns = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = os.open(folder / "current", os.O_RDWR)
        self._durable = os.open(folder / _DURABLE, os.O_RDWR)
        self._cache: list[tuple[int, bytes]] = []

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != f"/{_IMAGE}":
            raise FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": _BYTES}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", _IMAGE]

    def open(self, path: str, flags: int) -> int:
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(self._current, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._cache.append((offset, bytes(data)))
        return os.pwrite(self._current, data, offset)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        for offset, data in self._cache:
            os.pwrite(self._durable, data, offset)
        self._cache.clear()
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        chance = random.Random(int(path.strip("/")))
        image = self._folder / f"cut-{path.strip('/')}"
        subprocess.run(["cp", "--sparse=always", self._folder / _DURABLE, image], check=True)
        with image.open("r+b", buffering=0) as file:
            for offset, data in self._cache:
                for begin in range(0, len(data), _BLOCK):
                    if chance.random() < 0.5:
                        os.pwrite(file.fileno(), data[begin : begin + _BLOCK], offset + begin)
        raise FuseOSError(errno.ECANCELED)  # the folder is not to be there


class CutDisk:
    """ext4 on such a disk, for the length of a ``with`` block."""

    def __init__(self, place: Path) -> None:
        """Take an empty directory of its own."""
        self._files = place / "files"
        self._served = place / "served"
        self.path = place / "mounted"
        """Where its file system is."""
        self._server: subprocess.Popen[bytes] | None = None
        self._device = ""

    def __enter__(self) -> "CutDisk":
        for folder in (self._files, self._served, self.path):
            folder.mkdir(parents=True)
        current = self._files / "current"
        with current.open("wb") as file:
            file.truncate(_BYTES)
        run("mkfs.ext4", "-q", "-m", "0", "-F", current)
        run("cp", "--sparse=always", current, self._files / _DURABLE)
        module = (sys.executable, "-m", "tests.rig.cut_disk")
        self._server = subprocess.Popen([*module, str(self._files), str(self._served)])
        self._wait((self._served / _IMAGE).exists)
        self._device = run("losetup", "--find", "--show", self._served / _IMAGE).strip()
        run("mount", self._device, self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        attempt("umount", self.path)
        attempt("losetup", "-d", self._device)
        self._wait(self._let_go)
        if self._server is not None:
            self._server.wait(_SERVED_WITHIN_S)
        shutil.rmtree(self._files)

    def _let_go(self) -> bool:
        """The kernel takes its time to detach a loop device."""
        attempt("umount", self._served)
        return not self._served.is_mount()

    def cut(self, seed: int) -> Path:
        """Copy the disk as it would be had the power failed now; whoever uses it goes on.

        Args:
            seed: of what was written since the last flush and is on the disk.
        """
        try:
            (self._served / str(seed)).mkdir()
        except OSError as error:
            assert error.errno == errno.ECANCELED, error
        kept = self._files.parent / f"cut-{seed}"
        (self._files / kept.name).rename(kept)
        return kept

    def _wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _SERVED_WITHIN_S
        while not condition():
            assert time.monotonic() < deadline, "the disk is not served, or still in use"
            time.sleep(0.02)


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Switch on again: the journal is replayed, and the file system is whole afterwards."""
    path = image.with_name(f"{image.name}-mounted")
    path.mkdir()
    run("mount", "-o", "loop", image, path)
    try:
        yield path
    finally:
        run("umount", path)
        path.rmdir()
    run("e2fsck", "-fn", image)


if __name__ == "__main__":
    files, mount_point = sys.argv[1:3]
    FUSE(CachedImage(Path(files)), mount_point, foreground=True, nothreads=True)
