"""Enters what recorders tell into the index: in order, in batches, and again until the database takes it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.db.index import Index, IndexNotOpenError
from gstnvr.db.writer import IndexWriter

_log = logging.getLogger(__name__)

MOST_WAITING = 20_000
_LARGEST_BATCH = 500
_GATHER_S = 0.05
"""A commit waits for the disk; what comes within this time goes along with it."""
_FIRST_RETRY_S = 0.2
_LONGEST_RETRY_S = 5.0
_TRANSACTION_TIMEOUT_S = 60.0

_IMPOSSIBLE = (LookupError, ValueError, ArithmeticError, IntegrityError, DataError, ProgrammingError)
"""What no repetition can help against: the entry itself is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of the index."""

    what: str
    """For a log line."""
    apply: Callable[[IndexWriter], None]
    """May be called several times, on another thread."""
    done: Callable[[], None] = lambda: None
    """Called on the event loop once the change is safe."""


class EventLedger:
    """The only writer of the index while the supervisor runs, reconciliation apart."""

    def __init__(self, index: Index, most_waiting: int = MOST_WAITING) -> None:
        self.problem: str | None = None
        """Why the database does not take anything now."""
        self._index = index
        self._most_waiting = most_waiting
        self._waiting: deque[Entry] = deque()
        self._news = asyncio.Event()
        self._calls = BlockingCalls("database", max_hung=1)

    @property
    def waiting(self) -> int:
        """Entries that are not safe yet."""
        return len(self._waiting)

    @property
    def has_room(self) -> bool:
        """Half of the places are free."""
        return self.waiting < self._most_waiting // 2

    def offer(self, entry: Entry) -> bool:
        """Take an entry; False if so many wait that this one must be told again later."""
        if self.waiting >= self._most_waiting:
            return False
        self.put(entry)
        return True

    def put(self, entry: Entry) -> None:
        """Take an entry of the supervisor itself, which nobody would tell again."""
        self._waiting.append(entry)
        self._news.set()

    async def flush(self) -> None:
        """Return once everything that was taken so far is safe."""
        safe = asyncio.Event()
        self.put(Entry("flush", lambda _: None, safe.set))
        await safe.wait()

    async def run(self) -> None:
        """Write for ever."""
        delay = _FIRST_RETRY_S
        while True:
            await self._news.wait()
            await asyncio.sleep(_GATHER_S)
            batch = list(islice(self._waiting, _LARGEST_BATCH))
            problem = await self._write(batch)
            if problem is None:
                delay = _FIRST_RETRY_S
                self._finish(batch)
            else:
                self._complain(problem)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RETRY_S)

    def _finish(self, batch: Sequence[Entry]) -> None:
        if self.problem is not None:
            _log.info("the database takes changes again")
            self.problem = None
        for entry in batch:
            self._waiting.popleft()
            entry.done()
        if not self._waiting:
            self._news.clear()

    def _complain(self, problem: str) -> None:
        if self.problem is None:
            _log.error("the database does not take changes, they wait: %s", problem)
        self.problem = problem

    async def _write(self, batch: Sequence[Entry]) -> str | None:
        """What is wrong with the database; None if everything is written."""
        try:
            try:
                await self._calls.run(_write_together, self._index, batch, timeout_s=_TRANSACTION_TIMEOUT_S)
            except _IMPOSSIBLE:
                await self._calls.run(_write_singly, self._index, batch, timeout_s=_TRANSACTION_TIMEOUT_S)
        except DBAPIError as error:
            return str(error.orig)
        except IndexNotOpenError as error:
            return str(error)
        except (StillRunningError, TooManyHungError):
            return "it does not answer"
        return None


def _write_together(index: Index, batch: Sequence[Entry]) -> None:
    with index.writing() as writer:
        for entry in batch:
            entry.apply(writer)


def _write_singly(index: Index, batch: Sequence[Entry]) -> None:
    """One that is impossible must not hold up all that come after it."""
    for entry in batch:
        try:
            with index.writing() as writer:
                entry.apply(writer)
        except _IMPOSSIBLE as error:
            _log.error("the index refuses %s, it is left out: %s", entry.what, error)
