"""What one TCP connection does not take is kept in order, but not without end."""

import asyncio
import socket

from gstnvr.simulator.outlet import QUEUE_LIMIT_BYTES, ConnectionWriter


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


def test_messages_arrive_whole_and_in_order_however_slowly_they_are_read() -> None:
    async def scenario() -> bytes:
        ours, theirs = pair()
        loop = asyncio.get_running_loop()
        writer = ConnectionWriter(ours, loop, lambda: None)
        for number in range(40):
            await asyncio.to_thread(writer.write, bytes([number]) * 50_000)
        got = bytearray()
        while len(got) < 40 * 50_000:
            got += await asyncio.wait_for(loop.sock_recv(theirs, 10_000), 5)
        writer.close()
        ours.close()
        theirs.close()
        return bytes(got)

    assert asyncio.run(scenario()) == b"".join(bytes([number]) * 50_000 for number in range(40))


def test_a_viewer_that_does_not_read_is_given_up() -> None:
    async def scenario() -> None:
        ours, theirs = pair()
        overflowed = asyncio.Event()
        writer = ConnectionWriter(ours, asyncio.get_running_loop(), overflowed.set)
        for _ in range(QUEUE_LIMIT_BYTES // 1_000_000 + 1):
            writer.write(bytes(1_000_000))
        await asyncio.wait_for(overflowed.wait(), 5)
        writer.close()
        ours.close()
        theirs.close()

    asyncio.run(scenario())
