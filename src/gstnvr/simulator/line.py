"""One TCP connection of a client, in the clear or with TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from gstnvr.simulator.outlet import ConnectionWriter
from gstnvr.simulator.tls import Cipher

_READ_BYTES = 64 * 1024


class Line:
    """Reads on the asyncio thread; ``writer`` writes on any."""

    def __init__(self, sock: socket.socket, tls: ssl.SSLContext | None, overflow: Callable[[], None]) -> None:
        self._socket = sock
        self._secure = tls is not None
        cipher = Cipher(tls) if tls is not None else None
        self.writer = ConnectionWriter(sock, asyncio.get_running_loop(), overflow, cipher)

    async def receive(self) -> bytes:
        """What the client says; empty when it has hung up.

        Raises:
            OSError: the connection was lost, or the client refused to go on with TLS.
        """
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._socket, _READ_BYTES):
            said = self.writer.unseal(data) if self._secure else data
            if said:
                return said
        return b""
