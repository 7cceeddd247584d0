"""Connections over real sockets: whole, split, broken, slow and private."""

import asyncio
import stat
from pathlib import Path

import pytest

from gstnvr.ipc.codec import MAX_MESSAGE_BYTES, ProtocolError, recorder_codec
from gstnvr.ipc.connection import RecorderConnection, SocketInUseError, connect, listen
from gstnvr.ipc.messages import Acknowledge, Event, Finished, Hello, SegmentDiscarded, Shutdown
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind

HELLO = Hello(1, "0.1.0", 4711, UtcNs(1))
STREAM = StreamId(CameraId("cam"), StreamKind.MAIN)
WAIT_S = 20


async def echo_numbers(connection: RecorderConnection) -> None:
    await connection.send(HELLO)
    while (message := await connection.receive()) is not None:
        assert isinstance(message, Acknowledge)
        await connection.send(Event(message.number, SegmentDiscarded(STREAM, "v", "p")))


async def raw_server(path: Path, *pieces: bytes) -> asyncio.Server:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    return await asyncio.start_unix_server(serve, path)


def test_messages_go_both_ways_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        listener = await listen(tmp_path / "r.sock", echo_numbers)
        connection = await connect(tmp_path / "r.sock")
        assert await connection.receive() == HELLO
        for number in range(100):
            await connection.send(Acknowledge(number))
        received = [await connection.receive() for _ in range(100)]
        assert [event.number for event in received if isinstance(event, Event)] == list(range(100))
        await connection.close()
        await listener.close()
        assert not (tmp_path / "r.sock").exists()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_frames_that_come_in_pieces_are_put_together(tmp_path: Path) -> None:
    frame = recorder_codec().encode(HELLO) + recorder_codec().encode(Finished())

    async def scenario() -> None:
        server = await raw_server(tmp_path / "r.sock", *(frame[i : i + 1] for i in range(len(frame))))
        connection = await connect(tmp_path / "r.sock")
        assert [await connection.receive() for _ in range(3)] == [HELLO, Finished(), None]
        await connection.close()
        server.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


@pytest.mark.parametrize("cut", [1, 4, 10])
def test_a_peer_that_dies_within_a_frame_is_just_gone(tmp_path: Path, cut: int) -> None:
    async def scenario() -> None:
        server = await raw_server(tmp_path / "r.sock", recorder_codec().encode(HELLO)[:cut])
        connection = await connect(tmp_path / "r.sock")
        assert await connection.receive() is None
        await connection.close()
        server.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


@pytest.mark.parametrize(
    "data", [b"\x00\x00\x00\x05hello", b"GET / HTTP/1.1\r\n\r\n", (MAX_MESSAGE_BYTES + 1).to_bytes(4, "big")]
)
def test_garbage_is_told_from_silence(tmp_path: Path, data: bytes) -> None:
    async def scenario() -> None:
        server = await raw_server(tmp_path / "r.sock", data)
        connection = await connect(tmp_path / "r.sock")
        with pytest.raises(ProtocolError):
            await connection.receive()
        await connection.close()
        server.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_a_peer_that_does_not_read_holds_up_the_sender_and_memory_stays(tmp_path: Path) -> None:
    sent = 0
    message = Event(1, SegmentDiscarded(STREAM, "v", "x" * 100_000))

    async def flood(connection: RecorderConnection) -> None:
        nonlocal sent
        while True:
            await connection.send(message)
            sent += 1

    async def scenario() -> None:
        listener = await listen(tmp_path / "r.sock", flood)
        connection = await connect(tmp_path / "r.sock")
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        assert sent < 20
        for _ in range(sent + 5):
            assert await connection.receive() == message
        await connection.close()
        await listener.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_closing_does_not_wait_for_a_peer_that_does_not_read(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def stuff_and_close(connection: RecorderConnection) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                while True:
                    await connection.send(Event(1, SegmentDiscarded(STREAM, "v", "x" * 100_000)))
        await connection.close()
        with pytest.raises(ConnectionError):
            await connection.send(HELLO)
        assert await connection.receive() is None
        closed.set()

    async def scenario() -> None:
        listener = await listen(tmp_path / "r.sock", stuff_and_close)
        connection = await connect(tmp_path / "r.sock")
        async with asyncio.timeout(5):
            await closed.wait()
        await connection.close()
        await listener.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_sending_to_a_dead_peer_is_an_error(tmp_path: Path) -> None:
    async def hang_up(_: RecorderConnection) -> None:
        return

    async def scenario() -> None:
        listener = await listen(tmp_path / "r.sock", hang_up)
        connection = await connect(tmp_path / "r.sock")
        assert await connection.receive() is None
        with pytest.raises(ConnectionError):
            for _ in range(3):
                await connection.send(Shutdown())
        await connection.close()
        await listener.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_socket_and_folder_are_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "sockets" / "r.sock"

    async def scenario() -> None:
        listener = await listen(path, echo_numbers)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        await listener.close()
        path.parent.chmod(0o755)
        with pytest.raises(PermissionError, match="lets other users in"):
            await listen(path, echo_numbers)

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_a_socket_of_a_dead_process_is_replaced_and_one_of_a_living_is_not(tmp_path: Path) -> None:
    path = tmp_path / "r.sock"

    async def scenario() -> None:
        abandoned = await asyncio.start_unix_server(lambda _r, _w: None, path)
        with pytest.raises(SocketInUseError, match="another process listens"):
            await listen(path, echo_numbers)
        abandoned.close()
        assert path.is_socket()
        with pytest.raises(ConnectionRefusedError):
            await connect(path)
        listener = await listen(path, echo_numbers)
        connection = await connect(path)
        assert await connection.receive() == HELLO
        await connection.close()
        await listener.close()

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))


def test_a_path_longer_than_the_kernel_takes_works(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100)
    path = folder / "recorder-0.sock"
    assert len(str(path)) > 107

    async def scenario() -> None:
        for _ in range(2):
            listener = await listen(path, echo_numbers)
            connection = await connect(path)
            assert await connection.receive() == HELLO
            await connection.close()
            await listener.close()
        with pytest.raises(FileNotFoundError):
            await connect(path)

    asyncio.run(asyncio.wait_for(scenario(), WAIT_S))
