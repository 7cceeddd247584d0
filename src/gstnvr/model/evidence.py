"""States of what users ask for: exports and deletions."""

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


class DeletionState(StrEnum):
    """Life of a deletion by a user."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
