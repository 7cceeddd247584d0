"""rtspsrc reaches the camera that is set, by the way that is set, and nobody else, whatever a camera says."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import cast

import psutil
import pytest

from gstnvr.gst import certificates
from gstnvr.gst.factory import GstMedia
from gstnvr.gst.runtime import Gio
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.media.pipelines import SourceSpec
from gstnvr.media.units import VideoCodec
from gstnvr.model.choices import Transport
from gstnvr.model.faults import Reason
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust
from gstnvr.session.faults import of_message
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.describing_camera import DescribingCameras
from tests.rig.serving import serving
from tests.rig.source_specs import source_spec
from tests.rig.video_files import make_video
from tests.rig.waiting import until

pytestmark = [pytest.mark.gst]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A session of a file begins with a key frame at once."""
    return str(make_video(tmp_path_factory.mktemp("videos") / "video.mp4", seconds=10, fps=10, height=180))


@pytest.fixture(scope="module")
def cameras(video: str) -> Iterator[SimulatedCameras]:
    with SimulatedCameras({"door": video}) as running:
        yield running


@pytest.fixture(scope="module")
def secure_cameras(certificate: Certificate, video: str) -> Iterator[SimulatedCameras]:
    with SimulatedCameras({"door": video}, *certificate.simulator_arguments) as running:
        yield running


def spec(
    url: str, transport: Transport = Transport.TCP, trust: CertificateTrust = SYSTEM_AUTHORITIES
) -> SourceSpec:
    return source_spec(
        url, transport=transport, latency_ms=0, tcp_timeout_ms=5000, trust=trust, local_address="127.0.0.1"
    )


@dataclass
class Outcome:
    """What a source came to."""

    units: int = 0
    errors: list[PipelineError] = field(default_factory=list)
    seconds: float = 0.0
    """To the first access unit, or to the error."""

    @property
    def reason(self) -> Reason:
        return of_message(self.errors[0]).reason


async def tried(wanted: SourceSpec, look: Callable[[], None] = lambda: None) -> Outcome:
    """Connect until the first access unit or the first error has come."""
    outcome = Outcome()

    def hear(message: MediaMessage) -> None:
        if isinstance(message, PipelineError) and message.fatal:
            outcome.errors.append(message)

    source = GstMedia().source(wanted)
    began = time.monotonic()
    source.start(hear)
    try:

        def settled() -> bool:
            outcome.units += len(source.pull())
            return bool(outcome.units or outcome.errors)

        await until(settled, 20, "a frame or an error")
        outcome.seconds = time.monotonic() - began
        look()
    finally:
        await source.stop(5)
    return outcome


def connected(wanted: SourceSpec) -> Outcome:
    outcome = asyncio.run(tried(wanted))
    assert outcome.units, outcome.errors
    return outcome


def refused(wanted: SourceSpec) -> Outcome:
    outcome = asyncio.run(tried(wanted))
    assert not outcome.units
    return outcome


# --- ways to a camera -------------------------------------------------------------------------------------


def sockets(cameras: SimulatedCameras) -> tuple[int, int]:
    """Open in this process: TCP to the camera, and UDP."""
    process = psutil.Process()
    to_camera = [one for one in process.net_connections("tcp") if one.raddr and one.raddr[1] == cameras.port]
    return len(to_camera), len(process.net_connections("udp"))


@pytest.mark.parametrize(
    ("transport", "open_while_it_plays"),
    [
        (Transport.TCP, (1, 0)),
        (Transport.UDP, (1, 2)),
        (Transport.MULTICAST, (1, 2)),
        (Transport.HTTP, (2, 0)),
    ],
)
def test_video_comes_by_the_transport_of_the_setting(
    cameras: SimulatedCameras, transport: Transport, open_while_it_plays: tuple[int, int]
) -> None:
    seen: list[tuple[int, int]] = []

    async def scenario() -> Outcome:
        return await tried(spec(cameras.url("door"), transport), lambda: seen.append(sockets(cameras)))

    outcome = asyncio.run(scenario())
    assert outcome.units, outcome.errors
    assert seen == [open_while_it_plays]
    assert sockets(cameras) == (0, 0)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.MULTICAST])
def test_what_is_refused_is_done_by_tcp(cameras: SimulatedCameras, transport: Transport) -> None:
    cameras.control.do("transport_refused", camera="door", value=str(transport))
    try:
        assert connected(spec(cameras.url("door"), transport)).seconds < 3
    finally:
        cameras.control.clear("door")


def test_tcp_takes_over_where_no_multicast_comes_in(cameras: SimulatedCameras) -> None:
    address = address_of_another_network()
    outcome = connected(replace(spec(cameras.url("door"), Transport.MULTICAST), local_address=address))
    assert outcome.seconds > 2.5


def address_of_another_network() -> str:
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if name != "lo" and one.family is socket.AF_INET:
                return one.address
    pytest.skip("no other network than loopback")


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.HTTP])
def test_video_comes_through_tls(
    secure_cameras: SimulatedCameras, certificate: Certificate, transport: Transport
) -> None:
    url = secure_cameras.url("door")
    connected(spec(url, transport, CertificateTrust(fingerprint=certificate.fingerprint)))
    connected(spec(url, transport, CertificateTrust(ca_file=str(certificate.authority))))
    connected(spec(url, transport, CertificateTrust(accept_any=True)))


