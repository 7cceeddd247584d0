"""What a decoder has to know of a track in advance, read from either container."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack, unpack_from

from gstnvr.container.ebml import MatroskaTrack
from gstnvr.container.facts import FileTrack, MalformedError, TrackKind
from gstnvr.container.mp4_boxes import children

VIDEO_ENTRY_BYTES = 86
"""Of a video track's sample description, header included, before the boxes in it."""
AUDIO_ENTRY_BYTES = 36
ELEMENTARY_STREAM, DECODER_CONFIG, DECODER_SPECIFIC = 3, 4, 5
"""Tags of descriptors (ISO/IEC 14496-1)."""
DECODER_CONFIG_BYTES = 13

_CONFIG_BOXES = {"h264": b"avcC", "h265": b"hvcC"}
_SHAPE_BOXES = frozenset({b"pasp", b"colr", b"clap"})
_WITHOUT_CONFIG = frozenset({"mjpeg", "pcma", "pcmu"})
_OPUS_HEAD = b"OpusHead"
_OPUS_HEAD_BYTES = 19
_OPUS_BOX_BYTES = 11
_HIGHEST_RATE = 384_000
OPUS_RATE = 48_000
"""Of all Opus, whatever it was made from."""


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """Equal where the samples of two files may follow each other in one track."""

    codec: str
    """As in ``TrackInfo``."""
    config: bytes = b""
    """Body of ``avcC``, ``hvcC`` or ``dOps``, or an AudioSpecificConfig."""
    width: int = 0
    height: int = 0
    shape: bytes = b""
    """Boxes that say how points and colours are meant; none in Matroska."""
    rate: int = 0
    channels: int = 0


def format_in_mp4(track: FileTrack, entry: bytes) -> SampleFormat:
    """Format of a track by its sample description, a box with its header.

    Raises:
        MalformedError: it is none, or none that is known.
        struct.error: a field is cut off.
    """
    if track.kind is TrackKind.VIDEO:
        boxes = {box.kind: entry[box.start : box.end] for box in children(entry, VIDEO_ENTRY_BYTES, len(entry))}
        config = _body(boxes, _CONFIG_BOXES.get(track.codec, b""))
        shape = b"".join(box for kind, box in boxes.items() if kind in _SHAPE_BOXES)
        return _known(SampleFormat(track.codec, config, track.width, track.height, shape))
    (version,) = unpack_from(">H", entry, 16)
    if version:
        raise MalformedError(f"sample description of version {version}")
    channels, rate = unpack_from(">H6xI", entry, 24)
    boxes = {box.kind: entry[box.start : box.end] for box in children(entry, AUDIO_ENTRY_BYTES, len(entry))}
    config = b""
    if track.codec == "aac":
        config = _decoder_specific(_body(boxes, b"esds"))
    elif track.codec == "opus":
        config = opus_box(_body(boxes, b"dOps"))
    return _known(SampleFormat(track.codec, config, rate=rate >> 16, channels=channels))


def format_in_mkv(entry: MatroskaTrack) -> SampleFormat:
    """Format of a Matroska track.

    Raises:
        MalformedError: none that is known.
        struct.error: a field is cut off.
    """
    track = entry.track
    if track.kind is TrackKind.VIDEO:
        config = b"" if track.codec in _WITHOUT_CONFIG else entry.private
        return _known(SampleFormat(track.codec, config, track.width, track.height))
    config = entry.private if track.codec == "aac" else b""
    if track.codec == "opus":
        config = _opus_config(entry.private)
    return _known(SampleFormat(track.codec, config, rate=entry.rate, channels=entry.channels))


def _known(found: SampleFormat) -> SampleFormat:
    if found.codec not in ("h264", "h265", "aac", "opus", *_WITHOUT_CONFIG):
        raise MalformedError(f"codec {found.codec!r}")
    if not found.config and found.codec not in _WITHOUT_CONFIG:
        raise MalformedError(f"{found.codec} without its configuration")
    return found


def _body(boxes: dict[bytes, bytes], kind: bytes) -> bytes:
    return boxes.get(kind, bytes(8))[8:]


def _decoder_specific(esds: bytes) -> bytes:
    """AudioSpecificConfig within the body of an ``esds`` box."""
    for tag, body in _descriptors(esds[4:]):
        if tag == ELEMENTARY_STREAM:
            for inner_tag, inner in _descriptors(body[3:]):
                if inner_tag == DECODER_CONFIG:
                    return dict(_descriptors(inner[DECODER_CONFIG_BYTES:])).get(DECODER_SPECIFIC, b"")
    return b""


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(data):
        tag, size, more = data[at], 0, True
        at += 1
        while more and at < len(data):
            size = size << 7 | data[at] & 0x7F
            more = bool(data[at] & 0x80)
            at += 1
        yield tag, data[at : at + size]
        at += size


def opus_box(config: bytes) -> bytes:
    """Body of a ``dOps`` box; the muxer of GStreamer up to 1.22 writes its numbers in the wrong order of bytes."""
    version, channels, pre_skip, rate, gain, mapping = unpack_from("<BBHIhB", config)
    if rate > _HIGHEST_RATE:
        return config
    return pack(">BBHIhB", version, channels, pre_skip, rate, gain, mapping) + config[_OPUS_BOX_BYTES:]


def plain_opus_config(channels: int) -> bytes:
    """Body of a ``dOps`` box for one or two channels that begin anywhere in a stream."""
    return pack(">BBHIhB", 0, channels, 0, OPUS_RATE, 0, 0)


def _opus_config(head: bytes) -> bytes:
    """Body of a ``dOps`` box from the header that Matroska keeps: the same, in the other order of bytes."""
    if not head.startswith(_OPUS_HEAD) or len(head) < _OPUS_HEAD_BYTES:
        raise MalformedError("Opus without its header")
    channels, pre_skip, rate, gain, mapping = unpack_from("<BHIhB", head, 9)
    return pack(">BBHIhB", 0, channels, pre_skip, rate, gain, mapping) + head[_OPUS_HEAD_BYTES:]
