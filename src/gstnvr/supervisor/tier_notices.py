"""Incidents of moving between tiers: a volume that takes nothing, and recordings that nothing takes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.records import Incident
from gstnvr.supervisor.events import incident_entry, over
from gstnvr.supervisor.ledger import EventLedger

_PREFIX = "tiers"


@dataclass(frozen=True, slots=True)
class _Lasting:
    report: FaultReport
    since: float
    """By the clock that nobody sets."""


class TierNotices:
    """What lasts is told; each has a code of its own, by which the next supervisor finds it again."""

    def __init__(self, ledger: EventLedger, clock: Clock, patience_s: float) -> None:
        """Nothing is wrong yet.

        Args:
            patience_s: what is over sooner is not told.
        """
        self._ledger = ledger
        self._clock = clock
        self._patience_s = patience_s
        self._lasting: dict[str, _Lasting] = {}
        self._open: dict[str, Incident] = {}

    def adopt(self, lasting: Iterable[Incident]) -> None:
        """Go on with what an earlier supervisor left open."""
        for incident in lasting:
            if incident.code.startswith(f"{_PREFIX} "):
                self._open.setdefault(incident.code, incident)

    def takes_nothing(self, path: str, report: FaultReport | None) -> None:
        """Why nothing can be moved to a volume; None: it can."""
        if report is not None:
            message = f"nothing can be moved to volume {path}: {report.message}"
            report = replace(report, message=message, severity=Severity.HIGH)
        self._note(f"{_PREFIX} target {path}", report)

    def waits(self, path: str, missing: int | None) -> None:
        """So many bytes of a volume wait for room on lower tiers, and none comes; None: it is not so."""
        report = None
        if missing is not None:
            message = (
                f"{missing / 1e9:.1f} GB of volume {path} wait to be moved: no volume of a lower tier has room for"
                " them, and nothing may be deleted there; add a volume, or release protected recordings"
            )
            report = FaultReport(Fault.DISK_FULL, Reason.NO_SPACE, Severity.MEDIUM, message)
        self._note(f"{_PREFIX} waiting {path}", report)

    def forget(self, paths: Iterable[str]) -> None:
        """Only these are volumes of the settings: nothing is said of others."""
        ends = tuple(f" {path}" for path in paths)
        for code in [code for code in {*self._open, *self._lasting} if not code.endswith(ends)]:
            self._note(code, None)

    def _note(self, code: str, report: FaultReport | None) -> None:
        now = self._clock.monotonic()
        if report is None:
            self._lasting.pop(code, None)
            incident = self._open.pop(code, None)
            if incident is not None:
                self._ledger.put(incident_entry(over(incident, self._clock.utc_ns())))
            return
        lasting = self._lasting.setdefault(code, _Lasting(report, now))
        if code not in self._open and now - lasting.since >= self._patience_s:
            self._open[code] = self._incident(code, report)
            self._ledger.put(incident_entry(self._open[code]))

    def _incident(self, code: str, report: FaultReport) -> Incident:
        now = self._clock.utc_ns()
        return Incident(
            uuid4().hex, None, None, report.fault, report.reason, report.severity, report.message, code, now, now
        )
