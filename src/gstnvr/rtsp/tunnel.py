"""RTSP within HTTP: answers and media come on a GET that never ends, requests go base64-coded on a POST."""

import asyncio
import base64
import re
import secrets

from gstnvr.model.faults import Reason
from gstnvr.model.trust import CertificateTrust
from gstnvr.rtsp.dial import CameraConnectionError, Target, error_text
from gstnvr.rtsp.digest import Credentials, answer
from gstnvr.rtsp.url import RtspUrl
from gstnvr.rtsp.wire import StreamWire, open_wire

CONTENT_TYPE = "application/x-rtsp-tunnelled"
_STATUS_LINE = re.compile(r"HTTP/1\.\d (\d{3})(?: (.*))?")
_POST_LENGTH = 32767
"""Never reached; some servers want a length."""


class TunnelWire:
    """Two connections, one for each direction."""

    def __init__(self, incoming: StreamWire, outgoing: StreamWire) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self.address = incoming.address
        self.local_address = incoming.local_address
        self.fingerprint = incoming.fingerprint

    async def send(self, data: bytes) -> None:
        await self._outgoing.send(base64.b64encode(data))

    async def receive(self) -> bytes:
        return await self._incoming.receive()

    def close(self) -> None:
        self._outgoing.close()
        self._incoming.close()


async def open_tunnel(
    target: RtspUrl, trust: CertificateTrust, credentials: Credentials | None, deadline: float
) -> TunnelWire:
    """Make a tunnel; the password is given if HTTP asks for it.

    Raises:
        CameraConnectionError: no connection, no HTTP, or no tunnel.
    """
    cookie = secrets.token_hex(11)
    incoming, authorized = await _open_incoming(target, trust, credentials, cookie, deadline)
    try:
        outgoing = await open_wire(target, trust, deadline)
    except BaseException:
        incoming.close()
        raise
    tunnel = TunnelWire(incoming, outgoing)
    fields = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(_POST_LENGTH))]
    try:
        await outgoing.send(_request("POST", target, cookie, [*fields, *authorized("POST")]))
    except OSError as error:
        tunnel.close()
        raise _lost(target, error_text(error)) from None
    return tunnel


class _Authorization:
    """Answers to what HTTP asked for, if it asked."""

    def __init__(self, credentials: Credentials | None, challenges: list[str], path: str) -> None:
        self._credentials = credentials
        self._challenges = challenges
        self._path = path

    def __call__(self, method: str) -> list[tuple[str, str]]:
        if self._credentials is None:
            return []
        value = answer(self._credentials, self._challenges, method, self._path)
        return [] if value is None else [("Authorization", value)]


async def _open_incoming(
    target: RtspUrl, trust: CertificateTrust, credentials: Credentials | None, cookie: str, deadline: float
) -> tuple[StreamWire, _Authorization]:
    authorized = _Authorization(None, [], "")
    while True:
        wire = await open_wire(target, trust, deadline)
        try:
            status, phrase, challenges = await _get(wire, target, cookie, authorized("GET"), deadline)
        except BaseException:
            wire.close()
            raise
        if status == 200:
            return wire, authorized
        wire.close()
        if status != 401 or credentials is None or authorized("GET"):
            raise _no_tunnel(target, status, phrase)
        authorized = _Authorization(credentials, challenges, _path(target))
        if not authorized("GET"):
            raise _no_tunnel(target, status, phrase)


async def _get(
    wire: StreamWire, target: RtspUrl, cookie: str, fields: list[tuple[str, str]], deadline: float
) -> tuple[int, str, list[str]]:
    """Status, phrase and what is asked for."""
    try:
        async with asyncio.timeout_at(deadline):
            await wire.send(_request("GET", target, cookie, [("Accept", CONTENT_TYPE), *fields]))
            head = (await wire.receive_head()).decode("latin-1").split("\r\n")
    except TimeoutError:
        raise CameraConnectionError(
            Reason.NO_ANSWER,
            f"Camera at {target.location} took the connection but did not answer to HTTP in time: "
            "restart it if this lasts, or set transport to tcp.",
        ) from None
    except asyncio.IncompleteReadError as error:
        raise _not_http(target, error.partial[:40]) if error.partial else _lost(target, "closed by it") from None
    except asyncio.LimitOverrunError:
        raise _not_http(target, b"an endless header") from None
    except OSError as error:
        raise _lost(target, error_text(error)) from None
    status = _STATUS_LINE.fullmatch(head[0])
    if status is None:
        raise _not_http(target, head[0][:40].encode())
    asked = [line.partition(":")[2].strip() for line in head if line.lower().startswith("www-authenticate:")]
    return int(status[1]), status[2] or "", asked


def _request(method: str, target: RtspUrl, cookie: str, fields: list[tuple[str, str]]) -> bytes:
    all_fields = [
        ("Host", target.location),
        ("User-Agent", "gstnvr"),
        ("x-sessioncookie", cookie),
        ("Pragma", "no-cache"),
        ("Cache-Control", "no-cache"),
        *fields,
    ]
    lines = [f"{method} {_path(target)} HTTP/1.0", *(f"{name}: {value}" for name, value in all_fields)]
    return "\r\n".join([*lines, "", ""]).encode()


def _path(target: RtspUrl) -> str:
    return target.path or "/"


def _no_tunnel(target: RtspUrl, status: int, phrase: str) -> CameraConnectionError:
    if status in (401, 403):
        return CameraConnectionError(
            Reason.UNAUTHORIZED,
            f"Camera at {target.location} refused to log in to its HTTP tunnel ({status}): "
            "check user name and password, and that the user may watch.",
        )
    said = "".join(character for character in phrase if character.isprintable())[:60]
    return CameraConnectionError(
        Reason.TRANSPORT_REFUSED,
        f"Camera at {target.location} has no RTSP in HTTP at {_path(target)!r} ({status} {said}): "
        "check port and path, or set transport to tcp.",
    )


def _not_http(target: Target, said: bytes) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.NOT_HTTP,
        f"What listens at {target.location} does not speak HTTP (it said {said.decode('latin-1')!r}): "
        "put the camera's HTTP port into url, or set transport to tcp.",
    )


def _lost(target: Target, how: str) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.CONNECTION_LOST,
        f"Connection to the camera at {target.location} was lost while the HTTP tunnel was made ({how}): "
        "check the port; the camera may also be starting.",
    )
