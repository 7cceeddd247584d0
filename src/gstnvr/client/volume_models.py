"""What the API answers about volumes."""

from dataclasses import dataclass
from datetime import datetime

from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import StreamKind
from gstnvr.model.status import VolumeState


@dataclass(frozen=True, slots=True)
class WrittenStream:
    """A stream of which a segment grows on a volume."""

    camera: str
    stream: StreamKind


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of the settings as it is now."""

    path: str
    volume: str | None
    """UUID; None: it is not known which volume belongs there."""
    state: VolumeState
    cause: FaultReport | None
    """Why nothing is written there, or what is wrong all the same."""
    free_bytes: int | None
    """None: not known."""
    total_bytes: int | None
    streams: tuple[WrittenStream, ...]


@dataclass(frozen=True, slots=True)
class Volumes:
    """All of them, in the order of the settings."""

    time: datetime
    volumes: tuple[Volume, ...]
