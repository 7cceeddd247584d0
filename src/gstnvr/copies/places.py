"""What every place that takes copies can do, and how it may fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gstnvr.model.faults import Reason

PART_BYTES = 8 * 1024 * 1024
"""No kind of place takes smaller ones than 5 MiB, or more than 10,000 of them."""


class CopyError(Exception):
    """A copy cannot be made or brought back; the message is one line without secrets."""


class PlaceError(CopyError):
    """Something is wrong with the place as a whole: nothing can be copied to it now."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UploadGoneError(CopyError):
    """The place knows nothing of an upload that had been begun: it must be begun anew."""


class NotThereError(CopyError):
    """The place does not hold the copy."""


class DifferentError(CopyError):
    """What the place holds is not what was sent."""


def first_line(error: BaseException) -> str:
    """What an error of a library says, as one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what is being uploaded."""

    number: int
    """From 1."""
    start: int
    data: bytes
    sha256: bytes
    md5: bytes
    """Not for safety: the services compare it."""

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True, slots=True)
class PartSums:
    """What is remembered of a part that was sent."""

    number: int
    size: int
    sha256: bytes
    md5: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that was sent."""

    size: int
    sha256: bytes
    md5: bytes
    parts: Sequence[PartSums]


class Place(Protocol):
    """A bucket, container or folder. All methods block, and raise ``CopyError`` of some kind.

    ``path`` is relative to the place's prefix. ``token`` is what ``begin`` gave: with it any process can go on.
    """

    def begin(self, path: str, size: int) -> str:
        """Begin an upload of so many bytes; nothing is there under this path before ``finish``."""
        ...

    def held(self, path: str, token: str, sent: int, size: int) -> int:
        """How many bytes from the beginning on the place holds of an upload.

        Args:
            sent: so many were sent for certain.

        Raises:
            UploadGoneError: it knows nothing of it.
        """
        ...

    def put(self, path: str, token: str, part: Part, size: int) -> None:
        """Send a part; all before it are held."""
        ...

    def finish(self, path: str, token: str, whole: Whole) -> bool:
        """Make the upload the copy; true if the place has shown that it holds just these bytes.

        Raises:
            DifferentError: it does not.
        """
        ...

    def abandon(self, path: str, token: str) -> None:
        """Let the place forget an upload."""
        ...

    def size(self, path: str) -> int:
        """Bytes of a copy.

        Raises:
            NotThereError: there is none.
        """
        ...

    def read(self, path: str, start: int, end: int) -> bytes:
        """Bytes of a copy from ``start`` up to ``end``.

        Raises:
            NotThereError: there is none.
        """
        ...

    def delete(self, path: str) -> None:
        """Delete a copy, if there is one."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
