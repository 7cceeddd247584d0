"""What a session wants done. All times are monotonic seconds; effects are carried out in the order given."""

from dataclasses import dataclass

from gstnvr.model.choices import Route
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import Generation
from gstnvr.session.notices import Notice


@dataclass(frozen=True, slots=True)
class RequestSlot:
    """Queue for a place among the connecting streams; answered by ``SlotGranted`` whenever one is free.

    There is no way to leave the queue: a place granted too late is given back at once.
    """

    generation: Generation


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    """Give the place back; comes exactly once for every ``SlotGranted``."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the camera what it offers; answered by ``ProbeSucceeded`` or ``ProbeFailed``.

    Also while a session streams by another route: to learn whether the best one works again.
    """

    generation: Generation
    timeout_s: float
    route: Route


@dataclass(frozen=True, slots=True)
class CancelProbe:
    """The answer is no longer wanted; none is expected."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class StartSource:
    """Build and start the source with what the probe learned; ``StartFailed`` if that cannot be."""

    generation: Generation
    route: Route


@dataclass(frozen=True, slots=True)
class StopSource:
    """Stop the source within ``stop_timeout_s``; always answered by one ``SourceStopped``."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ReportHung:
    """A source did not stop and was abandoned; a process with more than one is to be replaced."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """A fault was detected; at most one incident of a stream's session is open at a time."""

    report: FaultReport
    started: float
    """When the trouble began: the last frame before a stall, else the moment of detection."""
    detected: float


@dataclass(frozen=True, slots=True)
class IncidentUpdated:
    """The open incident: a further attempt failed, a better cause is known, or it became CRITICAL."""

    report: FaultReport
    attempts: int
    """Connections tried since the fault was detected, quick ones too."""


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """The open incident is over."""

    at: float
    recovered: bool
    """True: frames arrive again. False: the stream was stopped before that."""
    attempts: int


@dataclass(frozen=True, slots=True)
class NoticeOpened:
    """Something is wrong that ends no session; at most one of each kind is open at a time."""

    notice: Notice
    report: FaultReport
    started: float
    detected: float


@dataclass(frozen=True, slots=True)
class NoticeClosed:
    """It is over, or the session that it was about is."""

    notice: Notice
    at: float


Telling = IncidentOpened | IncidentUpdated | IncidentClosed | NoticeOpened | NoticeClosed
"""For the record; nothing is to be done."""

Effect = RequestSlot | ReleaseSlot | Probe | CancelProbe | StartSource | StopSource | ReportHung | Telling
