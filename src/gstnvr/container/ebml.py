"""EBML elements (RFC 8794) and the Matroska track table (RFC 9559), as far as a recorder's files need them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gstnvr.container.facts import FileTrack, MalformedError, TrackKind
from gstnvr.model.clock import NS_PER_S

SEGMENT = 0x18538067
INFO = 0x1549A966
TRACKS = 0x1654AE6B
CLUSTER = 0x1F43B675
CUES = 0x1C53BB6B
SEEK_HEAD = 0x114D9B74
TAGS = 0x1254C367
ATTACHMENTS = 0x1941A469
CHAPTERS = 0x1043A770
TIMESTAMP = 0xE7
SIMPLE_BLOCK = 0xA3
BLOCK_GROUP = 0xA0
BLOCK = 0xA1
REFERENCE_BLOCK = 0xFB

_TIMESTAMP_SCALE = 0x2AD7B1
_TRACK_ENTRY = 0xAE
_TRACK_NUMBER = 0xD7
_TRACK_TYPE = 0x83
_CODEC_ID = 0x86
_CODEC_PRIVATE = 0x63A2
_DEFAULT_DURATION = 0x23E383
_VIDEO = 0xE0
_PIXEL_WIDTH = 0xB0
_PIXEL_HEIGHT = 0xBA
_AUDIO = 0xE1
_SAMPLING_FREQUENCY = 0xB5
_CHANNELS = 0x9F

DEFAULT_TIMESTAMP_SCALE = 1_000_000
"""Nanoseconds in one unit of time, unless the file says otherwise."""

_KINDS = {1: TrackKind.VIDEO, 2: TrackKind.AUDIO}
_CODECS = {"V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "h265", "V_MJPEG": "mjpeg", "A_OPUS": "opus"}
_VFW = "V_MS/VFW/FOURCC"
_VFW_CODES = {b"MJPG": "mjpeg"}
_VFW_CODE_AT = 16
_ACM = "A_MS/ACM"
_ACM_FORMATS = {6: "pcma", 7: "pcmu"}


@dataclass(frozen=True, slots=True)
class Element:
    number: int
    start: int
    body: int
    end: int | None
    """None: the size was not known when it was begun."""


def element_header(data: bytes, at: int, base: int) -> Element:
    """The element whose header stands at ``data[at:]``, which is position ``base + at`` of the file.

    Raises:
        MalformedError: no element can start like this.
    """
    number, after_number = _number(data, at, 4)
    size, after_size = _number(data, after_number, 8)
    width = after_size - after_number
    marker = 1 << (7 * width)
    body = base + after_size
    unknown = size == 2 * marker - 1
    return Element(number, base + at, body, None if unknown else body + size - marker)


def variable_integer(data: bytes, at: int) -> tuple[int, int]:
    """Value of a variable-size integer, and where it ends.

    Raises:
        MalformedError: cut off, or too long.
    """
    value, end = _number(data, at, 8)
    return value & ~(1 << (7 * (end - at))), end


def _number(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """An integer of variable size with its marker bit, and where it ends."""
    if at >= len(data):
        raise MalformedError("element header cut off")
    width = 9 - data[at].bit_length()
    if width > longest or at + width > len(data):
        raise MalformedError("not the header of an element")
    return int.from_bytes(data[at : at + width], "big"), at + width


def children(data: bytes, start: int, end: int) -> Iterator[Element]:
    """Elements within ``data[start:end]``, with positions in ``data``; all have an end.

    Raises:
        MalformedError: an element reaches beyond ``end``.
    """
    while start < end:
        element = element_header(data, start, 0)
        if element.end is None or element.end > end:
            raise MalformedError(f"element {element.number:#x} is larger than what it is in")
        yield element
        start = element.end


def unsigned(data: bytes, element: Element) -> int:
    """Value of an integer element."""
    return int.from_bytes(data[element.body : element.end], "big")


def parse_timestamp_scale(data: bytes) -> int:
    """Nanoseconds in one unit of time, from the body of ``Info``.

    Raises:
        MalformedError: it is not one.
    """
    for element in children(data, 0, len(data)):
        if element.number == _TIMESTAMP_SCALE and unsigned(data, element):
            return unsigned(data, element)
    return DEFAULT_TIMESTAMP_SCALE


@dataclass(frozen=True, slots=True)
class MatroskaTrack:
    track: FileTrack
    default_duration_ns: int
    """Of one frame; 0 if the file does not say."""
    private: bytes
    """What a decoder has to know in advance, in the shape of the codec."""
    rate: int
    """Audio samples in a second."""
    channels: int


def parse_tracks(data: bytes, timestamp_scale: int) -> dict[int, MatroskaTrack]:
    """Track table from the body of ``Tracks``, by track number.

    Raises:
        MalformedError: it is not one.
    """
    entries = (e for e in children(data, 0, len(data)) if e.number == _TRACK_ENTRY)
    tracks = (_parse_track(data[e.body : e.end], timestamp_scale) for e in entries)
    return {entry.track.number: entry for entry in tracks}


def _parse_track(data: bytes, timestamp_scale: int) -> MatroskaTrack:
    elements = {element.number: element for element in children(data, 0, len(data))}

    def number_of(key: int) -> int:
        return unsigned(data, elements[key]) if key in elements else 0

    def bytes_of(key: int) -> bytes:
        return data[elements[key].body : elements[key].end] if key in elements else b""

    video = bytes_of(_VIDEO)
    sizes = {element.number: unsigned(video, element) for element in children(video, 0, len(video))}
    track = FileTrack(
        number=number_of(_TRACK_NUMBER),
        kind=_KINDS.get(number_of(_TRACK_TYPE), TrackKind.OTHER),
        codec=_codec(bytes_of(_CODEC_ID), bytes_of(_CODEC_PRIVATE)),
        timescale=max(1, NS_PER_S // timestamp_scale),
        width=sizes.get(_PIXEL_WIDTH, 0),
        height=sizes.get(_PIXEL_HEIGHT, 0),
    )
    rate, channels = _audio_form(bytes_of(_AUDIO))
    return MatroskaTrack(track, number_of(_DEFAULT_DURATION), bytes_of(_CODEC_PRIVATE), rate, channels)


def _audio_form(audio: bytes) -> tuple[int, int]:
    """Rate and channels, by default as RFC 9559 has them."""
    rate, channels = 8000, 1
    for element in children(audio, 0, len(audio)):
        if element.number == _CHANNELS:
            channels = unsigned(audio, element)
        elif element.number == _SAMPLING_FREQUENCY:
            rate = round(_real(audio[element.body : element.end]))
    return rate, channels


def _real(value: bytes) -> float:
    if len(value) not in (4, 8):
        raise MalformedError(f"number of {len(value)} bytes")
    (number,) = struct.unpack(">f" if len(value) == 4 else ">d", value)
    if not 0 <= number < 1e9:
        raise MalformedError(f"audio rate {number}")
    return float(number)


def _codec(identifier: bytes, private: bytes) -> str:
    name = identifier.rstrip(b"\0").decode("ascii", "replace")
    if name.startswith("A_AAC"):
        return "aac"
    if name == _ACM and len(private) >= 2:
        (tag,) = struct.unpack_from("<H", private)
        return _ACM_FORMATS.get(tag, name)
    if name == _VFW:
        return _VFW_CODES.get(private[_VFW_CODE_AT : _VFW_CODE_AT + 4].upper(), name)
    return _CODECS.get(name, name)
