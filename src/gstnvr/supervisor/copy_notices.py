"""Incidents of places that take copies: when one cannot be used, and when copying falls behind."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from gstnvr.copies.messages import PlaceReport, Problem
from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.records import Incident

_FAULTS = {
    Reason.UNAUTHORIZED: Fault.AUTHENTICATION,
    Reason.NO_SPACE: Fault.DISK_FULL,
}


@dataclass(frozen=True, slots=True)
class _Kind:
    fault: Fault
    reason: Reason
    severity: Severity


class CopyNotices:
    """Of all places; one incident of a kind at a time for each."""

    def __init__(self, clock: Clock, tell: Callable[[Incident], None]) -> None:
        """Nothing is wrong yet.

        Args:
            tell: takes incidents as they begin, change and end.
        """
        self._clock = clock
        self._tell = tell
        self._open: dict[tuple[str, str], Incident] = {}
        self._lost: dict[str, int] = {}

    def heard(self, report: PlaceReport) -> None:
        """The process told how a place is doing."""
        self._problem(report.place, report.problem)
        before = self._lost.get(report.place, 0)
        self._lost[report.place] = report.lost
        # A process that was started anew counts anew.
        more = report.lost - before if report.lost >= before else report.lost
        if more > 0:
            self._lose(report.place, more)

    def behind(self, place: str, behind: bool, waiting_gb: float) -> None:
        """Whether copying falls behind."""
        kind = _Kind(Fault.UNKNOWN, Reason.COPIES_BEHIND, Severity.HIGH)
        message = (
            f"copying to {place} falls behind: {waiting_gb:.1f} GB wait, more than a day ago;"
            " give it more time or rate, or copy less"
        )
        self._set(place, "behind", kind if behind else None, message)

    def forget(self, place: str) -> None:
        """It is not in the configuration any more."""
        for kind in ("place", "behind"):
            self._set(place, kind, None, "")

    def _problem(self, place: str, problem: Problem | None) -> None:
        if problem is None:
            self._set(place, "place", None, "")
        else:
            fault = _FAULTS.get(problem.reason, Fault.STORAGE_DISCONNECTED)
            kind = _Kind(fault, problem.reason, Severity.HIGH)
            self._set(place, "place", kind, f"nothing can be copied to {place}: {problem.message}")

    def _set(self, place: str, what: str, kind: _Kind | None, message: str) -> None:
        there = self._open.get((place, what))
        now = self._clock.utc_ns()
        if there is not None and (kind is None or (there.fault, there.reason) != (kind.fault, kind.reason)):
            del self._open[place, what]
            self._tell(replace(there, recovered=now))
            there = None
        if there is None and kind is not None:
            code = f"copies {place}"
            there = Incident(
                uuid4().hex, None, None, kind.fault, kind.reason, kind.severity, message, code, now, now
            )
            self._open[place, what] = there
            self._tell(there)

    def _lose(self, place: str, count: int) -> None:
        """At one moment, as it cannot be made good."""
        now = self._clock.utc_ns()
        message = f"{count} segments were deleted before they were copied to {place}; keep recordings for longer"
        incident = Incident(
            uuid4().hex,
            None,
            None,
            Fault.UNKNOWN,
            Reason.NOT_COPIED,
            Severity.HIGH,
            message,
            f"copies {place}",
            now,
            now,
            now,
        )
        self._tell(incident)
