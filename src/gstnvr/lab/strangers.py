"""Things that listen where a camera should and are none: ``python -m gstnvr.lab.strangers KIND HOST PORT``."""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

_READ_BYTES = 4096


class StrangerKind(StrEnum):
    """What answers instead of a camera."""

    WEB_SERVER = "web_server"
    """Speaks HTTP to everybody."""
    MUTE = "mute"
    """Takes connections, reads, never answers."""
    NOISE = "noise"
    """Answers with bytes that belong to no protocol."""
    FORBIDDEN = "403"
    """Speaks RTSP and answers every request with this status, as the following do."""
    NO_SESSION = "454"
    SERVER_ERROR = "500"
    OVERLOADED = "503"


class Stranger:
    """A process of its own."""

    def __init__(self, kind: StrangerKind, host: str, port: int, prefix: Sequence[str] = ()) -> None:
        """Take an address and a command in front, e.g. to enter another network."""
        self._command = [*prefix, sys.executable, "-m", __name__, kind, host, str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It can be connected to when this returns.

        Raises:
            RuntimeError: it cannot listen there.
        """
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError(f"{' '.join(self._command)} did not start")

    def stop(self) -> None:
        """End it; its connections end as well."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline():
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def _say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(_READ_BYTES):
        pass


async def _make_noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    noise = bytes(byte * 167 % 251 for byte in range(_READ_BYTES))
    while await reader.read(_READ_BYTES):
        writer.write(noise)


def _answer(status: int) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            sequence = re.search(rb"^CSeq: *([0-9]+)", request, re.MULTILINE | re.IGNORECASE)
            number = sequence[1].decode() if sequence is not None else "0"
            writer.write(f"RTSP/1.0 {status} No\r\nCSeq: {number}\r\n\r\n".encode())

    return handle


_HANDLERS: dict[StrangerKind, Handler] = {
    StrangerKind.WEB_SERVER: _speak_http,
    StrangerKind.MUTE: _say_nothing,
    StrangerKind.NOISE: _make_noise,
    StrangerKind.FORBIDDEN: _answer(403),
    StrangerKind.NO_SESSION: _answer(454),
    StrangerKind.SERVER_ERROR: _answer(500),
    StrangerKind.OVERLOADED: _answer(503),
}


async def _serve(kind: StrangerKind, host: str, port: int) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _HANDLERS[kind](reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, host, port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(StrangerKind(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
