"""Connections over a Unix socket that only its owner may use."""

import asyncio
import contextlib
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Generic

from gstnvr.ipc.codec import HEADER_BYTES, Codec, Received, Sent, recorder_codec, supervisor_codec
from gstnvr.ipc.messages import RecorderMessage, SupervisorMessage

_LONGEST_ADDRESS = 107
_CLOSE_TIMEOUT_S = 1.0


class SocketInUseError(OSError):
    """Another process listens there."""


class Connection(Generic[Sent, Received]):
    """Messages to and from one peer; for the tasks of one event loop, one of which receives."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, codec: Codec[Sent, Received]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._codec = codec

    @property
    def peer_pid(self) -> int:
        """Process that listens at the other end, as the kernel knows it."""
        peer = self._writer.get_extra_info("socket")
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid: int = struct.unpack("3i", credentials)[0]
        return pid

    async def send(self, message: Sent) -> None:
        """Send a message; waits while the peer does not read, so that nothing piles up in memory.

        Raises:
            ConnectionError: the peer is gone, or the connection was closed.
            ProtocolError: the message is too long; nothing was sent.
        """
        frame = self._codec.encode(message)
        if self._writer.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._writer.write(frame)
        await self._writer.drain()

    async def receive(self) -> Received | None:
        """The next message; None when the peer is gone or the connection was closed.

        Raises:
            ProtocolError: not a message; nothing that comes after it can be read.
        """
        try:
            header = await self._reader.readexactly(HEADER_BYTES)
            body = await self._reader.readexactly(self._codec.body_length(header))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return self._codec.decode(body)

    async def close(self) -> None:
        """Send what is left, for a second at most, and hang up."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()
        except ConnectionError:
            return


RecorderConnection = Connection[RecorderMessage, SupervisorMessage]
"""As the recorder holds it."""
SupervisorConnection = Connection[SupervisorMessage, RecorderMessage]
"""As the supervisor holds it."""


class Listener:
    """A socket that takes connections until closed."""

    def __init__(self, server: asyncio.Server, path: Path) -> None:
        self._server = server
        self._path = path

    async def close(self) -> None:
        """Take no more connections and remove the socket; connections that there are go on."""
        self._server.close()
        self._path.unlink(missing_ok=True)


async def listen(path: Path, handler: Callable[[RecorderConnection], Awaitable[None]]) -> Listener:
    """Listen on a socket, and run the handler for each connection, which is closed when it returns.

    The folder is made if it is not there; a socket that a dead process left is replaced.

    Raises:
        SocketInUseError: another process listens there.
        PermissionError: the folder lets other users in.
        OSError: the socket cannot be made.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, recorder_codec())
        try:
            await handler(connection)
        finally:
            await connection.close()

    return await listen_for_streams(path, serve)


async def listen_for_streams(
    path: Path, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> Listener:
    """As ``listen``, but for bytes of any kind, and for a handler that hangs up by itself.

    Raises:
        SocketInUseError: another process listens there.
        PermissionError: the folder lets other users in.
        OSError: the socket cannot be made.
    """
    _prepare_folder(path.parent)
    _remove_stale(path)
    return Listener(await asyncio.start_unix_server(serve, sock=_bind(path)), path)


async def connect(path: Path) -> SupervisorConnection:
    """Connect to a recorder.

    Raises:
        FileNotFoundError: there is no socket.
        ConnectionRefusedError: nobody listens on it.
        OSError: it cannot be reached.
    """
    reader, writer = await open_stream(path)
    return Connection(reader, writer, supervisor_codec())


async def open_stream(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a Unix socket.

    Raises:
        OSError: it cannot be reached.
    """
    with _address(path) as address:
        return await asyncio.open_unix_connection(address)


def _prepare_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise PermissionError(f"folder {folder} lets other users in; it must be for its owner only (chmod 700)")


def _bind(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            listener.bind(address)
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener


def _remove_stale(path: Path) -> None:
    if is_listening(path):
        raise SocketInUseError(f"another process listens on {path}")
    if path.is_socket():
        path.unlink(missing_ok=True)


def is_listening(path: Path) -> bool:
    """Whether somebody listens on a socket; a recorder takes the question for a new supervisor, who goes at once.

    Raises:
        OSError: the socket cannot be reached.
    """
    if not path.is_socket():
        return False
    with _address(path) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """The path, or a shorter one by way of its folder where the kernel does not take it."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
