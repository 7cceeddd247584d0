"""RTSP within HTTP: what a camera offers is seen through the tunnel, and a camera without one is told apart."""

import asyncio
from collections.abc import Iterator

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.units import VideoCodec
from gstnvr.model.faults import Reason
from gstnvr.model.trust import CertificateTrust
from gstnvr.rtsp.probe import ProbeError, ProbeResult, probe
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.serving import Handler, serving

LOGIN = ("--user", "viewer", "--password-env", "SIMULATOR_PASSWORD")
PASSWORD = {"SIMULATOR_PASSWORD": "secret"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=["http", "https"])
def cameras(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[SimulatedCameras]:
    secure = certificate.simulator_arguments if request.param == "https" else ()
    with SimulatedCameras({"door": "pattern:180p10"}, *LOGIN, *secure, environment=PASSWORD) as running:
        running.control.do("tunnel_only", camera="door")
        yield running


def probed(
    url: str, certificate: Certificate, password: str | None = "secret", *, tunnel: bool = True
) -> ProbeResult:
    trust = CertificateTrust(fingerprint=certificate.fingerprint)
    username = None if password is None else "viewer"
    return asyncio.run(probe(url, username, password, 10.0, trust=trust, tunnel=tunnel))


@pytest.mark.gst
@pytest.mark.e2e
def test_a_camera_that_offers_nothing_but_the_tunnel(cameras: SimulatedCameras, certificate: Certificate) -> None:
    url = cameras.url("door")
    assert probed(url, certificate).video is VideoCodec.H264
    with pytest.raises(ProbeError) as caught:
        probed(url, certificate, tunnel=False)
    assert caught.value.report.reason is Reason.CONNECTION_LOST


@pytest.mark.gst
@pytest.mark.e2e
@pytest.mark.parametrize("password", ["wrong", None])
def test_a_wrong_password_is_refused_by_http_already(
    cameras: SimulatedCameras, certificate: Certificate, password: str | None
) -> None:
    with pytest.raises(ProbeError) as caught:
        probed(cameras.url("door"), certificate, password)
    assert caught.value.report.reason is Reason.UNAUTHORIZED


def answering(data: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return handle


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("handler", "reason", "said"),
    [
        (answering(b"HTTP/1.1 404 Not Found\r\n\r\n"), Reason.TRANSPORT_REFUSED, "404 Not Found"),
        (answering(b"HTTP/1.0 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"), Reason.TRANSPORT_REFUSED, "302"),
        (answering(b"RTSP/1.0 400 Bad Request\r\n\r\n"), Reason.NOT_HTTP, "RTSP/1.0 400 Bad Request"),
        (answering(b"SSH-2.0-dropbear\r\n"), Reason.NOT_HTTP, "SSH-2.0"),
        (answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000), Reason.NOT_HTTP, "endless"),
        (answering(b""), Reason.CONNECTION_LOST, "closed by it"),
        (answering(b"HTTP/1.1 403 Forbidden\r\n\r\n"), Reason.UNAUTHORIZED, "403"),
        (says_nothing, Reason.NO_ANSWER, "in time"),
    ],
)
def test_what_is_no_tunnel_is_told_apart(handler: Handler, reason: Reason, said: str) -> None:
    async def scenario() -> None:
        async with serving(handler) as port:
            await probe(f"rtsp://127.0.0.1:{port}/live", "viewer", "secret", 1.0, tunnel=True)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is reason
    assert said in caught.value.report.message
    assert "\n" not in caught.value.report.message


def test_a_login_that_is_asked_for_again_and_again_ends() -> None:
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n')
        await writer.drain()

    async def scenario() -> None:
        async with serving(handle) as port:
            await probe(f"rtsp://127.0.0.1:{port}/live", "viewer", "secret", 5.0, tunnel=True)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is Reason.UNAUTHORIZED
    assert len(asked) == 2
    assert b"Authorization: Digest" in asked[1]
