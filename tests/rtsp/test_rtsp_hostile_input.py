"""What a peer sends costs bounded time and memory, and raises nothing but what is announced, whatever it is."""

import asyncio
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gstnvr.model.faults import Fault
from gstnvr.rtsp.digest import Credentials, answer, parse_challenges
from gstnvr.rtsp.message import (
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    Headers,
    MessageParser,
    RtspResponse,
    RtspSyntaxError,
    headers,
)
from gstnvr.rtsp.probe import ProbeError, probe
from gstnvr.rtsp.sdp import parse_sdp

CREDENTIALS = Credentials('us"er', "secret")
MOST_CPU_S = 1.0
"""Tenths are usual; without limits it was minutes."""

WORDS = st.sampled_from(
    [
        b"RTSP/1.0 200 OK",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b"CSeq: ",
        b"1",
        b"Content-Length: ",
        b"-1",
        b"9" * 40,
        b"$",
        b"\x00",
        b"\xff\xff",
        b"OPTIONS * RTSP/1.0",
        b":",
        b" ",
        b"v=0",
        b"m=video 0 RTP/AVP 96",
        b"\xe2\x80\xa8",
    ]
)
STREAMS = st.lists(st.one_of(WORDS, st.binary(max_size=20)), max_size=40).map(b"".join)
SDP_WORDS = st.sampled_from(
    [
        "m=video 0 RTP/AVP 96",
        "m=",
        "a=rtpmap:96 H264/90000",
        "a=rtpmap:",
        "a=fmtp:96 ",
        "a=control:",
        "\r\n",
        "\n",
        "9" * 5000,
        "-1",
        "²",
        "٣",
        "/",
        " ",
        ";",
        "=",
        "\x00",
        "96",
        "\u2028",
        "H264/٣",
    ]
)
SDPS = st.lists(st.one_of(SDP_WORDS, st.text(max_size=10)), max_size=60).map("".join)
CHALLENGE_WORDS = st.sampled_from(
    [
        "Digest ",
        "Basic ",
        'realm="',
        'nonce="',
        "nonce=",
        "algorithm=",
        "MD5",
        "SHA-256",
        "qop=",
        '"',
        "\\",
        ",",
        " ",
        "auth",
        "auth-int",
        "stale=true",
        "=",
        "a" * 5000,
        "\x00",
        "é",
        'opaque="\\"',
    ]
)
CHALLENGES = st.lists(st.lists(CHALLENGE_WORDS, max_size=12).map("".join), max_size=4)


def cpu_s(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return time.process_time() - began


@given(STREAMS, st.integers(1, 64))
@example(b"RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 7)
def test_any_bytes_are_messages_or_a_syntax_error(data: bytes, step: int) -> None:
    parser = MessageParser()
    try:
        for start in range(0, len(data), step):
            parser.feed(data[start : start + step])
    except RtspSyntaxError:
        pass
    assert len(parser.pending) <= MAX_HEADER_BYTES + MAX_BODY_BYTES + step


def endless_header() -> None:
    parser = MessageParser()
    with pytest.raises(RtspSyntaxError):
        for _ in range(1 << 20):
            parser.feed(b"RTSP/1.0 200 OK\r\nA: b" if not parser.pending else b"A: b\r\n" * 10)


def byte_by_byte() -> None:
    parser = MessageParser()
    data = RtspResponse(200, "OK", headers([("A", "b")] * 2000), bytes(MAX_BODY_BYTES)).encode()
    for start in range(0, len(data), 5):
        parser.feed(data[start : start + 5])
    assert not parser.pending


def many_formats() -> None:
    lines = [b"m=video 0 RTP/AVP " + b"96 " * 15_000, *[b"a=rtpmap:97 X/1"] * 10_000]
    assert parse_sdp(b"\r\n".join(lines)[:MAX_BODY_BYTES]).media


def many_media() -> None:
    assert parse_sdp((b"m=video 0 RTP/AVP 96\na=control:x\n" * 10_000)[:MAX_BODY_BYTES]).media


def spaces_in_sdp() -> None:
    parse_sdp(b"m=video 0 RTP/AVP" + b" " * (MAX_BODY_BYTES - 100))
    parse_sdp(b"m=video 0 RTP/AVP" + b" 1" * (MAX_BODY_BYTES // 2 - 100) + b"\0")


def one_long_word() -> None:
    parse_challenges(["Digest " + "a" * 15_000, "Digest " + "a" * 4000])


def open_quotes() -> None:
    parse_challenges(["Digest " + 'a="\\' * 1000] * 20)
    parse_challenges(["Digest " + 'a="' * 1300] * 20)


@pytest.mark.parametrize(
    "attack", [endless_header, byte_by_byte, many_formats, many_media, spaces_in_sdp, one_long_word, open_quotes]
)
def test_no_input_takes_long_to_read(attack: Callable[[], None]) -> None:
    assert cpu_s(attack) < MOST_CPU_S


@given(SDPS)
def test_any_text_is_a_description(text: str) -> None:
    found = parse_sdp(text.encode("utf-8", "surrogatepass"))
    assert len(found.media) <= text.count("m=")


@given(CHALLENGES)
@example(['Digest realm="a\\"b", nonce="c\\\\"'])
def test_any_challenge_is_answered_with_a_proper_field_or_not_at_all(values: list[str]) -> None:
    authorization = answer(CREDENTIALS, values, "DESCRIBE", "rtsp://192.0.2.1/a")
    if authorization is not None:
        (value,) = Headers((*headers([("Authorization", authorization)]),)).all("Authorization")
        assert CREDENTIALS.password not in value
        assert value.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0


# --- the probe ----------------------------------------------------------------------------------------

GOOD_SDP = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n"
GOOD_ANSWERS = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: %d\r\n\r\n" % len(GOOD_SDP) + GOOD_SDP,
    b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n\r\n',
    b"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1/other\r\n\r\n",
)


def mutated(dice: random.Random) -> bytes:
    data = bytearray(dice.choice(GOOD_ANSWERS))
    for _ in range(dice.randrange(1, 8)):
        at = dice.randrange(len(data) or 1)
        match dice.randrange(5):
            case 0 if data:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                del data[at : at + dice.randrange(20)]
            case 2:
                data[at:at] = dice.randbytes(dice.randrange(1, 10))
            case 3:
                data[at:at] = data[at : at + 40] * dice.randrange(1, 50)
            case _:
                data = data[:at] + b"\r\n" + data[at:]
    return bytes(data)


async def probe_mutations(seed: int, count: int) -> list[str]:
    dice = random.Random(seed)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(mutated(dice))
                if dice.random() < 0.7:
                    break
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        writer.close()

    async def one(url: str) -> str:
        try:
            await probe(url, "user", "secret", 0.5)
        except ProbeError as error:
            assert error.report.fault is not Fault.UNKNOWN
            return error.report.reason
        return "well"

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
    async with server:
        return [await one(url) for _ in range(count)]


def check_mutations(seed: int, count: int) -> None:
    found = asyncio.run(probe_mutations(seed, count))
    assert len(set(found)) > 3, f"seed {seed}: {set(found)}"


def test_mutated_answers_end_a_probe_in_a_fault_with_a_name() -> None:
    check_mutations(seed=4, count=150)


@pytest.mark.slow
@settings(max_examples=10)
@given(st.integers(0, 1 << 30))
def test_many_mutated_answers_end_a_probe_in_a_fault_with_a_name(seed: int) -> None:
    check_mutations(seed, count=500)
