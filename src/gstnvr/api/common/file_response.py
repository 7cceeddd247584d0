"""Sending a file or a range of it, in pieces, from a volume that may hang."""

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Header
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.ranges import ByteRange, UnsatisfiableError, parse_range
from gstnvr.api.recordings.segment_file import OpenFile, SegmentFiles
from gstnvr.blocking.calls import StillRunningError, TooManyHungError

_log = logging.getLogger(__name__)
PIECE_BYTES = 256 * 1024
SHEET_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""Content-Security-Policy of exported sheets, which have pictures and style within them and no script."""


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What a request wants of a file, and under which conditions."""

    range: str | None
    if_range: str | None
    if_none_match: str | None


async def _conditions(
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> _Conditions:
    return _Conditions(range_header, if_range, if_none_match)


Conditions = Annotated[_Conditions, Depends(_conditions)]


def answer_with(
    opened: OpenFile, conditions: _Conditions, files: SegmentFiles, *, cache: str, what: str
) -> Response:
    """The file, the part of it that was asked for, or that it is what the client has; it is closed in the end.

    Args:
        cache: what may be kept (``Cache-Control``).
        what: the file in words, for a message.

    Raises:
        RefusedError: no byte of the range exists.
    """
    headers = {
        "accept-ranges": "bytes",
        "cache-control": cache,
        "content-disposition": f"inline; filename*=UTF-8''{quote(opened.name)}",
        "etag": opened.etag,
    }
    if opened.content_type.startswith("text/html"):
        headers["content-security-policy"] = SHEET_POLICY
    known = conditions.if_none_match
    if known is not None and opened.etag in [tag.strip() for tag in known.split(",")]:
        files.close(opened)
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    honoured = conditions.range if conditions.if_range in (None, opened.etag) else None
    try:
        part = parse_range(honoured, opened.size)
    except UnsatisfiableError:
        files.close(opened)
        raise RefusedError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "range_not_satisfiable",
            f"{what} has {opened.size} bytes; {honoured} lies outside",
            {"content-range": f"bytes */{opened.size}"},
        ) from None
    return SegmentFileResponse(opened, part, files, headers)


class SegmentFileResponse(Response):
    """Sends ``part`` of an open file and closes it; ``part`` None is the whole."""

    def __init__(
        self, opened: OpenFile, part: ByteRange | None, files: SegmentFiles, headers: dict[str, str]
    ) -> None:
        sent = ByteRange(0, opened.size) if part is None else part
        headers = headers | {"content-length": str(sent.length)}
        status = HTTPStatus.OK
        if part is not None:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["content-range"] = part.content_range(opened.size)
        super().__init__(None, status, headers, opened.content_type)
        self._opened = opened
        self._sent = sent
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            gone = asyncio.create_task(until_disconnected(receive))
            try:
                await self._send_body(send, gone)
            finally:
                gone.cancel()
        finally:
            self._files.close(self._opened)

    async def _send_body(self, send: Send, gone: asyncio.Task[None]) -> None:
        """Send the body, or leave it unfinished when the volume fails.

        The server then cuts the connection, by which the client learns that bytes are missing.
        """
        position = self._sent.start
        while position < self._sent.stop and not gone.done():
            piece = await self._read(position)
            if not piece:
                return
            position += len(piece)
            more = position < self._sent.stop
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _read(self, position: int) -> bytes:
        length = min(PIECE_BYTES, self._sent.stop - position)
        try:
            piece = await self._files.read(self._opened, position, length)
        except (StillRunningError, TooManyHungError):
            _log.warning("sending %s stopped: its volume does not respond", self._opened.name)
            return b""
        except OSError as error:
            _log.warning("sending %s stopped: %s", self._opened.name, error.strerror)
            return b""
        if not piece:
            _log.warning("sending %s stopped: the file became shorter", self._opened.name)
        return piece


async def until_disconnected(receive: Receive) -> None:
    """Return when nobody waits for the answer any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
