"""The server inside a process that has better things to do."""

import asyncio
import signal
import socket
import statistics
import time
from io import FileIO

import httpx
import pytest

from gstnvr.api import server as server_module
from gstnvr.api.recordings import segment_file
from gstnvr.api.server import AddressInUseError, AddressRefusedError, ApiServer
from tests.api.rig import RunningServer, World, at, running


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("0.0.0.0", r"only with api\.tls or api\.trusted_proxies"),
        ("::", r"only with api\.tls"),
        ("192.0.2.1", r"only with api\.tls"),
        ("example.com", "no address"),
        ("", "no address"),
    ],
)
def test_unprotected_only_loopback_is_listened_on(host: str, why: str) -> None:
    with pytest.raises(AddressRefusedError, match=why) as refused:
        ApiServer(host, 0).listen()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_in_use_is_named_with_its_setting(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUseError, match=rf"port {port} .* api\.port") as refused:
            ApiServer(host, port).listen()
    assert "\n" not in str(refused.value)


def test_whoever_connects_early_is_answered_once_there_is_something_to_answer(world: World) -> None:
    async def serve() -> None:
        server = ApiServer("127.0.0.1", 0)
        server.listen()
        async with httpx.AsyncClient(trust_env=False) as client:
            early = asyncio.create_task(client.get(f"http://127.0.0.1:{server.port}/healthz"))
            await asyncio.sleep(0.05)
            assert not early.done()
            await server.start(world.app())
            assert (await early).status_code == 200
        await server.stop()

    asyncio.run(serve())


def test_a_stopped_server_frees_its_port(world: World) -> None:
    async def listen_and_stop(*, serve: bool) -> int:
        server = ApiServer("127.0.0.1", 0)
        server.listen()
        if serve:
            await server.start(world.app())
        await server.stop()
        return server.port

    for serve in (False, True):
        with socket.create_server(("127.0.0.1", asyncio.run(listen_and_stop(serve=serve)))):
            pass


def test_the_signals_stay_with_the_process(world: World) -> None:
    def handlers() -> list[object]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def serve_for_a_moment() -> None:
        before = handlers()
        server = ApiServer("127.0.0.1", 0)
        server.listen()
        await server.start(world.app())
        assert handlers() == before
        await server.stop()

    asyncio.run(serve_for_a_moment())


def test_a_download_that_goes_on_for_ever_does_not_keep_the_server(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "STOP_TIMEOUT_S", 1)
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), bytes(50_000_000))
    with running(world.app()) as server, server.http.stream("GET", f"segments/{segment.id}/file"):
        began = time.monotonic()
        server.run(server.server.stop())
        assert time.monotonic() - began < 5


def test_answers_are_not_held_back(server: RunningServer) -> None:
    def took() -> float:
        began = time.monotonic()
        server.json("streams")
        return time.monotonic() - began

    assert statistics.median(took() for _ in range(21)) < 0.03, "Nagle's algorithm costs 0.04 s"


def test_no_more_is_read_than_the_reader_takes(
    server: RunningServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 100_000_000
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), bytes(size))
    lengths: list[int] = []
    read = segment_file._read

    def counted(file: FileIO, start: int, length: int) -> bytes:
        lengths.append(length)
        return read(file, start, length)

    monkeypatch.setattr(segment_file, "_read", counted)
    with server.http.stream("GET", f"segments/{segment.id}/file") as response:
        next(response.iter_raw())
        for _ in range(100):  # time enough to send all of it
            server.json("streams")
        assert sum(lengths) < size / 2
