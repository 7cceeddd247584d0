"""A link between recorder and camera that is slow now and then, and stands still for a moment; by a seed."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_READ_BYTES = 1400
"""Small pieces, as a link has them."""
_OPEN_BYTES_PER_S = 20e6
_FINE_S = (3.0, 8.0)
_BLIP_S = (0.3, 1.8)
_SLOW_S = (2.5, 14.0)
_SLOW_BYTES_PER_S = (3000.0, 8000.0)
_LONGEST_NAP_S = 0.1


@dataclass(frozen=True, slots=True)
class Spell:
    """How the link is for a while."""

    until_s: float
    """From the beginning."""
    bytes_per_s: float


def weather(seed: int) -> Iterator[Spell]:
    """Fine spells, and blips and slow ones between them, without end."""
    chance = random.Random(seed)
    at = chance.uniform(*_FINE_S)
    yield Spell(at, _OPEN_BYTES_PER_S)
    while True:
        if chance.random() < 0.5:
            at += chance.uniform(*_BLIP_S)
            yield Spell(at, 0.0)
        else:
            at += chance.uniform(*_SLOW_S)
            yield Spell(at, chance.uniform(*_SLOW_BYTES_PER_S))
        at += chance.uniform(*_FINE_S)
        yield Spell(at, _OPEN_BYTES_PER_S)


class JitteryLink:
    """Passes connections on to a camera; what the camera sends goes as fast as the link lets it."""

    def __init__(self, camera_port: int, seed: int, began: float) -> None:
        self.connections = 0
        """Taken so far."""
        self._camera_port = camera_port
        self._weather = weather(seed)
        self._spell = next(self._weather)
        self._began = began
        self._tasks: set[asyncio.Task[None]] = set()

    def rate(self) -> float:
        """Bytes a second, now."""
        passed_s = asyncio.get_running_loop().time() - self._began
        while passed_s >= self._spell.until_s:
            self._spell = next(self._weather)
        return self._spell.bytes_per_s

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._camera_port)
        ways = {asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(self._let_through(there, writer))}
        self._tasks |= ways
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._tasks -= ways
            for each in (writer, back):
                each.transport.abort()

    async def _let_through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_READ_BYTES):
                allowance, before = 0.0, loop.time()
                while allowance < len(data):
                    rate = self.rate()
                    if rate == _OPEN_BYTES_PER_S:
                        break
                    await asyncio.sleep(_LONGEST_NAP_S / 2)
                    now = loop.time()
                    allowance, before = allowance + rate * (now - before), now
                writer.write(data)
                await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_READ_BYTES):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def jittery_link(camera_port: int, seed: int, began: float) -> AsyncIterator[tuple[int, JitteryLink]]:
    """Listen at a port of its own, which is given with the link."""
    link = JitteryLink(camera_port, seed, began)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], link
    finally:
        server.close()
