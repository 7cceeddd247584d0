"""Events that nobody has acknowledged yet: the newest in memory, while nobody listens all of them in a file."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import TypeVarTuple

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.ipc.messages import Event, RecorderEvent, SegmentClosed, SegmentDiscarded, SegmentGrown
from gstnvr.ipc.spool import Spool, is_about_a_segment
from gstnvr.recorder.sessions.waiting import set_within

_log = logging.getLogger(__name__)

MOST_IN_MEMORY = 1_000
MOST_WITHOUT_FILE = 10_000
"""In memory while the file takes nothing; what comes then costs older events."""
_PATIENCE_S = 1.0
"""So long an acknowledgement may take before the event goes to the file."""
_RETRY_S = 5.0
_DISK_TIMEOUT_S = 5.0
_CHUNK = 500

Arguments = TypeVarTuple("Arguments")


class Outbox:
    """Keeps events in order until they are acknowledged, over any number of connections.

    The growth of a segment is of no interest to those who come later: only the newest is kept, in memory alone.
    """

    def __init__(self) -> None:
        self.lost = 0
        """Events that were given up because neither memory nor disk had room for them."""
        self._spool: Spool | None = None
        self._events: dict[int, Event] = {}
        self._grown: dict[tuple[str, str], int] = {}
        self._newest = 0
        self._acknowledged = 0
        self._noted = 0
        """Up to here the file says that events are acknowledged."""
        self._spooled = 0
        self._only_on_disk = 0
        """Events up to this one are in the file alone."""
        self._listeners = 0
        self._news = asyncio.Event()
        self._due = asyncio.Event()
        self._urgent = asyncio.Event()
        self._urgent.set()
        self._closing = asyncio.Event()
        self._failing = False
        self._calls = BlockingCalls("spool", max_hung=1)
        self._keeping: asyncio.Task[None] | None = None

    def keep_in(self, spool: Spool) -> None:
        """From now on, until ``close``, what nobody acknowledges goes to this file."""
        self._spool = spool
        self._keeping = asyncio.create_task(self._keep(spool), name="spool")

    async def close(self) -> None:
        """Save what nobody acknowledged; without anything to save no file is left."""
        if self._spool is None or self._keeping is None:
            return
        self._closing.set()
        self._urgent.set()
        self._due.set()
        await asyncio.wait({self._keeping}, timeout=2 * _DISK_TIMEOUT_S)
        self._keeping.cancel()
        if self.empty:
            await self._on_disk(self._spool.remove)

    def tell(self, body: RecorderEvent) -> None:
        """Add an event."""
        self._newest += 1
        if isinstance(body, SegmentGrown | SegmentClosed):
            self._forget_growth(body.segment.volume, body.segment.path)
        elif isinstance(body, SegmentDiscarded):
            self._forget_growth(body.volume, body.path)
        if isinstance(body, SegmentGrown):
            self._grown[body.segment.volume, body.segment.path] = self._newest
        self._events[self._newest] = Event(self._newest, body)
        if len(self._events) > MOST_WITHOUT_FILE:
            self._give_up_one()
        self._news.set()
        self._due.set()

    def _forget_growth(self, volume: str, path: str) -> None:
        self._events.pop(self._grown.pop((volume, path), 0), None)

    def acknowledge(self, number: int) -> None:
        """Events up to this one are safe elsewhere."""
        self._acknowledged = max(self._acknowledged, number)
        for known in [known for known in self._events if known <= number]:
            self._drop(known)
        self._news.set()
        self._due.set()

    def since(self, number: int) -> list[Event]:
        """Unacknowledged events in memory with a higher number."""
        return [event for event in self._events.values() if event.number > number]

    @property
    def in_memory(self) -> int:
        """How many events are."""
        return len(self._events)

    @property
    def empty(self) -> bool:
        """Whether everything is acknowledged."""
        return not self._events and self._only_on_disk <= self._acknowledged

    async def news(self) -> None:
        """Wait for a new event or an acknowledgement."""
        self._news.clear()
        await self._news.wait()

    async def listen(self) -> AsyncGenerator[Event, None]:
        """All unacknowledged events and then every new one, for one who acknowledges them; close it in the end."""
        self._listeners += 1
        self._urgent.clear()
        sent = self._acknowledged
        try:
            while True:
                events = self.since(sent) if sent >= self._only_on_disk else await self._recall(sent)
                for event in events:
                    yield event
                    sent = event.number
                if sent >= self._only_on_disk and not self.since(sent):
                    await self.news()
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._urgent.set()
            self._due.set()

    async def _recall(self, number: int) -> list[Event]:
        """The next ones of those that are in the file alone."""
        assert self._spool is not None
        try:
            found = await self._calls.run(self._spool.read, number, _CHUNK, timeout_s=_DISK_TIMEOUT_S)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("events cannot be read back from the disk, they are told later: %s", error)
            await asyncio.sleep(_RETRY_S)
            return []
        found = [event for event in found if event.number <= self._only_on_disk]
        if not found:  # given up meanwhile
            self._only_on_disk = min(self._only_on_disk, number)
        return found

    # --- the file -------------------------------------------------------------------------------------

    async def _keep(self, spool: Spool) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            await set_within(self._urgent, _PATIENCE_S)
            closing = self._closing.is_set()
            saved = await self._save(spool)
            if closing:
                return
            if not saved:
                await set_within(self._closing, _RETRY_S)
                self._due.set()

    async def _save(self, spool: Spool) -> bool:
        """Whether the disk took it all."""
        events = [event for event in self._events.values() if self._must_be_saved(event)]
        acknowledged = self._acknowledged
        if not await self._on_disk(_save, spool, events, acknowledged, acknowledged >= self._spooled, self._noted):
            return False
        self._noted = acknowledged
        if events:
            self._spooled = events[-1].number
        self._make_room()
        return not spool.too_large or await self._compact(spool, acknowledged)

    def _must_be_saved(self, event: Event) -> bool:
        return event.number > self._spooled and not isinstance(event.body, SegmentGrown)

    async def _compact(self, spool: Spool, acknowledged: int) -> bool:
        lost: list[int] = []
        done = await self._on_disk(lambda: lost.append(spool.compact(acknowledged)))
        if sum(lost):
            self.lost += sum(lost)
            _log.error("no supervisor came for long: %d events were given up, the oldest first", sum(lost))
        return done

    async def _on_disk(self, function: Callable[[*Arguments], None], *arguments: *Arguments) -> bool:
        try:
            await self._calls.run(function, *arguments, timeout_s=_DISK_TIMEOUT_S)
        except (OSError, StillRunningError, TooManyHungError) as error:
            if not self._failing:
                _log.warning("what nobody acknowledges stays in memory, the disk does not take it: %s", error)
            self._failing = True
            return False
        self._failing = False
        return True

    # --- memory ---------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        for number in list(self._events)[: max(0, len(self._events) - MOST_IN_MEMORY)]:
            if number > self._spooled:
                break
            self._drop(number)
            self._only_on_disk = number

    def _give_up_one(self) -> None:
        """Of a segment rather than of a gap or an incident: its file tells the same."""
        numbers = (number for number, event in self._events.items() if is_about_a_segment(event.body))
        self._drop(next(numbers, next(iter(self._events))))
        self.lost += 1
        if self.lost % 1000 == 1:
            _log.error("too much waits for a supervisor; %d events were given up", self.lost)

    def _drop(self, number: int) -> None:
        event = self._events.pop(number)
        if isinstance(event.body, SegmentGrown):
            self._grown.pop((event.body.segment.volume, event.body.segment.path), None)


def _save(spool: Spool, events: list[Event], acknowledged: int, all_safe: bool, noted: int) -> None:
    if not spool.empty and all_safe:
        spool.clear()
    elif not spool.empty and acknowledged > noted:
        spool.acknowledge(acknowledged)
    if events:
        spool.write(events)
