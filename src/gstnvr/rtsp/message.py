"""RTSP/1.0 messages and interleaved binary frames, to and from bytes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 256 * 1024

_INTERLEAVED_MARK = 0x24
_INTERLEAVED_HEADER_BYTES = 4
_STATUS_LINE = re.compile(r"RTSP/1\.\d (\d{3})(?: (.*))?")
_REQUEST_LINE = re.compile(r"([A-Z_]{3,32}) (\S+) RTSP/1\.\d")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class RtspSyntaxError(ValueError):
    """The bytes are not RTSP, or exceed a limit; the connection cannot be used any more."""


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in order of arrival; names compare without regard to case."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Value of the first field of that name."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Values of all fields of that name."""
        wanted = name.lower()
        return [value for field_name, value in self.fields if field_name.lower() == wanted]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)


@dataclass(frozen=True, slots=True)
class RtspRequest:
    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def encode(self) -> bytes:
        return _encode(f"{self.method} {self.url} RTSP/1.0", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class RtspResponse:
    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def encode(self) -> bytes:
        return _encode(f"RTSP/1.0 {self.status} {self.reason}", self.headers, self.body)


class InterleavedFrame(NamedTuple):
    """One RTP or RTCP packet that travels on the RTSP connection."""

    channel: int
    payload: bytes


Message = RtspRequest | RtspResponse | InterleavedFrame


def headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Make header fields of (name, value) pairs.

    Raises:
        ValueError: a line break in a name or value, which would forge further fields.
    """
    fields = tuple(pairs)
    for name, value in fields:
        if any(mark in text for text in (name, value) for mark in "\r\n"):
            raise ValueError(f"line break in header field {name!r}")
    return Headers(fields)


class MessageParser:
    """Takes a byte stream in pieces of any size and gives back whole messages."""

    def __init__(self, max_header_bytes: int = MAX_HEADER_BYTES, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._max_header_bytes = max_header_bytes
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._wanted = 0
        """Bytes without which the message at the beginning of the buffer is not complete."""

    def feed(self, data: bytes) -> list[Message]:
        """Messages completed by these bytes.

        Raises:
            RtspSyntaxError: the peer does not speak RTSP, or a message exceeds a limit.
        """
        self._buffer += data
        messages: list[Message] = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    @property
    def pending(self) -> bytes:
        """Bytes that belong to a message that is not complete yet."""
        return bytes(self._buffer)

    def _next(self) -> Message | None:
        if len(self._buffer) < self._wanted:
            return None
        self._wanted = 0
        self._skip_line_breaks()
        if not self._buffer:
            return None
        if self._buffer[0] == _INTERLEAVED_MARK:
            return self._next_interleaved()
        return self._next_text()

    def _skip_line_breaks(self) -> None:
        count = 0
        while count < len(self._buffer) and self._buffer[count] in b"\r\n":
            count += 1
        del self._buffer[:count]

    def _next_interleaved(self) -> InterleavedFrame | None:
        buffer = self._buffer
        if len(buffer) < _INTERLEAVED_HEADER_BYTES:
            return None
        end = _INTERLEAVED_HEADER_BYTES + int.from_bytes(buffer[2:4], "big")
        if len(buffer) < end:
            return None
        frame = InterleavedFrame(buffer[1], bytes(buffer[_INTERLEAVED_HEADER_BYTES:end]))
        del buffer[:end]
        return frame

    def _next_text(self) -> RtspRequest | RtspResponse | None:
        buffer = self._buffer
        self._check_first_line()
        head_end, body_start = _end_of_head(buffer)
        if head_end > self._max_header_bytes or (head_end < 0 and len(buffer) > self._max_header_bytes):
            raise RtspSyntaxError(f"headers of more than {self._max_header_bytes} bytes")
        if head_end < 0:
            return None
        first_line, fields = _parse_head(bytes(buffer[:head_end]))
        end = body_start + self._body_bytes(fields)
        if len(buffer) < end:
            self._wanted = end
            return None
        body = bytes(buffer[body_start:end])
        del buffer[:end]
        return _message(first_line, fields, body)

    def _check_first_line(self) -> None:
        """Refuse another protocol at once: a server of another kind may never send the empty line."""
        line_end = self._buffer.find(b"\n")
        if line_end >= 0:
            line = bytes(self._buffer[:line_end]).decode("utf-8", "replace").rstrip("\r")
            if not (_STATUS_LINE.fullmatch(line) or _REQUEST_LINE.fullmatch(line)):
                raise RtspSyntaxError(f"not an RTSP message: {_excerpt(line)}")
        elif not (0x41 <= self._buffer[0] <= 0x5A):
            raise RtspSyntaxError(f"not an RTSP message: {_excerpt(bytes(self._buffer[:40]).decode('latin-1'))}")

    def _body_bytes(self, fields: Headers) -> int:
        text, *others = fields.all("Content-Length") or ("0",)
        if any(other != text for other in others):
            raise RtspSyntaxError(f"two values of Content-Length: {_excerpt(text)}, {_excerpt(others[0])}")
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise RtspSyntaxError(f"Content-Length is no number: {_excerpt(text)}")
        if int(text) > self._max_body_bytes:
            raise RtspSyntaxError(f"body of {text} bytes, more than {self._max_body_bytes}")
        return int(text)


def _end_of_head(buffer: bytearray) -> tuple[int, int]:
    """Where the header ends and the body begins; (-1, -1) if the empty line is not there yet."""
    found = [(buffer.find(ending), len(ending)) for ending in (b"\r\n\r\n", b"\n\n")]
    ends = [(position, position + length) for position, length in found if position >= 0]
    return min(ends, default=(-1, -1))


def _parse_head(head: bytes) -> tuple[str, Headers]:
    lines = _LINE_BREAK.split(head.decode("utf-8", "replace"))
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise RtspSyntaxError(f"header field without a colon: {_excerpt(line)}")
        fields.append((name.strip(), value.strip()))
    return lines[0], Headers(tuple(fields))


def _message(first_line: str, fields: Headers, body: bytes) -> RtspRequest | RtspResponse:
    if status := _STATUS_LINE.fullmatch(first_line):
        return RtspResponse(int(status[1]), status[2] or "", fields, body)
    request = _REQUEST_LINE.fullmatch(first_line)
    if request is None:
        raise RtspSyntaxError(f"not an RTSP message: {_excerpt(first_line)}")
    return RtspRequest(request[1], request[2], fields, body)


def _encode(first_line: str, fields: Headers, body: bytes) -> bytes:
    lines = [first_line, *(f"{name}: {value}" for name, value in fields)]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _excerpt(text: str) -> str:
    return repr(text[:40])
