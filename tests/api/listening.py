"""Listeners to the WebSocket of events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from gstnvr.api.common.ports import LiveStream
from gstnvr.api.events.ports import News
from gstnvr.api.events.schemas import ServerMessage
from tests.api.rig import CONNECTED, TOKEN, WAITING, RunningServer, World

YARD_LIVE, GATE_LIVE = LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}
_MESSAGES: TypeAdapter[Any] = TypeAdapter(ServerMessage)


class Ear:
    """A listener."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def ask(self, **wishes: Any) -> None:
        self.connection.send(json.dumps({"type": "subscribe", **wishes}))

    def hear(self) -> dict[str, Any]:
        """The next message, which must be one of those that are described."""
        text = self.connection.recv(timeout=30)
        _MESSAGES.validate_json(text)
        found = json.loads(text)
        assert isinstance(found, dict)
        return found

    def closed(self) -> tuple[int, str]:
        """Code and reason with which the server closes, after it has said why."""
        while True:
            try:
                last = self.hear()
            except ConnectionClosed as closed:
                assert closed.rcvd is not None
                assert last["type"] == "error"
                assert last["error"]["code"] == closed.rcvd.reason
                return closed.rcvd.code, last["error"]["message"]


@contextmanager
def listening(server: RunningServer, headers: dict[str, str] | None = None, **wishes: Any) -> Iterator[Ear]:
    """A listener who has been welcomed, unless it wishes nothing; may hear everything unless headers say less."""
    url = f"ws://127.0.0.1:{server.server.port}/api/v1/events"
    with connect(url, proxy=None, additional_headers=headers or SIGNED_IN) as connection:
        ear = Ear(connection)
        if wishes:
            ear.ask(**wishes)
        yield ear


@contextmanager
def welcomed(
    server: RunningServer, headers: dict[str, str] | None = None, **wishes: Any
) -> Iterator[tuple[Ear, dict[str, Any]]]:
    with listening(server, headers, **wishes) as ear:
        welcome = ear.hear()
        assert welcome["type"] == "welcome"
        yield ear, welcome


def publish(server: RunningServer, world: World, *news: News) -> None:
    async def all_of_it() -> None:
        for one in news:
            world.events.publish(one)

    server.run(all_of_it())
