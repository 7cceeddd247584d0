"""Heads of HTTP requests."""

import re
from dataclasses import dataclass

from gstnvr.rtsp.message import Headers

_FIRST_LINE = re.compile(r"(GET|POST) (\S+) HTTP/1\.\d")
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
        """What joins the GET and the POST of a tunnel."""
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
