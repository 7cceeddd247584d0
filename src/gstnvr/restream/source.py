"""What a recorder has of a stream now, and the connection that brings it."""

import asyncio
from pathlib import Path

from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveIdle, LiveRefused, Tap, open_tap
from gstnvr.model.ids import StreamId, StreamKind

PICTURE_WITHIN_S = 5.0
CONNECTED_WITHIN_S = 8.0
"""A sub stream is connected only once somebody watches."""


class NoStreamError(Exception):
    """There is nothing to be watched; the message is a short reason."""


async def present_format(recorder: Path, stream: StreamId) -> LiveFormat:
    """What the stream is like now.

    Raises:
        NoStreamError: nothing comes.
    """
    tap = await _open(recorder, stream)
    try:
        return await _format(tap, stream)
    finally:
        tap.close()


async def begin(recorder: Path, stream: StreamId, form: LiveFormat) -> tuple[Tap, LiveBatch]:
    """A connection that brings the stream, and the first of what it brought: it begins with a key frame.

    Args:
        form: what the stream was like when it was described.

    Raises:
        NoStreamError: nothing comes, or it is not like that any more.
    """
    tap = await _open(recorder, stream)
    try:
        await _expect(form, tap, stream)
        return tap, await _first_batch(tap, stream)
    except BaseException:
        tap.close()
        raise


async def _open(recorder: Path, stream: StreamId) -> Tap:
    try:
        return await open_tap(recorder, stream, audio=True)
    except OSError:
        raise NoStreamError(f"The recorder of {stream.camera} is away, try again") from None


async def _expect(form: LiveFormat, tap: Tap, stream: StreamId) -> None:
    if await _format(tap, stream) != form:
        raise NoStreamError("The stream has changed, describe it again")


async def _format(tap: Tap, stream: StreamId) -> LiveFormat:
    found = await _next(tap, stream)
    if isinstance(found, LiveIdle) and stream.kind is StreamKind.SUB:
        found = await _next(tap, stream, CONNECTED_WITHIN_S)
    if not isinstance(found, LiveFormat):
        raise NoStreamError(_not_connected(stream))
    return found


async def _first_batch(tap: Tap, stream: StreamId) -> LiveBatch:
    while True:
        found = await _next(tap, stream)
        if not isinstance(found, LiveBatch):
            raise NoStreamError(_not_connected(stream))
        if found.units:
            return found


async def _next(
    tap: Tap, stream: StreamId, within_s: float = PICTURE_WITHIN_S
) -> LiveFormat | LiveBatch | LiveIdle:
    try:
        async with asyncio.timeout(within_s):
            found = await tap.receive()
    except TimeoutError:
        raise NoStreamError(f"Camera {stream.camera} sends no picture now") from None
    except ProtocolError:
        found = None
    if found is None:
        raise NoStreamError(f"The recorder of {stream.camera} is away, try again")
    if isinstance(found, LiveRefused):
        raise NoStreamError(f"The recorder has no stream {stream} now")
    return found


def _not_connected(stream: StreamId) -> str:
    return f"Camera {stream.camera} is not connected"
