"""The web client: its files, from memory, and its start page for every address that it makes itself."""

import gzip
import hashlib
import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_log = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
"""What ``web/build.py`` makes; absent in a checkout that was never set up."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_START = "/index.html"
_HASHED = "/assets/"
"""Below it, names change with the content."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")

_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>gstnvr</title>
<h1>gstnvr is running, but its web pages have not been built</h1>
<p>Run <code>scripts/setup</code> in the folder of gstnvr, then start it again.
Recording does not depend on it, and the API answers below <code>/api/v1</code>.</p></html>
"""


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as it is sent."""

    plain: bytes
    packed: bytes
    """The same with gzip."""
    etag: str
    content_type: str
    cache: str


class WebFiles:
    """Answers every request that is for nothing else; what is not for it goes on to ``otherwise``.

    Everybody may have it: pages hold nothing but the client, which asks for all else by itself.

    All files are in memory (about 1 MB): a page opens though the disk hangs.
    """

    def __init__(self, folder: Path, otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._files = _load(folder)
        if not self._files:
            _log.warning("there is no web client in %s; scripts/setup builds it", folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or _is_of_the_api(path):
            await self._otherwise(scope, receive, send)
            return
        file = self._files.get(path)
        if file is None and not _names_a_file(path):
            if not self._files:
                await _not_built()(scope, receive, send)
                return
            file = self._files.get(_START)
        if file is None:
            await self._otherwise(scope, receive, send)
            return
        await _answer(file, Request(scope))(scope, receive, send)


def _is_of_the_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _names_a_file(path: str) -> bool:
    return path.startswith(_HASHED) or "." in path.rpartition("/")[2]


def _answer(file: WebFile, request: Request) -> Response:
    headers = {"cache-control": file.cache, "etag": file.etag, "vary": "accept-encoding"}
    known = request.headers.get("if-none-match", "")
    if file.etag in [tag.strip() for tag in known.split(",")]:
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    body = file.plain
    accepted = request.headers.get("accept-encoding", "")
    if "gzip" in accepted and not _NO_GZIP.search(accepted):
        body = file.packed
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    return Response(None if request.method == "HEAD" else body, HTTPStatus.OK, headers, file.content_type)


def _not_built() -> Response:
    return Response(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, None, _TYPES[".html"])


def _load(folder: Path) -> dict[str, WebFile]:
    if not (folder / _START.lstrip("/")).is_file():
        return {}
    return {
        f"/{path.relative_to(folder).as_posix()}": _web_file(path, folder)
        for path in folder.rglob("*")
        if path.suffix in _TYPES and path.is_file()
    }


def _web_file(path: Path, folder: Path) -> WebFile:
    content = path.read_bytes()
    hashed = f"/{path.relative_to(folder).as_posix()}".startswith(_HASHED)
    return WebFile(
        plain=content,
        packed=gzip.compress(content, mtime=0),
        etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        content_type=_TYPES[path.suffix],
        cache=_FOR_EVER if hashed else _ASK_AGAIN,
    )
