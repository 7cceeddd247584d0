"""RTSP within HTTP, as a camera offers it: the client listens on a GET and speaks on a POST."""

import asyncio
import base64
from collections.abc import Callable

from gstnvr.rtsp.digest import Credentials, new_challenge, verify
from gstnvr.rtsp.tunnel import CONTENT_TYPE
from gstnvr.simulator.http_request import HttpRequest

_GROUP = 4


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
