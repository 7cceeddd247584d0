"""RTSP within HTTP, as a camera offers it: the client listens on a GET and speaks on a POST."""

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from gstnvr.rtsp.digest import Credentials, new_challenge, verify
from gstnvr.rtsp.message import Headers
from gstnvr.rtsp.tunnel import CONTENT_TYPE

_FIRST_LINE = re.compile(r"(GET|POST) (\S+) HTTP/1\.\d")
_GROUP = 4
_LONGEST_HEAD_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Head of a GET or POST, and what came after it."""

    method: str
    path: str
    headers: Headers
    rest: bytes

    @property
    def cookie(self) -> str:
        """What joins a GET and a POST."""
        return self.headers.get("x-sessioncookie") or ""


def begins_http(data: bytes) -> bool:
    return data.startswith((b"GET ", b"POST "))


def parse_http(data: bytes) -> HttpRequest | None:
    """The request, or None as long as it is not complete.

    Raises:
        ValueError: it is none.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end and len(data) <= _LONGEST_HEAD_BYTES:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    match = _FIRST_LINE.fullmatch(first)
    if match is None or not end:
        raise ValueError(f"no HTTP request: {first[:40]!r}")
    fields = (line.partition(":") for line in lines)
    return HttpRequest(
        match[1], match[2], Headers(tuple((name.strip(), value.strip()) for name, _, value in fields)), rest
    )


class Tunnel:
    """What a client says in POSTs, for the connection of its GET."""

    def __init__(self) -> None:
        self.abort_posts: list[Callable[[str], None]] = []
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        self._undecoded = b""

    def put(self, text: bytes) -> None:
        """Base64, in pieces of any size; each message may have its own padding."""
        self._undecoded += b"".join(text.split())
        whole = len(self._undecoded) // _GROUP * _GROUP
        groups, self._undecoded = self._undecoded[:whole], self._undecoded[whole:]
        said = b"".join(base64.b64decode(groups[at : at + _GROUP]) for at in range(0, whole, _GROUP))
        if said:
            self._said.put_nowait(said)

    async def said(self) -> bytes:
        return await self._said.get()


class Tunnels:
    """All of one server."""

    def __init__(self, credentials: Callable[[], Credentials | None]) -> None:
        self._credentials = credentials
        self._challenge = new_challenge("gstnvr simulated camera, HTTP")
        self._open: dict[str, Tunnel] = {}

    def refusal(self, request: HttpRequest) -> bytes | None:
        """Answer to a GET without the right password; None if it is let in."""
        credentials = self._credentials()
        authorization = request.headers.get("Authorization")
        if credentials is None or verify(credentials, self._challenge, request.method, authorization):
            return None
        return _answer("401 Unauthorized", ("WWW-Authenticate", self._challenge.encode()))

    def open(self, cookie: str) -> tuple[Tunnel, bytes]:
        """A new tunnel, and the answer to its GET."""
        self._open[cookie] = Tunnel()
        return self._open[cookie], _answer("200 OK", ("Content-Type", CONTENT_TYPE))

    def find(self, cookie: str) -> Tunnel | None:
        """Where a POST belongs to."""
        return self._open.get(cookie)

    def close(self, cookie: str) -> None:
        self._open.pop(cookie, None)


def _answer(status: str, *fields: tuple[str, str]) -> bytes:
    known = [("Server", "gstnvr simulated camera"), ("Connection", "close"), ("Cache-Control", "no-store")]
    lines = [f"HTTP/1.0 {status}", *(f"{name}: {value}" for name, value in [*known, *fields])]
    return "\r\n".join([*lines, "", ""]).encode()
