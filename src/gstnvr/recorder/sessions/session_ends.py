"""Sessions that have ended while some of what they brought may still wait to be written."""

from collections import deque
from dataclasses import dataclass

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.recorder.reporting.outages import Origin, OutageLog


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """Why nothing more came, at a place in the ring that may be written much later."""

    number: int
    """Of the next access unit, if one comes again."""
    cause: GapCause
    detail: str
    incident: str | None


class SessionEnds:
    """Of one stream, in order; falsy if there are none. Something is missing from where each of them is passed."""

    def __init__(self, outages: OutageLog) -> None:
        self._outages = outages
        self._ends: deque[SessionEnd] = deque()

    def __bool__(self) -> bool:
        return bool(self._ends)

    def add(self, end: SessionEnd) -> None:
        """A session has ended."""
        self._ends.append(end)

    def reached(self, number: int) -> bool:
        """Whether all that a session brought is in front of a place in the ring."""
        return bool(self._ends) and self._ends[0].number <= number

    def pass_one(self, at: UtcNs) -> None:
        """All that the oldest one brought is written, up to this moment."""
        end = self._ends.popleft()
        self._outages.open(Origin.CAMERA, at, end.cause, end.detail, end.incident)

    def pass_all(self, number: int, at: UtcNs) -> None:
        """Nothing in front of a place in the ring is left to be written."""
        while self.reached(number):
            self.pass_one(at)
