"""``gstnvr probe`` against a camera that answers, refuses or is not there."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.main import main
from tests.rig.certificates import make_certificate

SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=camera
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=control:1
m=audio 0 RTP/AVP 8
a=control:2
""".replace("\n", "\r\n")


class Camera:
    """Answers every request on one connection with the same text."""

    def __init__(self, status: str, body: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._head = f"RTSP/1.0 {status}\r\nServer: Testcam 1.0\r\n"
        if body:
            self._head += "Content-Type: application/sdp\r\n"
        self._body = body
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "rtsp" if self._tls is None else "rtsps"
        return f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}/stream1"

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as requests:
            sequence = ""
            for line in requests:
                if line.lower().startswith(b"cseq"):
                    sequence = line.decode().strip()
                if line == b"\r\n":
                    answer = f"{self._head}{sequence}\r\nContent-Length: {len(self._body)}\r\n\r\n{self._body}"
                    connection.sendall(answer.encode())


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Iterator[Camera]:
    camera = Camera(*request.param)
    yield camera
    camera.close()


@pytest.mark.parametrize("camera", [("200 OK", SDP)], indirect=True)
def test_what_a_camera_offers_as_json(camera: Camera, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", camera.url, "--json"]) == ExitCode.OK
    offer = json.loads(capfd.readouterr().out)
    assert offer["ok"] is True
    assert (offer["video"], offer["audio"], offer["server"]) == ("h264", "pcma", "Testcam 1.0")
    assert [track["codec"] for track in offer["tracks"]] == ["H264", "PCMA"]


@pytest.mark.parametrize("camera", [("200 OK", SDP)], indirect=True)
def test_what_a_camera_offers_for_a_person(camera: Camera, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", camera.url]) == ExitCode.OK
    text = capfd.readouterr().out
    assert text.startswith(f"{camera.url} can be recorded\n")
    assert "H264, 90000 Hz" in text
    assert "Testcam 1.0" in text


@pytest.mark.parametrize("camera", [("404 Not Found",)], indirect=True)
def test_why_a_camera_does_not(camera: Camera, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", camera.url]) == ExitCode.PROBLEMS
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert "has no stream at '/stream1' (404)" in output.err
    assert "[not_found]" in output.err


def test_nobody_there_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert main(["probe", f"rtsp://127.0.0.1:{port}/", "--json"]) == ExitCode.PROBLEMS
    output = capfd.readouterr()
    assert output.err == ""
    answer = json.loads(output.out)
    assert answer["ok"] is False
    assert answer["fault"]["reason"] == "refused"


def test_password_variable_that_is_not_set(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    arguments = ["probe", "rtsp://127.0.0.1/", "--user", "a", "--password-env", "NOT_SET"]
    assert main(arguments) == ExitCode.ENVIRONMENT
    assert capfd.readouterr().err == "gstnvr: the environment variable NOT_SET is not set\n"


def test_the_fingerprint_of_a_certificate_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    certificate = make_certificate(tmp_path)
    camera = Camera("200 OK", SDP, certificate.server_context())
    assert main(["probe", camera.url, "--tls-accept-any"]) == ExitCode.OK
    camera.close()
    assert f"tls_fingerprint  {certificate.fingerprint}\n" in capfd.readouterr().out
    camera = Camera("200 OK", SDP, certificate.server_context())
    assert main(["probe", camera.url, "--tls-fingerprint", certificate.fingerprint, "--json"]) == ExitCode.OK
    camera.close()
    assert json.loads(capfd.readouterr().out)["tls_fingerprint"] == certificate.fingerprint


def test_wrong_options_are_named_as_options(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "rtsp://127.0.0.1/", "--tls-fingerprint", "abc"]) == ExitCode.USAGE
    assert capfd.readouterr().err.startswith("gstnvr: --tls-fingerprint must be the SHA-256")


class HttpCamera(BaseHTTPRequestHandler):
    """Motion JPEG without a picture."""

    def do_GET(self) -> None:
        found = self.path == "/video.mjpg"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def http_camera() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), HttpCamera) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def test_motion_jpeg_over_http_is_asked_for_as_well(http_camera: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", f"{http_camera}/video.mjpg", "--json"]) == ExitCode.OK
    offer = json.loads(capfd.readouterr().out)
    assert (offer["ok"], offer["video"], offer["audio"]) == (True, "mjpeg", None)
    assert main(["probe", f"{http_camera}/other"]) == ExitCode.PROBLEMS
    assert "[not_found]" in capfd.readouterr().err
    assert main(["probe", "http://user:GEHEIM@127.0.0.1/"]) == ExitCode.USAGE
    assert "GEHEIM" not in capfd.readouterr().err
