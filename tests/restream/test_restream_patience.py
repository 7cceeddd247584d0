"""Clients that are slow, gone, too many or make no sense: they cost nobody else anything."""

import asyncio
import contextlib
import socket
import time
from pathlib import Path

import pytest

from gstnvr.restream.connection import Patience
from gstnvr.restream.service import MOST_STRANGERS
from tests.restream.clients import NEWS, PATIENCE_S, connection, numbers, run, until_closed, viewer
from tests.restream.rig import FakeSupervisor, batch, nal, picture, serving
from tests.rig.live_source import live_source
from tests.rig.waiting import until


def test_no_more_watch_than_the_settings_allow(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source, most=2) as supervisor:
            with viewer(supervisor) as first, viewer(supervisor) as second, viewer(supervisor) as third:
                await asyncio.to_thread(first.play)
                await asyncio.to_thread(second.play)
                assert (await asyncio.to_thread(third.request, "DESCRIBE")).status == 200
                transport = ("Transport", "RTP/AVP/TCP;interleaved=0-1")
                refused = await asyncio.to_thread(third.request, "SETUP", f"{supervisor.url}/track0", transport)
                assert refused.status == 453
                assert (await asyncio.to_thread(first.request, "TEARDOWN")).status == 200
                await asyncio.to_thread(third.play)
                assert await asyncio.to_thread(numbers, third, 2) == [0, 1]

    run(story)


def test_a_client_that_does_not_read_holds_nobody_up_and_is_sent_away(tmp_path: Path) -> None:
    async def story() -> None:
        patience = Patience(wrong_proof_s=0.0, stalled_s=1.0)
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source, patience) as supervisor:
            with viewer(supervisor) as asleep, viewer(supervisor) as awake:
                await asyncio.to_thread(asleep.play)
                await asyncio.to_thread(awake.play)
                assert await asyncio.to_thread(numbers, awake, 2) == [0, 1]
                number = 2
                while source.viewers == 2:
                    source.send(batch(*(picture(number + n, size=1300) for n in range(100))))
                    expected = list(range(number, number + 100))
                    assert await asyncio.to_thread(numbers, awake, 100) == expected
                    number += 100
                assert number > 300, "what fits into sockets does not count as being read"
                assert supervisor.gone == 1

    run(story)


def test_a_client_that_is_slow_makes_the_recorder_wait_and_not_the_service_queue(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as asleep:
                await asyncio.to_thread(asleep.play)
                sent = 0
                while source.untaken == 0:
                    source.send(batch(*(picture(n, size=1300) for n in range(2, 102))))
                    sent += 130_000
                    await asyncio.sleep(0.02)
                assert sent < 16 << 20, "the ring of the recorder is the only queue"

    run(story)


def test_udp_reaches_a_client_on_this_machine(tmp_path: Path) -> None:
    async def story() -> None:
        patience = Patience(wrong_proof_s=0.0, session_timeout_s=3.0)
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source, patience) as supervisor:
            loop = asyncio.get_running_loop()
            rtp, rtcp = udp_pair()
            with viewer(supervisor) as watching, rtp, rtcp:
                port = rtp.getsockname()[1]
                transport = ("Transport", f"RTP/AVP;unicast;client_port={port}-{port + 1}")
                await asyncio.to_thread(watching.request, "DESCRIBE")
                made = await asyncio.to_thread(watching.request, "SETUP", f"{supervisor.url}/track0", transport)
                assert made.status == 200
                ports = str(made.headers.get("Transport")).partition("server_port=")[2].partition(";")[0]
                assert (await asyncio.to_thread(watching.request, "PLAY")).status == 200
                for number in (0, 1):
                    async with asyncio.timeout(PATIENCE_S):
                        packet = await loop.sock_recv(rtp, 2048)
                    assert packet[12:] == nal(1 if number else 5, 300, number)
                async with asyncio.timeout(PATIENCE_S):
                    assert (await loop.sock_recv(rtcp, 2048))[1] == 200, "a sender report"
                began = loop.time()
                while loop.time() - began < 4.5:
                    rtcp.sendto(bytes(8), ("127.0.0.1", int(ports.partition("-")[2])))
                    await asyncio.sleep(0.2)
                assert source.viewers == 1, "who sends RTCP is alive"
                await until(lambda: source.viewers == 0, what="who says nothing is gone")

    run(story)


