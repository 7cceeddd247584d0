"""What of an offer can be taken: pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gstnvr.ipc.live import LiveTrack
from gstnvr.media.peers import PeerError

_RTPMAP, _FMTP = "a=rtpmap:", "a=fmtp:"
_CANDIDATE = "candidate"
_PROFILE_AT = 1
"""In ``avcC``."""


class NotPlayableError(PeerError):
    """The viewer cannot decode what the camera sends."""


@dataclass(slots=True)
class _Media:
    kind: str
    codecs: dict[int, str] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """How the viewer numbers a codec."""

    number: int
    parameters: str


def h264_payload(offer: str, video: LiveTrack) -> Payload:
    """Where pictures go: to the very profile, or else to another one, which decoders mostly bear.

    Raises:
        NotPlayableError: the camera sends, or the viewer takes, no H.264.
    """
    if video.codec != "h264" or len(video.config) < _PROFILE_AT + 1:
        raise NotPlayableError(f"over WebRTC only H.264 is played, and the camera sends {video.codec}")
    profile = video.config[_PROFILE_AT]
    found = [
        Payload(number, media.parameters.get(number, ""))
        for media in _media(offer)
        for number, codec in media.codecs.items()
        if media.kind == "video" and codec == "H264/90000" and _is_usual(media.parameters.get(number, ""))
    ]
    if not found:
        raise NotPlayableError("the viewer takes no H.264")
    return min(found, key=lambda payload: _profile(payload.parameters) != profile)


def without_candidates(offer: str) -> str:
    """The same, without addresses of the viewer.

    A viewer could name any address in the network of this machine and have it sent to. None is needed: his
    own checks, which come to this machine, tell where he is. GStreamer overlooks spaces in many places, so that
    every line goes that has the word in it.
    """
    return "".join(line for line in offer.splitlines(keepends=True) if _CANDIDATE not in line.lower())


def opus_payload(offer: str) -> Payload | None:
    """Where sound goes; None: the viewer wants none."""
    for media in _media(offer):
        for number, codec in media.codecs.items():
            if media.kind == "audio" and codec.upper().startswith("OPUS/48000"):
                return Payload(number, media.parameters.get(number, ""))
    return None


def _is_usual(parameters: str) -> bool:
    return _values(parameters).get("packetization-mode") == "1"


def _profile(parameters: str) -> int:
    try:
        return int(_values(parameters).get("profile-level-id", "")[:2], 16)
    except ValueError:
        return 0


def _values(parameters: str) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in parameters.split(";"))
    return {name: value for name, _, value in pairs}


def _media(offer: str) -> Iterator[_Media]:
    media: _Media | None = None
    for line in offer.splitlines():
        if line.startswith("m="):
            if media is not None:
                yield media
            media = _Media(line[2:].partition(" ")[0])
        elif media is not None and line.startswith((_RTPMAP, _FMTP)):
            number, _, rest = line.partition(":")[2].partition(" ")
            if number.isdecimal():
                table = media.codecs if line.startswith(_RTPMAP) else media.parameters
                table[int(number)] = rest
    if media is not None:
        yield media
