"""A camera whose answers and packets are damaged on their way, at random, and alike for the same seed."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from types import TracebackType

from gstnvr.lab.hostile.pictures import chance

_READ_BYTES = 16 * 1024
_SHORTEST, _LONGEST = 50, 20_000
"""Bytes between two damages, on average; drawn anew for each connection."""

Damage = Callable[[bytes, random.Random], tuple[bytes, int]]
"""What is sent instead of the beginning of some bytes, and how many of them that replaces."""


def _flip(data: bytes, dice: random.Random) -> tuple[bytes, int]:
    return bytes((data[0] ^ 1 << dice.randrange(8),)), 1


def _overwrite(_: bytes, dice: random.Random) -> tuple[bytes, int]:
    piece = dice.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"$\0\xff\xff", b"\r\n\r\n", b"RTSP/1.0 200 OK\r\n"))
    return piece, len(piece)


def _cut(_: bytes, dice: random.Random) -> tuple[bytes, int]:
    return b"", dice.randrange(1, 40)


def _double(data: bytes, dice: random.Random) -> tuple[bytes, int]:
    return data[: dice.randrange(1, 1500)], 0


def _insert(_: bytes, dice: random.Random) -> tuple[bytes, int]:
    return dice.randbytes(dice.randrange(1, 200)), 0


_DAMAGES: tuple[Damage, ...] = (_flip, _flip, _flip, _overwrite, _cut, _double, _insert)


class Mutator:
    """Damages one byte stream."""

    def __init__(self, seed: str) -> None:
        self._dice = chance(seed)
        self._distance = _SHORTEST * (_LONGEST / _SHORTEST) ** self._dice.random()
        self._next = self._draw()
        self.count = 0
        """Damages so far."""

    def damage(self, data: bytes) -> bytes:
        """The next piece of the stream, as it is to be."""
        sent = bytearray()
        done = 0
        while self._next < len(data):
            sent += data[done : self._next]
            piece, replaced = self._dice.choice(_DAMAGES)(data[self._next :], self._dice)
            sent += piece
            self.count += 1
            done = min(len(data), self._next + replaced)
            self._next = done + self._draw()
        self._next -= len(data)
        return bytes(sent + data[done:])

    def _draw(self) -> int:
        return 1 + int(self._dice.expovariate(1 / self._distance))


class DamagedLine:
    """Listens between a client and a camera, between the beginning and the end of an ``async with`` block."""

    def __init__(self, camera: int, seed: str) -> None:
        """Take the port of the camera on 127.0.0.1."""
        self._camera = camera
        self._seed = seed
        self._server: asyncio.Server | None = None
        self._mutators: list[Mutator] = []

    @property
    def port(self) -> int:
        """To connect to."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def damages(self) -> int:
        """So many so far."""
        return sum(mutator.count for mutator in self._mutators)

    async def __aenter__(self) -> "DamagedLine":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mutator = Mutator(f"{self._seed} {len(self._mutators)}")
        self._mutators.append(mutator)
        with contextlib.suppress(ConnectionError):
            camera_reader, camera_writer = await asyncio.open_connection("127.0.0.1", self._camera)
            upwards = asyncio.create_task(_pass_on(reader, camera_writer, bytes))
            downwards = asyncio.create_task(_pass_on(camera_reader, writer, mutator.damage))
            await asyncio.wait({upwards, downwards}, return_when=asyncio.FIRST_COMPLETED)
            for task in (upwards, downwards):
                task.cancel()
            await asyncio.gather(upwards, downwards, return_exceptions=True)
            camera_writer.close()
        writer.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
) -> None:
    while data := await reader.read(_READ_BYTES):
        writer.write(change(data))
        await writer.drain()
