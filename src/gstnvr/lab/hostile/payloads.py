"""Video that no encoder would make, in packets that are all right."""

import asyncio
import random
from collections.abc import Iterator

from gstnvr.lab.hostile.cases import connection
from gstnvr.lab.hostile.packets import ODD, spiced
from gstnvr.lab.hostile.pictures import LARGEST_PAYLOAD, PICTURES, PPS, SPS, Packets
from gstnvr.lab.hostile.wire import Wire, interleaved
from gstnvr.model.faults import Reason

MUTE, STALLED, FORMAT = Reason.NO_FIRST_FRAME, Reason.VIDEO_STALLED, Reason.STREAM_FORMAT
_SLICE = b"\x41\x9a\x00\x00"


def _frames(packets: Packets, *payloads: bytes) -> Iterator[bytes]:
    return (interleaved(0, packets.packet(payload)) for payload in payloads)


# --- fragments ----------------------------------------------------------------------------------------


@spiced("fu_without_start", "sends pieces of pictures without the first")
def fu_without_start(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, piece) for piece in packets.fragments(1, start=False, end=True, count=5))


@spiced("fu_without_end", "sends pieces of pictures without the last", *ODD)
def fu_without_end(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (interleaved(0, piece) for piece in packets.fragments(1, start=True, end=False, count=5))


@spiced("fu_start_and_end", "marks each piece as the first and the last")
def fu_start_and_end(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return _frames(packets, *([b"\x7c\xc1" + b"\xaa" * 50] * 20), b"\x7c", b"\x7c\x81", b"\x7d\x81\0\0")


@connection("fu_without_any_end", "sends one picture that never ends", *ODD, Reason.FLOODED)
async def fu_without_any_end(wire: Wire) -> None:
    packets = Packets()
    await wire.play()
    await wire.send(b"".join(interleaved(0, packet) for packet in packets.picture()))
    (first,) = packets.fragments(5, start=True, end=False, count=1)
    await wire.send(interleaved(0, first))
    pieces = max(1, wire.bytes_per_s // 50 // LARGEST_PAYLOAD)
    async with wire.answering():
        while True:
            more = packets.fragments(5, start=False, end=False, count=pieces)
            await wire.send(b"".join(interleaved(0, piece) for piece in more))
            await asyncio.sleep(0.02)


@connection("giant_pictures", "sends pictures of 20 MB", *ODD, MUTE, Reason.FLOODED)
async def giant_pictures(wire: Wire) -> None:
    packets = Packets()
    await wire.play()
    async with wire.answering():
        while True:
            for piece in packets.fragments(5, start=True, end=True, count=20_000_000 // LARGEST_PAYLOAD):
                await wire.send(interleaved(0, piece))
            packets.next_picture()
            await asyncio.sleep(20_000_000 / wire.bytes_per_s)


# --- aggregates ---------------------------------------------------------------------------------------


@spiced("stap_lying", "packs several units together and lies about their sizes")
def stap_lying(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return _frames(
        packets,
        b"\x78",
        b"\x78\xff",
        b"\x78\xff\xff\x41",
        b"\x78\0\0" * 100,
        b"\x78\0\x05\x41\x9a",
        b"\x78\0\x01\x41\xff\xff" + b"\0" * 30,
        b"\x78\0\x04\x78\0\x01\x41",
    )


@spiced(
    "nal_reserved_types", "sends NAL units of all types, also those that do not exist", *ODD, Reason.CODEC_CHANGED
)
def nal_reserved_types(packets: Packets, _: random.Random) -> Iterator[bytes]:
    kinds = (kind for kind in range(32) if kind not in (5, 7, 8))
    return _frames(packets, *(bytes((0x60 | kind,)) + b"\x80\0\0\x03\0\0\x01" for kind in kinds))


@spiced("nal_crumbs", "sends two thousand units of one byte with every picture")
def nal_crumbs(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return (frame for _ in range(2000) for frame in _frames(packets, b"\x0c"))


# --- parameter sets and slices ------------------------------------------------------------------------


def _sps(body: str) -> bytes:
    return b"\x67" + bytes.fromhex(body)


@spiced("sps_absurd", "announces pictures of absurd sizes", *ODD)
def sps_absurd(packets: Packets, _: random.Random) -> Iterator[bytes]:
    # 64x64 and then, bit by bit, sizes of exponential Golomb codes up to 32 bits long.
    return _frames(
        packets,
        _sps("42d00b8c00000003fffffffe00000003fffffffe80"),
        _sps("42d00b8c0000000300010000000300010000000300018080"),
        _sps("640033ffffffffffffffffffffffffffffffffff"),
        SPS,
        PPS,
    )


@spiced("sps_zeros", "announces pictures in zeros, where every code is endless", *ODD)
def sps_zeros(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return _frames(packets, b"\x67" + b"\0" * 200, b"\x68" + b"\0" * 200, b"\x67", b"\x68", SPS, PPS)


@spiced("sps_cut", "announces pictures with parameter sets that are cut off", *ODD)
def sps_cut(packets: Packets, _: random.Random) -> Iterator[bytes]:
    cut = [part[:length] for part in (SPS, PPS) for length in range(1, len(part))]
    return _frames(packets, *cut, SPS, PPS)


@spiced("sps_bit_flips", "announces pictures with bits turned round at random", *ODD)
def sps_bit_flips(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    for part in (SPS, PPS, PICTURES[0]):
        for _ in range(10):
            damaged = bytearray(part)
            damaged[dice.randrange(1, len(damaged))] ^= 1 << dice.randrange(8)
            yield from _frames(packets, bytes(damaged))
    yield from _frames(packets, SPS, PPS)


@spiced("sei_bombs", "sends supplemental information with lengths that lie")
def sei_bombs(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    kinds = (
        b"\xff" * 100,
        b"\x00\xff\xff\xff\x80",
        b"\x01" + b"\xff" * 300,
        b"\x05\x10" + b"\0" * 3,
        b"\x2d\xff\x80",
    )
    return _frames(packets, *(b"\x06" + kind for kind in kinds), b"\x06" + dice.randbytes(900))


@spiced("slice_noise", "sends slices without sense", *ODD)
def slice_noise(packets: Packets, dice: random.Random) -> Iterator[bytes]:
    return _frames(packets, *(_SLICE[:1] + dice.randbytes(dice.randrange(1, 900)) for _ in range(20)))


@spiced("start_codes", "sends start codes within its units")
def start_codes(packets: Packets, _: random.Random) -> Iterator[bytes]:
    return _frames(packets, _SLICE + b"\0\0\0\x01\x67\0\0\x01" * 100, b"\0\0\0\x01", b"\x41" + b"\0" * 900)


@connection("never_a_key_frame", "sends no key frame and no parameter sets", MUTE, FORMAT)
async def never_a_key_frame(wire: Wire) -> None:
    packets = Packets()
    wire.sdp = wire.sdp.replace(b";sprop-parameter-sets=Z0LQC4yNQhJAPCIRqA==,aM48gA==", b"")
    await wire.play()
    async with wire.answering():
        while True:
            await wire.frame(0, packets.packet(_SLICE, marker=True))
            packets.next_picture()
            await asyncio.sleep(0.1)
