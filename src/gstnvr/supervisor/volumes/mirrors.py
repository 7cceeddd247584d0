"""Sees to it that segments with two files are used where they can be read, and that all have two in the end."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.db.ledger import Span
from gstnvr.db.mirrors import exchange, single_segments, standing_for, unended_mirrors
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, Volume
from gstnvr.storage.duplicates import duplicate
from gstnvr.storage.holdings import measure, room
from gstnvr.storage.mirrors import mend_mirror
from gstnvr.storage.recover import Change, Located, log_changes
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.files import locate

_log = logging.getLogger(__name__)

_INDEX_TIMEOUT_S = 60.0
_LOOK_TIMEOUT_S = 4.0
_COPY_TIMEOUT_S = 600.0
_BATCH = 100
"""A transaction keeps what recorders tell waiting, so it must be short."""


@dataclass(frozen=True, slots=True)
class MirrorRhythm:
    """What is done when, in seconds."""

    look_s: float = 10.0
    """Between two looks."""
    away_s: float = 60.0
    """A volume that has been away for so long is not waited for: second files stand for what is on it."""
    settled_s: float = 120.0
    """A segment without a second file for so long after its end has none that is on its way."""
    search_s: float = 600.0
    """All segments are searched for such that have no second file, besides when a volume is back."""
    rest_s: float = 0.1
    """Between two batches, or two files."""


class MirrorKeeper:
    """One round after the other, for ever; all that blocks runs on threads that may hang."""

    def __init__(
        self,
        index: Index,
        clock: Clock,
        volumes: Callable[[], Sequence[Volume]],
        settings: Callable[[], Settings],
        rhythm: MirrorRhythm = MirrorRhythm(),
    ) -> None:
        """Nothing is done yet.

        Args:
            volumes: all that hold segments, where they are now; blocks.
        """
        self._index = index
        self._clock = clock
        self._volumes = volumes
        self._settings = settings
        self._rhythm = rhythm
        self._calls = BlockingCalls("mirrors", max_hung=1)
        self._calls_of: dict[str, BlockingCalls] = {}
        """By volume: one that hangs holds up no other."""
        self._away: dict[str, float] = {}
        self._searched: dict[StreamId, UtcNs] = {}
        """Up to where segments were looked at."""
        self._search_at = 0.0

    async def run(self) -> None:
        """For ever."""
        while True:
            if self._index.is_open:
                try:
                    await self.look()
                except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
                    _log.warning("second files are looked after later: %s", error)
            await asyncio.sleep(self._rhythm.look_s)

    async def look(self) -> None:
        """One round.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
            StillRunningError, TooManyHungError: it does not answer.
        """
        volumes = await self._calls.run(self._volumes, timeout_s=_INDEX_TIMEOUT_S)
        answers = await asyncio.gather(*(self._is_there(volume) for volume in volumes))
        there = {volume.uuid: volume for volume, is_there in zip(volumes, answers, strict=True) if is_there}
        now = self._clock.monotonic()
        if self._away.keys() & there.keys():
            self._search_at = now
        away = {volume.uuid for volume in volumes} - there.keys()
        self._away = {uuid: self._away.get(uuid, now) for uuid in away}
        for uuid, since in self._away.items():
            if now - since >= self._rhythm.away_s:
                await self._stand_in(uuid, there.keys())
        for volume in there.values():
            await self._end_left_ones(volume)
        if self._settings().storage.policy is VolumePolicy.MIRROR:
            await self._make_second_files(there)

    async def _is_there(self, volume: Volume) -> bool:
        try:
            path = Path(volume.path)
            await self._on(volume).run(check_identity, path, volume.uuid, timeout_s=_LOOK_TIMEOUT_S)
        except (VolumeError, StillRunningError, TooManyHungError):
            return False
        return True

    def _on(self, volume: Volume) -> BlockingCalls:
        return self._calls_of.setdefault(volume.uuid, BlockingCalls(f"mirrors on {volume.path}", max_hung=1))

    async def _stand_in(self, uuid: str, there: Collection[str]) -> None:
        """Second files elsewhere stand for segments on a volume that is away."""
        count = 0
        work = partial(_exchange, self._index, uuid, frozenset(there))
        while (done := await self._calls.run(work, timeout_s=_INDEX_TIMEOUT_S)) > 0:
            count += done
            await asyncio.sleep(self._rhythm.rest_s)
        if count:
            _log.warning("volume %s is away: second files stand for %d segments on it", uuid, count)

    async def _end_left_ones(self, volume: Volume) -> None:
        """Second files of recorders that are gone."""
        try:
            work = partial(_end_left_ones, self._index, volume, self._settled_before())
            changes = await self._on(volume).run(work, timeout_s=_COPY_TIMEOUT_S)
        except (VolumeError, StillRunningError, TooManyHungError) as error:
            _log.info("second files on %s are looked at later: %s", volume.path, error)
        else:
            log_changes(changes)

    def _settled_before(self) -> UtcNs:
        return UtcNs(self._clock.utc_ns() - round(self._rhythm.settled_s * NS_PER_S))

    async def _make_second_files(self, there: Mapping[str, Volume]) -> None:
        configured = {str(volume.path) for volume in self._settings().storage.volumes}
        usable = {uuid: volume for uuid, volume in there.items() if volume.path in configured}
        if len(usable) < 2:
            return
        if self._clock.monotonic() >= self._search_at:
            self._searched.clear()
            self._search_at = self._clock.monotonic() + self._rhythm.search_s
        streams = await self._calls.run(self._index.streams, timeout_s=_INDEX_TIMEOUT_S)
        for stream in streams:
            while await self._make_some(stream, usable):
                continue

    async def _make_some(self, stream: StreamId, usable: Mapping[str, Volume]) -> bool:
        """False: there are no more that could be made now."""
        within = Span(self._searched.get(stream, UtcNs(0)), self._settled_before())
        work = partial(_find, self._index, stream, list(usable), within)
        found = await self._calls.run(work, timeout_s=_INDEX_TIMEOUT_S)
        for segment in found:
            if not await self._make(segment, usable):
                return False
            self._searched[stream] = segment.start
            await asyncio.sleep(self._rhythm.rest_s)
        return len(found) == _BATCH

    async def _make(self, segment: Segment, usable: Mapping[str, Volume]) -> bool:
        """Whether to go on: false if there is no room, or a disk fails."""
        source = usable[segment.volume]
        for target in (volume for volume in usable.values() if volume is not source):
            try:
                if not await self._on(target).run(self._has_room, target, timeout_s=_LOOK_TIMEOUT_S):
                    continue
                work = partial(duplicate, self._index, segment, source, target)
                if not await self._on(target).run(work, timeout_s=_COPY_TIMEOUT_S):
                    _log.warning("%s was not copied to %s: it is not what its row says", segment.path, target.path)
            except (VolumeError, OSError, StillRunningError, TooManyHungError) as error:
                _log.warning("%s cannot be copied to %s now: %s", segment.path, target.path, error)
                return False
            return True
        return False

    def _has_room(self, volume: Volume) -> bool:
        """Blocks."""
        return room(measure(volume), self._settings(), making_room=False).has_room


def _exchange(index: Index, away: str, there: frozenset[str]) -> int:
    """How many segments are read from another volume from now on; blocks."""
    with index.writing() as writer:
        found = standing_for(writer.connection, away, there, _BATCH)
        for segment, mirror in found:
            exchange(writer, segment, mirror)
    return len(found)


def _end_left_ones(index: Index, volume: Volume, before: UtcNs) -> list[Change]:
    with index.reading() as connection:
        left = unended_mirrors(connection, volume.uuid, before)
    changes = []
    for mirror in left:
        file = Located(Path(volume.path), volume.uuid, mirror.path)
        check_identity(file.root, volume.uuid)
        try:
            decision = mend_mirror(index, file, mirror, there=locate(file.root, file.path).exists())
        except OSError as error:
            _log.warning("%s has no proper end: %s", file.full_path, error)
            continue
        if decision is not None:
            with index.writing() as writer:
                decision.write(writer)
            changes.append(decision.change)
    return changes


def _find(index: Index, stream: StreamId, volumes: Sequence[str], within: Span) -> list[Segment]:
    with index.reading() as connection:
        return single_segments(connection, stream, volumes, within, _BATCH)
