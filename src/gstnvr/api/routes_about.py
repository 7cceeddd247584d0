"""Which gstnvr this is."""

from fastapi import APIRouter

from gstnvr import __version__
from gstnvr.api import schemas
from gstnvr.api.parameters import Services
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["state"])


@router.get("/about", summary="Version, clock and time zone of this gstnvr")
async def about(services: Services) -> schemas.About:
    return schemas.About(version=__version__, time=format_utc(services.clock.utc_ns()), zone=services.zone)
