"""Bytes of a file by position, without moving the file's own position."""

import os

from gstnvr.container.facts import MalformedError

START_BYTES = 4
"""So much of a sample shows whether it can be one."""
_LENGTH_PREFIXED = frozenset({"h264", "h265"})
_JPEG_START = b"\xff\xd8"


class FileReader:
    """Reads a file of which only the first ``size`` bytes are looked at, also while it grows."""

    def __init__(self, fd: int, size: int | None = None) -> None:
        self._fd = fd
        self.size = os.fstat(fd).st_size if size is None else size

    def up_to(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``, fewer at the end of the file.

        Raises:
            OSError: the file cannot be read.
        """
        count = min(count, self.size - offset)
        parts = []
        while count > 0:
            part = os.pread(self._fd, count, offset)
            if not part:
                break
            parts.append(part)
            offset += len(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def exactly(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``.

        Raises:
            MalformedError: the file ends before.
            OSError: the file cannot be read.
        """
        data = self.up_to(offset, count)
        if len(data) != count:
            raise MalformedError(f"file ends within {count} bytes at {offset}")
        return data


def begins_well(codec: str, start: bytes, sample_size: int) -> bool:
    """Whether a sample can be one: blocks that never reached the disk read as zeros after a power cut.

    Args:
        start: its first ``START_BYTES``, or all of it.
    """
    if codec in _LENGTH_PREFIXED:
        return 0 < int.from_bytes(start[:START_BYTES], "big") <= sample_size - START_BYTES
    return codec != "mjpeg" or start.startswith(_JPEG_START)
