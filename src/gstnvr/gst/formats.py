"""Caps and what they say about a track."""

from gstnvr.gst.runtime import Gst
from gstnvr.media.units import AudioCodec, AudioFormat, VideoCodec, VideoFormat

VIDEO_CAPS = {
    VideoCodec.H264: "video/x-h264,stream-format=avc,alignment=au",
    VideoCodec.H265: "video/x-h265,stream-format=hvc1,alignment=au",
    VideoCodec.MJPEG: "image/jpeg,parsed=true",
}
"""What sources give and writers take."""

SMALLEST_SIDE, LARGEST_SIDE = 16, 16_384
"""Points; muxers take no smaller picture, and what is larger, or negative, comes of damaged parameter sets."""

_VIDEO = {"video/x-h264": VideoCodec.H264, "video/x-h265": VideoCodec.H265, "image/jpeg": VideoCodec.MJPEG}
_AUDIO = {
    "audio/mpeg": AudioCodec.AAC,
    "audio/x-alaw": AudioCodec.PCMA,
    "audio/x-mulaw": AudioCodec.PCMU,
    "audio/x-opus": AudioCodec.OPUS,
}


class SameCaps:
    """Caps as part of a format: equal if GStreamer says so, and no others."""

    __slots__ = ("caps",)

    def __init__(self, caps: Gst.Caps) -> None:
        self.caps = caps

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameCaps) and self.caps.is_equal(other.caps)

    def __hash__(self) -> int:
        return hash(self.caps.to_string())


def video_format(caps: Gst.Caps) -> VideoFormat:
    """Format of parsed video."""
    structure = caps.get_structure(0)
    return VideoFormat(
        _VIDEO[structure.get_name()],
        structure.get_int("width")[1],
        structure.get_int("height")[1],
        SameCaps(caps),
    )


def is_writable(form: VideoFormat) -> bool:
    """Whether muxers take pictures of this size: one that they refuse would keep all that follow from the disk."""
    return all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (form.width, form.height))


def audio_format(caps: Gst.Caps) -> AudioFormat:
    """Format of parsed audio."""
    structure = caps.get_structure(0)
    return AudioFormat(
        _AUDIO[structure.get_name()],
        structure.get_int("rate")[1],
        structure.get_int("channels")[1],
        SameCaps(caps),
    )


def native_caps(native: object) -> Gst.Caps:
    """Caps behind ``VideoFormat.native`` or ``AudioFormat.native``."""
    if not isinstance(native, SameCaps):
        raise TypeError(f"not a format of GStreamer: {native!r}")
    return native.caps
