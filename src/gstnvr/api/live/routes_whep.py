"""Live pictures over WebRTC, asked for as WHEP has it (WebRTC-HTTP egress protocol)."""

import asyncio
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Body, Path, Request, Response

from gstnvr.api.access.rights import needs, still_allowed
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import CameraPath, Services
from gstnvr.api.live.ports import Live, NoPictureError, NotPlayableError, WebRtcMissingError
from gstnvr.api.live.routes_live import configured_stream
from gstnvr.model.access import Role
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.live import TooManyViewersError

router = APIRouter(tags=["live"])

LONGEST_OFFER = 100_000
_LOOK_S = 1.0
_SDP = "application/sdp"
_Offer = Annotated[str, Body(media_type=_SDP, max_length=LONGEST_OFFER, description="Session description.")]
_Session = Annotated[str, Path(pattern=r"^[\w-]{1,64}$", description="As the address of the session ends.")]


@router.post(
    "/cameras/{camera}/streams/{kind}/whep",
    summary="Watch over WebRTC: an offer gives an answer",
    status_code=HTTPStatus.CREATED,
    response_class=Response,
    responses={
        201: {
            "content": {_SDP: {"schema": {"type": "string"}}},
            "headers": {"Location": {"description": "Address of the session.", "schema": {"type": "string"}}},
        },
        404: {"model": schemas.ErrorAnswer, "description": "There is no such camera, or it has no such stream."},
        406: {"model": schemas.ErrorAnswer, "description": "The viewer cannot play what the camera sends."},
        503: {"model": schemas.ErrorAnswer, "description": "There is no picture now, or no WebRTC here."},
    },
)
@needs(Role.VIEWER)
async def open_session(
    request: Request, services: Services, camera: CameraPath, kind: StreamKind, offer: _Offer
) -> Response:
    stream = configured_stream(services, camera, kind)
    try:
        session = await services.live.open_session(stream, offer)
    except NotPlayableError as error:
        raise RefusedError(HTTPStatus.NOT_ACCEPTABLE, "not_playable", str(error)) from None
    except NoPictureError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_picture", str(error)) from None
    except TooManyViewersError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "too_many_viewers", str(error)) from None
    except WebRtcMissingError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "webrtc_missing", str(error)) from None
    _watch_rights(request, services.live, stream, session.name)
    address = f"/api/v1/cameras/{camera}/streams/{kind.value}/whep/{session.name}"
    return Response(session.answer, HTTPStatus.CREATED, {"Location": address}, _SDP)


@router.delete(
    "/cameras/{camera}/streams/{kind}/whep/{session}",
    summary="End a session of WebRTC",
    status_code=HTTPStatus.NO_CONTENT,
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is no such session, or it has ended."}},
)
@needs(Role.VIEWER)
async def close_session(services: Services, camera: CameraPath, kind: StreamKind, session: _Session) -> None:
    if not services.live.close_session(StreamId(CameraId(camera), kind), session):
        raise RefusedError(HTTPStatus.NOT_FOUND, "session_not_found", "there is no such session, or it has ended")


def _watch_rights(request: Request, live: Live, stream: StreamId, name: str) -> None:
    """A session outlives its request: it ends when the same request would be refused."""

    async def watch() -> None:
        while live.has_session(stream, name):
            await asyncio.sleep(_LOOK_S)
            if not await still_allowed(request):
                live.close_session(stream, name)

    watching = cast(set[asyncio.Task[None]], request.app.state.watching_rights)
    task = asyncio.create_task(watch(), name=f"rights of a viewer of {stream}")
    watching.add(task)
    task.add_done_callback(watching.discard)
