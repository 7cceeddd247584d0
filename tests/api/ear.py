"""Listeners of events, over a real WebSocket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from gstnvr.api.event_ports import News
from gstnvr.api.event_schemas import ServerMessage
from gstnvr.api.ports import LiveStream
from gstnvr.model.access import ALL_CAMERAS, Caller, Role, Via
from tests.api.rig import (
    CONNECTED,
    REFUSED,
    TOKEN,
    WAITING,
    RunningServer,
    World,
)

TRUSTED = {"Authorization": f"Bearer {TOKEN}"}
YARD_LIVE, GATE_LIVE = LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)
PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
FAULT = (REFUSED.fault, REFUSED.reason, REFUSED.severity, REFUSED.message, REFUSED.code)
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


def address(server: RunningServer) -> str:
    return f"ws://127.0.0.1:{server.server.port}/api/v1/events"


@contextmanager
def listening(server: RunningServer, **wishes: Any) -> Iterator[Ear]:
    """A listener who has been welcomed, unless it wishes nothing."""
    with connect(address(server), proxy=None, additional_headers=TRUSTED) as connection:
        ear = Ear(connection)
        if wishes:
            ear.ask(**wishes)
        yield ear


@contextmanager
def welcomed(server: RunningServer, **wishes: Any) -> Iterator[tuple[Ear, dict[str, Any]]]:
    with listening(server, **wishes) as ear:
        welcome = ear.hear()
        assert welcome["type"] == "welcome"
        yield ear, welcome


def publish(server: RunningServer, world: World, *news: News) -> None:
    async def all_of_it() -> None:
        for one in news:
            world.events.publish(one)

    server.run(all_of_it())
