"""What settings alone say of which cameras are recorded now."""

from collections.abc import Mapping
from pathlib import Path

from gstnvr.config.settings import Settings
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import CameraId
from gstnvr.model.recording import RecordingIntent
from gstnvr.supervisor.recording.manual_orders import ManualOrders
from gstnvr.supervisor.recording.modes import RecordingModes


def intents_of(settings: Settings) -> Mapping[CameraId, RecordingIntent]:
    """Of every camera, while nobody has given an order."""
    modes = RecordingModes(SystemClock(), ManualOrders(Path("nowhere")))
    modes.configure(settings)
    return modes.intents
