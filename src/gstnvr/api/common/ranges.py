"""HTTP byte ranges (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

_SINGLE = re.compile(r"\s*bytes\s*=\s*(\d{0,30})\s*-\s*(\d{0,30})\s*", re.IGNORECASE | re.ASCII)


class UnsatisfiableError(Exception):
    """The range lies outside of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` up to, and not with, ``stop``."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """Value of the Content-Range header for a file of ``size`` bytes."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range that a Range header asks for; None: the whole file is to be sent.

    Several ranges at once and headers that are no byte range are ignored, as the standard allows.

    Raises:
        UnsatisfiableError: no byte of the range exists.
    """
    match = _SINGLE.fullmatch(header) if header is not None else None
    if match is None:
        return None
    first, last = match.groups()
    if first:
        return _from_first(int(first), int(last) if last else None, size)
    if last:
        return _suffix(int(last), size)
    return None


def _from_first(first: int, last: int | None, size: int) -> ByteRange | None:
    if last is not None and last < first:
        return None
    if first >= size:
        raise UnsatisfiableError
    return ByteRange(first, size if last is None else min(last + 1, size))


def _suffix(length: int, size: int) -> ByteRange:
    if length == 0 or size == 0:
        raise UnsatisfiableError
    return ByteRange(max(0, size - length), size)
