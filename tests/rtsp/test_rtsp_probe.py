"""Each way in which a camera can fail is made on a real socket and told apart."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable

import pytest

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.rtsp.digest import Algorithm, Credentials, new_challenge, verify
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, headers
from gstnvr.rtsp.probe import OfferedTrack, ProbeError, ProbeResult, probe
from tests.rig.serving import Handler, serving

SDP = (
    b"v=0\r\nm=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"
    b"m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
)
Answer = Callable[[RtspRequest], list[RtspResponse]]


def response(request: RtspRequest, status: int, *fields: tuple[str, str], body: bytes = b"") -> RtspResponse:
    sequence = request.headers.get("CSeq") or ""
    return RtspResponse(status, "Reason", headers([("CSeq", sequence), *fields]), body)


def rtsp(answer: Answer, *, close_after_refusal: bool = False) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = MessageParser()
        while data := await reader.read(4096):
            for message in parser.feed(data):
                assert isinstance(message, RtspRequest)
                for reply in answer(message):
                    writer.write(reply.encode())
                    if close_after_refusal and reply.status == 401:
                        writer.close()
                        return

    return handle


def raw(data: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reader.read()

    return handle


def probed(handle: Handler, username: str | None = None, password: str | None = None) -> ProbeResult:
    async def scenario() -> ProbeResult:
        async with serving(handle) as port:
            return await probe(f"rtsp://127.0.0.1:{port}/stream1", username, password, 1.0)

    return asyncio.run(scenario())


def failed(handle: Handler, username: str | None = None, password: str | None = None) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        probed(handle, username, password)
    assert "\n" not in caught.value.report.message
    return caught.value


def failed_at(url: str, timeout_s: float = 1.0) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        asyncio.run(probe(url, None, None, timeout_s))
    return caught.value


def test_a_camera_that_answers_is_described() -> None:
    def answer(request: RtspRequest) -> list[RtspResponse]:
        return [response(request, 200, ("Server", "Cam\tera 1"), body=SDP)]

    result = probed(rtsp(answer))
    assert (result.video, result.audio) == (VideoCodec.H265, AudioCodec.PCMA)
    assert result.tracks[:2] == (OfferedTrack("audio", "PCMA", 8000, 1), OfferedTrack("video", "H265", 90000, 1))
    assert result.address[0] == "127.0.0.1"
    assert result.server == "Cam era 1"


def test_audio_of_an_unknown_codec_is_left_out() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 2\r\na=rtpmap:2 G726-32/8000\r\n"
    result = probed(rtsp(lambda request: [response(request, 200, body=body)]))
    assert (result.video, result.audio) == (VideoCodec.H264, None)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("close_after_refusal", [False, True])
def test_digest_is_answered(algorithm: Algorithm, close_after_refusal: bool) -> None:
    challenge = new_challenge("cam", algorithm)

    def answer(request: RtspRequest) -> list[RtspResponse]:
        if verify(Credentials("u", "p"), challenge, request.method, request.headers.get("Authorization")):
            return [response(request, 200, body=SDP)]
        return [response(request, 401, ("WWW-Authenticate", challenge.encode()))]

    handler = rtsp(answer, close_after_refusal=close_after_refusal)
    assert probed(handler, "u", "p").video is VideoCodec.H265


@pytest.mark.parametrize(("username", "advice"), [(None, "set username"), ("admin", "check the password")])
def test_a_wrong_password_is_told_without_showing_it(username: str | None, advice: str) -> None:
    error = failed(
        rtsp(lambda request: [response(request, 401, ("WWW-Authenticate", new_challenge("cam").encode()))]),
        username,
        "hush-hush",
    )
    assert (error.report.fault, error.report.reason) == (Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
    assert advice in error.report.message
    assert "hush" not in error.report.message


@pytest.mark.parametrize(
    ("status", "reason"), [(404, Reason.NOT_FOUND), (500, Reason.SERVER_ERROR), (454, Reason.SERVER_ERROR)]
)
def test_refusals_by_status(status: int, reason: Reason) -> None:
    error = failed(rtsp(lambda request: [response(request, status)]))
    assert (error.report.fault, error.report.reason) == (Fault.RTSP_NETWORK, reason)


def test_a_camera_without_usable_video() -> None:
    error = failed(rtsp(lambda request: [response(request, 200, body=b"m=video 0 RTP/AVP 32\r\n")]))
    assert (error.report.fault, error.report.reason) == (Fault.DECODER, Reason.UNSUPPORTED_CODEC)
    assert error.report.severity is Severity.MEDIUM
    assert "offered: MPV" in error.report.message


def test_motion_jpeg_is_taken_where_there_is_nothing_better() -> None:
    jpeg = b"m=video 0 RTP/AVP 26\r\n"
    assert probed(rtsp(lambda request: [response(request, 200, body=jpeg)])).video is VideoCodec.MJPEG
    assert probed(rtsp(lambda request: [response(request, 200, body=jpeg + SDP)])).video is VideoCodec.H265


def test_an_answer_that_never_comes_is_waited_for_no_longer_than_allowed() -> None:
    began = time.monotonic()
    assert failed(raw(b"")).report.reason is Reason.NO_ANSWER
    assert 0.9 < time.monotonic() - began < 2.0


def test_half_an_answer_is_no_answer() -> None:
    assert failed(raw(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")).report.reason is Reason.NO_ANSWER


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n"])
def test_another_protocol(data: bytes) -> None:
    began = time.monotonic()
    assert failed(raw(data)).report.reason is Reason.NOT_RTSP
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_breaks(reset: bool) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if reset:
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    assert failed(handle).report.reason is Reason.CONNECTION_LOST


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert failed_at(f"rtsp://127.0.0.1:{port}/").report.reason is Reason.REFUSED


def test_a_full_queue_of_connections_never_completes() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        error = failed_at(f"rtsp://127.0.0.1:{full.getsockname()[1]}/", 0.3)
        for filler in fillers:
            filler.close()
    assert error.report.reason is Reason.CONNECT_TIMEOUT


def test_no_route_to_the_host() -> None:
    # 255.255.255.255 is never the address of a host: the kernel refuses by itself, nothing is sent.
    assert failed_at("rtsp://255.255.255.255/").report.reason is Reason.UNREACHABLE


def test_a_name_that_nobody_has() -> None:
    assert failed_at("rtsp://camera.invalid/", 3).report.reason is Reason.HOST_NOT_FOUND


def test_a_cancelled_probe_closes_its_connection() -> None:
    async def scenario() -> None:
        asked, ended = asyncio.Event(), asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await reader.read()
            ended.set()

        async with serving(handle) as port:
            task = asyncio.create_task(probe(f"rtsp://127.0.0.1:{port}/", None, None, 5.0))
            await asyncio.wait_for(asked.wait(), 2)
            task.cancel()
            await asyncio.wait_for(ended.wait(), 2)
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())
