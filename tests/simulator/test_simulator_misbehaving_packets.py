"""What a misbehaving camera does to its packets, and to its description."""

import itertools
from collections.abc import Sequence

import pytest

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.simulator.behaviour import Behaviour, Misbehaviour, behaviour_of
from gstnvr.simulator.packets import Packet
from gstnvr.simulator.timeline import MediaClock
from gstnvr.simulator.wire import packets_to_send, without_parameter_set_packets, without_parameter_sets

HEADER = bytes(4) + b"\x80\xe0" + bytes(10)
MANY = 10_000


def unit(*payloads: bytes) -> tuple[bytearray, list[Packet]]:
    data, packets = bytearray(), []
    for payload in payloads:
        packets.append((len(data), len(data) + len(HEADER) + len(payload)))
        data += HEADER + payload
    return data, packets


def told(what: Misbehaviour, value: str = "") -> Behaviour:
    return behaviour_of({what: value}, paced=False)


def sent(behaviour: Behaviour) -> tuple[Sequence[Packet], Sequence[Packet]]:
    data, packets = unit(*(bytes(2) for _ in range(MANY)))
    return packets, packets_to_send(data, packets, behaviour)


def test_a_camera_that_is_told_nothing_sends_what_there_is() -> None:
    packets, found = sent(behaviour_of({}, paced=False))
    assert found is packets


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_lost(share: float) -> None:
    packets, found = sent(told(Misbehaviour.LOSS, str(share)))
    assert len(found) == pytest.approx(MANY * (1 - share), abs=MANY / 20)
    assert sorted(set(found)) == list(found)
    assert set(found) <= set(packets)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_share_is_sent_twice(share: float) -> None:
    packets, found = sent(told(Misbehaviour.DUPLICATE, str(share)))
    assert len(found) == pytest.approx(MANY * (1 + share), abs=MANY / 20)
    assert list(dict.fromkeys(found)) == packets


def test_a_share_is_sent_after_the_next() -> None:
    packets, found = sent(told(Misbehaviour.REORDER, "0.1"))
    assert sorted(found) == packets
    overtaken = sum(before > after for before, after in itertools.pairwise(found))
    assert overtaken == pytest.approx(MANY * 0.1, abs=MANY / 20)


def test_no_packet_has_a_marker() -> None:
    data, packets = unit(b"\x65\x00", b"\x41\x00")
    assert packets_to_send(data, packets, told(Misbehaviour.NO_MARKER)) == packets
    assert [data[start + 5] for start, _ in packets] == [0x60, 0x60]


@pytest.mark.parametrize(
    ("codec", "payloads", "left"),
    [
        (VideoCodec.H264, (b"\x67\x01", b"\x68\x01", b"\x65\x01"), [2]),
        (VideoCodec.H265, (b"\x40\x01", b"\x42\x01", b"\x44\x01", b"\x26\x01"), [3]),
        (AudioCodec.AAC, (b"\x67\x01",), [0]),
    ],
)
def test_parameter_sets_are_left_out_of_the_stream(
    codec: VideoCodec | AudioCodec, payloads: tuple[bytes, ...], left: list[int]
) -> None:
    data, packets = unit(*payloads)
    found = without_parameter_set_packets(memoryview(data), packets, codec)
    assert found == [packets[number] for number in left]


def test_parameter_sets_are_left_out_of_the_description() -> None:
    h264 = b"a=fmtp:96 packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets=Z0LA,aM4=\r\na=x\r\n"
    assert without_parameter_sets(h264) == b"a=fmtp:96 packetization-mode=1;profile-level-id=42c01e\r\na=x\r\n"
    h265 = b"a=y\r\na=fmtp:96 sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE=\r\na=x\r\n"
    assert without_parameter_sets(h265) == b"a=y\r\na=x\r\n"


def test_a_clock_changes_its_speed_without_a_jump() -> None:
    clock = MediaClock()
    assert [clock.reading(true, 1.0) for true in (0, 90)] == [0, 90]
    assert [clock.reading(true, 2.0) for true in (100, 110)] == [100, 120]
    assert [clock.reading(true, 0.0) for true in (120, 200)] == [140, 140]
    assert [clock.reading(true, -1.0) for true in (210, 220)] == [140, 130]
