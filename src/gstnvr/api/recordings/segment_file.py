"""Files of segments and exports, read on threads, as their disk may hang."""

import os
import stat
import threading
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath

from gstnvr.blocking.calls import BlockingCalls
from gstnvr.container.scan import scan
from gstnvr.model.records import Segment, SegmentState
from gstnvr.volume.files import locate

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mkv": "video/x-matroska",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".sig": "text/plain; charset=utf-8",
}


class OutsideVolumeError(Exception):
    """The path of the row, or a link on the way, leads out of the volume, or to no ordinary file."""


class NothingCompleteError(Exception):
    """The file has been begun and nothing in it can be played yet."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A segment's file, and how much of it is to be given out."""

    file: FileIO
    size: int
    """Bytes; of a growing file the part that is complete."""
    etag: str
    content_type: str
    name: str


class SegmentFiles:
    """Opens and reads files of segments without ever holding up the event loop."""

    def __init__(self, calls: BlockingCalls, timeout_s: float) -> None:
        self._calls = calls
        self._timeout_s = timeout_s

    async def open(self, segment: Segment, volume: Path) -> OpenFile:
        """Open the file of a segment; whoever calls closes it with ``close``.

        Raises:
            OutsideVolumeError: the row's path, or a link on the way, leads out of the volume.
            NothingCompleteError: it grows and cannot be played yet.
            StillRunningError, TooManyHungError: the volume does not respond.
            OSError: it is not there or cannot be read.
        """
        return await self._calls.run(_open, segment, volume, timeout_s=self._timeout_s, late=_close)

    async def open_in(self, folder: Path, name: str) -> OpenFile:
        """Open an ordinary file that never changes; whoever calls closes it with ``close``.

        Raises:
            OutsideVolumeError: it is no ordinary file in this folder.
            StillRunningError, TooManyHungError: the disk does not respond.
            OSError: it is not there or cannot be read.
        """
        return await self._calls.run(_open_in, folder, name, timeout_s=self._timeout_s, late=_close)

    async def read(self, opened: OpenFile, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start``; none at the end of the file. One call at a time for each file.

        Raises:
            StillRunningError, TooManyHungError: the volume does not respond.
            OSError: it cannot be read.
        """
        return await self._calls.run(_read, opened.file, start, length, timeout_s=self._timeout_s)

    def close(self, opened: OpenFile) -> None:
        """Close the file, without waiting for it."""
        threading.Thread(target=_close, args=(opened,), name="close segment file", daemon=True).start()


def _read(file: FileIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def _close(opened: OpenFile) -> None:
    opened.file.close()


def _open(segment: Segment, volume: Path) -> OpenFile:
    file = FileIO(_inside(volume, segment.path), opener=_open_regular)
    suffix = PurePosixPath(segment.path).suffix
    try:
        size, etag = _extent(segment, file)
    except BaseException:
        file.close()
        raise
    content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
    return OpenFile(file, size, etag, content_type, PurePosixPath(segment.path).name)


def _open_in(folder: Path, name: str) -> OpenFile:
    if PurePosixPath(name).name != name:
        raise OutsideVolumeError
    file = FileIO(folder / name, opener=_open_regular)
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode):
        file.close()
        raise OutsideVolumeError
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
    return OpenFile(file, facts.st_size, f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"', content_type, name)


def _extent(segment: Segment, file: FileIO) -> tuple[int, str]:
    """Bytes to give out, and their ETag."""
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode):
        raise OutsideVolumeError
    if segment.state is SegmentState.OPEN:
        size = scan(file.fileno()).complete_bytes
        if not size:
            raise NothingCompleteError
        return size, f'"{segment.id}-{size:x}-growing"'
    return facts.st_size, f'"{segment.id}-{facts.st_size:x}-{facts.st_mtime_ns:x}"'


def _inside(volume: Path, relative: str) -> Path:
    try:
        path = locate(volume, relative).resolve(strict=True)
    except (ValueError, RuntimeError):  # links in a circle are a RuntimeError before Python 3.13
        raise OutsideVolumeError from None
    if not path.is_relative_to(volume.resolve(strict=True)):
        raise OutsideVolumeError
    return path


def _open_regular(path: str, flags: int) -> int:
    no_surprise = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.open(path, flags | no_surprise)
