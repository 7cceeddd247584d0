"""What the process that makes or checks an export tells, one line of JSON each."""

from typing import Final

from msgspec import Struct

CHECK: Final = "check"
"""Argument of the process that looks whether an export is as it was signed."""


class CheckOrder(Struct, frozen=True):
    """What that process gets on standard input."""

    folder: str


class Progress(Struct, frozen=True, tag="progress"):
    """How far it is."""

    step: str
    """``fetching``, ``looking``, ``copying``, ``hashing``, ``pictures`` or ``verifying``."""
    done: int
    """Bytes; files while they are fetched from another place."""
    total: int


class Failed(Struct, frozen=True, tag="failed"):
    """Nothing was made, or nothing could be found out."""

    message: str


class MadeFile(Struct, frozen=True):
    """A file of the finished export."""

    name: str
    size: int
    """Bytes."""


class Ended(Struct, frozen=True, tag="ended"):
    """All is on the disk."""

    files: tuple[MadeFile, ...]
    missing_s: float
    """What of the span no video shows, of all cameras together."""


class Verified(Struct, frozen=True, tag="verified"):
    """Every file was looked at."""

    problems: tuple[str, ...]
    """One sentence each, that begins with the name of the file; none: all is as it was signed."""
    fingerprint: str | None
    """Of the key that signed; None where the signature is not right."""


Line = Progress | Failed | Ended | Verified
