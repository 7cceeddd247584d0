"""Who may watch, what he is sent, and what he is told instead, on real sockets."""

import asyncio
import socket
import ssl
import struct
from pathlib import Path

import pytest

from gstnvr.ipc.live import LiveFormat, LiveIdle, LiveTrack
from gstnvr.restream.messages import Asked, CannotListen, End, Report, Serve
from gstnvr.restream.service import RestreamService
from gstnvr.rtsp.digest import Credentials, answer
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, headers
from tests.restream.clients import NEWS, PATIENCE_S, connection, numbers, run, until_closed, viewer
from tests.restream.rig import FORM, H264, KIM, FakeSupervisor, batch, picture, serving
from tests.rig.certificates import make_certificate
from tests.rig.live_source import LiveSource, live_source
from tests.rig.rtsp_viewer import h264_frames
from tests.rig.waiting import until


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
