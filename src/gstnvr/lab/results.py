"""What came of trials, as it is kept in JSON."""

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    OK = "ok"
    FAILING = "FAILING"
    SKIPPED = "skipped"


class TrialResult(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    group: str
    how: str
    verdict: Verdict
    expected: tuple[str, ...]
    """What it may be called; empty: nothing, it is no incident."""
    called: tuple[str, ...] = ()
    """Fault and reason of every incident, in order, each once."""
    noticed_s: float | None = None
    back_s: float | None = None
    """None: recording was not interrupted."""
    lost_frames: int | None = None
    """By the audit; None: frames that the network spoiled are not counted."""
    lost_s: float | None = None
    """By the audit."""
    ledger_s: float | None = None
    """By the ledger."""
    problems: tuple[str, ...] = ()
    """Why it fails, or why it was skipped."""
    disturbed: bool = False
    """The machine was too busy for the cameras themselves; a failure says nothing."""
    families: tuple[str, ...] = ()
    took_s: float = 0.0


class Versions(Struct, frozen=True):
    """What was measured, and on what."""

    gstnvr: str
    gstreamer: str
    python: str
    kernel: str


class Report(Struct, frozen=True):
    """A whole run."""

    date: str
    """UTC, to the minute."""
    versions: Versions
    results: tuple[TrialResult, ...]
    """In the order of the catalogue; entries that were repeated several times."""
