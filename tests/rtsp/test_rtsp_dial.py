"""Connecting to a camera that does not hear every packet."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gstnvr.model.faults import Reason
from gstnvr.rtsp.dial import CameraConnectionError, dial
from gstnvr.rtsp.url import RtspUrl


def url_of(listener: socket.socket) -> RtspUrl:
    return RtspUrl.parse(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/stream1")


def test_a_camera_that_did_not_hear_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = asyncio.SelectorEventLoop.sock_connect
    asked: list[socket.socket] = []

    async def lossy(loop: asyncio.SelectorEventLoop, sock: socket.socket, address: Any) -> None:
        asked.append(sock)
        if len(asked) < 3:
            await asyncio.Event().wait()
        await connect(loop, sock, address)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", lossy)

    async def scenario(listener: socket.socket) -> None:
        connected = await dial(url_of(listener), asyncio.get_running_loop().time() + 30.0)
        assert connected is asked[2]
        assert connected.getpeername() == listener.getsockname()
        connected.close()
        await asyncio.sleep(0)
        assert [sock.fileno() for sock in asked] == [-1, -1, -1], "none is left open"

    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(scenario(listener))


@contextlib.contextmanager
def deaf_server() -> Iterator[socket.socket]:
    """The kernel drops whatever asks for a connection while nobody accepts those that wait."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener


def test_a_camera_that_hears_nothing_is_given_up_in_time() -> None:
    async def scenario(listener: socket.socket) -> float:
        began = time.monotonic()
        with pytest.raises(CameraConnectionError) as caught:
            await dial(url_of(listener), asyncio.get_running_loop().time() + 1.0)
        assert caught.value.reason is Reason.CONNECT_TIMEOUT
        return time.monotonic() - began

    with deaf_server() as listener:
        assert 0.9 < asyncio.run(scenario(listener)) < 5
