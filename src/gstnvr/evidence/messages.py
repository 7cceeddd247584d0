"""What the process that makes an export tells, one line of JSON each."""

from msgspec import Struct


class Progress(Struct, frozen=True, tag="progress"):
    """How far it is."""

    step: str
    """``fetching``, ``looking``, ``copying``, ``hashing`` or ``pictures``."""
    done: int
    """Bytes; files while they are fetched from another place."""
    total: int


class Failed(Struct, frozen=True, tag="failed"):
    """Nothing was made."""

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


Line = Progress | Failed | Ended
