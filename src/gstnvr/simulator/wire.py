"""What a misbehaving camera does to the packets of a unit on their way out."""

import random
import re
from collections.abc import Sequence

from gstnvr.media.clips import nal_unit_type
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.payloads import INTERLEAVED_BYTES, RTP_HEADER_BYTES
from gstnvr.simulator.behaviour import Behaviour
from gstnvr.simulator.packets import Packet

_PARAMETER_SETS = {VideoCodec.H264: (7, 8), VideoCodec.H265: (32, 33, 34)}
_HEADERS_BYTES = INTERLEAVED_BYTES + RTP_HEADER_BYTES
_MARKER_AT = INTERLEAVED_BYTES + 1
_NOT_MARKER = 0x7F
_SPROP = re.compile(rb";?sprop-[a-z-]+=[^;\r\n]*")
_EMPTY_FMTP = re.compile(rb"a=fmtp:\d+ \r\n")


def without_parameter_sets(sdp: bytes) -> bytes:
    """A session description that leaves them to the stream."""
    return _EMPTY_FMTP.sub(b"", _SPROP.sub(b"", sdp))


def without_parameter_set_packets(
    data: memoryview, packets: Sequence[Packet], codec: VideoCodec | AudioCodec
) -> list[Packet]:
    """Packets of a unit but for those of parameter sets, which are small enough to have packets of their own."""
    return [packet for packet in packets if not _is_parameter_set(data, packet[0], codec)]


def _is_parameter_set(data: memoryview, start: int, codec: VideoCodec | AudioCodec) -> bool:
    payload = start + _HEADERS_BYTES
    if not isinstance(codec, VideoCodec):
        return False
    return nal_unit_type(codec, bytes(data[payload : payload + 2])) in _PARAMETER_SETS[codec]


def packets_to_send(unit: bytearray, packets: Sequence[Packet], behaviour: Behaviour) -> Sequence[Packet]:
    """Which packets leave, in which order and how often.

    Args:
        unit: with interleaved headers; marker bits are taken out of it if they are not to be sent.
    """
    if not behaviour.marks:
        for start, _ in packets:
            unit[start + _MARKER_AT] &= _NOT_MARKER
    if behaviour.loss:
        packets = [packet for packet in packets if not _hit(behaviour.loss)]
    if behaviour.duplicate:
        packets = [copy for packet in packets for copy in (packet,) * (1 + _hit(behaviour.duplicate))]
    if behaviour.reorder:
        packets = _reordered(packets, behaviour.reorder)
    return packets


def _reordered(packets: Sequence[Packet], share: float) -> list[Packet]:
    found = list(packets)
    for number in range(len(found) - 1):
        if _hit(share):
            found[number], found[number + 1] = found[number + 1], found[number]
    return found


def _hit(share: float) -> bool:
    return random.random() < share  # noqa: S311 - no secret
