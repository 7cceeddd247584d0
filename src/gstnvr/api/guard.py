"""Keeps pages of other sites away from an API that has no login yet.

A name of another site that is made to resolve to 127.0.0.1 (DNS rebinding) makes a browser treat that site and
this API as one; the Host header still tells the name.
"""

import re
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gstnvr.api.errors import error_response

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)


def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine."""
    return _LOCAL_HOST.fullmatch(host) is not None


class LocalOnly:
    """Refuses requests that came by another name or change something for another site's page.

    Other sites are also forbidden to embed answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not is_local_host(hosts[0]):
            message = "gstnvr answers only to localhost, 127.0.0.1 and [::1] in the Host header"
            refusal = error_response(HTTPStatus.FORBIDDEN, "host_not_allowed", message)
            await refusal(scope, receive, send)
            return
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and _is_of_another_site(scope, hosts[0]):
            message = "a page of another site asked for a change or a WebSocket; those are for gstnvr's own only"
            refusal = error_response(HTTPStatus.FORBIDDEN, "origin_not_allowed", message)
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["cross-origin-resource-policy"] = "same-origin"
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, send_guarded)


def _is_of_another_site(scope: Scope, host: str) -> bool:
    """Browsers name the site of the page in every request that may change something; programs name none."""
    origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    return any(origin != f"http://{host}" for origin in origins)
