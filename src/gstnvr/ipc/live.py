"""What a recorder hands to those who watch a stream now: formats, and access units in batches.

It has a socket of its own, and one connection is one stream. Whoever connects sends ``Watch`` and reads from then
on. Every message is MessagePack, with four bytes of length in front of it, big end first.
"""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from gstnvr.ipc.codec import HEADER_BYTES, ProtocolError
from gstnvr.ipc.connection import open_stream
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId

LIVE_VERSION = 1
LIVE_SUFFIX = ".live"
"""Of the socket, beside the one over which the supervisor talks to the recorder."""
MOST_BYTES = 64 << 20
"""Of a message; a picture of the largest cameras is a few million bytes."""


class Watch(Struct, frozen=True, tag=True):
    """What somebody would like to see."""

    version: int
    stream: StreamId
    audio: bool = True


class LiveTrack(Struct, frozen=True):
    """What a decoder has to know of a track in advance."""

    codec: str
    """``h264``, ``h265``, ``mjpeg``, ``aac``, ``opus``, ``pcma`` or ``pcmu``."""
    config: bytes
    """Body of ``avcC`` or ``hvcC``, or an AudioSpecificConfig; empty for all other codecs."""
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0


class LiveFormat(Struct, frozen=True, tag=True):
    """From here on access units are like this; the next one is a key frame."""

    video: LiveTrack
    audio: LiveTrack | None


class LiveUnit(NamedTuple):
    """One encoded picture or packet of audio; times in nanoseconds of the recorder's monotonic clock."""

    audio: bool
    pts: int
    dts: int
    duration: int
    """0 if unknown."""
    key: bool
    data: bytes
    """Pictures of H.264 and H.265: NAL units with a length of four bytes in front of each."""


class LiveBatch(Struct, frozen=True, tag=True):
    """What has come since the last one, in order of arrival."""

    units: list[LiveUnit]
    at: UtcNs
    """When the first was taken."""
    skipped: bool = False
    """Whoever watches was too slow: something is missing in front of it, and it begins with a key frame."""


class LiveIdle(Struct, frozen=True, tag=True):
    """Nothing comes from the camera now."""


class LiveRefused(Struct, frozen=True, tag=True):
    """The last message: nothing will come over this connection."""

    reason: str


LiveMessage = LiveFormat | LiveBatch | LiveIdle | LiveRefused

_ENCODER: Final = msgspec.msgpack.Encoder()
_WATCH: Final = msgspec.msgpack.Decoder(Watch)
_MESSAGE: Final = msgspec.msgpack.Decoder(LiveMessage)


def encode(message: LiveMessage | Watch) -> bytearray:
    """Length and message."""
    frame = bytearray(HEADER_BYTES)
    _ENCODER.encode_into(message, frame, HEADER_BYTES)
    frame[:HEADER_BYTES] = (len(frame) - HEADER_BYTES).to_bytes(HEADER_BYTES, "big")
    return frame


async def receive_watch(reader: asyncio.StreamReader) -> Watch:
    """What somebody who has just connected would like to see.

    Raises:
        ProtocolError: that is not what came.
    """
    try:
        return _WATCH.decode(await _body(reader, most=1 << 10))
    except (msgspec.MsgspecError, ValueError, EOFError, ConnectionError) as error:
        raise ProtocolError(f"no wish for a stream came: {error}") from None


class Tap:
    """A connection to a recorder that brings one stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> LiveMessage | None:
        """The next message; None when the recorder is gone.

        Raises:
            ProtocolError: not a message; nothing that comes after it can be read.
        """
        try:
            message: LiveMessage = _MESSAGE.decode(await _body(self._reader, MOST_BYTES))
        except (EOFError, ConnectionError):
            return None
        except (msgspec.MsgspecError, ValueError) as error:
            raise ProtocolError(f"a message of a live stream cannot be read: {error}") from None
        return message

    def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()


async def open_tap(path: Path, stream: StreamId, *, audio: bool) -> Tap:
    """Watch a stream of the recorder whose live socket is there.

    Raises:
        OSError: it cannot be reached.
    """
    reader, writer = await open_stream(path)
    writer.write(encode(Watch(LIVE_VERSION, stream, audio)))
    return Tap(reader, writer)


async def _body(reader: asyncio.StreamReader, most: int) -> bytes:
    """Raises ``EOFError`` at the end, also in the middle of a message."""
    length = int.from_bytes(await reader.readexactly(HEADER_BYTES), "big")
    if length > most:
        raise ProtocolError(f"a message of {length} bytes is longer than the allowed {most}")
    return await reader.readexactly(length)
