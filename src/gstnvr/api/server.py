"""The HTTP server inside the supervisor."""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from gstnvr.access.certificate import TlsFiles
from gstnvr.api.access.connections import LONGEST_MESSAGE, HttpConnection, WebSocketConnection
from gstnvr.api.access.guard import LOOPBACK, Reach

STOP_TIMEOUT_S = 3
"""How long answers under way, such as downloads, may go on after a stop."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ServerError(Exception):
    """The API cannot be offered; the text is one line for a person."""


class AddressInUseError(ServerError):
    """Another program listens there."""


class AddressRefusedError(ServerError):
    """The address would let others in unprotected, or cannot be had."""


class ApiServer:
    """Serves an application until stopped; beyond loopback only where that is protected."""

    def __init__(self, host: str, port: int, *, reach: Reach = LOOPBACK, tls: TlsFiles | None = None) -> None:
        """Nothing is bound before ``listen``; port 0 takes a free one."""
        self._host = host
        self._reach = reach
        self._port = port
        self._tls = tls
        self._listener: socket.socket | None = None
        self._server: _Embedded | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use; after ``listen`` never 0."""
        return self._port

    def listen(self) -> None:
        """Take the port; whoever connects waits until ``start``.

        Raises:
            AddressInUseError: another program listens on the port.
            AddressRefusedError: others could connect unprotected, or the port may not be used.
        """
        self._listener = _listen(_address(self._host, self._reach), self._port)
        self._port = self._listener.getsockname()[1]

    async def start(self, app: ASGIApp) -> None:
        """Answer requests from here on; the port was taken by ``listen``."""
        assert self._listener is not None
        self._server = _Embedded(self._config(app))
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]), name="api server")
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait([self._serving, ready], return_when=asyncio.FIRST_COMPLETED)
        if ready.cancel():
            await self._serving

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=HttpConnection,
            ws=WebSocketConnection,
            ws_max_size=LONGEST_MESSAGE,
            ws_per_message_deflate=False,  # video is compressed already, and memory for each listener is bounded
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
            ssl_certfile=None if self._tls is None else str(self._tls.certificate),
            ssl_keyfile=None if self._tls is None else str(self._tls.key),
        )

    async def wait(self) -> None:
        """Return when the server has ended.

        Raises:
            Exception: what ended it.
        """
        assert self._serving is not None
        await asyncio.shield(self._serving)

    async def stop(self) -> None:
        """Take no more requests, let those under way end, within ``STOP_TIMEOUT_S``."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        elif self._listener is not None:
            self._listener.close()


class _Embedded(uvicorn.Server):
    """Leaves the signals to the process it is in, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _listen(address: _Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Without naming TCP, asyncio does not know it and leaves Nagle on: answers take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUseError(
                f"port {port} on {address} is taken by another program (another gstnvr?); "
                "stop that, or set another api.port"
            ) from None
        raise AddressRefusedError(
            f"cannot listen on {address} port {port}: {error.strerror}; see api.port"
        ) from None
    listener.setblocking(False)
    return listener


def _address(host: str, reach: Reach) -> _Address:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise AddressRefusedError(f"api.host is {host!r}, which is no address; set 127.0.0.1 or ::1") from None
    protected = reach.beyond_loopback and (reach.encrypted or reach.proxies)
    if not address.is_loopback and not protected:
        raise AddressRefusedError(
            f"api.host is {host!r}: beyond this machine gstnvr answers only with api.tls or api.trusted_proxies"
        )
    return address
