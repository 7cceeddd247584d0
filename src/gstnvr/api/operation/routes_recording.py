"""Have a camera recorded, or not, whatever its mode says."""

from http import HTTPStatus

from fastapi import APIRouter

from gstnvr.api.access.rights import User, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import CameraPath, Services
from gstnvr.api.common.ports import OrderNotKeptError, UnknownCameraError
from gstnvr.api.common.times import parse_moment
from gstnvr.api.common.views import intent_view
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId

router = APIRouter(tags=["state"])

_RECORD = {
    schemas.OrderAction.START: True,
    schemas.OrderAction.STOP: False,
    schemas.OrderAction.AUTOMATIC: None,
}


@router.post(
    "/cameras/{camera}/recording",
    summary="Start or stop the recording of a camera, or leave it to its mode again",
    responses={
        404: {"model": schemas.ErrorAnswer, "description": "There is no such camera, or it is off."},
        503: {
            "model": schemas.ErrorAnswer,
            "description": "It is done, but could not be written down: a restart will not know of it.",
        },
    },
)
@needs(Role.OPERATOR)
async def order_recording(
    *, services: Services, user: User, camera: CameraPath, order: schemas.RecordingOrder
) -> schemas.Intent:
    until = _end(order, services.clock.utc_ns())
    try:
        intent = await services.order_recording(
            CameraId(camera), record=_RECORD[order.action], until=until, by=user
        )
    except UnknownCameraError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, "camera_not_found", str(error)) from None
    except OrderNotKeptError as error:
        message = f"it is done, but a restart will not know of it: {error}"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "order_not_kept", message) from None
    return intent_view(intent)


def _end(order: schemas.RecordingOrder, now: UtcNs) -> UtcNs | None:
    if order.action is schemas.OrderAction.AUTOMATIC and (order.for_s or order.until):
        raise _bad("action: automatic has no end; leave for_s and until out")
    if order.for_s is not None and order.until is not None:
        raise _bad("for_s: give either for_s or until")
    if order.for_s is not None:
        return UtcNs(now + round(order.for_s * NS_PER_S))
    if order.until is None:
        return None
    until = parse_moment("until", order.until)
    if until <= now:
        raise _bad("until: is over already")
    return until


def _bad(message: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", message)
