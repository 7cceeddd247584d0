"""Version and clock of this gstnvr."""

from fastapi import APIRouter

from gstnvr import __version__
from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.parameters import Services
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["state"])


@router.get("/server", summary="Version, clock and time zone of this gstnvr")
@needs(Role.VIEWER)
async def show_server(services: Services) -> schemas.Server:
    return schemas.Server(version=__version__, time=format_utc(services.clock.utc_ns()), zone=services.zone)
