"""Whether access units are of the codec that was announced, by the header of their first NAL unit."""

from collections.abc import Callable
from typing import cast

from gstnvr.gst.runtime import Gst
from gstnvr.media.units import AccessUnit, VideoCodec

MOST_STRANGE = 2
"""Access units in a row that nothing good follows; a single one may be damaged."""

_LENGTH_BYTES = 4
_HEADER_BYTES = 2
_H264_SLICES = frozenset({1, 5})
_H264_REFERENCES = frozenset({5, 7, 8, 13, 15})
"""Kinds whose ``nal_ref_idc`` is never 0."""
_H264_NO_REFERENCES = frozenset({6, 9, 10, 11, 12})
_H265_LARGEST_KIND = 40
_H265_TEMPORAL_KINDS = frozenset({2, 3, 4, 5})
_H265_MOST_TEMPORAL_LAYERS = 4


def is_h264(header: bytes) -> bool:
    """Whether an access unit of H.264 may begin with a NAL unit of this header."""
    forbidden, reference, kind = header[0] >> 7, header[0] >> 5 & 3, header[0] & 0x1F
    if forbidden:
        return False
    if kind in _H264_REFERENCES:
        return reference > 0
    if kind in _H264_NO_REFERENCES:
        return reference == 0
    return kind in _H264_SLICES or kind in (14, 19, 20)


def is_h265(header: bytes) -> bool:
    """Whether an access unit of H.265 may begin with a NAL unit of this header."""
    forbidden, kind = header[0] >> 7, header[0] >> 1 & 0x3F
    layer, temporal = (header[0] & 1) << 5 | header[1] >> 3, header[1] & 7
    if forbidden or layer or not 1 <= temporal <= _H265_MOST_TEMPORAL_LAYERS:
        return False
    return kind <= _H265_LARGEST_KIND and (temporal > 1 or kind not in _H265_TEMPORAL_KINDS)


_CHECKS: dict[VideoCodec, Callable[[bytes], bool]] = {VideoCodec.H264: is_h264, VideoCodec.H265: is_h265}


class PayloadCheck:
    """Finds the place where a camera goes on with another codec in the same session.

    Depayloaders and parsers take whatever comes for their own codec, and even find key frames in it. Of what was
    drained only the last access unit is looked at, and two bytes of that, unless they are strange.
    """

    def __init__(self, codec: VideoCodec) -> None:
        self._belongs = _CHECKS.get(codec)
        self._trusted = False
        self._held: list[AccessUnit] = []

    @property
    def failed(self) -> bool:
        """Whether another codec is being sent."""
        return len(self._held) >= MOST_STRANGE

    def sift(self, units: list[AccessUnit]) -> list[AccessUnit]:
        """What belongs to the stream, in order; strange ones wait until it is known what follows them."""
        belongs = self._belongs
        if belongs is None or not units or self.failed:
            return [] if self.failed else units
        good = next((i for i in range(len(units), 0, -1) if belongs(_header(units[i - 1]))), 0)
        if good:
            self._trusted = True
            found, self._held = [*self._held, *units[:good]], units[good:]
            return found
        if not self._trusted:  # it is how this camera begins its access units, not a change
            self._belongs = None
            return units
        self._held += units
        return []


def _header(unit: AccessUnit) -> bytes:
    header: bytes = cast(Gst.Buffer, unit.payload).extract_dup(_LENGTH_BYTES, _HEADER_BYTES)
    return header.ljust(_HEADER_BYTES, b"\xff")
