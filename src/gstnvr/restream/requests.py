"""What requests ask for: addresses and transports, pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gstnvr.model.ids import CAMERA_ID_PATTERN, CameraId, StreamId, StreamKind

_PATH = re.compile(rf"/({CAMERA_ID_PATTERN})/(main|sub)(?:/(track[01]))?/?")
_HIGHEST_CHANNEL = 254


@dataclass(frozen=True, slots=True)
class Target:
    """What an address names."""

    stream: StreamId
    control: str
    """Of a track; empty: the whole stream."""
    base: str
    """Address of the stream, with a slash at its end."""


def target_of(url: str) -> Target | None:
    """What a request is about; None: nothing that there could be."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    match = _PATH.fullmatch(parts.path)
    if match is None or parts.scheme.lower() not in ("rtsp", "rtsps"):
        return None
    camera, kind, control = match.groups()
    host = parts.netloc.rpartition("@")[2]
    base = f"{parts.scheme}://{host}/{camera}/{kind}/"
    return Target(StreamId(CameraId(camera), StreamKind(kind)), control or "", base)


@dataclass(frozen=True, slots=True)
class Interleaved:
    """On the connection itself."""

    channel: int
    """Of RTP; RTCP has the next."""


@dataclass(frozen=True, slots=True)
class Datagrams:
    """Over UDP."""

    rtp_port: int
    rtcp_port: int


def transport_of(field: str, *, free_channel: int, datagrams: bool) -> Interleaved | Datagrams | None:
    """The first of the transports offered that will do; None: none will.

    Args:
        free_channel: taken if the client asks for none.
        datagrams: whether UDP will do.
    """
    for offer in field.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        values = {key.lower(): value for key, _, value in (part.partition("=") for part in parameters)}
        if "multicast" in values:
            continue
        if name.upper() == "RTP/AVP/TCP":
            pair = _pair(values.get("interleaved", f"{free_channel}-{free_channel + 1}"), _HIGHEST_CHANNEL)
            if pair is not None:
                return Interleaved(pair[0])
        elif name.upper() in ("RTP/AVP", "RTP/AVP/UDP") and datagrams:
            pair = _pair(values.get("client_port", ""), 65_534)
            if pair is not None and pair[0] > 0:
                return Datagrams(*pair)
    return None


def _pair(text: str, highest: int) -> tuple[int, int] | None:
    """Two numbers, one after the other; or the first of them."""
    match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", text)
    if match is None or int(match[1]) > highest:
        return None
    first = int(match[1])
    return (first, first + 1) if match[2] in (None, str(first + 1)) else None
