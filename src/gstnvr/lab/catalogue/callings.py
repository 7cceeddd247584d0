"""What faults may be called, under short names."""

from gstnvr.lab.entries import Calling
from gstnvr.model.faults import Fault, Reason


def network(*reasons: Reason) -> frozenset[Calling]:
    """Any of these reasons, as faults of the network."""
    return frozenset((Fault.RTSP_NETWORK, reason) for reason in reasons)


def storage(*reasons: Reason) -> frozenset[Calling]:
    """Any of these reasons, as faults of a volume."""
    return frozenset((Fault.STORAGE_DISCONNECTED, reason) for reason in reasons)


CLOSED = network(Reason.CLOSED_BY_CAMERA, Reason.CONNECTION_LOST)
STALLED = network(Reason.VIDEO_STALLED)
UNAUTHORIZED = frozenset({(Fault.AUTHENTICATION, Reason.UNAUTHORIZED)})
NO_SPACE = frozenset({(Fault.DISK_FULL, Reason.NO_SPACE)})
PROTECTED = frozenset({(Fault.DISK_FULL, Reason.PROTECTED_ONLY)})
DIED = frozenset({(Fault.UNKNOWN, Reason.UNKNOWN)})
HUNG = frozenset({(Fault.UNKNOWN, Reason.PIPELINE_HUNG)})
