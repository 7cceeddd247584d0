"""The part of a session description that tells which media a camera offers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_MEDIA = 64
_MOST_FORMATS = 32
_MOST_LINES = 200
"""Of one medium; what goes beyond is passed over. Cameras have a few of each."""
_NUMBER = "[0-9]{1,9}"
_STATIC_FORMATS = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 26: ("JPEG", 90000), 32: ("MPV", 90000)}


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """One payload type of a medium."""

    payload_type: int
    encoding: str
    """Upper case, e.g. ``H264``; empty if the description does not say."""
    clock_rate: int
    """Ticks per second; 0 if the description does not say."""
    channels: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of ``fmtp``, with lower-case keys."""


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One ``m=`` section."""

    kind: str
    """``video``, ``audio``, ``application``, …"""
    port: int
    protocol: str
    formats: tuple[MediaFormat, ...]
    control: str
    """URL for SETUP, absolute or relative; empty if missing."""


@dataclass(frozen=True, slots=True)
class SessionDescription:
    control: str
    media: tuple[MediaDescription, ...]


def parse_sdp(body: bytes) -> SessionDescription:
    """Read what is there; lines that make no sense are passed over, as cameras send many of them."""
    sections: list[list[str]] = [[]]
    for line in body.decode("utf-8", "replace").splitlines():
        if line.strip().startswith("m="):
            if len(sections) > _MOST_MEDIA:
                break
            sections.append([])
        if len(sections[-1]) < _MOST_LINES:
            sections[-1].append(line.strip())
    media = [_media(section) for section in sections[1:]]
    return SessionDescription(
        _attribute(sections[0], "control"), tuple(medium for medium in media if medium is not None)
    )


def _media(lines: list[str]) -> MediaDescription | None:
    match = re.fullmatch(rf"m=(\S+) ({_NUMBER})(?:/{_NUMBER})? (\S+)((?: \S+)*)", lines[0])
    if match is None:
        return None
    payload_types = [int(text) for text in match[4].split() if re.fullmatch(r"[0-9]{1,3}", text)][:_MOST_FORMATS]
    return MediaDescription(
        kind=match[1].lower(),
        port=int(match[2]),
        protocol=match[3],
        formats=tuple(_format(lines, payload_type) for payload_type in payload_types),
        control=_attribute(lines, "control"),
    )


def _format(lines: list[str], payload_type: int) -> MediaFormat:
    encoding, clock_rate = _STATIC_FORMATS.get(payload_type, ("", 0))
    channels = 1
    rtpmap = re.fullmatch(
        rf"([^/\s]+)/({_NUMBER})(?:/({_NUMBER}))?(?:[^0-9].*)?", _indexed(lines, "rtpmap", payload_type)
    )
    if rtpmap is not None:
        encoding, clock_rate, channels = rtpmap[1].upper(), int(rtpmap[2]), int(rtpmap[3] or 1)
    parameters = {}
    for part in _indexed(lines, "fmtp", payload_type).split(";"):
        key, _, value = part.strip().partition("=")
        if key:
            parameters[key.strip().lower()] = value.strip()
    return MediaFormat(payload_type, encoding, clock_rate, channels, parameters)


def _attribute(lines: list[str], name: str) -> str:
    prefix = f"a={name}:"
    return next((line[len(prefix) :].strip() for line in lines if line.lower().startswith(prefix)), "")


def _indexed(lines: list[str], name: str, payload_type: int) -> str:
    for line in lines:
        match = re.fullmatch(rf"a={name}:\s*{payload_type}\s+(.*)", line, re.IGNORECASE)
        if match is not None:
            return match[1]
    return ""
