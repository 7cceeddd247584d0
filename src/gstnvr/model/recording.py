"""When a camera is to be recorded, and who says so."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId


class RecordMode(StrEnum):
    """What decides whether a camera is recorded while nobody gives an order."""

    CONTINUOUS = "continuous"
    SCHEDULE = "schedule"
    """Within the hours of a weekly schedule."""
    MANUAL = "manual"
    """Only while somebody has it recorded."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ManualOrder:
    """Somebody had the recording of a camera started or stopped, whatever its mode says."""

    camera: CameraId
    record: bool
    since: UtcNs
    until: UtcNs | None
    """None: until it is taken back."""
    by: str
    """Who gave it, in their own words."""
    mode: RecordMode
    """Of the camera when it was given; another mode ends it."""


@dataclass(frozen=True, slots=True)
class RecordingIntent:
    """Whether a camera is to be recorded at a moment, and why."""

    mode: RecordMode
    record: bool
    cause: GapCause = GapCause.SWITCHED_OFF
    """What is missing is put down to this while it is not to be recorded."""
    since: UtcNs | None = None
    """Since when it has been so; None: for ever, or for longer than is looked back."""
    until: UtcNs | None = None
    """When it ends by itself, as far as can be foreseen."""
    order: ManualOrder | None = None
    """The order in force."""


ALWAYS = RecordingIntent(RecordMode.CONTINUOUS, record=True)
