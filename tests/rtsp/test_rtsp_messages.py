"""Messages survive any way of cutting the byte stream, and limits hold."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.rtsp.message import (
    InterleavedFrame,
    Message,
    MessageParser,
    RtspRequest,
    RtspResponse,
    RtspSyntaxError,
    headers,
)

REQUEST = RtspRequest("DESCRIBE", "rtsp://192.0.2.1/a", headers([("CSeq", "1"), ("Accept", "application/sdp")]))
RESPONSE = RtspResponse(200, "OK", headers([("CSeq", "1"), ("Content-Length", "4")]), b"v=0\n")
STREAM = (
    REQUEST.encode() + b"$\x02\x00\x03abc" + b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nv=0\n\r\n"
)


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=30))
def test_messages_do_not_depend_on_how_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(STREAM)]
    parser = MessageParser()
    messages: list[Message] = []
    for start, end in itertools.pairwise(edges):
        messages += parser.feed(STREAM[start:end])
    assert messages == [REQUEST, InterleavedFrame(2, b"abc"), RESPONSE]
    assert parser.pending == b""


def test_header_names_compare_without_case_and_keep_every_value() -> None:
    (response,) = MessageParser().feed(
        b"RTSP/1.0 401 Unauthorized\r\nwww-authenticate: Digest a\r\nWWW-Authenticate: Basic b\r\n\r\n"
    )
    assert isinstance(response, RtspResponse)
    assert response.headers.all("WWW-AUTHENTICATE") == ["Digest a", "Basic b"]


def test_bare_line_feeds_and_folded_fields_are_read() -> None:
    (response,) = MessageParser().feed(b"RTSP/1.0 200\nA: one\n two\n\n")
    assert response == RtspResponse(200, "", headers([("A", "one two")]))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"220 mail ready\r\n",
        b"SSH-2.0-x\r\n",
        b"\x15\x03\x01",
        b"RTSP/1.0 200 OK\r\nno colon\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nA: " + b"x" * 20_000,
    ],
)
def test_foreign_bytes_and_excess_are_refused_at_once(data: bytes) -> None:
    with pytest.raises(RtspSyntaxError):
        MessageParser().feed(data)


def test_a_line_break_cannot_be_put_into_a_header_field() -> None:
    with pytest.raises(ValueError, match="line break"):
        headers([("Session", "1\r\nEvil: 2")])
