"""A TCP connection to a camera, under a deadline, with each way to fail told apart."""

import asyncio
import errno
import socket
from dataclasses import dataclass
from typing import Protocol

from gstnvr.model.faults import Reason

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


REPEAT_S = 0.4
"""A camera that has just come back is not to wait longer for somebody to ask it."""


class CameraConnectionError(Exception):
    """Why there is no answer; the message is one line for a person."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Target(Protocol):
    """Where to connect to."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def location(self) -> str:
        """Host and port, for messages."""
        ...

    @property
    def service(self) -> str:
        """What the camera calls the thing that listens there, as in ``RTSP``."""
        ...


@dataclass(frozen=True, slots=True)
class _Address:
    family: int
    socket_address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


async def dial(target: Target, deadline: float) -> socket.socket:
    """Connect to the first address of the host that answers; the socket does not block and is the caller's.

    Args:
        deadline: on the clock of the running event loop.

    Raises:
        CameraConnectionError: name unknown, unreachable, refused or too slow.
    """
    return await _connect_any(await _resolve(target, deadline), target, deadline)


async def _resolve(target: Target, deadline: float) -> list[_Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise _unknown_host(target, "the name service did not answer in time") from None
    except OSError as error:
        raise _unknown_host(target, error_text(error)) from None
    except UnicodeError:
        raise _unknown_host(target, "not a possible host name") from None
    return [_Address(family, address) for family, _, _, _, address in found]


async def _connect_any(addresses: list[_Address], target: Target, deadline: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    fault: CameraConnectionError | None = None
    for number, address in enumerate(addresses):
        share_s = (deadline - loop.time()) / (len(addresses) - number)
        try:
            return await _connect_one(address, target, loop.time() + share_s)
        except CameraConnectionError as error:
            fault = error
    raise fault or _unknown_host(target, "it has no address")


async def _connect_one(address: _Address, target: Target, deadline: float) -> socket.socket:
    """Ask again before TCP does, which repeats what was lost after 1 s and then ever later."""
    tries: list[asyncio.Task[socket.socket]] = []
    try:
        while True:
            tries.append(asyncio.create_task(_try(address, target, deadline)))
            done, _ = await asyncio.wait(tries, timeout=REPEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if done:
                decisive = min(done, key=lambda task: task.exception() is not None)
                tries.remove(decisive)
                return decisive.result()
    finally:
        for task in tries:
            task.cancel()
            task.add_done_callback(_hang_up)


def _hang_up(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _try(address: _Address, target: Target, deadline: float) -> socket.socket:
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
        raise CameraConnectionError(
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


def _refusal(error: OSError, target: Target) -> CameraConnectionError:
    if error.errno == errno.ECONNREFUSED:
        return CameraConnectionError(
            Reason.REFUSED,
            f"Connection to {target.location} was refused: "
            f"check the port and that {target.service} is enabled in the camera.",
        )
    if error.errno in _UNREACHABLE:
        return CameraConnectionError(
            Reason.UNREACHABLE,
            f"No way to {target.location} ({error_text(error)}): check cable, switch and the camera's address.",
        )
    return CameraConnectionError(
        Reason.CONNECTION_LOST,
        f"Connection to {target.location} broke while it was made ({error_text(error)}): check the network.",
    )


def _unknown_host(target: Target, why: str) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.HOST_NOT_FOUND,
        f"Host {target.host!r} has no known address ({why}): check the name, or write the camera's IP address.",
    )


def error_text(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
