"""Sample descriptions of MP4: what a decoder has to know in advance, as boxes."""

from struct import pack

from gstnvr.container.box_writing import box
from gstnvr.container.sample_format import (
    DECODER_CONFIG,
    DECODER_SPECIFIC,
    ELEMENTARY_STREAM,
    SampleFormat,
)

_VIDEO = {"h264": (b"avc1", b"avcC"), "h265": (b"hvc1", b"hvcC"), "mjpeg": (b"mp4v", b"esds")}
_AUDIO = {
    "aac": (b"mp4a", b"esds"),
    "opus": (b"Opus", b"dOps"),
    "pcma": (b"alaw", b""),
    "pcmu": (b"ulaw", b""),
}
_72_DPI = 0x0048_0000
_SL_CONFIG = b"\x06\x01\x02"
_AAC, _AUDIO_STREAM = 0x40, 0x15
_JPEG, _VISUAL_STREAM = 0x6C, 0x11
_HIGHEST_RATE = 0xFFFF


def sample_entry(form: SampleFormat) -> bytes:
    """The box that describes samples of this format.

    Raises:
        KeyError: MP4 has none for its codec.
    """
    if form.codec in _VIDEO:
        kind, config_kind = _VIDEO[form.codec]
        fields = (bytes(6), pack(">H16xHHIIIH32xHh", 1, form.width, form.height, _72_DPI, _72_DPI, 0, 1, 24, -1))
        config = _elementary_stream(_JPEG, _VISUAL_STREAM, b"") if form.codec == "mjpeg" else form.config
        return box(kind, *fields, box(config_kind, config), form.shape)
    kind, config_kind = _AUDIO[form.codec]
    rate = form.rate if form.rate <= _HIGHEST_RATE else 0
    fields = (bytes(6), pack(">H8xHHHHI", 1, form.channels, 16, 0, 0, rate << 16))
    config = _elementary_stream(_AAC, _AUDIO_STREAM, form.config) if form.codec == "aac" else form.config
    return box(kind, *fields, box(config_kind, config) if config_kind else b"")


def _elementary_stream(object_type: int, stream_type: int, config: bytes) -> bytes:
    """Body of an ``esds`` box; bit rates are not told."""
    decoder = pack(">BB11x", object_type, stream_type)
    if config:
        decoder += _descriptor(DECODER_SPECIFIC, config)
    stream = pack(">HB", 0, 0) + _descriptor(DECODER_CONFIG, decoder) + _SL_CONFIG
    return bytes(4) + _descriptor(ELEMENTARY_STREAM, stream)


def _descriptor(tag: int, body: bytes) -> bytes:
    size = len(body)
    return (
        bytes((tag, size >> 21 & 0x7F | 0x80, size >> 14 & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size & 0x7F))
        + body
    )
