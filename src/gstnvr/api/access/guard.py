"""Keeps pages of other sites away, says what browsers may do with answers, and bounds what is sent to us."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gstnvr.api.access.proxies import Network
from gstnvr.api.common.errors import RefusedError, error_response
from gstnvr.api.common.security_headers import SECURITY_HEADERS

LARGEST_BODY = 1_048_576
"""Bytes of a request; recordings are never sent to us."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"([A-Za-z0-9._~-]+|\[(?P<six>[0-9A-Fa-f:.]+)\])(:\d{1,5})?", re.ASCII)
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Reach:
    """From where the API may be asked."""

    beyond_loopback: bool = False
    encrypted: bool = False
    """By us."""
    proxies: Sequence[Network] = ()
    """Reverse proxies that are trusted."""


LOOPBACK = Reach()


def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine."""
    return _LOCAL_HOST.fullmatch(host) is not None


class Guard:
    """Stands before everything, pages and files included."""

    def __init__(self, app: ASGIApp, reach: Reach) -> None:
        self._app = app
        self._reach = reach

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            answer = error_response(refusal.status, refusal.code, refusal.message, refusal.headers)
            await answer(scope, receive, send_guarded)
            return
        await self._app(scope, _Bounded(receive), send_guarded)

    def _refusal(self, scope: Scope) -> RefusedError | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not _is_a_host(hosts[0]):
            message = "a request names one host, in one Host header"
            return RefusedError(HTTPStatus.BAD_REQUEST, "bad_host", message)
        # A name of another site that is made to resolve to 127.0.0.1 makes a browser take that site for this one.
        if not (self._reach.beyond_loopback or scope.get("through_proxy") or is_local_host(hosts[0])):
            message = "gstnvr answers only to localhost, 127.0.0.1 and [::1] in the Host header"
            return RefusedError(HTTPStatus.FORBIDDEN, "host_not_allowed", message)
        if self._is_in_the_clear(scope):
            message = "this way passwords would be sent unencrypted; go through the reverse proxy"
            return RefusedError(HTTPStatus.FORBIDDEN, "not_encrypted", message)
        # Browsers let pages of any site open a WebSocket anywhere.
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and _is_of_another_site(headers, scope["scheme"], hosts[0]):
            message = "a page of another site asked for this; gstnvr takes that from its own only"
            return RefusedError(HTTPStatus.FORBIDDEN, "origin_not_allowed", message)
        if "content-length" in headers and "transfer-encoding" in headers:
            # What stands between us and the client may take another one of the two for the length.
            message = "a request says in one way how long it is: Content-Length or Transfer-Encoding"
            closing = {"connection": "close"}
            return RefusedError(HTTPStatus.BAD_REQUEST, "bad_length", message, closing)
        return _too_large(headers.get("content-length", "0"))

    def _is_in_the_clear(self, scope: Scope) -> bool:
        """Whether a request came over the network neither encrypted nor through a trusted proxy."""
        if self._reach.encrypted or not self._reach.beyond_loopback or scope.get("through_proxy"):
            return False
        client = scope.get("client")
        return client is None or client[0] not in ("127.0.0.1", "::1")


def _is_a_host(host: str) -> bool:
    """Nothing else may get into addresses that are made of it."""
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    try:
        return match["six"] is None or ip_address(match["six"]) is not None
    except ValueError:
        return False


def _is_of_another_site(headers: Headers, scheme: str, host: str) -> bool:
    """Browsers name the site of the page in every request that may change something; programs name none."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return True
    own = (scheme.replace("ws", "http", 1), host.lower())
    return any(_site(origin) != own for origin in headers.getlist("origin"))


def _site(origin: str) -> tuple[str, str]:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return "", ""
    return (parts.scheme, parts.netloc.lower()) if not parts.path else ("", "")


def _too_large(length: str) -> RefusedError | None:
    if length.isascii() and length.isdigit() and int(length[:20]) <= LARGEST_BODY:
        return None
    message = f"a request has at most {LARGEST_BODY} bytes"
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)


class _Bounded:
    """Receives no more of a body than is allowed, also where nobody says how long it is."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._got = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._got += len(message.get("body", b""))
            if self._got > LARGEST_BODY:
                raise RefusedError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"a request has at most {LARGEST_BODY} bytes"
                )
        return message
