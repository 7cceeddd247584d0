"""Settings of how long recordings are kept."""

from typing import Self

from pydantic import Field, model_validator

from gstnvr.config.basics import AmountOfStorage, Number, Section
from gstnvr.model.amounts import Amount


class RetentionSettings(Section):
    """How long recordings are kept, and how much room is left free. Protected recordings are never deleted."""

    days: Number = Field(30, ge=0.01, le=36_500, description="What is older is deleted.")
    min_days: Number = Field(
        0,
        ge=0,
        le=36_500,
        description="What is younger is deleted only when free space is at the floor and there is nothing else.",
    )
    floor: AmountOfStorage = Field(
        Amount.parse("5 GB or 5 %"),
        description="Free space of a volume below which the oldest goes, whatever its age; the smaller of both."
        " At least half as much again as min_free_mb, so that room is made before recording would stop.",
    )
    resume: AmountOfStorage = Field(
        Amount.parse("10 GB or 10 %"),
        description="Free space up to which room is made once it was below the floor; the smaller of both.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_days > self.days:
            raise ValueError(f"min_days ({self.min_days:g}) is above days ({self.days:g})")
        if not self.floor.is_below(self.resume):
            raise ValueError(f"floor ({self.floor}) is not below resume ({self.resume})")
        return self


class CameraRetentionSettings(Section):
    """How long recordings of a camera are kept; what is left out is as in `storage.retention`."""

    days: Number | None = Field(None, ge=0.01, le=36_500, description="What is older is deleted.")
    min_days: Number | None = Field(
        None,
        ge=0,
        le=36_500,
        description="What is younger is deleted only when free space is at the floor and there is nothing else.",
    )
    max_size: AmountOfStorage | None = Field(
        None,
        description="Where recordings of the camera take more, on all volumes that are there, the oldest go, but"
        " for those of min_days; in bytes, such as 500 GB.",
    )

    @model_validator(mode="after")
    def _size_in_bytes(self) -> Self:
        if self.max_size is not None and self.max_size.percent is not None:
            raise ValueError(f"max_size must be in bytes, such as 500 GB, not {str(self.max_size)!r}")
        return self


def minimum_problem(own: CameraRetentionSettings, general: RetentionSettings) -> str | None:
    """Why what a camera has for itself does not go together with what holds for all."""
    days = general.days if own.days is None else own.days
    least = general.min_days if own.min_days is None else own.min_days
    if least <= days:
        return None
    return f"keeps {least:g} days at least, but {days:g} days at most; give the camera both days and min_days"
