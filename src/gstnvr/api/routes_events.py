"""The WebSocket that tells what happens, and its description."""

from http import HTTPStatus
from typing import NoReturn

from fastapi import APIRouter

from gstnvr.api import event_schemas, schemas
from gstnvr.api.errors import RefusedError

router = APIRouter(tags=["events"])
messages = APIRouter(tags=["events"])

_DESCRIPTION = """\
A WebSocket: each text frame is one JSON object. The listener begins with `Subscribe`, and the server answers with
`Welcome` and then with messages, all of which are listed as `events` beneath *webhooks*.
docs/ref/events.md has the rules, and the codes with which it is closed."""


@router.get(
    "/events",
    summary="What happens, over a WebSocket",
    description=_DESCRIPTION,
    status_code=HTTPStatus.UPGRADE_REQUIRED,
    response_model=None,
    responses={426: {"model": schemas.ErrorAnswer, "description": "Asked for without becoming a WebSocket."}},
)
async def not_a_websocket() -> NoReturn:
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
