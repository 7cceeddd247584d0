"""Segments that the index takes for growing although nobody writes them any more."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.db.index import Index
from gstnvr.model.clock import Clock
from gstnvr.model.records import Segment, Volume
from gstnvr.storage.recover import Decision, Located, enter_file, give_up_row, log_changes
from gstnvr.supervisor.index.ledger import Entry, EventLedger
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

UNCLAIMED_S = 30.0
"""A recorder gives its own files an end sooner than this once the volume takes it."""
_TIMEOUT_S = 60.0


class UnclaimedSegments:
    """Gives such files their end as soon as their volume can be used.

    They come from recorders that died, or ended, while the volume was away: whoever took over could not look.
    """

    def __init__(
        self, index: Index, ledger: EventLedger, clock: Clock, volumes: Callable[[], Sequence[Volume]]
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._clock = clock
        self._volumes = volumes
        self._since: dict[tuple[str, str], float] = {}
        """Volume and path, and since when nobody claims it although the volume is well."""
        self._calls = BlockingCalls("unclaimed segments", max_hung=1)
        self._calls_on: dict[str, BlockingCalls] = {}
        """By volume: one that hangs holds up no other."""

    async def look(self, written: Collection[tuple[str, str]]) -> None:
        """To be called again and again.

        Args:
            written: volume and path of the segments that recorders write now.
        """
        try:
            found = await self._calls.run(self._unwritten, written, timeout_s=_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.debug("segments that nobody writes are looked for later: %s", error)
            return
        still = {(row.volume, row.path) for _, rows in found for row in rows}
        self._since = {key: since for key, since in self._since.items() if key in still}
        await asyncio.gather(*(self._look_on(volume, rows) for volume, rows in found))

    def _unwritten(self, written: Collection[tuple[str, str]]) -> list[tuple[Volume, list[Segment]]]:
        rows = [row for row in self._index.open_segments() if (row.volume, row.path) not in written]
        found = ((volume, [row for row in rows if row.volume == volume.uuid]) for volume in self._volumes())
        return [(volume, mine) for volume, mine in found if mine]

    async def _look_on(self, volume: Volume, rows: Sequence[Segment]) -> None:
        calls = self._calls_on.setdefault(
            volume.uuid, BlockingCalls(f"unclaimed segments on {volume.path}", max_hung=1)
        )
        try:
            decisions = await calls.run(self._decide, volume, rows, timeout_s=_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.debug("segments that nobody writes are looked for later: %s", error)
            return
        for decision in decisions:
            self._ledger.put(Entry(decision.change.where, decision.write))
        log_changes(decision.change for decision in decisions)

    def _decide(self, volume: Volume, rows: Sequence[Segment]) -> list[Decision]:
        keys = [(row.volume, row.path) for row in rows]
        if not _is_usable(volume):
            for key in keys:
                self._since.pop(key, None)
            return []
        now = self._clock.monotonic()
        since = [self._since.setdefault(key, now) for key in keys]
        due = [row for row, at in zip(rows, since, strict=True) if now - at >= UNCLAIMED_S]
        decisions = (_decide(Located(Path(volume.path), row.volume, row.path), row) for row in due)
        return [decision for decision in decisions if decision is not None]


def _is_usable(volume: Volume) -> bool:
    try:
        check_identity(Path(volume.path), volume.uuid)
    except VolumeError:
        return False
    return True


def _decide(file: Located, row: Segment) -> Decision | None:
    """None if it cannot be read now either."""
    try:
        return enter_file(file, row) if Path(file.full_path).exists() else give_up_row(file, row)
    except OSError:
        return None
