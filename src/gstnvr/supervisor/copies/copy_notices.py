"""Incidents of places that take copies: when one cannot be used, and when copying falls behind."""

from collections.abc import Collection, Iterable
from uuid import uuid4

from gstnvr.copies.messages import PlaceReport, Problem
from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.events import incident_entry
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.standing import StandingIncidents

_FAULTS = {
    Reason.UNAUTHORIZED: Fault.AUTHENTICATION,
    Reason.NO_SPACE: Fault.DISK_FULL,
}
_PREFIX = "copies "
_BEHIND = " behind"


class CopyNotices:
    """Of all places; one incident of a kind at a time for each."""

    def __init__(self, ledger: EventLedger, clock: Clock) -> None:
        """Nothing is wrong yet."""
        self._ledger = ledger
        self._clock = clock
        self._incidents = StandingIncidents(ledger, clock)
        self._reasons: dict[str, Reason] = {}
        """Of those that are open, by their codes."""
        self._lost: dict[str, int] = {}

    def adopt(self, lasting: Iterable[Incident], places: Collection[str]) -> None:
        """Go on with what an earlier supervisor left open.

        Args:
            places: of the configuration; what is told of others is over.
        """
        mine = [incident for incident in lasting if incident.code.startswith(_PREFIX)]
        self._incidents.adopt(mine, (_PREFIX,))
        for incident in mine:
            self._reasons.setdefault(incident.code, incident.reason)
            if incident.code.removeprefix(_PREFIX).removesuffix(_BEHIND) not in places:
                self._set(incident.code, None)

    def heard(self, report: PlaceReport) -> None:
        """The process told how a place is doing."""
        self._set(
            f"{_PREFIX}{report.place}", None if report.problem is None else _fault(report.place, report.problem)
        )
        before = self._lost.get(report.place, 0)
        self._lost[report.place] = report.lost
        # A process that was started anew counts anew.
        more = report.lost - before if report.lost >= before else report.lost
        if more > 0:
            self._lose(report.place, more)

    def behind(self, place: str, behind: bool, waiting_gb: float) -> None:
        """Whether copying falls behind."""
        message = (
            f"copying to {place} falls behind: {waiting_gb:.1f} GB wait, more than a day ago;"
            " give it more time or rate, or copy less"
        )
        report = FaultReport(Fault.UNKNOWN, Reason.COPIES_BEHIND, Severity.HIGH, message)
        self._set(f"{_PREFIX}{place}{_BEHIND}", report if behind else None)

    def forget(self, place: str) -> None:
        """It is not in the configuration any more."""
        self._set(f"{_PREFIX}{place}", None)
        self._set(f"{_PREFIX}{place}{_BEHIND}", None)

    def _set(self, code: str, report: FaultReport | None) -> None:
        """What is told once goes on, with its first words, until it is over or something else is wrong."""
        there = self._reasons.get(code)
        if there is not None and (report is None or report.reason is not there):
            del self._reasons[code]
            self._incidents.end([code])
            there = None
        if there is None and report is not None:
            self._reasons[code] = report.reason
            self._incidents.say(code, report)

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
            f"{_PREFIX}{place}",
            now,
            now,
            now,
        )
        self._ledger.put(incident_entry(incident))


def _fault(place: str, problem: Problem) -> FaultReport:
    fault = _FAULTS.get(problem.reason, Fault.STORAGE_DISCONNECTED)
    return FaultReport(
        fault, problem.reason, Severity.HIGH, f"nothing can be copied to {place}: {problem.message}"
    )
