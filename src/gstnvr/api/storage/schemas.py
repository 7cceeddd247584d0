"""What the API answers about room: how it is used, what is kept for how long, and what goes next."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common.schemas import Moment
from gstnvr.model.choices import Tier
from gstnvr.storage.retention import Why
from gstnvr.storage.tiers import MoveCause


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Breaks(StrEnum):
    """Which of a camera's settings is not kept."""

    DAYS = "days"
    MIN_DAYS = "min_days"


class StorageVolume(_Answer):
    """A volume; what is null is not known, as it cannot be used now."""

    volume: str = Field(description="UUID.")
    path: str
    usable: bool
    tier: Tier | None = Field(description="null also if it is none of the settings any more.")
    waiting_bytes: int = Field(description="That are to move to a lower tier, for their age or for lack of room.")
    recordings_bytes: int = Field(description="Of finished segments.")
    total_bytes: int | None
    free_bytes: int | None
    floor_bytes: int | None = Field(description="With less free than this, the oldest goes …")
    resume_bytes: int | None = Field(description="… until so much is free.")
    max_size_bytes: int | None = Field(description="So much may recordings take; null: no limit.")
    making_room: bool
    full_at: Moment | None = Field(
        description="When recordings begin to go before their time, for lack of room; null: not foreseen."
    )


class Breach(_Answer):
    """A promise that is not going to be kept for lack of room."""

    at: Moment = Field(description="When it is broken for the first time; the time of the forecast if it is now.")
    days_kept: float = Field(description="So long recordings are kept then.")
    why: Why


class StoredCamera(_Answer):
    """What is kept of a camera, of all its streams together."""

    camera: str
    configured: bool = Field(description="false: it was taken out of the configuration.")
    bytes: int = Field(description="Of finished segments.")
    oldest: Moment | None
    bytes_per_hour: float = Field(description="That come; of the last 24 hours or 7 days, whichever is more.")
    days: float
    min_days: float
    max_size_bytes: int | None
    days_breach: Breach | None
    min_days_breach: Breach | None


class Storage(_Answer):
    time: Moment = Field(description="Of these figures.")
    forecast_time: Moment
    forecast_until: Moment
    volumes: list[StorageVolume]
    cameras: list[StoredCamera]


class PlannedDeletion(_Answer):
    """What goes of a camera from a volume on one day (UTC), for one reason."""

    at: Moment = Field(description="When it begins to go.")
    camera: str
    volume: str
    path: str = Field(description="Of the volume.")
    why: Why
    breaks: Breaks | None = Field(description="Which promise that breaks; null: none, its time is over.")
    start: Moment = Field(description="Of the recordings that go.")
    end: Moment
    bytes: int


class PlannedMove(_Answer):
    """What moves of a camera from a volume to one of a lower tier on one day (UTC), for one reason."""

    at: Moment = Field(description="When it begins to move.")
    camera: str
    volume: str
    path: str = Field(description="Of the volume that it lies on.")
    to_volume: str
    to_path: str
    why: MoveCause
    start: Moment = Field(description="Of the recordings that move.")
    end: Moment
    bytes: int


class StoragePlan(_Answer):
    time: Moment = Field(description="Of the forecast.")
    until: Moment
    deletions: list[PlannedDeletion]
    moves: list[PlannedMove]
