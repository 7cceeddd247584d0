"""What the API needs in order to have recordings exported and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gstnvr.model.clock import UtcNs
from gstnvr.model.evidence import DeletionState, ExportKind, ExportState, VerificationState
from gstnvr.model.ids import StreamId


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is to be exported."""

    kind: ExportKind
    streams: tuple[StreamId, ...]
    start: UtcNs
    end: UtcNs
    zone: str
    reason: str
    user: str
    pictures: bool
    every_s: float
    fps: int


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of a finished export."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class VerificationView:
    """Whether a finished export is as it was signed, as far as that is known."""

    state: VerificationState
    ended: UtcNs | None = None
    done: int = 0
    """Bytes."""
    total: int = 0
    problems: tuple[str, ...] = ()
    """One sentence each, that begins with the name of the file."""
    fingerprint: str | None = None
    """Of the key that signed."""
    message: str = ""
    """Why it could not be found out."""


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export as it is now."""

    uid: str
    wish: ExportWish
    state: ExportState
    asked: UtcNs
    ended: UtcNs | None
    step: str
    done: int
    """Bytes."""
    total: int
    message: str
    missing_s: float
    folder: Path
    files: tuple[ExportedFile, ...]
    verification: VerificationView | None = None
    """None: nobody asked for it since the last start."""


@dataclass(frozen=True, slots=True)
class DeletionWish:
    """What is to be deleted."""

    stream: StreamId
    start: UtcNs
    end: UtcNs
    reason: str
    user: str


@dataclass(frozen=True, slots=True)
class KeptView:
    """Segments that were not deleted, and why."""

    why: str
    segments: int
    length_ns: int


@dataclass(frozen=True, slots=True)
class DeletionView:
    """A deletion as it is now."""

    uid: str
    wish: DeletionWish
    state: DeletionState
    asked: UtcNs
    ended: UtcNs | None
    segments: int
    deleted: int
    deleted_bytes: int
    kept: tuple[KeptView, ...]
    message: str


class TooManyJobsError(Exception):
    """So many wait already that no further one is taken."""


class Exports(Protocol):
    """Makes exports, one after the other."""

    async def begin(self, wish: ExportWish) -> ExportView:
        """Take an order; it is carried out whoever waits for it, also after a restart.

        Raises:
            TooManyJobsError: too many wait.
            OSError: the order cannot be written down.
            sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
        """
        ...

    def all(self) -> Sequence[ExportView]:
        """Those that wait, are under way, failed or are there; the newest first."""
        ...

    def one(self, uid: str) -> ExportView | None:
        """The export with this uid."""
        ...

    async def verify(self, uid: str) -> ExportView | None:
        """Begin to look whether it is as it was signed; None: there is no finished export with this uid."""
        ...

    async def remove(self, uid: str, user: str) -> None:
        """Stop it if it is under way, and delete what there is of it; nothing if there is no such export.

        Raises:
            OSError: the disk does not let go of it.
        """
        ...


class Deletions(Protocol):
    """Deletes recordings for users, one after the other."""

    async def begin(self, wish: DeletionWish) -> DeletionView:
        """Begin to delete.

        Raises:
            TooManyJobsError: too many wait.
            sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
        """
        ...

    def all(self) -> Sequence[DeletionView]:
        """Those since the last start, the newest first."""
        ...

    def one(self, uid: str) -> DeletionView | None:
        """The deletion with this uid."""
        ...
