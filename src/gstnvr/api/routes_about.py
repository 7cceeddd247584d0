"""Of what gstnvr is made here."""

from fastapi import APIRouter

from gstnvr.api.about import about
from gstnvr.api.maintenance_schemas import About
from gstnvr.api.rights import needs
from gstnvr.model.access import Role

router = APIRouter(tags=["settings"])


@router.get("/about", summary="Python, platform, and the packages that gstnvr uses with their licences")
@needs(Role.VIEWER)
def show_about() -> About:
    return about()
