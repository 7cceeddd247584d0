"""RTP, RTCP and interleaved frames whose headers lie."""

import asyncio
import random
import struct
from collections.abc import Callable, Iterator

from gstnvr.lab.hostile.cases import connection
from gstnvr.lab.hostile.pictures import FPS, VIDEO_PAYLOAD_TYPE, Packets, chance
from gstnvr.lab.hostile.wire import Wire, interleaved
from gstnvr.model.faults import Reason

MUTE, STALLED, LOST = Reason.NO_FIRST_FRAME, Reason.VIDEO_STALLED, Reason.CONNECTION_LOST
FORMAT, MUXER, SLOW = Reason.STREAM_FORMAT, Reason.MUXER, Reason.SLOW_LINK
ODD = (STALLED, FORMAT, MUXER, SLOW)
GOOD_PICTURES = 5
_SPICE = 64
"""Malicious packets between two good pictures."""

Spice = Callable[[Packets, random.Random], Iterator[bytes]]
"""Makes frames, interleaved already, to be sent between good pictures."""


async def _good_beginning(wire: Wire) -> Packets:
    packets = Packets()
    await wire.play()
    for _ in range(GOOD_PICTURES):
        for packet in packets.picture():
            await wire.frame(0, packet)
        await asyncio.sleep(1 / FPS)
    return packets


def spiced(name: str, how: str, *called: Reason) -> Callable[[Spice], Spice]:
    """Enter a case that sends something malicious between good pictures, for as long as it is watched."""

    def enter(spice: Spice) -> Spice:
        @connection(name, how, *called, origin=spice.__module__)
        async def act(wire: Wire) -> None:
            packets = await _good_beginning(wire)
            dice = chance(name)
            async with wire.answering():
                while True:
                    await wire.send(b"".join(spice(packets, dice)))
                    for packet in packets.picture():
                        await wire.frame(0, packet)
                    await asyncio.sleep(1 / FPS)

        return spice

    return enter


# --- frames -------------------------------------------------------------------------------------------


@connection("frame_too_long", "announces a frame of 65535 bytes and sends none of it", STALLED)
async def frame_too_long(wire: Wire) -> None:
    await _good_beginning(wire)
    await wire.send(b"$\0\xff\xff")
    await wire.until_gone()


@connection("frame_too_short", "sends more than the frame was to have", STALLED, LOST, Reason.NOT_RTSP)
async def frame_too_short(wire: Wire) -> None:
    packets = await _good_beginning(wire)
    await wire.send(b"$\0\0\x10" + b"".join(packets.picture()) * 3)
    await wire.until_gone()


@connection("noise", "goes over to bytes without sense", STALLED, LOST, Reason.NOT_RTSP, Reason.CLOSED_BY_CAMERA)
async def noise(wire: Wire) -> None:
    await _good_beginning(wire)
    await wire.flood(chance("noise").randbytes(4096).replace(b"$", b"#"))


@spiced("unknown_channels", "sends on all 256 channels")
def unknown_channels(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(channel, packets.packet(b"\x41")) for channel in range(2, 256))


@spiced("empty_frames", "sends frames of no length")
def empty_frames(_: Packets, __: random.Random) -> Iterator[bytes]:
    return (interleaved(number % 2, b"") for number in range(_SPICE))


# --- RTP ----------------------------------------------------------------------------------------------


@spiced("rtp_too_short", "sends packets that are shorter than their header")
def rtp_too_short(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, packets.packet(b"")[:length]) for length in range(12))


@spiced("rtp_noise", "sends packets without sense")
def rtp_noise(_: Packets, dice: random.Random) -> Iterator[bytes]:
    return (interleaved(0, dice.randbytes(dice.randrange(1, 1400))) for _ in range(_SPICE))


@spiced("rtp_versions", "sends packets of RTP versions 0, 1 and 3")
def rtp_versions(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, packets.packet(b"\x65" * 50, first_byte=version << 6)) for version in (0, 1, 3))


@spiced("rtp_padding", "announces more padding than there is packet")
def rtp_padding(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, packets.packet(b"\x65" * 20 + bytes((pad,)), first_byte=0xA0)) for pad in (0, 22, 255))


@spiced("rtp_sources", "announces 15 contributing sources and sends none")
def rtp_sources(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, packets.packet(b"\x65" * length, first_byte=0x8F)) for length in (0, 3, 59, 60))


