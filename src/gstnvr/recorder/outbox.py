"""Events that the supervisor has not acknowledged yet."""

import asyncio
import logging
from collections import deque

from gstnvr.ipc.messages import Event, RecorderEvent, SegmentGrown

_log = logging.getLogger(__name__)

LARGEST = 100_000
"""Days of events. The oldest go if no supervisor comes for longer: the index can be made anew from the files."""


class Outbox:
    """Keeps events in order until they are acknowledged, over any number of connections."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._next_number = 1
        self._news = asyncio.Event()

    def tell(self, body: RecorderEvent) -> None:
        """Add an event."""
        newest = self._events[-1] if self._events else None
        if isinstance(body, SegmentGrown) and newest is not None and _says_the_same(newest.body, body):
            self._events.pop()
        self._events.append(Event(self._next_number, body))
        self._next_number += 1
        if len(self._events) > LARGEST:
            self._events.popleft()
            _log.error("more than %d events wait for the supervisor; the oldest is dropped", LARGEST)
        self._news.set()

    def acknowledge(self, number: int) -> None:
        """Events up to this one are safe elsewhere."""
        while self._events and self._events[0].number <= number:
            self._events.popleft()
        self._news.set()

    def since(self, number: int) -> list[Event]:
        """Unacknowledged events with a higher number."""
        return [event for event in self._events if event.number > number]

    @property
    def empty(self) -> bool:
        """Whether everything is acknowledged."""
        return not self._events

    async def news(self) -> None:
        """Wait for a new event or an acknowledgement."""
        self._news.clear()
        await self._news.wait()


def _says_the_same(before: RecorderEvent, now: SegmentGrown) -> bool:
    return isinstance(before, SegmentGrown) and before.segment.path == now.segment.path
