"""The volumes of the settings: what is written there now, and why nothing is."""

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common.parameters import Services
from gstnvr.api.common.views import volume_view
from gstnvr.api.storage.volume_schemas import Volumes
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["storage"])


@router.get("/volumes", summary="Where recordings go: state, room, and the streams that are written there now")
@needs(Role.VIEWER)
async def list_volumes(services: Services) -> Volumes:
    return Volumes(
        time=format_utc(services.clock.utc_ns()), volumes=[volume_view(volume) for volume in services.volumes()]
    )
