"""Answers of the API about room, as a client sees them."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class StorageVolume:
    """A volume; what is None is not known, as it cannot be used now."""

    volume: str
    path: str
    usable: bool
    tier: str | None
    waiting_bytes: int
    recordings_bytes: int
    total_bytes: int | None
    free_bytes: int | None
    floor_bytes: int | None
    resume_bytes: int | None
    max_size_bytes: int | None
    making_room: bool
    full_at: datetime | None


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that is not going to be kept for lack of room."""

    at: datetime
    days_kept: float
    why: str


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """What is kept of a camera, of all its streams together."""

    camera: str
    configured: bool
    bytes: int
    oldest: datetime | None
    bytes_per_hour: float
    days: float
    min_days: float
    max_size_bytes: int | None
    days_breach: Breach | None
    min_days_breach: Breach | None


class Storage(Struct, frozen=True):
    """How room is used and what becomes of it."""

    time: datetime
    forecast_time: datetime
    forecast_until: datetime
    volumes: tuple[StorageVolume, ...]
    cameras: tuple[StoredCamera, ...]


@dataclass(frozen=True, slots=True)
class PlannedDeletion:
    """What goes of a camera from a volume on one day (UTC), for one reason."""

    at: datetime
    camera: str
    volume: str
    path: str
    why: str
    breaks: str | None
    """``days``, ``min_days`` or None."""
    start: datetime
    end: datetime
    bytes: int


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """What moves of a camera from a volume to one of a lower tier on one day (UTC), for one reason."""

    at: datetime
    camera: str
    volume: str
    path: str
    to_volume: str
    to_path: str
    why: str
    start: datetime
    end: datetime
    bytes: int


class StoragePlan(Struct, frozen=True):
    """What will be deleted and moved, in order."""

    time: datetime
    until: datetime
    deletions: tuple[PlannedDeletion, ...]
    moves: tuple[PlannedMove, ...]
