"""Incidents of moving between tiers: a volume that takes nothing, and recordings that nothing takes."""

from collections.abc import Iterable
from dataclasses import replace

from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.standing import StandingIncidents

_PREFIX = "tiers"


class TierNotices:
    """What lasts is told; each has a code of its own, by which the next supervisor finds it again."""

    def __init__(self, ledger: EventLedger, clock: Clock, patience_s: float) -> None:
        """Nothing is wrong yet.

        Args:
            patience_s: what is over sooner is not told.
        """
        self._clock = clock
        self._patience_s = patience_s
        self._since: dict[str, float] = {}
        """When what is wrong was noted first, by the clock that nobody sets."""
        self._incidents = StandingIncidents(ledger, clock)

    def adopt(self, lasting: Iterable[Incident]) -> None:
        """Go on with what an earlier supervisor left open."""
        self._incidents.adopt(lasting, (f"{_PREFIX} ",))

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
        for code in [code for code in {*self._incidents.codes, *self._since} if not code.endswith(ends)]:
            self._note(code, None)

    def _note(self, code: str, report: FaultReport | None) -> None:
        now = self._clock.monotonic()
        if report is None:
            self._since.pop(code, None)
            self._incidents.end([code])
            return
        lasts_s = now - self._since.setdefault(code, now)
        if code not in self._incidents.codes and lasts_s >= self._patience_s:
            self._incidents.say(code, report)
