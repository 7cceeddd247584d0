"""Classification of faults: tables over our own enums, total, and the text of an error last."""

from gstnvr.media.messages import PipelineError
from gstnvr.model.faults import Fault, FaultReport, Reason


def report(fault: Fault, reason: Reason, *, code: str = "", detail: str = "", subject: str = "") -> FaultReport:
    """A fault with the severity and the sentence that belong to it.

    ``subject`` names the file or address concerned and leads the message, ``detail`` follows it.
    """
    raise NotImplementedError


def classify(error: PipelineError, subject: str = "") -> FaultReport:
    """What an element's message means; any combination of domain, code and role has a meaning."""
    raise NotImplementedError


def classify_os_error(error: OSError) -> FaultReport:
    """What a failed file operation on a volume means."""
    raise NotImplementedError


def first_cause(first: FaultReport, later: FaultReport) -> FaultReport:
    """Which of two faults, told within ``CAUSE_WINDOW_S`` of each other, set off the other."""
    raise NotImplementedError
