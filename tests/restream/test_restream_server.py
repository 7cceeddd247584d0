"""Clients of every kind, on real sockets: who may watch, who may not, who is slow, gone or hostile."""

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gstnvr.ipc.live import LiveFormat, LiveIdle, LiveTrack
from gstnvr.restream.connection import Patience
from gstnvr.restream.messages import Asked, CannotListen, End, Report, Serve
from gstnvr.restream.service import MOST_STRANGERS, RestreamService
from gstnvr.rtsp.digest import Credentials, answer
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, headers
from tests.restream.rig import FORM, H264, KIM, FakeSupervisor, batch, nal, picture, serving
from tests.rig.certificates import make_certificate
from tests.rig.live_source import LiveSource, live_source
from tests.rig.rtsp_viewer import Viewer, h264_frames
from tests.rig.waiting import until

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


def test_what_the_recorder_gives_is_what_is_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching:
                assert "timeout=60" in str((await asyncio.to_thread(watching.play)).headers.get("Session"))
                assert await asyncio.to_thread(numbers, watching, 2) == [0, 1]
                large = picture(2, size=100_000)
                source.send(batch(large))
                frame = None
                packets = []
                while frame is None:
                    packets += await asyncio.to_thread(watching.packets, PATIENCE_S, 0, 1)
                    frame = next(iter(h264_frames(packets)), None)
                assert frame.nal_units == (large.data[4:],)
                assert supervisor.watching == [True]
            await until(lambda: source.viewers == 0)
            assert supervisor.watching == [True, False]
            assert supervisor.gone == 1

    run(story)


def test_nobody_is_told_anything_without_a_proof(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor, None) as stranger:
                assert (await asyncio.to_thread(stranger.request, "OPTIONS")).status == 200
                for method in ("DESCRIBE", "SETUP", "PLAY"):
                    for url in (supervisor.url, supervisor.url.replace("yard", "nobody"), "rtsp://x/"):
                        refused = await asyncio.to_thread(stranger.request, method, url)
                        assert refused.status == 401, (method, url)
                        offers = refused.headers.all("WWW-Authenticate")
                        assert [offer.partition(" ")[0] for offer in offers] == ["Digest"]
            assert source.ever == 0
            assert supervisor.all(Asked) == []

    run(story)


def test_a_wrong_proof_is_asked_about_and_the_third_is_the_last(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor, Credentials("kim", "guess")) as guessing:
                for _ in range(3):
                    assert (await asyncio.to_thread(guessing.request, "DESCRIBE")).status == 401
                assert await asyncio.to_thread(guessing.ended, PATIENCE_S)
            assert len(supervisor.all(Asked)) == 3
            assert source.ever == 0

    run(story)


def test_a_proof_is_good_on_its_own_connection_for_its_own_stream_and_method_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor, None) as first, viewer(supervisor, None) as second:
                other = supervisor.url.replace("yard", "front")
                offers = (await asyncio.to_thread(first.request, "DESCRIBE")).headers.all("WWW-Authenticate")
                proof = answer(KIM, offers, "DESCRIBE", supervisor.url)
                assert proof is not None
                field = ("Authorization", proof)
                assert (await asyncio.to_thread(second.request, "DESCRIBE", "", field)).status == 401
                assert (await asyncio.to_thread(first.request, "DESCRIBE", other, field)).status == 401
                assert supervisor.all(Asked) == [], "these are not even asked about"
                assert (await asyncio.to_thread(first.request, "SETUP", "", field)).status == 401
                assert len(supervisor.all(Asked)) == 1
                offers = (await asyncio.to_thread(first.request, "DESCRIBE")).headers.all("WWW-Authenticate")
                proof = answer(KIM, offers, "DESCRIBE", supervisor.url) or ""
                good = await asyncio.to_thread(first.request, "DESCRIBE", "", ("Authorization", proof))
                assert good.status == 200

    run(story)


@pytest.mark.parametrize(
    ("denial", "ends"),
    [((404, "Stream Not Found"), False), ((503, "No recorder has it"), False), ((403, "Too many tries"), True)],
)
def test_reasons_of_the_supervisor_are_told(tmp_path: Path, denial: tuple[int, str], ends: bool) -> None:
    async def story() -> None:
        async with serving(None) as supervisor:
            supervisor.denial = denial
            with viewer(supervisor) as refused:
                for _ in range(3):
                    told = await asyncio.to_thread(refused.request, "DESCRIBE")
                    assert (told.status, told.reason) == denial
                assert await asyncio.to_thread(refused.ended, PATIENCE_S if ends else 0.1) == ends

    run(story)


