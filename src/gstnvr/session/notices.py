"""What is wrong with a stream that runs all the same; it ends no session, and more than one may hold at a time."""

from enum import StrEnum

from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.session import faults


class Notice(StrEnum):
    """Each is kept as an incident of its own beside that of the session."""

    SLOW_LINK = "slow_link"
    """Video comes, and more slowly than it is made."""
    AUDIO_STALLED = "audio_stalled"
    """Sound had come, and comes no more."""
    FRAMES_DROPPED = "frames_dropped"
    """An element could not keep up."""
    FALLEN_BACK = "fallen_back"
    """The stream does not come by the best route."""


_REPORTS: dict[Notice, tuple[Fault, Reason]] = {
    Notice.SLOW_LINK: (Fault.RTSP_NETWORK, Reason.SLOW_LINK),
    Notice.AUDIO_STALLED: (Fault.RTSP_NETWORK, Reason.AUDIO_STALLED),
    Notice.FRAMES_DROPPED: (Fault.DECODER, Reason.FRAMES_DROPPED),
    Notice.FALLEN_BACK: (Fault.RTSP_NETWORK, Reason.FALLEN_BACK),
}


def report_of(notice: Notice) -> FaultReport:
    """What it is entered with."""
    fault, reason = _REPORTS[notice]
    return faults.report(fault, reason, code=f"session {notice}")
