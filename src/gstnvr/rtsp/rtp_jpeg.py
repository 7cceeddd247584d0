"""JPEG pictures as RTP payloads (RFC 2435)."""

import struct
from collections.abc import Iterator

from gstnvr.media.clips import ClipError
from gstnvr.media.jpeg import JpegError, JpegPicture, take_apart

MAX_SIDE = 2040
"""Width and height travel in one byte each, counted in blocks of 8."""
_TABLES_IN_PACKET = 255
_4_2_0, _WITH_RESTARTS = 1, 64
_WHOLE_PICTURE = 0xFFFF


def jpeg_payloads(jpeg: bytes, size: int) -> Iterator[bytes]:
    """Pieces of at most so many bytes, in order; the last takes the marker.

    Raises:
        ClipError: RTP cannot carry this picture.
    """
    try:
        picture = take_apart(jpeg)
    except JpegError as error:
        raise ClipError(f"RTP cannot carry this JPEG picture: {error}.") from None
    if max(picture.width, picture.height) > MAX_SIDE:
        raise ClipError(f"RTP cannot carry JPEG pictures larger than {MAX_SIDE}: make them smaller.")
    data = picture.scan
    offset = 0
    while offset < len(data):
        head = _header(picture, offset)
        piece = data[offset : offset + size - len(head)]
        yield head + piece
        offset += len(piece)


def _header(picture: JpegPicture, offset: int) -> bytes:
    kind = _4_2_0 if picture.half_height else 0
    if picture.restart_interval:
        kind += _WITH_RESTARTS
    head = struct.pack(
        ">IBBBB",
        offset,
        kind,
        _TABLES_IN_PACKET,
        -(-picture.width // 8),
        -(-picture.height // 8),
    )
    if picture.restart_interval:
        head += struct.pack(">HH", picture.restart_interval, _WHOLE_PICTURE)
    if offset == 0:
        head += struct.pack(">BBH", 0, 0, len(picture.quantization)) + picture.quantization
    return head
