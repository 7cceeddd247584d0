"""Opens the database, at the start if it can be, else as soon as it can be: recording does not wait for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import Engine

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.secrets import SecretError
from gstnvr.db.engine import DatabaseUnusableError, open_engine, shown_address
from gstnvr.db.index import Index

_log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 10.0
RETRY_S = 5.0


class DatabaseOpening:
    """Tries until the database is open."""

    def __init__(self, index: Index, where: Callable[[], str | Path]) -> None:
        """Nothing is tried yet.

        Args:
            index: opened by this.
            where: a file for SQLite, or a database URL, as of now; may raise ``SecretError``.
        """
        self._index = index
        self._where = where
        self._late: Engine | None = None
        self._calls = BlockingCalls("opening the database", max_hung=1)

    async def try_once(self) -> Engine | None:
        """The engine if it can be opened now; else the index says why not."""
        late, self._late = self._late, None
        if late is not None:
            return late
        try:
            where = self._where()
            return await self._calls.run(open_engine, where, timeout_s=OPEN_TIMEOUT_S, late=self._take_late)
        except DatabaseUnusableError as error:
            self._complain(str(error))
        except SecretError as error:
            self._complain(f"the password of the database cannot be had: {error}")
        except StillRunningError:
            self._complain(f"database {shown_address(where)} does not answer; recording goes on without it")
        except TooManyHungError:  # the attempt before this one hangs still
            return None
        return None

    async def keep_trying(self, opened: Callable[[Engine], Awaitable[None]]) -> None:
        """Until it is open; then for ever nothing."""
        while not self._index.is_open:
            await asyncio.sleep(RETRY_S)
            engine = await self.try_once()
            if engine is not None:
                await opened(engine)
                _log.info("the database is open")
        await asyncio.Event().wait()

    def _take_late(self, engine: Engine) -> None:
        """On a thread."""
        self._late = engine

    def _complain(self, problem: str) -> None:
        if problem != self._index.problem:
            _log.error("%s; recorders keep what they have to tell", problem)
        self._index.problem = problem