# --- certificates -----------------------------------------------------------------------------------------


def test_what_is_not_trusted_is_refused_although_a_session_could_be_resumed(
    secure_cameras: SimulatedCameras, certificate: Certificate
) -> None:
    url = secure_cameras.url("door")
    connected(spec(url, trust=CertificateTrust(fingerprint=certificate.fingerprint)))
    outcome = refused(spec(url))
    assert outcome.reason is Reason.CERTIFICATE
    assert certificate.fingerprint in of_message(outcome.errors[0]).message
    other = refused(spec(url, trust=CertificateTrust(fingerprint="0" * 64)))
    assert other.reason is Reason.CERTIFICATE
    assert f"got sha256 {certificate.fingerprint}, expected {'0' * 64}" in of_message(other.errors[0]).message


def test_a_pin_holds_against_a_certificate_that_an_authority_of_the_machine_has_signed(
    secure_cameras: SimulatedCameras, certificate: Certificate
) -> None:
    backend = Gio.TlsBackend.get_default()
    before = backend.get_default_database()
    backend.set_default_database(cast(Gio.TlsDatabase, Gio.TlsFileDatabase.new(str(certificate.authority))))
    try:
        connected(spec(secure_cameras.url("door")))
        pinned = CertificateTrust(fingerprint="0" * 64)
        assert refused(spec(secure_cameras.url("door"), trust=pinned)).reason is Reason.CERTIFICATE
    finally:
        backend.set_default_database(before)


def test_a_certificate_of_another_host_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = make_certificate(tmp_path_factory.mktemp("another"), "camera.example.org")
    with SimulatedCameras({"door": "pattern:180p10"}, *other.simulator_arguments) as cameras:
        url = cameras.url("door")
        outcome = refused(spec(url, trust=CertificateTrust(ca_file=str(other.authority))))
        assert outcome.reason is Reason.CERTIFICATE
        assert "bad-identity" in of_message(outcome.errors[0]).message
        connected(spec(url, trust=CertificateTrust(fingerprint=other.fingerprint)))


def test_authorities_that_are_not_there_trust_nobody(secure_cameras: SimulatedCameras) -> None:
    outcome = refused(spec(secure_cameras.url("door"), trust=CertificateTrust(ca_file="/nowhere.pem")))
    assert outcome.reason is Reason.CERTIFICATE


def test_without_tls_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "is_available", lambda: False)
    with pytest.raises(LookupError, match="TLS"):
        GstMedia().source(spec("rtsps://127.0.0.1/door"))


# --- other hosts ------------------------------------------------------------------------------------------


def referring(location: str) -> bytes:
    return f"RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: {location}\r\n\r\n".encode()


async def describe(location: str, wanted: Callable[[int], SourceSpec]) -> Outcome:
    """What comes of a camera that answers OPTIONS and refers whoever wants a description to somewhere else."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(referring(location))
        await reader.read()

    async with serving(handle) as port:
        return await tried(wanted(port))


@pytest.mark.parametrize("scheme", ["rtsp", "rtsph", "rtsps"])
def test_a_camera_that_refers_to_another_host_is_not_followed(scheme: str) -> None:
    async def scenario() -> tuple[Outcome, int]:
        async with DescribingCameras() as others:
            port = others.announce("door", VideoCodec.H264).rpartition(":")[2]
            location = f"{scheme}://127.0.0.2:{port}"
            outcome = await describe(location, lambda own: spec(f"rtsp://127.0.0.1:{own}/door"))
            return outcome, others.connections

    outcome, connections = asyncio.run(scenario())
    assert connections == 0
    assert outcome.reason is Reason.REDIRECTED
    assert "127.0.0.2" in of_message(outcome.errors[0]).message


def test_a_camera_cannot_pass_another_one_off_as_itself(cameras: SimulatedCameras) -> None:
    async def scenario() -> Outcome:
        own = GstMedia().source(spec(cameras.url("door")))
        own.start(lambda message: None)
        try:
            return await describe(cameras.url("door"), lambda port: spec(f"rtsp://localhost:{port}/gate"))
        finally:
            await own.stop(5)

    outcome = asyncio.run(scenario())
    assert not outcome.units
    assert outcome.reason is Reason.REDIRECTED


def test_another_place_of_the_same_camera_is_gone_to(cameras: SimulatedCameras) -> None:
    outcome = asyncio.run(describe(cameras.url("door"), lambda port: spec(f"rtsp://127.0.0.1:{port}/gate")))
    assert outcome.units, outcome.errors


def test_a_tunnel_goes_back_to_where_it_came_from(cameras: SimulatedCameras) -> None:
    """Its server may name another host for the way back; rtspsrc would believe it."""
    posts: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST"):
            posts.append(head)
            return
        writer.write(b"HTTP/1.0 200 OK\r\nx-server-ip-address: 127.0.0.2\r\n\r\n")
        await until(lambda: posts, 10, "the POST")

    async def scenario() -> None:
        async with serving(handle) as port:
            await tried(spec(f"rtsp://127.0.0.1:{port}/door", Transport.HTTP))

    asyncio.run(scenario())
    assert len(posts) == 1