def udp_pair() -> tuple[socket.socket, socket.socket]:
    while True:
        first, second = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        first.bind(("127.0.0.1", 0))
        port = first.getsockname()[1]
        try:
            second.bind(("127.0.0.1", port + 1))
        except OSError:
            first.close()
            second.close()
            continue
        first.setblocking(False)
        second.setblocking(False)
        return first, second


@pytest.mark.parametrize("beginning", [b"", b"DESC", b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n", b"$\x00\xff\xff"])
def test_who_dawdles_is_sent_away(beginning: bytes) -> None:
    """Also one who sends a byte now and then, so as to look alive."""

    async def story() -> None:
        async with serving(None, Patience(request_within_s=1.0)) as supervisor:
            with connection(supervisor) as slow:
                closing = asyncio.create_task(asyncio.to_thread(until_closed, slow))
                slow.sendall(beginning)
                while not closing.done():
                    if beginning:
                        with contextlib.suppress(OSError):
                            slow.sendall(b"X")
                    await asyncio.sleep(0.2)
            await until(lambda: supervisor.gone == 1)

    run(story)


def test_a_player_may_be_silent_for_long_and_then_speak_in_pieces(tmp_path: Path) -> None:
    async def story() -> None:
        patience = Patience(wrong_proof_s=0.0, request_within_s=3.0)
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source, patience) as supervisor:
            with viewer(supervisor) as watching:
                await asyncio.to_thread(watching.play)
                began = time.monotonic()
                number = 2
                while time.monotonic() - began < 4.0:
                    source.send(batch(picture(number)))
                    number += 1
                    await asyncio.sleep(0.1)
                watching.send_in_pieces(b"GET_PARAMETER * RTSP/1.0\r\nCSeq: 77\r\n\r\n", 0.02)
                assert await asyncio.to_thread(numbers, watching, number) == list(range(number))
                assert source.viewers == 1

    run(story)


def test_strangers_make_room_for_each_other_and_cost_no_client_anything(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching, contextlib.ExitStack() as strangers:
                await asyncio.to_thread(watching.play)
                many = [strangers.enter_context(connection(supervisor)) for _ in range(MOST_STRANGERS + 5)]
                assert await asyncio.to_thread(until_closed, many[0]) == b""
                await until(lambda: supervisor.gone >= 5)
                with viewer(supervisor) as late:
                    await asyncio.to_thread(late.play)
                    assert await asyncio.to_thread(numbers, late, 2) == [0, 1]
                source.send(batch(picture(2)))
                assert await asyncio.to_thread(numbers, watching, 3) == [0, 1, 2]

    run(story)


def test_strange_requests_are_answered_in_words() -> None:
    async def story() -> None:
        async with serving(None) as supervisor:
            with viewer(supervisor, None) as asking:
                for method, fields, status in (
                    ("RECORD", (), 501),
                    ("PLAY_ON", (), 501),
                    ("TEARDOWN", (), 454),
                    ("GET_PARAMETER", (("Session", "made-up"),), 454),
                    ("DESCRIBE", (("Require", "www.onvif.org/ver20/backchannel"),), 551),
                    ("DESCRIBE", (("Authorization", "Basic a2ltOnNlY3JldA=="),), 401),
                    ("DESCRIBE", (("Authorization", "Digest " + "x" * 8000),), 401),
                ):
                    told = await asyncio.to_thread(asking.request, method, "", *fields)
                    assert told.status == status, method

    run(story)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"OPTIONS * RTSP/1.0\r\n" + b"X: y\r\n" * 10_000,
        b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 999999999\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS " + b"a" * 100_000,
        b"OPTIONS * RTSP/1.0\r\nno colon\r\n\r\n",
    ],
)
def test_what_is_no_rtsp_is_refused(nonsense: bytes) -> None:
    def ask(supervisor: FakeSupervisor) -> bytes:
        with connection(supervisor) as sock:
            with contextlib.suppress(OSError):
                sock.sendall(nonsense)
            return until_closed(sock)

    async def story() -> None:
        async with serving(None) as supervisor:
            said = await asyncio.to_thread(ask, supervisor)
            assert said == b"" or said.startswith(b"RTSP/1.0 400 ")
            await until(lambda: supervisor.gone == 1)

    run(story)


def test_a_client_that_resets_is_forgotten_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            watching = viewer(supervisor)
            await asyncio.to_thread(watching.play)
            watching.reset()
            await until(lambda: source.viewers == 0)
            assert supervisor.gone == 1

    run(story)
