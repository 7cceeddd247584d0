"""All connections of the process that serves RTSP."""

import asyncio
import contextlib
import itertools
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import msgspec

from gstnvr.model.ids import StreamId
from gstnvr.restream.connection import Connection, Patience
from gstnvr.restream.messages import (
    Allowed,
    Asked,
    CannotListen,
    Denied,
    End,
    Gone,
    Listening,
    Order,
    Report,
    Serve,
    Watching,
)
from gstnvr.restream.session import Ends
from gstnvr.rtsp.digest import Proof

_log = logging.getLogger(__name__)


MOST_STRANGERS = 64
"""Connections that have not shown yet who they are; the oldest makes room for the next."""
_ANSWER_WITHIN_S = 10.0
_HANDSHAKE_WITHIN_S = 10.0
_SEND_BUFFER_BYTES = 512 << 10
"""In the kernel, for each client; what is in it is late for one who reads slowly."""
_MOST_UNSENT_BYTES = 256 << 10


class RestreamService:
    """Obeys one supervisor, and ends with it. Implements ``connection.House``."""

    def __init__(self, tell: Callable[[Report], None], patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._tell = tell
        self._most_clients = 0
        self._secure = False
        self._clients: set[int] = set()
        self._connections: dict[int, Connection] = {}
        self._serving: set[asyncio.Task[Any]] = set()
        self._numbers = itertools.count(1)
        self._questions: dict[int, asyncio.Future[Allowed | Denied]] = {}

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Until there are no more orders."""
        serve = msgspec.json.decode(await orders.readline(), type=Serve)
        try:
            server = await self._listen(serve)
        except (OSError, ssl.SSLError) as error:
            self._tell(CannotListen(f"{serve.host}:{serve.port} cannot be listened at: {error.strerror or error}"))
            return
        self._tell(Listening(server.sockets[0].getsockname()[1]))
        async for line in orders:
            self._obey(msgspec.json.decode(line, type=Order))
        server.close()
        for connection in list(self._connections.values()):
            connection.end("gstnvr ends")
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _listen(self, serve: Serve) -> asyncio.Server:
        self._most_clients = serve.max_clients
        context = None
        if serve.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(serve.certificate, serve.key)
        self._secure = context is not None
        handshake = None if context is None else _HANDSHAKE_WITHIN_S
        return await asyncio.start_server(
            self._serve, serve.host, serve.port, ssl=context, ssl_handshake_timeout=handshake
        )

    def _obey(self, order: Order) -> None:
        match order:
            case Allowed(question) | Denied(question):
                asked = self._questions.pop(question, None)
                if asked is not None and not asked.done():
                    asked.set_result(order)
            case End(number, reason) if number in self._connections:
                self._connections[number].end(reason)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        writer.transport.set_write_buffer_limits(high=_MOST_UNSENT_BYTES)
        local, peer = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
        if peer is None:
            writer.transport.abort()  # it has gone again already
            return
        number = next(self._numbers)
        connection = Connection(number, reader, writer, Ends(local[0], peer[0], self._secure), self)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._make_room()
        self._connections[number] = connection
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await connection.serve()
        finally:
            self._serving.discard(task)
            del self._connections[number]
            self._tell(Gone(number))

    def _make_room(self) -> None:
        strangers = [one for one in self._connections.values() if not (one.trusted or one.ending)]
        if len(strangers) >= MOST_STRANGERS:
            strangers[0].end("too many connect that do not show who they are")

    async def ask(self, connection: int, stream: StreamId, proof: Proof, address: str) -> Allowed | Denied:
        question = next(self._numbers)
        answer: asyncio.Future[Allowed | Denied] = asyncio.get_running_loop().create_future()
        self._questions[question] = answer
        self._tell(Asked(question, connection, stream, proof, address))
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return await answer
        except TimeoutError:
            return Denied(question, 503, "gstnvr does not answer, try again")
        finally:
            self._questions.pop(question, None)

    def admit(self, connection: int) -> bool:
        if len(self._clients) >= self._most_clients:
            return False
        self._clients.add(connection)
        return True

    def dismiss(self, connection: int) -> None:
        self._clients.discard(connection)

    def note(self, connection: int, stream: StreamId, *, watching: bool) -> None:
        self._tell(Watching(connection, stream, watching))
