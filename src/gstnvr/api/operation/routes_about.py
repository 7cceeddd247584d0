"""Of what gstnvr is made here."""

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.operation.about import about
from gstnvr.api.operation.schemas import About
from gstnvr.model.access import Role

router = APIRouter(tags=["settings"])


@router.get("/about", summary="Python, platform, and the packages that gstnvr uses with their licences")
@needs(Role.VIEWER)
def show_about() -> About:
    return about()
