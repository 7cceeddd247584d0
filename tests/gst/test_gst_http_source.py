"""Motion JPEG over HTTP by GStreamer: what goes wrong is told, and nothing is trusted that was not set."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from gstnvr.gst.clip_reader import GstClipReader
from gstnvr.gst.http_source import MOST_OF_A_PICTURE, HttpSource
from gstnvr.gst.runtime import Gst, initialise
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import EndOfStream, MediaMessage, PipelineError
from gstnvr.media.units import AccessUnit, VideoCodec
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust
from gstnvr.session.faults import of_message
from tests.rig.certificates import make_certificate
from tests.rig.source_specs import source_spec
from tests.rig.video_files import make_video
from tests.rig.waiting import until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

WITHIN_S = 10.0
PASSWORD = "a password: with ä & spaces"

Watch = Callable[[HttpSource, list[MediaMessage]], Awaitable[None]]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_video(tmp_path_factory.mktemp("videos") / "pictures.mkv", video="mjpeg"))


@pytest.fixture(scope="module")
def cameras(pictures: str) -> Iterator[SimulatedCameras]:
    with SimulatedCameras({"door": pictures}, http=True) as running:
        yield running


def watch_url(
    url: str, watch: Watch, *, password: str | None = None, trust: CertificateTrust = SYSTEM_AUTHORITIES
) -> None:
    """Run a source until the watch ends."""
    initialise()
    spec = source_spec(
        url,
        username=None if password is None else "viewer",
        password=password,
        tcp_timeout_ms=2000,
        video=VideoCodec.MJPEG,
        trust=trust,
        route=Route.HTTP,
    )

    async def run() -> None:
        source = HttpSource(spec)
        heard: list[MediaMessage] = []
        source.start(heard.append)
        try:
            await watch(source, heard)
        finally:
            assert await source.stop(5.0)

    asyncio.run(run())


async def plays(source: HttpSource, heard: list[MediaMessage]) -> None:
    await until(source.pull, WITHIN_S, f"pictures; heard {heard}")
    await until(source.pull, WITHIN_S, f"more pictures; heard {heard}")
    assert not any(isinstance(message, PipelineError) for message in heard)


def fails_with(fault: Fault, reason: Reason, *, word: str = "") -> Watch:
    async def watch(source: HttpSource, heard: list[MediaMessage]) -> None:
        def errors() -> list[PipelineError]:
            assert source.pull() == []
            return [message for message in heard if isinstance(message, PipelineError) and message.fatal]

        await until(errors, WITHIN_S, f"an error; heard {heard}")
        found = of_message(errors()[0])
        assert (found.fault, found.reason) == (fault, reason)
        assert word in found.message

    return watch


@pytest.mark.parametrize(
    ("order", "value", "fault", "reason"),
    [
        ("unauthorized", "", Fault.AUTHENTICATION, Reason.UNAUTHORIZED),
        ("not_found", "", Fault.RTSP_NETWORK, Reason.NOT_FOUND),
        ("reject", "", Fault.RTSP_NETWORK, Reason.CONNECTION_LOST),
        ("redirect", "http://127.0.0.1:1/", Fault.RTSP_NETWORK, Reason.REDIRECTED),
    ],
)
def test_what_the_camera_answers_is_told(
    cameras: SimulatedCameras, order: str, value: str, fault: Fault, reason: Reason
) -> None:
    cameras.control.do(order, camera="door", value=value)
    try:
        watch_url(cameras.http_url("door"), fails_with(fault, reason))
    finally:
        cameras.control.clear()


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_that_is_lost_is_told_at_once(cameras: SimulatedCameras, how: str) -> None:
    async def watch(source: HttpSource, heard: list[MediaMessage]) -> None:
        await until(source.pull, WITHIN_S, "pictures")
        cameras.control.do("disconnect", camera="door", value=how)

        def end() -> list[MediaMessage]:
            source.pull()
            return [message for message in heard if isinstance(message, PipelineError | EndOfStream)]

        await until(end, 1.0, f"the end; heard {heard}")
        assert of_message(end()[0]).reason in (Reason.CLOSED_BY_CAMERA, Reason.CONNECTION_LOST)

    watch_url(cameras.http_url("door"), watch)


def test_no_proxy_of_the_environment_is_used(cameras: SimulatedCameras, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    watch_url(cameras.http_url("door"), plays)


def test_the_password_lets_in_and_another_does_not(pictures: str) -> None:
    arguments = ["--user", "viewer", "--password-env", "SIMULATOR_PASSWORD"]
    environment = {"SIMULATOR_PASSWORD": PASSWORD}
    with SimulatedCameras({"door": pictures}, *arguments, http=True, environment=environment) as cameras:
        watch_url(cameras.http_url("door"), plays, password=PASSWORD)
        denied = fails_with(Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
        watch_url(cameras.http_url("door"), denied, password="another")
        watch_url(cameras.http_url("door"), denied)


def test_certificates_are_judged_by_the_setting_also_when_a_session_is_resumed(
    pictures: str, tmp_path: Path
) -> None:
    made = make_certificate(tmp_path)
    with SimulatedCameras({"door": pictures}, *made.simulator_arguments, http=True) as cameras:
        url = cameras.http_url("door")
        assert url.startswith("https://")
        refused = fails_with(Fault.RTSP_NETWORK, Reason.CERTIFICATE, word=made.fingerprint)
        watch_url(url, refused)
        watch_url(url, plays, trust=CertificateTrust(accept_any=True))
        watch_url(url, plays, trust=CertificateTrust(fingerprint=made.fingerprint))
        watch_url(url, plays, trust=CertificateTrust(ca_file=str(made.authority)))
        watch_url(url, refused)
        watch_url(url, refused, trust=CertificateTrust(fingerprint="0" * 64))


# --- servers that are no cameras ----------------------------------------------------------------------


def watch_server(handle: Handler, watch: Watch) -> None:
    """A source at a server in a thread of its own: the simulator sends nothing but what it should."""

    async def serve(ready: Callable[[int], None], ended: asyncio.Event) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                await handle(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            ready(server.sockets[0].getsockname()[1])
            await ended.wait()

    ports: list[int] = []

    async def run() -> None:
        ended = asyncio.Event()
        serving = asyncio.create_task(serve(ports.append, ended))
        await until(lambda: ports, WITHIN_S, "the server")
        await asyncio.to_thread(watch_url, f"http://127.0.0.1:{ports[0]}/", watch)
        ended.set()
        await serving

    asyncio.run(run())


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"


def saying(data: bytes, then: bytes = b"") -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        while then:
            writer.write(then)
            await writer.drain()
        await reader.read()

    return handle


@pytest.mark.parametrize(
    ("answer", "fault", "reason"),
    [
        (b"nonsense\r\n\r\n", Fault.RTSP_NETWORK, Reason.CONNECTION_LOST),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Fault.RTSP_NETWORK, Reason.SERVER_ERROR),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
            Fault.DECODER,
            Reason.STREAM_FORMAT,
        ),
        (
            HEAD + b"--b\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG\r\n--b\r\n",
            Fault.DECODER,
            Reason.STREAM_FORMAT,
        ),
    ],
)
def test_what_is_no_motion_jpeg_is_told(answer: bytes, fault: Fault, reason: Reason) -> None:
    watch_server(saying(answer), fails_with(fault, reason))


@pytest.mark.parametrize(
    "flood",
    [
        HEAD + b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n",
        HEAD + b"--b\r\nContent-Type: image/jpeg\r\n\r\n",
        HEAD + b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n\xff\xd8\xff\xe0\x00\x10",
    ],
)
def test_a_picture_without_end_is_given_up(flood: bytes) -> None:
    async def watch(source: HttpSource, heard: list[MediaMessage]) -> None:
        await fails_with(Fault.DECODER, Reason.STREAM_FORMAT)(source, heard)
        assert any(isinstance(message, PipelineError) and "32 MiB" in message.text for message in heard)
        assert source.packets() > MOST_OF_A_PICTURE

    watch_server(saying(flood, then=bytes(1 << 16)), watch)


def test_pictures_keep_little_more_memory_than_they_need_also_after_a_burst(pictures: str) -> None:
    initialise()
    picture = GstClipReader().read(Path(pictures)).video.units[0].data[0]
    padding = b"\xff\xfe" + (30_000 - len(picture)).to_bytes(2, "big") + bytes(29_998 - len(picture))
    picture = picture[:2] + padding + picture[2:]
    part = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + part * 100)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)

    async def watch(source: HttpSource, heard: list[MediaMessage]) -> None:
        units: list[AccessUnit] = []

        def enough() -> bool:
            units.extend(source.pull())
            return len(units) > 130

        await until(enough, WITHIN_S, f"pictures; heard {heard}")
        assert all(unit.size == len(picture) for unit in units)
        assert max(kept_by(unit) for unit in units[-10:]) < 3 * len(picture)

    watch_server(handle, watch)


def kept_by(unit: AccessUnit) -> int:
    """Bytes of memory."""
    memory = cast(Gst.Buffer, unit.payload).peek_memory(0)
    assert memory is not None
    return memory.get_sizes()[2]
