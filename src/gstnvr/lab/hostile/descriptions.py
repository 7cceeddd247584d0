"""Answers to DESCRIBE that are too long, too short, too slow or no answers."""

import asyncio
import gzip
from functools import cache

from gstnvr.lab.hostile.cases import connection, description
from gstnvr.lab.hostile.pictures import chance
from gstnvr.lab.hostile.wire import Request, Wire
from gstnvr.model.faults import Reason

_MEGABYTE = 1_000_000
_SDP = ("Content-Type", "application/sdp")
NOT_RTSP, NO_ANSWER, NO_CODEC = Reason.NOT_RTSP, Reason.NO_ANSWER, Reason.UNSUPPORTED_CODEC


async def _describe(wire: Wire, request: Request, length: str, body: bytes) -> None:
    head = f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\nContent-Type: application/sdp\r\n{length}\r\n"
    await wire.send(head.encode() + body)


# --- lengths ------------------------------------------------------------------------------------------


@description("length_huge", "announces a description of 4 GB and sends it", NOT_RTSP)
async def length_huge(wire: Wire, request: Request) -> None:
    await _describe(wire, request, "Content-Length: 4294967295\r\n", wire.sdp)
    await wire.flood(b"a=x:" + b"y" * 1018 + b"\r\n")


@description("length_beyond_numbers", "announces a description of 10 to the 30 bytes", NOT_RTSP)
async def length_beyond_numbers(wire: Wire, request: Request) -> None:
    await _describe(wire, request, f"Content-Length: {10**30}\r\n", wire.sdp)


@description("length_negative", "announces a description of -1 bytes", NOT_RTSP)
async def length_negative(wire: Wire, request: Request) -> None:
    await _describe(wire, request, "Content-Length: -1\r\n", wire.sdp)


@description("length_word", "announces a length that is no number", NOT_RTSP)
async def length_word(wire: Wire, request: Request) -> None:
    await _describe(wire, request, "Content-Length: many\r\n", wire.sdp)


@description("length_missing", "sends a description without its length", NOT_RTSP)
async def length_missing(wire: Wire, request: Request) -> None:
    await _describe(wire, request, "", wire.sdp)


@description("length_short", "announces ten bytes of a longer description", NOT_RTSP)
async def length_short(wire: Wire, request: Request) -> None:
    await _describe(wire, request, "Content-Length: 10\r\n", wire.sdp)


@description("length_long", "announces more than it sends, and keeps the connection", NO_ANSWER)
async def length_long(wire: Wire, request: Request) -> None:
    await _describe(wire, request, f"Content-Length: {len(wire.sdp) + 1}\r\n", wire.sdp)


@description("length_twice", "announces two lengths", NOT_RTSP)
async def length_twice(wire: Wire, request: Request) -> None:
    await _describe(wire, request, f"Content-Length: 10\r\nContent-Length: {len(wire.sdp)}\r\n", wire.sdp)


# --- pace ---------------------------------------------------------------------------------------------


@connection("byte_by_byte", "sends each byte of its answers by itself")
async def byte_by_byte(wire: Wire) -> None:
    send = wire.send

    async def one_by_one(data: bytes) -> None:
        for position in range(len(data)):
            await send(data[position : position + 1])
            await asyncio.sleep(0)

    wire.send = one_by_one  # type: ignore[method-assign]
    await wire.play()
    wire.send = send  # type: ignore[method-assign]
    await wire.stay_good()


@description("slow_loris", "sends its answer at one byte a second", NO_ANSWER)
async def slow_loris(wire: Wire, _: Request) -> None:
    for byte in b"RTSP/1.0 200 OK\r\n" * 100:
        await wire.send(bytes((byte,)))
        await asyncio.sleep(1)


# --- headers ------------------------------------------------------------------------------------------


@description("header_endless", "sends a header field that never ends", NOT_RTSP)
async def header_endless(wire: Wire, request: Request) -> None:
    await wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\nServer: ".encode())
    await wire.flood(b"x" * 1024)


@description("headers_endless", "sends header fields for ever", NOT_RTSP)
async def headers_endless(wire: Wire, request: Request) -> None:
    await wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\n".encode())
    await wire.flood(b"X-Hostile: yes\r\n")


@description("headers_million", "sends a million header fields and then a good description", NOT_RTSP)
async def headers_million(wire: Wire, request: Request) -> None:
    await wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\n".encode())
    for _ in range(1000):
        await wire.send(b"A: b\r\n" * 1000)
    await wire.send(f"Content-Length: {len(wire.sdp)}\r\n\r\n".encode() + wire.sdp)


@description("header_without_end", "ends in the middle of its header", NO_ANSWER)
async def header_without_end(wire: Wire, request: Request) -> None:
    await wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\nContent-Ty".encode())


