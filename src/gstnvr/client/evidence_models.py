"""Answers of the API about protections, exports and deletions; unknown fields of a newer server are ignored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from gstnvr.model.evidence import DeletionState, ExportKind, ExportState, VerificationState
from gstnvr.model.ids import StreamKind


@dataclass(frozen=True, slots=True)
class Protection:
    """A span of a stream that nothing deletes while it is in force."""

    uid: str
    camera: str
    stream: StreamKind
    start: datetime
    end: datetime
    reason: str
    user: str
    created: datetime
    released: datetime | None
    released_by: str | None


@dataclass(frozen=True, slots=True)
class Protections:
    protections: tuple[Protection, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a finished export is as it was signed."""

    state: VerificationState
    ended: datetime | None
    done_bytes: int
    total_bytes: int
    problems: tuple[str, ...]
    fingerprint: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export, wanted, under way or made."""

    uid: str
    kind: ExportKind
    state: ExportState
    step: str
    done_bytes: int
    total_bytes: int
    cameras: tuple[str, ...]
    stream: StreamKind
    start: datetime
    end: datetime
    reason: str
    user: str
    asked: datetime
    ended: datetime | None
    message: str
    missing_s: float
    folder: str
    files: tuple[ExportFile, ...]
    verification: Verification | None


@dataclass(frozen=True, slots=True)
class Exports:
    exports: tuple[Export, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Segments that were not deleted."""

    why: str
    segments: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion, under way or ended."""

    uid: str
    state: DeletionState
    camera: str
    stream: StreamKind
    start: datetime
    end: datetime
    reason: str
    user: str
    asked: datetime
    ended: datetime | None
    segments: int
    deleted: int
    deleted_bytes: int
    kept: tuple[Kept, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Deletions:
    deletions: tuple[Deletion, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Something that somebody did."""

    number: int
    at: datetime
    user: str
    action: str
    subject: str
    detail: dict[str, Any]


class AuditLog(Struct, frozen=True):
    lines: tuple[AuditLine, ...]
    next: str | None
