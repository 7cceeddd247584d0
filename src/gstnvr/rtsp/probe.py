"""A light look at a camera before a pipeline is built: is it there, does it let us in, what does it offer?"""

import asyncio
from dataclasses import dataclass

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.rtsp.connection import Connection, connect
from gstnvr.rtsp.dial import CameraConnectionError, Target
from gstnvr.rtsp.digest import Credentials, answer, parse_challenges
from gstnvr.rtsp.message import RtspResponse
from gstnvr.rtsp.sdp import MediaDescription, parse_sdp
from gstnvr.rtsp.url import RtspUrl, UrlError

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


class ProbeError(Exception):
    """The camera cannot be recorded now."""

    def __init__(self, report: FaultReport) -> None:
        super().__init__(report.message)
        self.report = report


async def probe(url: str, username: str | None, password: str | None, timeout_s: float) -> ProbeResult:
    """Ask a camera what it offers, on a connection of its own that is closed before this returns.

    Args:
        url: without user name and password.
        timeout_s: for everything together: name, connection, answers.

    Raises:
        ProbeError: with the fault classified.
    """
    try:
        target = RtspUrl.parse(url)
    except UrlError as error:
        raise failure(Reason.NOT_FOUND, f"Cannot probe: {error}.") from None
    credentials = Credentials(username, password or "") if username else None
    deadline = asyncio.get_running_loop().time() + timeout_s
    try:
        response, address = await _describe(target, credentials, deadline)
    except CameraConnectionError as fault:
        raise failure(fault.reason, str(fault)) from None
    check_status(response.status, response.reason, target, target.path, credentials)
    return _result(response, target, address)


async def _describe(
    target: RtspUrl, credentials: Credentials | None, deadline: float
) -> tuple[RtspResponse, tuple[str, int]]:
    async with connect(target, deadline) as connection:
        response = await _ask(connection, target, None)
        address = connection.address
        authorization = _authorization(response, credentials, target)
        if authorization is None:
            return response, address
        try:
            return await _authorize(connection, target, credentials, authorization), address
        except CameraConnectionError as fault:
            if fault.reason is not Reason.CONNECTION_LOST:
                raise
    # Some cameras close the connection after each refusal and accept the answer on a new one.
    async with connect(target, deadline) as connection:
        return await _authorize(connection, target, credentials, authorization), connection.address


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
    return answer(credentials, response.headers.all("WWW-Authenticate"), "DESCRIBE", str(target))


async def _ask(connection: Connection, target: RtspUrl, authorization: str | None) -> RtspResponse:
    fields = [("Accept", "application/sdp"), ("User-Agent", "gstnvr")]
    if authorization is not None:
        fields.append(("Authorization", authorization))
    return await connection.request("DESCRIBE", str(target), fields)


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


def _result(response: RtspResponse, target: RtspUrl, address: tuple[str, int]) -> ProbeResult:
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
        address=address,
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
