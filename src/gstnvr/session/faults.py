"""Classification of faults: by sender and code first, by the text last; every message has a meaning."""

import re
from dataclasses import replace

from gstnvr.media.messages import (
    Buffering,
    EndOfStream,
    FramesDropped,
    MediaMessage,
    PipelineError,
    PlayAnswered,
    ResourceCode,
    Role,
    RtcpTimeout,
)
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.session import fault_tables as tables
from gstnvr.session.fault_tables import Verdict

CAUSE_WINDOW_S = 2.0
"""Messages no further apart than this come from one fault."""

_LONGEST_DETAIL = 200
_STORAGE_FAULTS = (Fault.STORAGE_DISCONNECTED, Fault.DISK_FULL)


def report(fault: Fault, reason: Reason, *, code: str = "", detail: str = "", subject: str = "") -> FaultReport:
    """A fault with the severity and the sentence that belong to it.

    ``subject``, a file or an address, leads the message; ``detail``, what was said word for word, ends it.
    """
    severity = tables.SEVERITY_OF_REASON.get(reason, tables.SEVERITY[fault])
    parts = (f"{subject}: " if subject else "", tables.SENTENCES[reason], f" Details: {detail}" if detail else "")
    return FaultReport(fault, reason, severity, "".join(parts), code)


def classify(error: PipelineError, subject: str = "") -> FaultReport:
    """What an element's message means; a warning is of severity LOW."""
    fault, reason = _verdict(error)
    status = f" {error.rtsp_status}" if error.rtsp_status else ""
    code = f"{error.role} {error.domain} {error.code or 'unknown'}{status}"
    detail = _one_line(error.text) if reason in tables.QUOTED_REASONS else ""
    found = report(fault, reason, code=code, detail=detail, subject=subject)
    return found if error.fatal else replace(found, severity=Severity.LOW)


def ends_session(message: MediaMessage) -> bool:
    """Whether a source that said this has no more to give."""
    return isinstance(message, EndOfStream) or (isinstance(message, PipelineError) and message.fatal)


def names_cause(message: MediaMessage) -> bool:
    """Whether this is no fault by itself, but the cause of one that follows within ``CAUSE_WINDOW_S``.

    Only the source speaks of the connection; a parser's warning next to a broken one is chance.
    """
    if isinstance(message, PipelineError):
        return message.role is Role.SOURCE and not message.fatal
    return isinstance(message, RtcpTimeout)


def hangs_up(message: MediaMessage) -> bool:
    """Whether the camera closed its connection; over UDP rtspsrc says no more than this and connects by itself."""
    return (
        isinstance(message, PipelineError)
        and message.role is Role.SOURCE
        and message.code is ResourceCode.READ
        and tables.HANG_UP_TEXT in f"{message.text}\n{message.debug}".lower()
    )


def of_message(message: MediaMessage) -> FaultReport:
    """The fault behind anything that a source says, taken as the end of its session."""
    match message:
        case PipelineError():
            return classify(replace(message, fatal=True))
        case EndOfStream():
            return report(Fault.RTSP_NETWORK, Reason.CLOSED_BY_CAMERA, code="source end of stream")
        case RtcpTimeout():
            return report(Fault.RTSP_NETWORK, Reason.CONNECTION_LOST, code="source rtcp timeout")
        case PlayAnswered():
            return report(Fault.UNKNOWN, Reason.UNKNOWN, code="source play answered")
        case Buffering(percent):
            return report(Fault.RTSP_NETWORK, Reason.SLOW_LINK, code=f"source buffering {percent}")
        case FramesDropped(role):
            return report(Fault.DECODER, Reason.FRAMES_DROPPED, code=f"{role} qos")


def first_cause(first: FaultReport, later: FaultReport) -> FaultReport:
    """Which of two faults, no further apart than ``CAUSE_WINDOW_S``, set off the other.

    The first did, but for two cases: storage that fails makes its pipeline complain before itself, and whatever
    has a name is better than the unknown.
    """
    return later if _rank(later) > _rank(first) else first


def _rank(found: FaultReport) -> int:
    if found.fault in _STORAGE_FAULTS:
        return 2
    return 0 if found.fault is Fault.UNKNOWN else 1


def _verdict(error: PipelineError) -> Verdict:
    if error.role is Role.SOURCE and error.rtsp_status is not None and error.rtsp_status >= 300:
        return tables.RTSP_STATUS.get(error.rtsp_status, tables.SERVER_ERROR)
    by_code = _by_code(error)
    if by_code is not None and by_code[1] not in tables.OPEN_REASONS:
        return by_code
    general = by_code or (tables.BRANCH_OF_ROLE[error.role], Reason.UNKNOWN)
    return _by_text(error, general)


def _by_code(error: PipelineError) -> Verdict | None:
    if error.code is None:
        return None
    exact = tables.BY_CODE.get((error.role, error.domain, error.code))
    return exact or tables.BY_ROLE.get((error.role, error.code))


def _by_text(error: PipelineError, general: Verdict) -> Verdict:
    text = f"{error.text}\n{error.debug}".lower()
    if error.role is not Role.SOURCE and any(needle in text for needle in tables.OUT_OF_MEMORY_TEXTS):
        return general[0], Reason.OUT_OF_MEMORY
    for row in tables.BY_TEXT:
        if error.role in row.roles and row.code in (None, error.code) and row.needle in text:
            return row.verdict
    return general


def _one_line(text: str) -> str:
    """The first line, short, without user and password of any URL in it."""
    line = text.strip().partition("\n")[0].strip()
    without_secrets = re.sub(r"//[^/@\s]*@", "//", line)
    return without_secrets[:_LONGEST_DETAIL]
