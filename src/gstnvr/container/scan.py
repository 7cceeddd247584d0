"""Any segment file, whatever it is called: told by its content."""

import os
from collections.abc import Iterator
from pathlib import Path

from gstnvr.container import mkv, mp4
from gstnvr.container.facts import FileScan, Sample, TrackKind


def scan_file(path: Path) -> FileScan:
    """Look at a file by path; see ``scan``.

    Raises:
        OSError: the file cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return scan(fd)
    finally:
        os.close(fd)


def scan(fd: int) -> FileScan:
    """Find all that is usable in an open file; what is not is no error.

    Raises:
        OSError: the file cannot be read.
    """
    return mkv.scan(fd) if mkv.is_mkv(os.pread(fd, 8, 0)) else mp4.scan(fd)


class GrowingFile:
    """A file that is scanned again and again while it is written, up to what is safe on the disk."""

    def __init__(self) -> None:
        self._mp4 = mp4.GrowingMp4()

    def scan(self, fd: int, size: int) -> FileScan:
        """What is usable in its first ``size`` bytes, of which there are never fewer than before.

        Raises:
            OSError: the file cannot be read.
        """
        return mkv.scan(fd, size) if mkv.is_mkv(os.pread(fd, 8, 0)) else self._mp4.scan(fd, size)


def iter_samples(fd: int, kind: TrackKind) -> Iterator[Sample]:
    """All samples of the tracks of one kind that a fragmented MP4 or a Matroska file holds whole.

    Raises:
        OSError: the file cannot be read.
    """
    if mkv.is_mkv(os.pread(fd, 8, 0)):
        return mkv.iter_samples(fd, kind)
    return mp4.iter_samples(fd, kind)
