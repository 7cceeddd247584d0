"""Boxes of ISO base media files, put together."""

from struct import pack

UNITY = 0x0001_0000
MATRIX = pack(">9I", UNITY, 0, 0, 0, UNITY, 0, 0, 0, 0x4000_0000)
"""Neither turned nor stretched."""
UNDETERMINED_LANGUAGE = 0x55C4
TICKS_PER_S = 1_000_000
"""Of all files that are put together here, and of each track in them."""
_SELF_CONTAINED = 1


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box with this content."""
    body = b"".join(parts)
    return pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box that begins with a version and flags."""
    return box(kind, pack(">I", version << 24 | flags), *parts)


def handler(*, video: bool) -> bytes:
    """What kind of track it is."""
    return full_box(b"hdlr", pack(">I4s12x", 0, b"vide" if video else b"soun") + b"\0")


def media_information(tables: bytes, *, video: bool) -> bytes:
    """Of a track whose samples are in the same file."""
    kind = full_box(b"vmhd", bytes(8), flags=1) if video else full_box(b"smhd", bytes(4))
    reference = full_box(b"dref", pack(">I", 1), full_box(b"url ", flags=_SELF_CONTAINED))
    return box(b"minf", kind, box(b"dinf", reference), tables)
