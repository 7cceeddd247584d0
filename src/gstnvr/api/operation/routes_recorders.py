"""The processes that record, and how to have them replaced."""

from http import HTTPStatus

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.parameters import Services
from gstnvr.api.common.ports import RecorderProcessView
from gstnvr.model.access import Role

router = APIRouter(tags=["state"])


@router.get("/recorders", summary="The processes that record, and what each has")
@needs(Role.ADMINISTRATOR)
async def list_recorders(services: Services) -> schemas.Recorders:
    return schemas.Recorders(recorders=[_view(recorder) for recorder in services.recorders()])


@router.post(
    "/recorders/restart",
    summary="Replace every recorder process, one after the other, without a camera going unrecorded",
    status_code=HTTPStatus.ACCEPTED,
)
@needs(Role.ADMINISTRATOR)
async def restart_recorders(services: Services) -> schemas.RestartAccepted:
    return schemas.RestartAccepted(recorders=services.restart_recorders())


def _view(recorder: RecorderProcessView) -> schemas.Recorder:
    return schemas.Recorder(
        name=recorder.name,
        process=recorder.pid,
        version=recorder.version,
        streams=recorder.streams,
        memory_bytes=recorder.memory_bytes,
        being_replaced=recorder.being_replaced,
    )
