"""What the API answers about the volumes of the settings."""

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common import schemas
from gstnvr.model.status import VolumeState


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class WrittenStream(_Answer):
    """A stream of which a segment grows on a volume."""

    camera: str
    stream: str


class Volume(_Answer):
    """A volume of the settings as it is now."""

    path: str
    volume: str | None = Field(description="UUID; null: it is not known which volume belongs there.")
    state: VolumeState
    cause: schemas.Cause | None = Field(description="Why nothing is written there, or what is wrong all the same.")
    free_bytes: int | None = Field(description="Null: not known.")
    total_bytes: int | None
    streams: list[WrittenStream] = Field(description="Streams of which a segment grows there now.")


class Volumes(_Answer):
    """All of them, in the order of the settings."""

    time: schemas.Moment
    volumes: list[Volume]
