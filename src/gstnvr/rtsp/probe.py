"""A light look at a camera before a pipeline is built: is it there, does it let us in, what does it offer?"""

import asyncio
from dataclasses import dataclass, replace

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust
from gstnvr.rtsp.connection import Access, Connection, connect
from gstnvr.rtsp.dial import CameraConnectionError, Target
from gstnvr.rtsp.digest import Credentials, answer, parse_challenges
from gstnvr.rtsp.message import RtspResponse
from gstnvr.rtsp.sdp import MediaDescription, parse_sdp
from gstnvr.rtsp.url import RtspUrl, UrlError
from gstnvr.rtsp.wire import Wire

_VIDEO_CODECS = {"H264": VideoCodec.H264, "H265": VideoCodec.H265, "JPEG": VideoCodec.MJPEG}
_AUDIO_CODECS = {
    "MPEG4-GENERIC": AudioCodec.AAC,
    "PCMA": AudioCodec.PCMA,
    "PCMU": AudioCodec.PCMU,
    "OPUS": AudioCodec.OPUS,
}
_OK = 200
_DENIED = (401, 403, 407)
_NOT_FOUND = (404, 410)
_REDIRECTED = (301, 302)
"""What rtspsrc follows, too."""
_MOST_REDIRECTIONS = 3


@dataclass(frozen=True, slots=True)
class OfferedTrack:
    """One medium as the camera announces it."""

    kind: str
    """``video``, ``audio``, ``application``, …"""
    codec: str
    """The name that RTP has for it, upper case, e.g. ``H264``, ``MPEG4-GENERIC``; empty if not announced."""
    clock_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a camera offers."""

    address: tuple[str, int]
    """Numeric address and port that the connection was really made to."""
    server: str | None
    """What the camera calls its software."""
    tracks: tuple[OfferedTrack, ...]
    video: VideoCodec
    """Of the first video track that can be recorded; Motion JPEG only if there is nothing better."""
    audio: AudioCodec | None
    """Of the first audio track that can be recorded; None if there is none."""
    local_address: str | None = None
    """Numeric address of this machine, as the camera sees it."""
    fingerprint: str | None = None
    """SHA-256 of the camera's certificate; None without TLS."""


class ProbeError(Exception):
    """The camera cannot be recorded now."""

    def __init__(self, report: FaultReport) -> None:
        super().__init__(report.message)
        self.report = report


async def probe(
    url: str,
    username: str | None,
    password: str | None,
    timeout_s: float,
    *,
    trust: CertificateTrust = SYSTEM_AUTHORITIES,
    tunnel: bool = False,
) -> ProbeResult:
    """Ask a camera what it offers, on a connection of its own that is closed before this returns.

    Args:
        url: without user name and password.
        timeout_s: for everything together: name, connection, answers.
        trust: which certificate is taken, for ``rtsps``.
        tunnel: speak within HTTP.

    Raises:
        ProbeError: with the fault classified.
    """
    try:
        target = RtspUrl.parse(url)
    except UrlError as error:
        raise failure(Reason.NOT_FOUND, f"Cannot probe: {error}.") from None
    access = Access(Credentials(username, password or "") if username else None, trust, tunnel)
    deadline = asyncio.get_running_loop().time() + timeout_s
    try:
        response, wire, target = await _describe_there(target, access, deadline)
    except CameraConnectionError as fault:
        raise failure(fault.reason, str(fault)) from None
    check_status(response.status, response.reason, target, target.path, access.credentials)
    return _result(response, target, wire)


async def _describe_there(target: RtspUrl, access: Access, deadline: float) -> tuple[RtspResponse, Wire, RtspUrl]:
    """Where the camera refers to itself at another place, go on there."""
    for _ in range(_MOST_REDIRECTIONS):
        response, wire = await _describe(target, access, deadline)
        if response.status not in _REDIRECTED:
            return response, wire, target
        target = redirected(target, response.headers.get("Location"))
    raise CameraConnectionError(
        Reason.SERVER_ERROR,
        f"Camera at {target.location} refers to itself for ever: restart it if this lasts.",
    )


def redirected(target: RtspUrl, location: str | None) -> RtspUrl:
    """Where a camera refers to, if that is another place on the same host.

    Raises:
        CameraConnectionError: it is none, or on another host, which is none of the camera's business.
    """
    try:
        wanted = RtspUrl.parse(location or "")
    except UrlError as error:
        raise CameraConnectionError(
            Reason.SERVER_ERROR, f"Camera at {target.location} refers to somewhere else, but {error}."
        ) from None
    if wanted.host != target.host:
        raise CameraConnectionError(
            Reason.REDIRECTED,
            f"Camera at {target.location} refers to another host, {one_line(wanted.location)}, "
            "and is not followed: if that is right, put it into url.",
        )
    return replace(wanted, secure=target.secure)


