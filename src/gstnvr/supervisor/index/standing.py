"""Incidents that somebody has to find again and again to keep them open."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from gstnvr.model.clock import Clock
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.events import incident_entry, over
from gstnvr.supervisor.index.ledger import EventLedger


class StandingIncidents:
    """Known by their code, by which the next supervisor finds them, too."""

    def __init__(self, ledger: EventLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._open: dict[str, Incident] = {}

    @property
    def codes(self) -> frozenset[str]:
        """Of those that are open."""
        return frozenset(self._open)

    def adopt(self, lasting: Iterable[Incident], prefixes: tuple[str, ...]) -> None:
        """Go on with what an earlier supervisor left open."""
        for incident in lasting:
            if incident.code.startswith(prefixes):
                self._open.setdefault(incident.code, incident)

    def say(self, code: str, report: FaultReport, camera: CameraId | None = None) -> None:
        """Something is wrong, still or from now on."""
        now = self._clock.utc_ns()
        reason, severity, message = report.reason, report.severity, report.message
        there = self._open.get(code)
        if there is None:
            there = Incident(uuid4().hex, camera, None, report.fault, reason, severity, message, code, now, now)
        elif (there.severity, there.message) == (severity, message):
            return
        self._open[code] = replace(there, reason=reason, severity=severity, message=message)
        self._ledger.put(incident_entry(self._open[code]))

    def end(self, codes: Iterable[str]) -> None:
        """These are over."""
        for code in codes:
            incident = self._open.pop(code, None)
            if incident is not None:
                self._ledger.put(incident_entry(over(incident, self._clock.utc_ns())))
