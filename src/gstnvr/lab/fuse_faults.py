"""A file system in user space that passes everything on to a directory, until a file says how to misbehave.

``python -m gstnvr.lab.fuse_faults DIRECTORY MOUNT_POINT ORDERS``; ORDERS is a file with lines ``KIND WHAT``: KIND
is ``write``, ``open``, ``fsync``, ``read``, ``getattr`` or ``all``; WHAT is ``hang``, ``slow SECONDS`` or the name
of an errno.
"""

import errno
import os
import sys
import time
from pathlib import Path
from typing import Any

from mfusepy import FUSE, FuseOSError, Operations

POLL_S = 0.05
_TIMES = ("st_mtime", "st_atime", "st_ctime")
_FIGURES = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size")
_ROOM = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize", "f_files", "f_ffree", "f_namemax")


class FaultyFiles(Operations):  # type: ignore[misc]
    use_ns = True

    def __init__(self, directory: str, orders: Path) -> None:
        self._directory = directory
        self._orders = orders

    def _misbehave(self, kind: str) -> None:
        while True:
            order = self._order(kind)
            if order is None:
                return
            if order[0] == "hang":
                time.sleep(POLL_S)
                continue
            if order[0] == "slow":
                time.sleep(float(order[1]))
                return
            raise FuseOSError(getattr(errno, order[0]))

    def _order(self, kind: str) -> list[str] | None:
        for line in self._orders.read_text().splitlines():
            words = line.split()
            if words and words[0] in (kind, "all"):
                return words[1:]
        return None

    def _path(self, path: str) -> str:
        return self._directory + path

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        self._misbehave("getattr")
        try:
            facts = os.lstat(self._path(path))
        except OSError as error:
            raise FuseOSError(error.errno) from error
        times = {name: getattr(facts, f"{name}_ns") for name in _TIMES}
        return {name: getattr(facts, name) for name in _FIGURES} | times

    def readdir(self, path: str, fh: int) -> list[str]:
        self._misbehave("read")
        return [".", "..", *os.listdir(self._path(path))]  # noqa: PTH208 - paths here are text

    def statfs(self, path: str) -> dict[str, int]:
        room = os.statvfs(self._directory)
        return {name: getattr(room, name) for name in _ROOM}

    def open(self, path: str, flags: int) -> int:
        self._misbehave("open")
        return os.open(self._path(path), flags)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        self._misbehave("open")
        return os.open(self._path(path), os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        self._misbehave("read")
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._misbehave("write")
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        self._misbehave("write")
        os.truncate(self._path(path), length)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._misbehave("fsync")
        os.fsync(fh)
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def unlink(self, path: str) -> int:
        self._misbehave("open")
        os.unlink(self._path(path))  # noqa: PTH108 - paths here are text
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        self._misbehave("open")
        os.mkdir(self._path(path), mode)  # noqa: PTH102 - paths here are text
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self._path(path))  # noqa: PTH106 - paths here are text
        return 0

    def rename(self, old: str, new: str) -> int:
        self._misbehave("open")
        os.rename(self._path(old), self._path(new))  # noqa: PTH104 - paths here are text
        return 0

    def utimens(self, path: str, times: object = None) -> int:
        return 0


if __name__ == "__main__":
    directory, mount_point, orders = sys.argv[1:4]
    FUSE(FaultyFiles(directory, Path(orders)), mount_point, foreground=True, nothreads=False)
