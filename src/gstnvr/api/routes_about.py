"""What runs here."""

from fastapi import APIRouter

from gstnvr.api.about import about
from gstnvr.api.maintenance_schemas import About

router = APIRouter(tags=["settings"])


@router.get("/about", summary="Version of gstnvr, and the packages it uses with their licences")
def show_about() -> About:
    return about()
