"""The volumes of the settings: what is written there now, and why nothing is."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api import schemas
from gstnvr.api.parameters import Services
from gstnvr.api.ports import VolumeView
from gstnvr.api.rights import needs
from gstnvr.api.views import cause_view
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc
from gstnvr.model.status import VolumeState

router = APIRouter(tags=["storage"])


class WrittenStream(BaseModel):
    """A stream of which a segment grows on a volume."""

    model_config = ConfigDict(frozen=True)

    camera: str
    stream: str


class Volume(BaseModel):
    """A volume of the settings as it is now."""

    model_config = ConfigDict(frozen=True)

    path: str
    volume: str | None = Field(description="UUID; null: it is not known which volume belongs there.")
    state: VolumeState
    cause: schemas.Cause | None = Field(description="Why nothing is written there, or what is wrong all the same.")
    free_bytes: int | None = Field(description="Null: not known.")
    total_bytes: int | None
    streams: list[WrittenStream] = Field(description="Streams of which a segment grows there now.")


class Volumes(BaseModel):
    """All of them, in the order of the settings."""

    model_config = ConfigDict(frozen=True)

    time: schemas.Moment
    volumes: list[Volume]


@router.get("/volumes", summary="Where recordings go: state, room, and the streams that are written there now")
@needs(Role.VIEWER)
async def list_volumes(services: Services) -> Volumes:
    return Volumes(
        time=format_utc(services.clock.utc_ns()), volumes=[_view(volume) for volume in services.volumes()]
    )


def _view(volume: VolumeView) -> Volume:
    return Volume(
        path=volume.path,
        volume=volume.uuid,
        state=volume.state,
        cause=cause_view(volume.cause),
        free_bytes=volume.free_bytes,
        total_bytes=volume.total_bytes,
        streams=[WrittenStream(camera=stream.camera, stream=stream.kind.value) for stream in volume.streams],
    )
