"""Every way in which a simulated camera can be reached, tried with a client that is not ours."""

import asyncio
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.rtsp.digest import Credentials
from gstnvr.simulator.options import UsageError, parse_options
from gstnvr.simulator.tunnel import Tunnel
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.rtsp_viewer import Viewer

pytestmark = [pytest.mark.gst, pytest.mark.e2e]
SOURCES = {"door": "pattern:180p10:h264:aac"}
LOGIN = ("--user", "viewer", "--password-env", "SIMULATOR_PASSWORD")
PASSWORD = {"SIMULATOR_PASSWORD": "secret"}

needs_ffprobe = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def cameras() -> Iterator[SimulatedCameras]:
    with SimulatedCameras(SOURCES, *LOGIN, environment=PASSWORD) as running:
        yield running


def codecs_seen(url: str, *options: str) -> list[str]:
    command = ["ffprobe", "-v", "error", *options, "-analyzeduration", "500000"]
    entries = ["-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    with_login = url.replace("://", "://viewer:secret@")
    done = subprocess.run(
        [*command, *entries, with_login], capture_output=True, timeout=30, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@needs_ffprobe
@pytest.mark.parametrize("transport", ["tcp", "udp", "http"])
def test_ffmpeg_sees_a_camera_over_each_transport(cameras: SimulatedCameras, transport: str) -> None:
    assert codecs_seen(cameras.url("door"), "-rtsp_transport", transport) == ["h264", "aac"]


def test_a_group_is_sent_to_that_the_camera_chooses(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("door"), Credentials("viewer", "secret")) as viewer:
        setup = viewer.request("SETUP", f"{viewer.url}/track0", ("Transport", "RTP/AVP;multicast"))
        chosen = re.search(
            r"multicast;destination=(239\.[0-9.]+);port=([0-9]+)-[0-9]+;ttl=1;ssrc=([0-9A-F]{8})",
            setup.headers.get("Transport") or "",
        )
        assert chosen is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group:
            group.settimeout(10)
            group.bind((chosen[1], int(chosen[2])))
            membership = socket.inet_aton(chosen[1]) + socket.inet_aton("127.0.0.1")
            group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            session = (setup.headers.get("Session") or "").partition(";")[0]
            assert viewer.request("PLAY", "", ("Session", session)).status == 200
            packet = group.recv(2048)
    assert packet[8:12] == bytes.fromhex(chosen[3])


@needs_ffprobe
def test_ffmpeg_sees_a_camera_through_tls(certificate: Certificate) -> None:
    arguments = (*certificate.simulator_arguments, *LOGIN)
    with SimulatedCameras(SOURCES, *arguments, environment=PASSWORD) as secure:
        assert secure.url("door").startswith("rtsps://")
        assert codecs_seen(secure.url("door"), "-rtsp_transport", "tcp") == ["h264", "aac"]


def test_a_tunnel_takes_base64_in_pieces_with_padding_anywhere() -> None:
    wanted = b"OPTIONSABBCCC"

    async def said() -> bytes:
        tunnel = Tunnel()
        for piece in (b"T1BUSU", b"9OUw==", b"\r\nQQ==Qk", b"I=", b"Q0ND"):
            tunnel.put(piece)
        heard = b""
        async with asyncio.timeout(10):
            while len(heard) < len(wanted):
                heard += await tunnel.said()
        return heard

    assert asyncio.run(said()) == wanted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-key", "/nowhere/key.pem"], "go together"),
        (["--tls-certificate", "/nowhere/a.pem", "--tls-key", "/nowhere/b.pem"], "No such file"),
    ],
)
def test_certificates_that_are_not_there_are_told(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_options([*arguments, "a=pattern"])


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    file = tmp_path / "text.pem"
    file.write_text("nothing")
    with pytest.raises(UsageError, match="--tls-certificate"):
        parse_options(["--tls-certificate", str(file), "--tls-key", str(file), "a=pattern"])
