"""Everything about copies that the supervisor has to do; the work itself is another process's."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.api.common.ports import CopyPlaceView
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.database import DatabaseSettings
from gstnvr.config.settings import Settings
from gstnvr.copies.cache import FOLDER
from gstnvr.copies.messages import Orders, PlaceReport
from gstnvr.db.copies import PlaceTotals
from gstnvr.db.index import Index
from gstnvr.model.clock import Clock
from gstnvr.supervisor.copies.copy_notices import CopyNotices
from gstnvr.supervisor.copies.copy_process import CopyProcess
from gstnvr.supervisor.copies.copy_wishes import Backlog, CopyWishes
from gstnvr.supervisor.index.ledger import EventLedger

_log = logging.getLogger(__name__)

_BYTES_PER_GB = 1e9
_INDEX_TIMEOUT_S = 60.0
_RETRY_S = 5.0


class CopyKeeper:
    """Of all places."""

    def __init__(
        self,
        *,
        index: Index,
        ledger: EventLedger,
        clock: Clock,
        database: str | Path,
        environment: Mapping[str, str],
        errors: int,
        note: Callable[[str | None], None],
    ) -> None:
        """Nothing is done before ``run``.

        Args:
            database: file or address, for the process, unless the settings have a url.
            errors: descriptor of the file that takes what the process logs.
            note: told what is wrong with the process; None: nothing.
        """
        self._index = index
        self._clock = clock
        self._database = str(database)
        self._database_settings: DatabaseSettings | None = None
        self._views: dict[str, CopyPlaceView] = {}
        self._backlogs: dict[str, Backlog] = {}
        self._notices = CopyNotices(ledger, clock)
        self._process = CopyProcess(environment, errors, self._heard, note)
        self._index_calls = BlockingCalls("copies", max_hung=1)
        self._wishes = CopyWishes(index, ledger, self._count)

    def configure(self, settings: Settings) -> None:
        """Put the settings in force into effect."""
        copies = settings.storage.copies
        if self._database_settings is None:  # others count after a restart
            self._database_settings = settings.database
        for name in self._views.keys() - {place.name for place in copies.places}:
            self._notices.forget(name)
        self._views = {place.name: self._views.get(place.name, _unknown(place)) for place in copies.places}
        self._backlogs = {place.name: self._backlogs.get(place.name, Backlog()) for place in copies.places}
        self._wishes.configure(copies.places)
        orders = Orders(
            database=self._database,
            database_settings=self._database_settings,
            cache=settings.data_dir / FOLDER,
            copies=copies,
            log_level=settings.log.level,
        )
        self._process.order(orders if copies.places else None)

    async def run(self) -> None:
        """For ever, once the database is open."""
        while not self._index.is_open:  # noqa: ASYNC110 - whoever opens it tells nobody
            await asyncio.sleep(1)
        await self._adopt()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._process.run())
            group.create_task(self._wishes.run())

    async def _adopt(self) -> None:
        """What an earlier supervisor left open goes on, or is over; asked for until the database answers."""
        open_only = partial(self._index.incidents, open_only=True)
        while True:
            try:
                lasting = await self._index_calls.run(open_only, timeout_s=_INDEX_TIMEOUT_S)
            except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
                _log.warning("open incidents of copies cannot be read now: %s", error)
                await asyncio.sleep(_RETRY_S)
            else:
                self._notices.adopt(lasting, self._views)
                return

    def views(self) -> Sequence[CopyPlaceView]:
        """All places as they are now."""
        return list(self._views.values())

    def _heard(self, report: PlaceReport) -> None:
        if report.place in self._views:
            self._views[report.place] = replace(
                self._views[report.place],
                problem=None if report.problem is None else report.problem.message,
                waits_for_window=report.waits_for_window,
                rate_bytes_per_s=report.rate_bytes_per_s,
                under_way=report.under_way,
                last_error=report.last_error,
            )
            self._notices.heard(report)

    def _count(self, totals: Mapping[str, PlaceTotals]) -> None:
        for name, found in totals.items():
            if name in self._views:
                self._views[name] = replace(self._views[name], totals=found)
                behind = self._backlogs[name].is_behind(self._clock.monotonic(), found.waiting_bytes)
                self._notices.behind(name, behind, found.waiting_bytes / _BYTES_PER_GB)


def _unknown(place: CopyPlaceSettings) -> CopyPlaceView:
    return CopyPlaceView(name=place.name, kind=place.kind)
