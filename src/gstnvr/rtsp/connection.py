"""One RTSP connection as a client, under one deadline, with each way to fail told apart."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gstnvr.model.faults import Reason
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, RtspSyntaxError, headers
from gstnvr.rtsp.url import RtspUrl

_UNREACHABLE = (
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EHOSTDOWN,
    errno.EACCES,
    errno.EPERM,
    errno.EADDRNOTAVAIL,
    errno.EAFNOSUPPORT,
)
_READ_BYTES = 64 * 1024


class RtspConnectionError(Exception):
    """Why there is no answer; the message is one line for a person."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Address:
    family: int
    socket_address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class Connection:
    """Sends requests one after the other; made by ``connect``."""

    def __init__(self, sock: socket.socket, target: RtspUrl, deadline: float) -> None:
        self._socket = sock
        self._target = target
        self._deadline = deadline
        self._parser = MessageParser()
        self._sequence = 0
        host, port = sock.getpeername()[:2]
        self.address: tuple[str, int] = (str(host), int(port))
        """Numeric address and port of the peer."""

    async def request(self, method: str, url: str, fields: Sequence[tuple[str, str]]) -> RtspResponse:
        """Send a request and wait for its answer.

        Raises:
            RtspConnectionError: no answer in time, not RTSP, or the connection was lost.
        """
        self._sequence += 1
        request = RtspRequest(method, url, headers([("CSeq", str(self._sequence)), *fields]))
        try:
            async with asyncio.timeout_at(self._deadline):
                await asyncio.get_running_loop().sock_sendall(self._socket, request.encode())
                return await self._response()
        except TimeoutError:
            raise RtspConnectionError(
                Reason.NO_ANSWER,
                f"Camera at {self._target.location} took the connection but did not answer in time: "
                "restart it if this lasts.",
            ) from None
        except RtspSyntaxError as error:
            raise RtspConnectionError(
                Reason.NOT_RTSP,
                f"What listens at {self._target.location} does not speak RTSP ({error}): check the port.",
            ) from None
        except OSError as error:
            raise self._lost(_error_text(error)) from None

    async def _response(self) -> RtspResponse:
        loop = asyncio.get_running_loop()
        while True:
            data = await loop.sock_recv(self._socket, _READ_BYTES)
            if not data:
                raise self._lost("closed by the camera")
            for message in self._parser.feed(data):
                if isinstance(message, RtspResponse) and self._is_answer(message):
                    return message

    def _is_answer(self, response: RtspResponse) -> bool:
        return response.headers.get("CSeq") in (str(self._sequence), None)

    def _lost(self, how: str) -> RtspConnectionError:
        return RtspConnectionError(
            Reason.CONNECTION_LOST,
            f"Connection to the camera at {self._target.location} was lost before it answered ({how}): "
            "check the network; it may also be starting.",
        )


@asynccontextmanager
async def connect(target: RtspUrl, deadline: float) -> AsyncIterator[Connection]:
    """Connect to the first address of the host that answers; closed at the end of the block.

    Args:
        deadline: on the clock of the running event loop; holds for every request too.

    Raises:
        RtspConnectionError: name unknown, unreachable, refused or too slow.
    """
    addresses = await _resolve(target, deadline)
    sock = await _connect_any(addresses, target, deadline)
    try:
        yield Connection(sock, target, deadline)
    finally:
        sock.close()


async def _resolve(target: RtspUrl, deadline: float) -> list[_Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise _unknown_host(target, "the name service did not answer in time") from None
    except OSError as error:
        raise _unknown_host(target, _error_text(error)) from None
    except UnicodeError:
        raise _unknown_host(target, "not a possible host name") from None
    return [_Address(family, address) for family, _, _, _, address in found]


async def _connect_any(addresses: list[_Address], target: RtspUrl, deadline: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    fault: RtspConnectionError | None = None
    for number, address in enumerate(addresses):
        share_s = (deadline - loop.time()) / (len(addresses) - number)
        try:
            return await _connect_one(address, target, loop.time() + share_s)
        except RtspConnectionError as error:
            fault = error
    raise fault or _unknown_host(target, "it has no address")


async def _connect_one(address: _Address, target: RtspUrl, deadline: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock: socket.socket | None = None
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout_at(deadline):
            await loop.sock_connect(sock, address.socket_address)
        sock.getpeername()
    except TimeoutError:
        _close(sock)
        raise RtspConnectionError(
            Reason.CONNECT_TIMEOUT,
            f"No connection to {target.location} in time: check that the camera is on, its address and firewalls.",
        ) from None
    except OSError as error:
        _close(sock)
        raise _refusal(error, target) from None
    except BaseException:
        _close(sock)
        raise
    return sock


def _close(sock: socket.socket | None) -> None:
    if sock is not None:
        sock.close()


def _refusal(error: OSError, target: RtspUrl) -> RtspConnectionError:
    if error.errno == errno.ECONNREFUSED:
        return RtspConnectionError(
            Reason.REFUSED,
            f"Connection to {target.location} was refused: check the port and that RTSP is enabled in the camera.",
        )
    if error.errno in _UNREACHABLE:
        return RtspConnectionError(
            Reason.UNREACHABLE,
            f"No way to {target.location} ({_error_text(error)}): check cable, switch and the camera's address.",
        )
    return RtspConnectionError(
        Reason.CONNECTION_LOST,
        f"Connection to {target.location} broke while it was made ({_error_text(error)}): check the network.",
    )


def _unknown_host(target: RtspUrl, why: str) -> RtspConnectionError:
    return RtspConnectionError(
        Reason.HOST_NOT_FOUND,
        f"Host {target.host!r} has no known address ({why}): check the name, or write the camera's IP address.",
    )


def _error_text(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
