"""Several files as one ZIP archive, made while it is sent: stored as they are, nothing is written anywhere."""

import asyncio
import io
import logging
import time
import zipfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gstnvr.api.common.file_response import PIECE_BYTES, until_disconnected
from gstnvr.api.recordings.segment_file import OutsideVolumeError, SegmentFiles
from gstnvr.blocking.calls import StillRunningError, TooManyHungError

_log = logging.getLogger(__name__)

_LOCAL_HEADER = 30 + 20
"""Bytes without the name, with the sizes of a large file."""
_DESCRIPTOR = 24
_ENTRY = 46
_END = 22
_LARGE_END = 56 + 20
_MOST_ENTRIES = 0xFFFF


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that goes into the archive."""

    name: str
    """Within the archive, ASCII."""
    size: int


class FileChangedError(Exception):
    """A file is not as long as it was said to be."""


def archive_size(files: Sequence[Packed]) -> int:
    """Bytes of the archive of these files, so that whoever loads it sees how far it is."""
    offset, directory = 0, 0
    for file in files:
        extra = 16 * (file.size > zipfile.ZIP64_LIMIT) + 8 * (offset > zipfile.ZIP64_LIMIT)
        directory += _ENTRY + len(file.name) + (4 + extra if extra else 0)
        offset += _LOCAL_HEADER + len(file.name) + file.size + _DESCRIPTOR
    large = max(offset, directory) > zipfile.ZIP64_LIMIT or len(files) > _MOST_ENTRIES
    return offset + directory + _END + (_LARGE_END if large else 0)


class _Outlet(io.RawIOBase):
    """What was written and not yet taken; nobody can go back in it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = memoryview(data)  # type: ignore[arg-type]  # whatever zipfile writes
        self._written += piece
        return piece.nbytes

    def taken(self) -> bytes:
        piece, self._written = bytes(self._written), bytearray()
        return piece


class ZipResponse(Response):
    """Sends an archive of files of one folder; it stays unfinished when the disk fails."""

    def __init__(
        self, folder: Path, names: Sequence[str], packed: Sequence[Packed], files: SegmentFiles, name: str
    ) -> None:
        """Send nothing yet.

        Args:
            names: of the files in the folder, in the order of ``packed``.
            name: of the archive.
        """
        headers = {
            "cache-control": "no-store",
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "content-length": str(archive_size(packed)),
        }
        super().__init__(None, 200, headers, "application/zip")
        self._folder = folder
        self._names = names
        self._packed = packed
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.create_task(until_disconnected(receive))
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    if gone.done():
                        return
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (StillRunningError, TooManyHungError):
            _log.warning("sending files of %s stopped: its disk does not respond", self._folder)
        except (OSError, OutsideVolumeError, FileChangedError) as error:
            _log.warning("sending files of %s stopped: %s", self._folder, error)
        finally:
            gone.cancel()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        outlet = _Outlet()
        with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
            for name, packed in zip(self._names, self._packed, strict=True):
                entry = zipfile.ZipInfo(packed.name, time.gmtime()[:6])
                entry.external_attr = 0o100644 << 16
                with archive.open(entry, "w", force_zip64=True) as into:
                    async with aclosing(self._content(name, packed.size)) as content:
                        async for piece in content:
                            into.write(piece)
                            yield outlet.taken()
        yield outlet.taken()

    async def _content(self, name: str, size: int) -> AsyncGenerator[bytes, None]:
        opened = await self._files.open_in(self._folder, name)
        try:
            if opened.size != size:
                raise FileChangedError(f"{name} has {opened.size} bytes, not {size}")
            position = 0
            while position < size:
                piece = await self._files.read(opened, position, min(PIECE_BYTES, size - position))
                if not piece:
                    raise FileChangedError(f"{name} became shorter")
                position += len(piece)
                yield piece
        finally:
            self._files.close(opened)
