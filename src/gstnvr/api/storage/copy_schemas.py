"""Shapes of answers about copies at other places."""

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common.schemas import Moment
from gstnvr.model.copies import PlaceKind


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class CopyPlace(_Answer):
    name: str
    kind: PlaceKind
    problem: str | None = Field(description="Why nothing can be copied to it now; null: nothing is wrong.")
    waits_for_window: bool = Field(description="It is not the time of the day for copies.")
    under_way: str | None = Field(description="Path of the segment that is being copied.")
    rate_bytes_per_s: float = Field(description="What is sent, mean of the last minute.")
    waiting: int | None = Field(description="Segments that are to be copied; null: not counted yet.")
    waiting_bytes: int | None
    oldest_waiting: Moment | None = Field(description="Start of the oldest of these.")
    done: int | None = Field(description="Copies that it holds, verified.")
    lost: int | None = Field(description="Segments that were deleted before they were copied.")
    last_error: str | None = Field(description="What went wrong last, even if it has been made good since.")


class CopyPlaces(_Answer):
    places: list[CopyPlace]


class Restoring(_Answer):
    remote: int = Field(description="Segments of the span whose files are at other places only.")
    asked: int = Field(description="So many of them are being brought back.")
