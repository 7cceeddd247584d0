"""Each way in which Motion JPEG over HTTP can fail is made on a real socket and told apart."""

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gstnvr.media.units import VideoCodec
from gstnvr.mjpeg.http import MAX_HEAD_BYTES
from gstnvr.mjpeg.probe import probe_mjpeg
from gstnvr.model.faults import Fault, Reason
from gstnvr.rtsp.digest import Algorithm, Challenge, Credentials, new_challenge, verify
from gstnvr.rtsp.probe import ProbeError, ProbeResult

Answer = Callable[[dict[str, str]], bytes]
"""From the fields of a request, in lower case, and its first line under an empty name."""

MOTION_JPEG = (
    b"HTTP/1.0 200 OK\r\nServer: Boa/0.94\r\nContent-Type: Multipart/X-Mixed-Replace;boundary=--myboundary\r\n"
    b"\r\n--myboundary\r\nContent-Type: image/jpeg\r\n\r\n"
)


def status(line: str, *fields: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {line}", *fields, "Content-Length: 0", "", "")).encode()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[int]:
    """Answers one request on each connection and then holds it open, as Motion JPEG does."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            writer.write(answer({"": first, **fields}))
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def probed(
    answer: Answer, username: str | None = None, password: str | None = None, timeout_s: float = 5.0
) -> ProbeResult:
    async def scenario() -> ProbeResult:
        async with serving(answer) as port:
            return await probe_mjpeg(f"http://127.0.0.1:{port}/video.mjpg?size=2", username, password, timeout_s)

    return asyncio.run(scenario())


def failed(
    answer: Answer, username: str | None = None, password: str | None = None, timeout_s: float = 5.0
) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        probed(answer, username, password, timeout_s)
    return caught.value


def failed_at(url: str, timeout_s: float = 3.0) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        asyncio.run(probe_mjpeg(url, None, None, timeout_s))
    return caught.value


def test_motion_jpeg_is_known_by_its_content_type() -> None:
    heard = {}

    def answer(fields: dict[str, str]) -> bytes:
        heard.update(fields)
        return MOTION_JPEG

    found = probed(answer)
    assert (found.video, found.audio, found.server) == (VideoCodec.MJPEG, None, "Boa/0.94")
    assert found.tracks[0].codec == "JPEG"
    assert heard[""] == "GET /video.mjpg?size=2 HTTP/1.1"
    assert heard["host"] == f"127.0.0.1:{found.address[1]}"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (status("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), Reason.UNAUTHORIZED),
        (status("403 Forbidden"), Reason.UNAUTHORIZED),
        (status("404 Not Found"), Reason.NOT_FOUND),
        (status("503 Service Unavailable"), Reason.SERVER_ERROR),
        (status("200 OK", "Content-Type: text/html"), Reason.UNSUPPORTED_CODEC),
        (status("200 OK", "Content-Type: image/jpeg"), Reason.UNSUPPORTED_CODEC),
        (status("200 OK"), Reason.UNSUPPORTED_CODEC),
        (b"RTSP/1.0 400 Bad Request\r\n\r\n", Reason.NOT_HTTP),
        (b"\x16\x03\x01\x02\x00" * 10, Reason.NOT_HTTP),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 1\r\n" * MAX_HEAD_BYTES, Reason.NOT_HTTP),
        (b"", Reason.NO_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Type: multi", Reason.NO_ANSWER),
    ],
)
def test_answers_that_are_none(reply: bytes, reason: Reason) -> None:
    found = failed(lambda _: reply, timeout_s=0.5 if reason is Reason.NO_ANSWER else 5.0).report
    assert found.reason is reason
    assert "127.0.0.1:" in found.message


def test_a_camera_that_says_nothing_is_given_up_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(ProbeError) as caught:
        asyncio.run(_silent(0.5))
    assert caught.value.report.reason is Reason.NO_ANSWER
    assert 0.4 < time.monotonic() - began < 3.0


async def _silent(timeout_s: float) -> None:
    async with serving(lambda _: b"") as port:
        await probe_mjpeg(f"http://127.0.0.1:{port}/", None, None, timeout_s)


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        found = failed_at(f"http://127.0.0.1:{unused.getsockname()[1]}/video.mjpg").report
    assert (found.fault, found.reason) == (Fault.RTSP_NETWORK, Reason.REFUSED)
    assert "HTTP is enabled" in found.message


def test_a_connection_that_is_closed_without_an_answer() -> None:
    async def scenario() -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await probe_mjpeg(f"http://127.0.0.1:{port}/", None, None, 3.0)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is Reason.CONNECTION_LOST


@pytest.mark.parametrize(
    "url", ["rtsp://h/", "http:///x", "http://h:0/", "http://u:p@h/", "http://h/ x", "http://h:x/"]
)
def test_what_is_no_address_is_not_asked(url: str) -> None:
    found = failed_at(url).report
    assert found.reason is Reason.NOT_FOUND
    assert "u:p" not in found.message


def test_an_unknown_host() -> None:
    assert failed_at("http://no-such-host.invalid/video.mjpg").report.reason is Reason.HOST_NOT_FOUND


def test_https_is_not_spoken_to_what_cannot() -> None:
    async def scenario() -> None:
        async with serving(lambda _: MOTION_JPEG) as port:
            await probe_mjpeg(f"https://127.0.0.1:{port}/", None, None, 1.0)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason in (Reason.CONNECTION_LOST, Reason.NO_ANSWER)


def test_redirections_are_told_and_not_followed() -> None:
    asked: list[str] = []

    def elsewhere(fields: dict[str, str]) -> bytes:
        asked.append(fields[""])
        return MOTION_JPEG

    async def scenario() -> None:
        async with serving(elsewhere) as other:
            target = f"http://127.0.0.1:{other}/video.mjpg"
            async with serving(lambda _: status("302 Found", f"Location: {target}")) as port:
                await probe_mjpeg(f"http://127.0.0.1:{port}/", None, None, 3.0)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is Reason.REDIRECTED
    assert "refers to http://127.0.0.1:" in str(caught.value)
    assert asked == []


# --- log-in -------------------------------------------------------------------------------------------

USER = Credentials("viewer", "pass word: ä")


def digest_camera(challenge: Challenge) -> Answer:
    def answer(fields: dict[str, str]) -> bytes:
        if verify(USER, challenge, "GET", fields.get("authorization")):
            return MOTION_JPEG
        return status("401 Unauthorized", f"WWW-Authenticate: {challenge.encode()}")

    return answer


def basic_camera(fields: dict[str, str]) -> bytes:
    right = base64.b64encode(f"{USER.username}:{USER.password}".encode()).decode()
    if fields.get("authorization") == f"Basic {right}":
        return MOTION_JPEG
    return status("401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"')


CAMERAS = [
    basic_camera,
    digest_camera(new_challenge("camera")),
    digest_camera(new_challenge("camera", qop_auth=False)),
    digest_camera(new_challenge("camera", Algorithm.SHA_256)),
]


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_right_password_lets_in(camera: Answer) -> None:
    assert probed(camera, USER.username, USER.password).video is VideoCodec.MJPEG


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize(
    ("username", "password"), [(None, None), ("viewer", "wrong-one"), ("somebody", USER.password)]
)
def test_the_wrong_password_does_not(camera: Answer, username: str | None, password: str | None) -> None:
    found = failed(camera, username, password).report
    assert (found.fault, found.reason) == (Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
    assert not password or password not in found.message


def test_a_nonce_that_is_too_old_is_renewed() -> None:
    fresh = new_challenge("camera")
    stale = Challenge(fresh.realm, fresh.nonce, qop_auth=True, stale=True)

    def answer(fields: dict[str, str]) -> bytes:
        if verify(USER, fresh, "GET", fields.get("authorization")):
            return MOTION_JPEG
        offered = stale if "authorization" in fields else new_challenge("camera")
        return status("401 Unauthorized", f"WWW-Authenticate: {offered.encode()}")

    assert probed(answer, USER.username, USER.password).video is VideoCodec.MJPEG
