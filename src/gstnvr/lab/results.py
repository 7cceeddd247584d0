"""What came of trials, as it is kept in JSON."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

_TO = " to "


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
    """UTC, to the minute; of the first and of the last run if it was made in several."""
    versions: Versions
    results: tuple[TrialResult, ...]
    """In the order of the catalogue; entries that were repeated several times."""


def renewed(earlier: Report, later: Report, names: Sequence[str]) -> Report:
    """The earlier run with what was tried later in the place of what it had of the same faults.

    Args:
        names: of the whole catalogue, in its order; what is not in it any more is left out.

    Raises:
        ValueError: the two were not made with the same versions.
    """
    if earlier.versions != later.versions:
        raise ValueError(f"was made with {earlier.versions}, and now {later.versions} runs")
    tried = {result.name for result in later.results}
    results = [result for result in earlier.results if result.name not in tried] + list(later.results)
    order = {name: place for place, name in enumerate(names)}
    kept = sorted((result for result in results if result.name in order), key=lambda one: order[one.name])
    begun, _, _ = earlier.date.partition(_TO)
    return Report(f"{begun}{_TO}{later.date}", later.versions, tuple(kept))
