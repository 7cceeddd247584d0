"""The WebSocket that tells what happens, and its description."""

import asyncio
import contextlib
from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import Services
from gstnvr.api.events import schemas as event_schemas
from gstnvr.api.events.hub import TooManyListenersError
from gstnvr.api.events.listener import ClosedError, Listener, Telling
from gstnvr.model.access import Role

router = APIRouter(tags=["events"])
messages = APIRouter(tags=["events"])

_DESCRIPTION = """\
A WebSocket: each text frame is one JSON object. The listener begins with `Subscribe`, and the server answers with
`Welcome` and then with messages, all of which are listed as `events` beneath *webhooks*.
docs/ref/events.md has the rules, and the codes with which it is closed."""


@router.websocket("/events")
@needs(Role.VIEWER)
async def events(socket: WebSocket, services: Services) -> None:
    telling = cast(Telling, socket.app.state.telling)
    await socket.accept()
    try:
        with telling.hub.listening() as news:
            await Listener(socket, services, telling).run(news)
    except TooManyListenersError as error:
        await _close(socket, ClosedError(4429, "too_many_listeners", str(error)), telling)
    except ClosedError as error:
        await _close(socket, error, telling)
    except WebSocketDisconnect:
        return


async def _close(socket: WebSocket, why: ClosedError, telling: Telling) -> None:
    """Say why, to one that takes it within the time it is given."""
    error = schemas.ErrorDetail(code=why.code, message=why.message)
    with contextlib.suppress(WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(0 if why.hopeless else telling.patience.send_s):
            await socket.send_text(event_schemas.Refused(type="error", error=error).model_dump_json())
            await socket.close(why.close_code, why.code)


@router.get(
    "/events",
    summary="What happens, over a WebSocket",
    description=_DESCRIPTION,
    status_code=HTTPStatus.UPGRADE_REQUIRED,
    response_model=None,
    responses={426: {"model": schemas.ErrorAnswer, "description": "Asked for without becoming a WebSocket."}},
)
@needs(Role.VIEWER)
async def not_a_websocket() -> None:
    message = "this address speaks WebSocket only; see docs/ref/events.md"
    raise RefusedError(HTTPStatus.UPGRADE_REQUIRED, "upgrade_required", message, {"upgrade": "websocket"})


@messages.post(
    "events",
    summary="Messages of the WebSocket `/api/v1/events`: what a listener sends, and what it hears",
    response_description="One of these, again and again.",
    responses={422: {"model": schemas.ErrorAnswer, "description": "Told as the message `error`."}},
)
def describe_messages(wishes: event_schemas.Subscribe) -> event_schemas.ServerMessage:  # type: ignore[empty-body]
    """A WebSocket has no place of its own in OpenAPI."""
