"""A recorder's live socket with one stream that a test makes up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from gstnvr.ipc.connection import listen_for_streams
from gstnvr.ipc.live import LIVE_SUFFIX, LiveMessage, encode, receive_watch


class LiveSource:
    """Every viewer is sent ``greeting``, and what ``send`` is given from then on."""

    def __init__(self, path: Path, greeting: Sequence[LiveMessage]) -> None:
        self.path = path
        self.greeting = list(greeting)
        self.viewers = 0
        self.ever = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive_watch(reader)
        self.viewers += 1
        self.ever += 1
        self._writers.add(writer)
        for message in self.greeting:
            writer.write(encode(message))
        try:
            await reader.read()
        finally:
            self.viewers -= 1
            self._writers.discard(writer)
            writer.close()

    def send(self, message: LiveMessage) -> None:
        """To all who watch now."""
        for writer in self._writers:
            writer.write(encode(message))

    def hang_up(self) -> None:
        """As a recorder that ends."""
        for writer in self._writers:
            writer.close()

    @property
    def untaken(self) -> int:
        """Bytes that those who watch now have not taken."""
        return sum(writer.transport.get_write_buffer_size() for writer in self._writers)


@asynccontextmanager
async def live_source(folder: Path, *greeting: LiveMessage) -> AsyncIterator[LiveSource]:
    """One that listens; the folder is its own."""
    folder.mkdir(mode=0o700)  # noqa: ASYNC240 - of a test
    made = LiveSource((folder / "recorder-0").with_suffix(LIVE_SUFFIX), greeting)
    listener = await listen_for_streams(made.path, made.serve)
    try:
        yield made
    finally:
        await listener.close()
