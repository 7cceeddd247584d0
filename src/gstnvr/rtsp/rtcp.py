"""RTCP packets of whoever sends media."""

import struct

_NTP_MINUS_UNIX_S = 2_208_988_800
_NS_PER_S = 1_000_000_000
_SENDER_REPORT = struct.Struct(">BBHIIIIII")


def sender_report(
    ssrc: int, utc_ns: int, rtp_time: int, packets: int, payload_bytes: int, *, cname: bytes
) -> bytes:
    """A sender report and the source description that must follow it (RFC 3550)."""
    seconds, rest = divmod(utc_ns, _NS_PER_S)
    report = _SENDER_REPORT.pack(
        0x80,
        200,
        6,
        ssrc,
        (seconds + _NTP_MINUS_UNIX_S) & 0xFFFFFFFF,
        (rest << 32) // _NS_PER_S,
        rtp_time,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )
    return report + _description(cname, ssrc)


def bye(ssrc: int) -> bytes:
    """Says that the source leaves."""
    return struct.pack(">BBHI", 0x81, 203, 1, ssrc)


def _description(cname: bytes, ssrc: int) -> bytes:
    item = struct.pack(">IBB", ssrc, 1, len(cname)) + cname + b"\x00"
    item += b"\x00" * (-len(item) % 4)
    return struct.pack(">BBH", 0x81, 202, len(item) // 4) + item