async def _describe(target: RtspUrl, access: Access, deadline: float) -> tuple[RtspResponse, Wire]:
    credentials = access.credentials
    async with connect(target, access, deadline) as connection:
        response = await _ask(connection, target, None)
        authorization = _authorization(response, credentials, target)
        if authorization is None:
            return response, connection.wire
        try:
            return await _authorize(connection, target, credentials, authorization), connection.wire
        except CameraConnectionError as fault:
            if fault.reason is not Reason.CONNECTION_LOST:
                raise
    # Some cameras close the connection after each refusal and accept the answer on a new one.
    async with connect(target, access, deadline) as connection:
        return await _authorize(connection, target, credentials, authorization), connection.wire


async def _authorize(
    connection: Connection, target: RtspUrl, credentials: Credentials | None, authorization: str
) -> RtspResponse:
    response = await _ask(connection, target, authorization)
    challenges = parse_challenges(response.headers.all("WWW-Authenticate"))
    if any(challenge.stale for challenge in challenges):
        renewed = _authorization(response, credentials, target)
        return await _ask(connection, target, renewed)
    return response


def _authorization(response: RtspResponse, credentials: Credentials | None, target: RtspUrl) -> str | None:
    if response.status != 401 or credentials is None:
        return None
    return answer(credentials, response.headers.all("WWW-Authenticate"), "DESCRIBE", target.request_url)


async def _ask(connection: Connection, target: RtspUrl, authorization: str | None) -> RtspResponse:
    fields = [("Accept", "application/sdp"), ("User-Agent", "gstnvr")]
    if authorization is not None:
        fields.append(("Authorization", authorization))
    return await connection.request("DESCRIBE", target.request_url, fields)


def check_status(status: int, phrase: str, target: Target, path: str, credentials: Credentials | None) -> None:
    """Look at the status of an answer.

    Raises:
        ProbeError: it is not 200.
    """
    if status == _OK:
        return
    if status in _DENIED:
        if credentials is None:
            advice = "it asks for a user name and password; set username and password_env or password_file"
        else:
            advice = f"check the password of user {credentials.username!r} and that the user may watch"
        raise failure(Reason.UNAUTHORIZED, f"Camera at {target.location} refused to log in ({status}): {advice}.")
    if status in _NOT_FOUND:
        raise failure(
            Reason.NOT_FOUND,
            f"Camera at {target.location} has no stream at {path or '/'!r} ({status}): "
            "check the path in its manual.",
        )
    raise failure(
        Reason.SERVER_ERROR,
        f"Camera at {target.location} answered {status} {one_line(phrase)}: "
        "restart it if this lasts, or check the path.",
    )


def _result(response: RtspResponse, target: RtspUrl, wire: Wire) -> ProbeResult:
    media = parse_sdp(response.body).media
    videos = [_VIDEO_CODECS[name] for name in _encodings(media, "video") if name in _VIDEO_CODECS]
    audios = [_AUDIO_CODECS[name] for name in _encodings(media, "audio") if name in _AUDIO_CODECS]
    if not videos:
        offered = ", ".join(name or "unnamed" for name in _encodings(media, "video")) or "none"
        raise failure(
            Reason.UNSUPPORTED_CODEC,
            f"Camera at {target.location} offers no H.264, H.265 or JPEG video (offered: {one_line(offered)}): "
            "choose one of them in the camera's settings.",
        )
    server = response.headers.get("Server")
    return ProbeResult(
        address=wire.address,
        local_address=wire.local_address,
        fingerprint=wire.fingerprint,
        server=one_line(server) if server else None,
        tracks=tuple(
            OfferedTrack(medium.kind, offer.encoding, offer.clock_rate, offer.channels)
            for medium in media
            for offer in medium.formats[:1]
        ),
        video=next((video for video in videos if video is not VideoCodec.MJPEG), videos[0]),
        audio=audios[0] if audios else None,
    )


def _encodings(media: tuple[MediaDescription, ...], kind: str) -> list[str]:
    return [medium.formats[0].encoding for medium in media if medium.kind == kind and medium.formats]


_FAULTS = {
    Reason.UNAUTHORIZED: (Fault.AUTHENTICATION, Severity.HIGH),
    Reason.UNSUPPORTED_CODEC: (Fault.DECODER, Severity.MEDIUM),
}


def failure(reason: Reason, message: str) -> ProbeError:
    """What a probe that failed raises."""
    fault, severity = _FAULTS.get(reason, (Fault.RTSP_NETWORK, Severity.HIGH))
    return ProbeError(FaultReport(fault, reason, severity, message, code=f"probe {reason}"))


def one_line(text: str) -> str:
    """What a camera says about itself, safe to print."""
    return "".join(character if character.isprintable() else " " for character in text)[:120].strip()
