"""Where connections come in, and where they are refused on command."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)
_BACKLOG = 512


class Listener:
    """Listens at one address. All methods are called on the asyncio thread."""

    def __init__(
        self, admit: Callable[[], Awaitable[None]], serve: Callable[[socket.socket], Awaitable[None]]
    ) -> None:
        """Take what to do with connections.

        Args:
            admit: waited for before a connection that was taken is served.
            serve: owns the socket from then on; runs as a task.
        """
        self._admit = admit
        self._serve = serve
        self._host, self._port = "", 0
        self._accepting: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[None]] = set()

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which is kept from now on.

        Raises:
            OSError: the address cannot be listened at.
        """
        self._host, self._port = host, port
        self.listen()
        return self._port

    def listen(self) -> None:
        """Take connections, if it was started and does not do so.

        Raises:
            OSError: the address cannot be listened at any more.
        """
        if self._accepting is not None or not self._host:
            return
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self._host, self._port))
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
        self._port = sock.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(sock))

    async def refuse(self) -> None:
        """Take no more connections; those that were taken go on."""
        if self._accepting is not None:
            accepting, self._accepting = self._accepting, None
            accepting.cancel()
            await asyncio.gather(accepting, return_exceptions=True)

    async def stop(self) -> None:
        """End everything."""
        await self.refuse()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                client, _ = await loop.sock_accept(listener)
                await self._admit()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                task = asyncio.ensure_future(self._serve(client))
                self._serving.add(task)
                task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("connection failed", exc_info=error)
