"""JPEG pictures, taken apart as far as Motion JPEG needs it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN, _BASELINE, _QUANTIZATION, _HUFFMAN, _RESTART = 0xDA, 0xC0, 0xDB, 0xC4, 0xDD
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - {_BASELINE, _HUFFMAN, 0xC8, 0xCC}
_TABLE_BYTES = 64
_STANDARD_HUFFMAN = frozenset({"f1e68dc9c2abfc45", "5ee1780e5005700a", "e093182bd654769a", "eea8c961037f4e02"})
"""Digests of the tables of ITU-T T.81, annex K, which receivers of RTP take for granted."""
_SAMPLINGS = {b"\x21\x11\x11": False, b"\x22\x11\x11": True}
"""Of brightness and the two colours: 4:2:2, and 4:2:0, in which colour has half the lines."""


class JpegError(ValueError):
    """Not a JPEG picture, or not of the kind that is wanted; the message is one line."""


@dataclass(frozen=True, slots=True)
class JpegPicture:
    """A picture of the kind that RFC 2435 carries."""

    width: int
    height: int
    half_height: bool
    """Colour has half the lines, too: 4:2:0, otherwise 4:2:2."""
    restart_interval: int
    """Blocks between two restart markers; 0 without any."""
    quantization: bytes
    """Tables of brightness and of colour, 64 bytes each."""
    scan: bytes
    """The coded picture itself."""


class _Segment(NamedTuple):
    marker: int
    body: bytes
    end: int


def coded_scan(jpeg: bytes) -> bytes:
    """The coded picture, without the tables in front of it and what follows its end.

    Raises:
        JpegError: not a whole JPEG picture.
    """
    *_, scan = _segments(jpeg)
    end = jpeg.rfind(_END)
    if end < scan.end:
        raise JpegError("it has no end")
    return jpeg[scan.end : end]


def take_apart(jpeg: bytes) -> JpegPicture:
    """What RTP carries of a picture.

    Raises:
        JpegError: not a whole JPEG picture, or of a kind that receivers of RTP cannot put together again.
    """
    tables: dict[int, bytes] = {}
    frame = b""
    restart_interval = 0
    for segment in _segments(jpeg):
        if segment.marker == _QUANTIZATION:
            tables |= _quantization_tables(segment.body)
        elif segment.marker == _BASELINE:
            frame = segment.body
        elif segment.marker in _OTHER_FRAMES:
            raise JpegError("it is not baseline")
        elif segment.marker == _HUFFMAN:
            _check_huffman(segment.body)
        elif segment.marker == _RESTART:
            restart_interval = int.from_bytes(segment.body, "big")
    sampling, wanted = frame[7::3], frame[8::3]
    if sampling not in _SAMPLINGS or wanted[1] != wanted[2]:
        raise JpegError("its colours are not 4:2:0 or 4:2:2")
    if not tables.keys() >= set(wanted):
        raise JpegError("it has no quantization tables of 8 bits")
    return JpegPicture(
        width=int.from_bytes(frame[3:5], "big"),
        height=int.from_bytes(frame[1:3], "big"),
        half_height=_SAMPLINGS[sampling],
        restart_interval=restart_interval,
        quantization=tables[wanted[0]] + tables[wanted[1]],
        scan=coded_scan(jpeg),
    )


def _segments(jpeg: bytes) -> Iterator[_Segment]:
    """All up to the header of the first scan, which is the last."""
    if not jpeg.startswith(_START):
        raise JpegError("it does not begin as a picture does")
    position = len(_START)
    while True:
        while jpeg[position : position + 2] == b"\xff\xff":  # fill bytes
            position += 1
        head = jpeg[position : position + 4]
        length = int.from_bytes(head[2:], "big")
        end = position + 2 + length
        if len(head) < 4 or head[0] != 0xFF or length < 2 or end > len(jpeg):
            raise JpegError("its tables are damaged")
        yield _Segment(head[1], jpeg[position + 4 : end], end)
        if head[1] == _SCAN:
            return
        position = end


def _quantization_tables(body: bytes) -> dict[int, bytes]:
    """By number; those of 16 bits are left out, and what follows them."""
    tables = {}
    while len(body) > _TABLE_BYTES and body[0] < 16:
        tables[body[0]] = body[1 : 1 + _TABLE_BYTES]
        body = body[1 + _TABLE_BYTES :]
    return tables


def _check_huffman(body: bytes) -> None:
    while body:
        size = 17 + sum(body[1:17])
        if hashlib.blake2b(body[:size], digest_size=8).hexdigest() not in _STANDARD_HUFFMAN:
            raise JpegError("its Huffman tables are its own")
        body = body[size:]
