"""Enters what recorders wrote down before they died and nobody had heard."""

import asyncio
import logging
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.ipc.messages import Event, Hello, IncidentChanged
from gstnvr.ipc.spool import LeftSpool, left_spools, spool_path
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.events import describe, enter
from gstnvr.supervisor.index.ledger import Entry, EventLedger

_log = logging.getLogger(__name__)

_CHUNK = 500
_DISK_TIMEOUT_S = 5.0
_PATIENCE_S = 3.0
_ROOM_INTERVAL_S = 0.2


class LeftEvents:
    """Takes the spools of dead recorders, each event once; one is deleted when all of it is in the database."""

    def __init__(self, folder: Path, ledger: EventLedger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._heard: dict[Path, int] = {}
        self._calls = BlockingCalls("left events", max_hung=4)
        self._tasks: set[asyncio.Task[list[Incident]]] = set()

    def hear(self, socket: Path, hello: Hello, number: int) -> None:
        """Events of this recorder up to the number have been taken while it lived."""
        self._heard[spool_path(socket, hello)] = number

    async def take(self) -> list[Incident]:
        """Hand on everything that the dead have left, in order; the incidents among it that last.

        What takes longer than a moment, because the database takes nothing, goes on by itself.
        """
        task = asyncio.create_task(self._take(), name="left events")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_S)
        return task.result() if done else []

    async def _take(self) -> list[Incident]:
        incidents: dict[str, Incident] = {}
        try:
            for left in await self._calls.run(left_spools, self._folder, timeout_s=_DISK_TIMEOUT_S):
                await self._hand_on(left, incidents)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("what dead recorders left cannot be read, the next start tries again: %s", error)
        return [incident for incident in incidents.values() if incident.recovered is None]

    async def _hand_on(self, left: LeftSpool, incidents: dict[str, Incident]) -> None:
        heard = self._heard.pop(left.path, 0)
        events, count = left.events(), 0
        try:
            while chunk := await self._calls.run(_chunk, events, timeout_s=_DISK_TIMEOUT_S):
                while not self._ledger.has_room:  # noqa: ASYNC110 - rare, and the database sets the pace
                    await asyncio.sleep(_ROOM_INTERVAL_S)
                for event in chunk:
                    if event.number > heard:
                        count += 1
                        self._put(event, incidents)
        except BaseException:
            left.let_go()
            raise
        _log.info("recorder process %d is gone; %d events that it left are entered", left.hello.pid, count)
        self._ledger.put(Entry(f"the end of {left.path.name}", lambda _: None, partial(self._remove, left)))

    def _put(self, event: Event, incidents: dict[str, Incident]) -> None:
        if isinstance(event.body, IncidentChanged):
            incidents[event.body.incident.uid] = event.body.incident
        self._ledger.put(Entry(describe(event.body), partial(enter, event=event.body)))

    def _remove(self, left: LeftSpool) -> None:
        try:
            left.remove()
        except OSError as error:
            _log.warning("%s cannot be deleted: %s", left.path, error.strerror)


def _chunk(events: Iterator[Event]) -> list[Event]:
    return list(islice(events, _CHUNK))
