"""The smallest video there is, and its packets, so that a hostile camera can mean well between two misdeeds."""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

SPS = bytes.fromhex("6742d00b8c8d4212403c2211a8")
PPS = bytes.fromhex("68ce3c80")
PICTURES = (
    bytes.fromhex("65b80004000009e2314000426e38000815c700010be939393aebaebaebaeba92baebc0"),
    bytes.fromhex("65b80006000009e2314000426e38000815c700010be939393aebaebaebaeba92baebc0"),
)
"""Two key frames, of 64x64 points, that may follow each other."""
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=hostile\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    b"a=fmtp:96 packetization-mode=1;profile-level-id=42d00b;"
    b"sprop-parameter-sets=Z0LQC4yNQhJAPCIRqA==,aM48gA==\r\na=control:track0\r\n"
)
FPS = 10
VIDEO_CLOCK_RATE = 90_000
VIDEO_PAYLOAD_TYPE = 96
LARGEST_PAYLOAD = 1400
_VERSION_2 = 0x80
_MARKER = 0x80


def chance(seed: str) -> random.Random:
    """The same each time: what goes wrong can be tried again."""
    return random.Random(seed)  # noqa: S311 - chance, not secrecy


@dataclass(slots=True)
class Packets:
    """RTP packets of one stream, numbered as they should be."""

    payload_type: int = VIDEO_PAYLOAD_TYPE
    ssrc: int = 0x01020304
    sequence: int = 1000
    ticks: int = 90_000
    _pictures: Iterator[bytes] = field(default_factory=lambda: cycle(PICTURES))

    def packet(self, payload: bytes, *, marker: bool = False, first_byte: int = _VERSION_2) -> bytes:
        """The next packet."""
        kind = self.payload_type | (_MARKER if marker else 0)
        header = struct.pack(
            ">BBHII", first_byte, kind, self.sequence & 0xFFFF, self.ticks & 0xFFFFFFFF, self.ssrc & 0xFFFFFFFF
        )
        self.sequence += 1
        return header + payload

    def picture(self) -> list[bytes]:
        """A good key frame with its parameter sets."""
        payloads = (SPS, PPS, next(self._pictures))
        packets = [self.packet(payload, marker=payload is payloads[-1]) for payload in payloads]
        self.next_picture()
        return packets

    def next_picture(self) -> None:
        """Time passes."""
        self.ticks += VIDEO_CLOCK_RATE // FPS

    def fragments(self, nal_type: int, *, start: bool, end: bool, count: int) -> list[bytes]:
        """Pieces of one NAL unit of H.264 (FU-A), the first and the last marked as such or not."""
        packets = []
        for number in range(count):
            flags = (0x80 if start and number == 0 else 0) | (0x40 if end and number == count - 1 else 0)
            body = bytes((0x7C, flags | nal_type)) + b"\xaa" * (LARGEST_PAYLOAD - 2)
            packets.append(self.packet(body, marker=bool(flags & 0x40)))
        return packets
