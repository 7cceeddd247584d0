"""Connecting to a camera that does not hear every packet."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from gstnvr.model.faults import Reason
from gstnvr.rtsp.dial import CameraConnectionError, dial
from gstnvr.rtsp.url import RtspUrl


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


def url_of(listener: socket.socket) -> RtspUrl:
    return RtspUrl.parse(f"rtsp://127.0.0.1:{listener.getsockname()[1]}/stream1")


def test_a_camera_is_asked_again_before_tcp_repeats_what_was_lost() -> None:
    async def scenario(listener: socket.socket) -> float:
        loop = asyncio.get_running_loop()
        dialling = asyncio.create_task(dial(url_of(listener), loop.time() + 10.0))
        await asyncio.sleep(1.3)
        assert not dialling.done()
        listener.setblocking(False)
        hears_again = time.monotonic()
        while not dialling.done():
            accepted, _ = await loop.sock_accept(listener)
            accepted.close()
            await asyncio.wait({dialling}, timeout=0.05)
        dialling.result().close()
        return time.monotonic() - hears_again

    with deaf_server() as listener:
        took_s = asyncio.run(scenario(listener))
    assert took_s < 1.5, "TCP itself would have repeated it 1.7 s later"


def test_a_camera_that_hears_nothing_is_given_up_in_time() -> None:
    async def scenario(listener: socket.socket) -> float:
        began = time.monotonic()
        with pytest.raises(CameraConnectionError) as caught:
            await dial(url_of(listener), asyncio.get_running_loop().time() + 1.0)
        assert caught.value.reason is Reason.CONNECT_TIMEOUT
        return time.monotonic() - began

    with deaf_server() as listener:
        assert 0.9 < asyncio.run(scenario(listener)) < 5
