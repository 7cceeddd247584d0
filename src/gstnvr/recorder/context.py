"""What the parts of one stream have in common."""

from dataclasses import dataclass

from gstnvr.media.pipelines import MediaFactory
from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import StreamId
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.storage.volumes import Volumes
from gstnvr.session.faults import report

OWN_MISTAKE = "a mistake of gstnvr itself, of which its log has the details"


@dataclass(frozen=True, slots=True)
class StreamContext:
    """What everything that belongs to one stream needs."""

    stream: StreamId
    media: MediaFactory
    volumes: Volumes
    clock: Clock
    tell: Tell


def own_mistake(code: str) -> FaultReport:
    """The report on an exception that nobody expected."""
    return report(Fault.UNKNOWN, Reason.UNKNOWN, code=code, detail=OWN_MISTAKE)
