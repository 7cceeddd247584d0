"""States of what users ask for: exports, their verification, and deletions."""

from enum import StrEnum


class ExportKind(StrEnum):
    """What is made of recordings."""

    EXPORT = "export"
    """All of them, as they are."""
    TIMELAPSE = "timelapse"
    """One key frame from each interval."""


class ExportState(StrEnum):
    """Life of an export."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class VerificationState(StrEnum):
    """Whether an export is as it was signed."""

    RUNNING = "running"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    FAILED = "failed"
    """It could not be found out."""


class DeletionState(StrEnum):
    """Life of a deletion by a user."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
