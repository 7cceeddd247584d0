"""Whoever listens to a supervisor hears what recorders tell and what the database takes."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from gstnvr.access.local_token import read_local_token
from tests.supervisor.rig import Rig

Message = dict[str, Any]


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


class Ear:
    """A listener who remembers what it heard, as the order of many things is a matter of chance."""

    def __init__(self, connection: ClientConnection, welcome: Message) -> None:
        self.welcome = welcome
        self._connection = connection
        self._heard: list[Message] = []

    def forget(self) -> None:
        """What is waited for from now on is to come from now on."""
        self._heard.clear()

    async def hear(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message of the wanted kind."""
        while (found := next(filter(wanted, self._heard), None)) is None:
            self._heard.append(json.loads(await self._connection.recv()))
        return found


@asynccontextmanager
async def listening(rig: Rig, **wishes: Any) -> AsyncIterator[Ear]:
    trusted = {"Authorization": f"Bearer {read_local_token(rig.data_dir)}"}
    url = f"ws://127.0.0.1:{rig.port}/api/v1/events"
    async with connect(url, proxy=None, additional_headers=trusted) as connection:
        await connection.send(json.dumps({"type": "subscribe", **wishes}))
        yield Ear(connection, json.loads(await connection.recv()))


def is_stream(camera: str, recording: str) -> Callable[[Message], bool]:
    def wanted(message: Message) -> bool:
        if message["type"] != "stream":
            return False
        stream = message["stream"]
        return bool((stream["camera"], stream["recording"]) == (camera, recording))

    return wanted


def test_what_happens_is_heard(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor, listening(rig) as ear:
            assert ear.welcome["epoch"] == supervisor.events.epoch
            rig.configure("front", "yard")
            await ear.hear(lambda told: told["type"] == "configuration")
            await ear.hear(is_stream("yard", "recording"))
            opened = await ear.hear(lambda told: told["type"] == "segment" and told["camera"] == "yard")
            segment = supervisor.index.segment(opened["id"])
            assert segment is not None
            assert (opened["change"], str(segment.stream)) == ("opened", "yard/main")

            ear.forget()
            os.kill(rig.pid(), signal.SIGKILL)
            lost = await ear.hear(is_stream("yard", "waiting"))
            assert lost["stream"]["cause"] is not None
            incident = await ear.hear(lambda told: told["type"] == "incident" and told["change"] == "opened")
            assert incident["incident"]["id"] in {one.uid for one in supervisor.index.incidents()}
            await ear.hear(is_stream("yard", "recording"))

    run(scenario)


def test_volumes_and_figures_are_heard_without_anything_happening(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running():
            async with listening(rig, topics=["statistics"]) as ear:
                figures = await ear.hear(lambda told: told["type"] == "statistics")
                assert [stream["camera"] for stream in figures["streams"]] == ["front"]
            # Everything from the beginning is kept still.
            async with listening(rig, topics=["storage"]) as first:
                pass
            resume = {"epoch": first.welcome["epoch"], "after": 0}
            async with listening(rig, topics=["storage"], resume=resume) as ear:
                assert ear.welcome["resumed"]
                volumes = await ear.hear(lambda told: told["type"] == "volumes")
                assert [volume["path"] for volume in volumes["volumes"]] == [str(rig.volume)]

    run(scenario)


def test_after_a_restart_everything_is_to_be_read_anew(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running(), listening(rig) as first:
            pass
        resume = {"epoch": first.welcome["epoch"], "after": first.welcome["number"]}
        async with rig.running(), listening(rig, resume=resume) as second:
            assert not second.welcome["resumed"]
            assert second.welcome["epoch"] != first.welcome["epoch"]

    run(scenario)
