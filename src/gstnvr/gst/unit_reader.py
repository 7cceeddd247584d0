"""The bytes of access units, for somebody who watches."""

from typing import cast

from gstnvr.gst.formats import native_caps
from gstnvr.gst.runtime import Gst
from gstnvr.media.units import AccessUnit, AudioFormat, EncodedBytes, VideoFormat


class GstUnitReader:
    """Implements ``media.pipelines.UnitReader``."""

    def read(self, unit: AccessUnit) -> EncodedBytes:
        buffer = cast(Gst.Buffer, unit.payload)
        dts = unit.pts if buffer.dts == Gst.CLOCK_TIME_NONE else buffer.dts
        return EncodedBytes(_bytes(buffer), dts)

    def config(self, form: VideoFormat | AudioFormat) -> bytes:
        structure = native_caps(form.native).get_structure(0)
        if not structure.has_field("codec_data"):
            return b""
        return _bytes(cast(Gst.Buffer, structure.get_value("codec_data")))


def _bytes(buffer: Gst.Buffer) -> bytes:
    return buffer.extract_dup(0, buffer.get_size())