@description("header_zeros", "sends zero bytes within its header fields", NOT_RTSP, NO_CODEC)
async def header_zeros(wire: Wire, request: Request) -> None:
    head = f"RTSP/1.0 200 OK\r\nCSeq: {request.sequence}\r\nContent\0-Length: 5\r\n\0\0: \0\r\n"
    await wire.send(head.encode() + b"\r\n" + wire.sdp)


@description("status_absurd", "answers with a status of seven digits", NOT_RTSP)
async def status_absurd(wire: Wire, request: Request) -> None:
    await wire.answer(request, status="9999999 Fine")


@description("status_zero", "answers with status 0", Reason.SERVER_ERROR)
async def status_zero(wire: Wire, request: Request) -> None:
    await wire.answer(request, status="000 Nothing")


@description("version_unknown", "speaks RTSP 9.9", NOT_RTSP)
async def version_unknown(wire: Wire, request: Request) -> None:
    await wire.send(f"RTSP/9.9 200 OK\r\nCSeq: {request.sequence}\r\n\r\n".encode())


@description("sequence_giant", "answers with a CSeq of a thousand digits", NO_ANSWER)
async def sequence_giant(wire: Wire, _: Request) -> None:
    await wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {'9' * 1000}\r\n\r\n".encode())


@description("continue_flood", "answers 100 Continue for ever", NOT_RTSP)
async def continue_flood(wire: Wire, request: Request) -> None:
    await wire.flood(f"RTSP/1.0 100 Continue\r\nCSeq: {request.sequence}\r\n\r\n".encode())


@description("answers_to_nobody", "sends answers to questions that were never asked, for ever", NOT_RTSP)
async def answers_to_nobody(wire: Wire, _: Request) -> None:
    await wire.flood(b"RTSP/1.0 200 OK\r\nCSeq: 4711\r\n\r\n")


@connection("speaks_first", "answers before it is asked", NO_CODEC, Reason.SERVER_ERROR, NOT_RTSP, NO_ANSWER)
async def speaks_first(wire: Wire) -> None:
    await wire.send(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nv=0" * 3)
    await wire.until_gone()


# --- session descriptions -----------------------------------------------------------------------------


# Made once: whoever asks meanwhile would wait for it.


@cache
def _many_attributes() -> bytes:
    return "".join(f"a=x{number}:{'y' * 90}\r\n" for number in range(100_000)).encode()


@cache
def _many_media() -> bytes:
    lines = (f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t{n}\r\n" for n in range(4000))
    return "".join(lines).encode()


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(20 * _MEGABYTE), 9) * 10


async def _answer_sdp(wire: Wire, request: Request, body: bytes) -> None:
    await wire.answer(request, [("Content-Base", f"{request.url}/"), _SDP], body)


@description("sdp_10_mb", "describes itself in 10 MB", NOT_RTSP)
async def sdp_10_mb(wire: Wire, request: Request) -> None:
    await _answer_sdp(wire, request, wire.sdp + _many_attributes())


@description("sdp_noise", "describes itself in bytes without sense", NO_CODEC)
async def sdp_noise(wire: Wire, request: Request) -> None:
    await _answer_sdp(wire, request, chance("noise").randbytes(100_000))


@description("sdp_utf_16", "describes itself in UTF-16", NO_CODEC)
async def sdp_utf_16(wire: Wire, request: Request) -> None:
    await _answer_sdp(wire, request, wire.sdp.decode().encode("utf-16"))


@description("sdp_empty", "has nothing to say about itself", NO_CODEC)
async def sdp_empty(wire: Wire, request: Request) -> None:
    await _answer_sdp(wire, request, b"")


@description("sdp_many_media", "describes 4000 video tracks", Reason.FLOODED)
async def sdp_many_media(wire: Wire, request: Request) -> None:
    await _answer_sdp(wire, request, _many_media())


@description("sdp_many_formats", "offers 60,000 payload types for one track", NO_CODEC)
async def sdp_many_formats(wire: Wire, request: Request) -> None:
    formats = " ".join(["96"] * 60_000)
    await _answer_sdp(wire, request, f"v=0\r\nm=video 0 RTP/AVP {formats}\r\n{'a=x' * 10_000}\r\n".encode())


@description("sdp_absurd_numbers", "gives a port, a clock rate and a payload type beyond all bounds", NO_CODEC)
async def sdp_absurd_numbers(wire: Wire, request: Request) -> None:
    body = f"v=0\r\nm=video {10**40} RTP/AVP {10**40}\r\na=rtpmap:{10**40} H264/{10**40}\r\na=control:track0\r\n"
    await _answer_sdp(wire, request, body.encode())


@description("gzip_bomb", "sends its description compressed, 200 MB in 200 kB", NO_CODEC)
async def gzip_bomb(wire: Wire, request: Request) -> None:
    await wire.answer(request, [("Content-Encoding", "gzip"), _SDP], _bomb())