def test_a_camera_that_is_not_connected_is_told_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", LiveIdle()) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching:
                told = await asyncio.to_thread(watching.request, "DESCRIBE")
                assert (told.status, told.reason) == (503, "Camera yard is not connected")
                source.greeting = list(NEWS)
                await asyncio.to_thread(watching.play)
                assert await asyncio.to_thread(numbers, watching, 2) == [0, 1]

    run(story)


def test_a_recorder_that_is_away_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(LiveSource(tmp_path / "nobody.live", [])) as supervisor:
            with viewer(supervisor) as watching:
                told = await asyncio.to_thread(watching.request, "DESCRIBE")
                assert (told.status, told.reason) == (503, "The recorder of yard is away, try again")

    run(story)


@pytest.mark.parametrize("change", [LiveFormat(LiveTrack("h264", H264.config, 1280, 720), None), LiveIdle(), None])
def test_the_end_of_a_stream_is_told(tmp_path: Path, change: LiveFormat | LiveIdle | None) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching:
                await asyncio.to_thread(watching.play)
                assert await asyncio.to_thread(numbers, watching, 2) == [0, 1]
                if change is None:
                    source.hang_up()
                else:
                    source.send(change)
                assert await asyncio.to_thread(watching.ended, PATIENCE_S)
            await until(lambda: supervisor.watching == [True, False])
            with viewer(supervisor) as again:
                await asyncio.to_thread(again.play)
                assert await asyncio.to_thread(numbers, again, 2) == [0, 1]

    run(story)


def test_the_same_format_once_more_is_no_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching:
                await asyncio.to_thread(watching.play)
                source.send(FORM)
                source.send(batch(picture(2)))
                assert await asyncio.to_thread(numbers, watching, 3) == [0, 1, 2]

    run(story)


def test_a_right_that_is_withdrawn_ends_the_connection(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching, viewer(supervisor) as staying:
                await asyncio.to_thread(watching.play)
                await asyncio.to_thread(staying.play)
                first = supervisor.all(Asked)[0]
                assert isinstance(first, Asked)
                supervisor.tell(End(first.connection, "withdrawn"))
                assert await asyncio.to_thread(watching.ended, PATIENCE_S)
                await until(lambda: source.viewers == 1)
                source.send(batch(picture(2)))
                assert await asyncio.to_thread(numbers, staying, 3) == [0, 1, 2]

    run(story)


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
        patience = Patience(wrong_proof_s=0.0, session_timeout_s=1.5)
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
                while loop.time() - began < 3.0:
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


def test_with_a_certificate_nothing_is_sent_in_the_clear(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls")
    serve = Serve("127.0.0.1", 0, 8, str(certificate.file), str(certificate.key))

    def ask(port: int) -> RtspResponse:
        trusting = ssl.create_default_context(cafile=str(certificate.authority))
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain,
            trusting.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
        ):
            sock.sendall(RtspRequest("OPTIONS", "*", headers([("CSeq", "1")])).encode())
            (told,) = MessageParser().feed(sock.recv(1 << 16))
        assert isinstance(told, RtspResponse)
        return told

    async def story() -> None:
        async with serving(None, serve=serve) as supervisor:
            assert (await asyncio.to_thread(ask, supervisor.port)).status == 200
            with connection(supervisor) as plain:
                plain.sendall(RtspRequest("OPTIONS", "*", headers([("CSeq", "1")])).encode())
                assert b"RTSP" not in await asyncio.to_thread(until_closed, plain)

    run(story)


def test_an_address_that_is_taken_is_told() -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            told: list[Report] = []
            orders = FakeSupervisor()
            orders.tell(Serve("127.0.0.1", taken.getsockname()[1], 8))
            await RestreamService(told.append).run(orders.orders)
            (problem,) = told
            assert isinstance(problem, CannotListen)
            assert f"127.0.0.1:{taken.getsockname()[1]}" in problem.message

    run(story)


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
        patience = Patience(wrong_proof_s=0.0, request_within_s=1.0)
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source, patience) as supervisor:
            with viewer(supervisor) as watching:
                await asyncio.to_thread(watching.play)
                began = time.monotonic()
                number = 2
                while time.monotonic() - began < 2.5:
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


def test_a_sender_report_says_when_the_picture_was_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with viewer(supervisor) as watching:
                await asyncio.to_thread(watching.play)
                (packet, *_) = await asyncio.to_thread(watching.packets, PATIENCE_S, 0, 2)
                report = await asyncio.to_thread(watching.control, PATIENCE_S)
                kind, seconds, rtp_time = struct.unpack(">xB6xI4xI", report[:20])
                assert (kind, seconds - 2_208_988_800) == (200, 1_700_000_000)
                assert rtp_time == packet.timestamp

    run(story)
