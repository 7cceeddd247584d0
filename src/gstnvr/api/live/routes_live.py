"""What cameras see now: moving pictures over a WebSocket, and snapshots."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, NoReturn

from fastapi import APIRouter, Query, Response, WebSocket, WebSocketDisconnect

from gstnvr.api.access.rights import needs, still_allowed
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import CameraPath, Kind, Services
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.live import schemas as live_schemas
from gstnvr.api.live.ports import NoPictureError, Viewer
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.live import CloseCode, TooManyViewersError

router = APIRouter(tags=["live"])

_LOOK_S = 1.0
_WITH_SOUND = Query(description="Whether sound is wanted; a grid had better do without.")
_NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": schemas.ErrorAnswer, "description": "There is no such camera, or it has no such stream."}
}
_DESCRIPTION = """\
A WebSocket: text messages are JSON, one of those of the answer below; binary messages are pieces of fragmented
MP4, to be appended to one SourceBuffer in the order in which they come. docs/design/live.md has the rules, and the
codes of a close."""


@router.get(
    "/cameras/{camera}/streams/{kind}/live",
    summary="Moving pictures, over a WebSocket",
    description=_DESCRIPTION,
    response_model=live_schemas.LiveMessage,
    responses={426: {"model": schemas.ErrorAnswer, "description": "Asked for without becoming a WebSocket."}},
)
@needs(Role.VIEWER)
async def not_a_websocket(
    camera: CameraPath,  # noqa: ARG001 - all three are for the description
    kind: StreamKind,  # noqa: ARG001
    audio: Annotated[bool, _WITH_SOUND] = True,  # noqa: ARG001
) -> NoReturn:
    message = "this address speaks WebSocket only; see docs/design/live.md"
    raise RefusedError(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", message, {"upgrade": "websocket"})


@router.websocket("/cameras/{camera}/streams/{kind}/live")
@needs(Role.VIEWER)
async def watch(
    websocket: WebSocket,
    services: Services,
    camera: CameraPath,
    kind: StreamKind,
    audio: Annotated[bool, _WITH_SOUND] = True,
) -> None:
    stream = configured_stream(services, camera, kind)
    await websocket.accept()
    try:
        async with services.live.watch(stream, audio=audio) as viewer:
            await _serve(websocket, viewer, _until_over(websocket, lambda: _is_configured(services, stream)))
    except TooManyViewersError as error:
        await websocket.close(CloseCode.TOO_MANY, str(error))


async def _serve(websocket: WebSocket, viewer: Viewer, over: Coroutine[None, None, CloseCode]) -> None:
    """Until the viewer goes, or may not watch any more."""
    tasks = {
        asyncio.create_task(_until_gone(websocket)),
        asyncio.create_task(_send(websocket, viewer)),
        asyncio.create_task(over),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    code = next((found for task in done if (found := task.result()) is not None), None)
    if code is not None:
        with contextlib.suppress(WebSocketDisconnect):
            await websocket.close(code)


async def _until_gone(websocket: WebSocket) -> None:
    """What a viewer sends is of no interest but for the end."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(websocket: WebSocket, viewer: Viewer) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            shown = await viewer.next()
            if isinstance(shown, bytes):
                await websocket.send_bytes(shown)
            else:
                await websocket.send_text(live_schemas.message_of(shown).model_dump_json())


async def _until_over(websocket: WebSocket, is_configured: Callable[[], bool]) -> CloseCode:
    """Who changes users or the configuration does not know of viewers: they look for themselves."""
    while is_configured():
        await asyncio.sleep(_LOOK_S)
        if not await still_allowed(websocket):
            return CloseCode.NOT_ALLOWED
    return CloseCode.NOT_CONFIGURED


@router.get(
    "/cameras/{camera}/snapshot",
    summary="The newest key frame as JPEG",
    response_class=Response,
    responses={
        200: {
            "content": {"image/jpeg": {}},
            "headers": {
                "Gstnvr-Picture-Time": {"description": "When it was taken.", "schema": {"type": "string"}}
            },
        },
        **_NOT_FOUND,
        503: {"model": schemas.ErrorAnswer, "description": "There is no picture now; the message says why."},
    },
)
@needs(Role.VIEWER)
async def snapshot(
    services: Services,
    camera: CameraPath,
    stream: Kind = StreamKind.MAIN,
    width: Annotated[
        int | None, Query(ge=16, le=4096, description="In points; without it the picture has its own size.")
    ] = None,
) -> Response:
    try:
        taken = await services.live.snapshot(configured_stream(services, camera, stream), width)
    except NoPictureError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_picture", str(error)) from None
    headers = {"Cache-Control": "no-store", "Gstnvr-Picture-Time": format_utc(taken.taken)}
    return Response(taken.jpeg, media_type="image/jpeg", headers=headers)


def configured_stream(services: ApiServices, camera: str, kind: StreamKind) -> StreamId:
    """A stream of the settings.

    Raises:
        RefusedError: there is no such stream.
    """
    stream = StreamId(CameraId(camera), kind)
    if not _is_configured(services, stream):
        message = f"there is no camera {camera!r} with a stream {kind.value!r} now"
        raise RefusedError(HTTPStatus.NOT_FOUND, "stream_not_found", message)
    return stream


def _is_configured(services: ApiServices, stream: StreamId) -> bool:
    return any(live.status.stream == stream for live in services.streams())
