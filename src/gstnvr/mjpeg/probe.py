"""A light look at a camera's Motion JPEG over HTTP: is it there, does it let us in, is it what it should be?"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gstnvr.media.units import VideoCodec
from gstnvr.mjpeg.http import Answer, get_head
from gstnvr.mjpeg.url import HttpUrl
from gstnvr.model.faults import Reason
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust
from gstnvr.rtsp.dial import CameraConnectionError
from gstnvr.rtsp.digest import Credentials, answer, parse_challenges
from gstnvr.rtsp.probe import OfferedTrack, ProbeResult, check_status, failure, one_line
from gstnvr.rtsp.url import UrlError

_CONTENT_TYPE = "multipart/x-mixed-replace"
_JPEG = OfferedTrack("video", "JPEG", 90_000, 1)
_Get = Callable[[str | None], Awaitable[Answer]]
"""Asks once, with this value of ``Authorization``."""


async def probe_mjpeg(
    url: str,
    username: str | None,
    password: str | None,
    timeout_s: float,
    *,
    trust: CertificateTrust = SYSTEM_AUTHORITIES,
) -> ProbeResult:
    """Ask a camera for Motion JPEG, and hang up when it is clear whether it would come.

    Redirections are not followed: they may lead anywhere.

    Args:
        url: http or https, without user name and password.
        timeout_s: for everything together: name, connections, answers.
        trust: which certificate is taken, for ``https``.

    Raises:
        ProbeError: with the fault classified.
    """
    try:
        target = HttpUrl.parse(url)
    except UrlError as error:
        raise failure(Reason.NOT_FOUND, f"Cannot probe: {error}.") from None
    credentials = Credentials(username, password or "") if username else None
    deadline = asyncio.get_running_loop().time() + timeout_s

    async def get(authorization: str | None) -> Answer:
        return await get_head(target, trust, _fields(authorization), deadline)

    try:
        found = await _ask(get, target, credentials)
    except CameraConnectionError as fault:
        raise failure(fault.reason, str(fault)) from None
    _check(found, target, credentials)
    server = found.get("server")
    return ProbeResult(
        address=found.address,
        server=one_line(server) if server else None,
        tracks=(_JPEG,),
        video=VideoCodec.MJPEG,
        audio=None,
        fingerprint=found.fingerprint,
    )


async def _ask(get: _Get, target: HttpUrl, credentials: Credentials | None) -> Answer:
    found = await get(None)
    authorization = _authorization(found, credentials, target)
    if authorization is None:
        return found
    found = await get(authorization)
    if any(challenge.stale for challenge in parse_challenges(found.all("www-authenticate"))):
        return await get(_authorization(found, credentials, target))
    return found


def _fields(authorization: str | None) -> Sequence[tuple[str, str]]:
    fields = [("Accept", f"{_CONTENT_TYPE}, image/jpeg"), ("User-Agent", "gstnvr")]
    return fields if authorization is None else [*fields, ("Authorization", authorization)]


def _authorization(found: Answer, credentials: Credentials | None, target: HttpUrl) -> str | None:
    if found.status != 401 or credentials is None:
        return None
    return answer(credentials, found.all("www-authenticate"), "GET", target.path)


def _check(found: Answer, target: HttpUrl, credentials: Credentials | None) -> None:
    if 300 <= found.status < 400:
        whither = one_line(found.get("location") or "an unknown address")
        raise failure(
            Reason.REDIRECTED,
            f"Camera at {target.location} refers to {whither} ({found.status}), and is not followed: "
            "if that is right, put it into http_stream_url.",
        )
    check_status(found.status, found.phrase, target, target.path, credentials)
    kind = (found.get("content-type") or "nothing").partition(";")[0].strip().lower()
    if kind != _CONTENT_TYPE:
        raise failure(
            Reason.UNSUPPORTED_CODEC,
            f"Camera at {target.location} sends {one_line(kind)} at {one_line(target.path)!r} and no Motion JPEG "
            f"({_CONTENT_TYPE}): check the path in its manual.",
        )