@spiced("rtp_extension", "announces an extension of 262,140 bytes and sends none")
def rtp_extension(packets: Packets, _: random.Random) -> Iterator[bytes]:
    lies = (
        b"",
        b"\xbe\xde",
        b"\xbe\xde\xff\xff",
        b"\xbe\xde\0\x01\xff\xff\xff\xff",
        b"\x10\0\0\x02\x01\xff\xff\xff",
    )
    return (interleaved(0, packets.packet(lie, first_byte=0x90)) for lie in lies)


@spiced("rtp_payload_types", "sends packets of all 128 payload types")
def rtp_payload_types(packets: Packets, _: random.Random) -> Iterator[bytes]:
    for kind in set(range(128)) - {VIDEO_PAYLOAD_TYPE}:
        packets.payload_type = kind
        yield interleaved(0, packets.packet(b"\x41\x9a"))
    packets.payload_type = VIDEO_PAYLOAD_TYPE


@spiced("rtp_sequence", "sends packets with sequence numbers at random", *ODD)
def rtp_sequence(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    for _ in range(_SPICE):
        packets.sequence = dice.randrange(1 << 16)
        yield interleaved(0, packets.packet(b"\x41\x9a\x00"))


@spiced("rtp_clock", "sends packets with times at random", *ODD)
def rtp_clock(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    for _ in range(_SPICE):
        packets.ticks = dice.randrange(1 << 32)
        yield interleaved(0, packets.packet(b"\x41\x9a\x00", marker=True))


@spiced("rtp_bit_flips", "sends packets with bits turned round at random", *ODD)
def rtp_bit_flips(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    for _ in range(8):
        for packet in packets.picture():
            damaged = bytearray(packet)
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
            yield interleaved(0, bytes(damaged))


@connection("ssrc_flood", "sends each packet with another SSRC", *ODD, MUTE)
async def ssrc_flood(wire: Wire) -> None:
    packets = await _good_beginning(wire)
    ssrc = 10
    async with wire.answering():
        while True:
            for _ in range(50):
                ssrc += 1
                packets.ssrc = ssrc
                await wire.send(b"".join(interleaved(0, packet) for packet in packets.picture()))
            await asyncio.sleep(0.05)


# --- RTCP ---------------------------------------------------------------------------------------------


def _rtcp(kind: int, body: bytes, *, count: int = 0, words: int | None = None) -> bytes:
    length = len(body) // 4 if words is None else words
    return interleaved(1, struct.pack(">BBH", 0x80 | count, kind, length & 0xFFFF) + body)


_SSRC = struct.pack(">I", 0x01020304)


@spiced("rtcp_noise", "sends RTCP without sense")
def rtcp_noise(_: Packets, dice: random.Random) -> Iterator[bytes]:
    return (interleaved(1, dice.randbytes(dice.randrange(1, 1400))) for _ in range(_SPICE))


@spiced("rtcp_lengths", "sends RTCP with lengths that lie", Reason.CLOSED_BY_CAMERA)
def rtcp_lengths(_: Packets, __: random.Random) -> Iterator[bytes]:
    return (_rtcp(kind, _SSRC, count=31, words=words) for kind in range(200, 208) for words in (0, 1, 65535))


@spiced("rtcp_reports", "sends reports from beyond all time about 31 strangers")
def rtcp_reports(_: Packets, __: random.Random) -> Iterator[bytes]:
    sender = _SSRC + b"\xff" * 20 + b"\xee" * 24 * 31
    return (_rtcp(kind, body, count=31) for kind, body in ((200, sender), (201, _SSRC + b"\xdd" * 24 * 31)))


@spiced("rtcp_bombs", "sends application packets, descriptions and feedback as large as they may be")
def rtcp_bombs(_: Packets, __: random.Random) -> Iterator[bytes]:
    description = _SSRC + b"\x01\xff" + b"n" * 255 + b"\0" * 3
    yield _rtcp(204, _SSRC + b"BOMB" + b"\xcc" * 60_000)
    yield _rtcp(202, description * 31, count=31)
    yield from (_rtcp(kind, _SSRC * 2 + b"\xbb" * 1000, count=count) for kind in (205, 206) for count in range(32))


@connection("rtcp_byes", "says good-bye in the name of everybody, and goes on", STALLED, Reason.CLOSED_BY_CAMERA)
async def rtcp_byes(wire: Wire) -> None:
    packets = await _good_beginning(wire)
    async with wire.answering():
        while True:
            await wire.send(_rtcp(203, _SSRC + bytes(range(120)), count=31))
            for packet in packets.picture():
                await wire.frame(0, packet)
            await asyncio.sleep(1 / FPS)
