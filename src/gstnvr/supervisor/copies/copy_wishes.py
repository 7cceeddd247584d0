"""Which segments are to be copied: asked from the index now and then, never told by those who record."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.db import copies
from gstnvr.db.copies import PlaceTotals
from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.model.copies import Copied
from gstnvr.supervisor.index.ledger import Entry, EventLedger

_log = logging.getLogger(__name__)

FILL_EVERY_S = 5.0
COUNT_EVERY_S = 30.0
_AT_ONCE = 2000
"""Keys of segments that one transaction looks at."""
_BEHIND_AFTER_S = 86_400.0
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Filled:
    """How far the table of copies follows that of segments, by name of the place."""

    until: Mapping[str, int]
    more: bool
    """There is more to do at once."""


def fill(writer: IndexWriter, places: Sequence[CopyPlaceSettings], before: Mapping[str, int]) -> Filled:
    """Enter copies that are wanted, in small pieces."""
    settled = copies.newest_settled(writer.connection)
    until = dict(before)
    for place in places:
        if place.what is Copied.PROTECTED:
            copies.want_protected(writer, place.name, place.cameras, most=_AT_ONCE)
            continue
        after = before.get(place.name, 0)
        until[place.name] = max(after, min(settled, after + _AT_ONCE))
        copies.want(writer, place.name, place.cameras, after=after, until=until[place.name])
    return Filled(until, more=any(key < settled for name, key in until.items()))


class Backlog:
    """Tells whether copying to a place falls behind: for a day something waits, and more than a day ago."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def is_behind(self, now: float, waiting_bytes: int) -> bool:
        """Enter what waits now.

        Args:
            now: seconds, monotonic.
        """
        if waiting_bytes == 0:
            self._samples.clear()
            return False
        self._samples.append((now, waiting_bytes))
        while len(self._samples) > 1 and self._samples[1][0] <= now - _BEHIND_AFTER_S:
            self._samples.popleft()
        began, before = self._samples[0]
        return now - began >= _BEHIND_AFTER_S and waiting_bytes >= before


class CopyWishes:
    """Fills the table of copies, and counts what waits in it."""

    def __init__(
        self, index: Index, ledger: EventLedger, counted: Callable[[Mapping[str, PlaceTotals]], None]
    ) -> None:
        """Nothing is wanted yet.

        Args:
            counted: told now and then how far copying is, by name of the place.
        """
        self._index = index
        self._ledger = ledger
        self._counted = counted
        self._places: Sequence[CopyPlaceSettings] = ()
        self._filled = Filled({}, more=False)
        self._calls = BlockingCalls("copies", max_hung=1)

    def configure(self, places: Sequence[CopyPlaceSettings]) -> None:
        """From now on these places are given copies; all segments are looked at anew."""
        if places != self._places:
            self._places = places
            self._filled = Filled({}, more=False)

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        counted = loop.time() - COUNT_EVERY_S
        while True:
            if self._places and self._index.is_open:
                await self._fill()
                if loop.time() - counted >= COUNT_EVERY_S:
                    counted = loop.time()
                    await self._count()
            await asyncio.sleep(0.1 if self._filled.more else FILL_EVERY_S)

    async def _fill(self) -> None:
        places, before = self._places, self._filled.until
        done = asyncio.Event()
        results: list[Filled] = []
        apply: Callable[[IndexWriter], None] = lambda writer: results.append(fill(writer, places, before))  # noqa: E731
        self._ledger.put(Entry("copies that are wanted", apply, done.set))
        await done.wait()
        if places is self._places and results:
            self._filled = results[-1]

    async def _count(self) -> None:
        names = [place.name for place in self._places]
        try:
            self._counted(await self._calls.run(_count, self._index, names, timeout_s=_TIMEOUT_S))
        except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
            _log.warning("copies that wait could not be counted: %s", error)


def _count(index: Index, names: Sequence[str]) -> dict[str, PlaceTotals]:
    with index.reading() as connection:
        return {name: copies.totals(connection, name) for name in names}
