"""Clients of the service under test."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator

from gstnvr.rtsp.digest import Credentials
from tests.restream.rig import FORM, KIM, FakeSupervisor, batch, picture
from tests.rig.rtsp_viewer import Viewer, h264_frames

PATIENCE_S = 30.0
NEWS = (FORM, batch(picture(0, key=True), picture(1)))


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(120):
            await story()

    asyncio.run(all_of_it())


def viewer(supervisor: FakeSupervisor, credentials: Credentials | None = KIM) -> Viewer:
    made = Viewer(supervisor.url, credentials)
    made.answer_timeout_s = PATIENCE_S
    return made


def numbers(watching: Viewer, count: int) -> list[int]:
    """Of the next pictures, each of which is one packet."""
    packets = watching.packets(PATIENCE_S, limit=count)
    return [int.from_bytes(frame.nal_units[0][1:5], "big") for frame in h264_frames(packets)]


@contextlib.contextmanager
def connection(supervisor: FakeSupervisor) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", supervisor.port), timeout=PATIENCE_S) as sock:
        yield sock


def until_closed(sock: socket.socket) -> bytes:
    """All that comes before the other end hangs up."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while data := sock.recv(1 << 16):
            found += data
    return found
