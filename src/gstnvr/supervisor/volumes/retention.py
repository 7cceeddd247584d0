"""Deletes what is to go, as soon as it is to go and never at the expense of recording."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.records import Volume
from gstnvr.storage.deletion import LARGEST_BATCH, Deleted, delete_segments, finish_deletions
from gstnvr.storage.forecast import Forecast
from gstnvr.storage.holdings import (
    Space,
    gather,
    general_promise,
    measure,
    promises,
    tier_ages,
    tier_levels,
    usable,
)
from gstnvr.storage.overview import Known, StorageOverview, look_ahead, overview
from gstnvr.storage.retention import Decision, Facts, Plan, Room, plan
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.volumes.believed_clock import BelievedClock
from gstnvr.supervisor.volumes.retention_notices import RetentionNotices
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.files import settle_free_space

_log = logging.getLogger(__name__)

_LARGEST_PLAN = 10 * LARGEST_BATCH
_MOST_PLANS = 10
"""In one pass; then it is looked again what there is to know."""
_MEASURE_TIMEOUT_S = 4.0
_DELETE_TIMEOUT_S = 60.0
_INDEX_TIMEOUT_S = 60.0


class Note(Protocol):
    """Shows something that a person should know, or with None that it is over."""

    def __call__(self, name: str, problem: str | None, *, healthy: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often what is done, in seconds."""

    measure_s: float = 2.0
    """How full volumes are."""
    glance_s: float = 0.25
    """Likewise, while recording may stand still because nothing may be deleted."""
    pass_s: float = 60.0
    """A whole pass, though no volume is at its floor."""
    foresee_s: float = 600.0
    """A forecast."""
    rest_s: float = 0.25
    """Between two batches of deletions, unless a volume is at its floor."""


@dataclass(slots=True)
class _Shop:
    """What is known of one volume that can be used."""

    volume: Volume
    calls: BlockingCalls
    space: Space | None = None
    left: tuple[str, ...] = ()
    """Files that the disk did not let go of."""


@dataclass(slots=True)
class _Known:
    """What was found out at last."""

    settings: Settings | None = None
    """Those that the last pass went by."""
    forecast: Forecast | None = None
    foreseen_with: Settings | None = None
    """Those that the forecast went by."""
    overview: StorageOverview | None = None


class RetentionKeeper:
    """One pass after the other, for ever; all that blocks runs on threads that may hang."""

    def __init__(
        self,
        index: Index,
        ledger: EventLedger,
        clock: Clock,
        *,
        settings: Callable[[], Settings],
        volumes: Callable[[], Sequence[Volume]],
        note: Note,
        rhythm: Rhythm,
    ) -> None:
        """Nothing is done yet.

        Args:
            volumes: all that hold segments, where they are now; blocks.
        """
        self._index = index
        self._note = note
        self._clock = clock
        self._settings = settings
        self._volumes = volumes
        self._rhythm = rhythm
        self._believed = BelievedClock(clock)
        self._notices = RetentionNotices(ledger, clock)
        self._shops: dict[str, _Shop] = {}
        self._making_room: frozenset[str] = frozenset()
        self._stuck: frozenset[str] = frozenset()
        """Volumes on which nothing may be deleted though they lack room."""
        self._known = _Known()
        self._index_calls = BlockingCalls("retention", max_hung=1)
        self._problem: str | None = None
        self._adopted = False
        self._next_pass = 0.0
        self._next_forecast = 0.0

    def overview(self) -> StorageOverview | None:
        """What is stored and what will become of it; None before the first pass."""
        return self._known.overview

    async def run(self) -> None:
        """Look after free space and age, for ever."""
        while True:
            try:
                await self._look_after()
                self._complain(None)
            except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
                self._complain(str(error))
            await self._pause()

    async def _pause(self) -> None:
        """Until it is time to look again, or a volume on which nothing may be deleted has room again."""
        deadline = self._clock.monotonic() + self._rhythm.measure_s
        while self._stuck and (left := deadline - self._clock.monotonic()) > 0:
            await asyncio.sleep(min(left, self._rhythm.glance_s))
            await self._measure_all()
            if any(room.volume in self._stuck and room.free >= room.resume for room in self._rooms()):
                return
        if not self._stuck:
            await asyncio.sleep(self._rhythm.measure_s)

    def _complain(self, problem: str | None) -> None:
        if problem != self._problem and problem is not None:
            _log.warning("nothing can be deleted now: %s", problem)
        self._problem = problem

    async def _look_after(self) -> None:
        if not self._index.is_open:
            return
        due = self._clock.monotonic() >= self._next_pass or self._settings() is not self._known.settings
        if due or not self._shops:
            await self._find_volumes()
        await self._measure_all()
        rooms = self._rooms()
        if not due and not any(map(_is_tight, rooms)):
            return
        if self._known.overview is None:
            await self._foresee()
        complete = await self._pass()
        if due:
            await self._measure_all()
            await self._foresee()
            self._next_pass = self._clock.monotonic() + (self._rhythm.pass_s if complete else 0)

    def _now(self) -> UtcNs:
        now = self._believed.now()
        doubt = "the wall clock has leapt ahead: for a day, nothing is deleted for its age by it"
        self._note("clock", doubt if self._believed.doubted else None, healthy=True)
        return now

    async def _find_volumes(self) -> None:
        volumes = await self._index_calls.run(self._volumes, timeout_s=_INDEX_TIMEOUT_S)
        if not self._adopted:
            lasting = await self._index_calls.run(
                partial(self._index.incidents, open_only=True), timeout_s=_INDEX_TIMEOUT_S
            )
            self._notices.adopt(lasting)
            self._adopted = True
        there = {}
        for volume in volumes:
            before = self._shops.get(volume.uuid)
            same = before is not None and before.volume == volume
            calls = BlockingCalls(f"retention on {volume.path}", max_hung=1)
            there[volume.uuid] = before if before is not None and same else _Shop(volume, calls)
        self._shops = there

    async def _measure_all(self) -> None:
        await asyncio.gather(*(self._measure(shop) for shop in self._shops.values()))

    async def _measure(self, shop: _Shop) -> None:
        try:
            shop.space = await shop.calls.run(measure, shop.volume, timeout_s=_MEASURE_TIMEOUT_S)
        except (VolumeError, OSError, StillRunningError, TooManyHungError):
            shop.space = None

    def _rooms(self) -> list[Room]:
        return usable(self._spaces().values(), self._settings(), self._making_room)

    def _spaces(self) -> Mapping[str, Space]:
        spaces = ((shop.volume.uuid, shop.space) for shop in self._shops.values())
        return {uuid: space for uuid, space in spaces if space is not None}

    async def _pass(self) -> bool:
        """Until everything is as it should be, or nothing more can be done; false if there is much more to do."""
        await self._finish_all()
        for _ in range(_MOST_PLANS):
            settings = self._known.settings = self._settings()
            rooms = self._rooms()
            facts, decided = await self._index_calls.run(
                _decide, self._index, settings, rooms, self._now(), timeout_s=_INDEX_TIMEOUT_S
            )
            self._making_room = decided.making_room
            done = await self._carry_out(facts, decided)
            if done:
                await self._finish_all()
            if decided.complete or not done:
                self._tell_what_is_stuck(facts, decided)
                return True
            await self._measure_all()
        return False

    async def _carry_out(self, facts: Facts, decided: Plan) -> int:
        """How many are gone."""
        rooms = {room.volume: room for room in facts.rooms}
        by_volume: dict[str, list[Decision]] = {uuid: [] for uuid in rooms}
        for decision in decided.decisions:
            by_volume[decision.piece.volume].append(decision)
        done = await asyncio.gather(
            *(
                self._delete(self._shops[uuid], decisions, hurry=_is_tight(rooms[uuid]))
                for uuid, decisions in by_volume.items()
            )
        )
        for uuid, gone in zip(by_volume, done, strict=True):
            path = self._shops[uuid].volume.path
            self._notices.made_room(path, facts, gone)
            self._notices.calm_down(path, making_room=uuid in decided.making_room)
        return sum(map(len, done))

    async def _delete(self, shop: _Shop, decisions: Sequence[Decision], *, hurry: bool) -> list[Decision]:
        """Batch by batch; those that are gone."""
        gone: list[Decision] = []
        for first in range(0, len(decisions), LARGEST_BATCH):
            batch = {decision.piece.path: decision for decision in decisions[first : first + LARGEST_BATCH]}
            work = partial(delete_segments, self._index, shop.volume, list(batch), now=self._clock.utc_ns())
            deleted = await self._on_disk(shop, work)
            if deleted is None:
                break
            gone += [batch[path] for path in deleted.deleted]
            if not hurry:
                await asyncio.sleep(self._rhythm.rest_s)
        if gone and hurry:
            await self._settle(shop)
        if gone:
            reasons = ", ".join(sorted({decision.why for decision in gone}))
            _log.info("deleted %d segments on %s: %s", len(gone), shop.volume.path, reasons)
        return gone

    async def _settle(self, shop: _Shop) -> None:
        try:
            root = Path(shop.volume.path)
            await shop.calls.run(settle_free_space, root, timeout_s=_DELETE_TIMEOUT_S)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("it cannot be told how much is free on %s: %s", shop.volume.path, error)

    async def _finish_all(self) -> None:
        await asyncio.gather(*(self._finish(shop) for shop in self._shops.values()))

    async def _finish(self, shop: _Shop) -> None:
        """End deletions that were interrupted."""
        while shop.space is not None:
            work = partial(finish_deletions, self._index, shop.volume, now=self._clock.utc_ns())
            deleted = await self._on_disk(shop, work)
            if deleted is None or not deleted.deleted or deleted.left:
                return
            await asyncio.sleep(self._rhythm.rest_s)

    async def _on_disk(self, shop: _Shop, work: Callable[[], Deleted]) -> Deleted | None:
        """None: the volume cannot be used now."""
        try:
            deleted = await shop.calls.run(work, timeout_s=_DELETE_TIMEOUT_S)
        except (VolumeError, OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("nothing can be deleted on %s now: %s", shop.volume.path, error)
            shop.space = None
            return None
        if deleted.left != shop.left and deleted.left:
            _log.warning(
                "%d files cannot be deleted, they are tried again: %s", len(deleted.left), deleted.problem
            )
        shop.left = deleted.left
        return deleted

    def _tell_what_is_stuck(self, facts: Facts, decided: Plan) -> None:
        rooms = {room.volume: room for room in facts.rooms}
        self._stuck = frozenset(decided.stuck)
        for uuid, shop in self._shops.items():
            path, message = shop.volume.path, None
            if uuid in decided.stuck:
                held = sum(one.size for one in facts.holdings if one.volume == uuid)
                went = sum(one.piece.size for one in decided.decisions if one.piece.volume == uuid)
                message = self._notices.stuck(path, rooms[uuid], held - went)
            else:
                self._notices.unstuck(path)
            if uuid not in rooms:
                self._notices.calm_down(path, making_room=False)
            self._note(f"retention on {path}", message)

    async def _foresee(self) -> None:
        settings, rooms = self._settings(), self._rooms()
        levels = tier_levels(self._spaces().values(), settings, {})
        now, promised, otherwise = self._now(), promises(settings), general_promise(settings)
        found = self._known.forecast
        stale = settings is not self._known.foreseen_with or self._clock.monotonic() >= self._next_forecast
        if found is None or stale:
            found = await self._index_calls.run(
                look_ahead, self._index, settings, rooms, levels, now, timeout_s=_INDEX_TIMEOUT_S
            )
            self._known.forecast, self._known.foreseen_with = found, settings
            self._next_forecast = self._clock.monotonic() + self._rhythm.foresee_s
            self._notices.foresee(found, promised)
        known = Known(
            [shop.volume for shop in self._shops.values()],
            self._spaces(),
            {room.volume: room for room in rooms},
            promised,
            otherwise,
            found,
            levels,
            tier_ages(settings),
        )
        self._known.overview = await self._index_calls.run(
            overview, self._index, known, now, timeout_s=_INDEX_TIMEOUT_S
        )


def _is_tight(room: Room) -> bool:
    return room.making_room or room.free < room.floor


def _decide(index: Index, settings: Settings, rooms: Sequence[Room], now: UtcNs) -> tuple[Facts, Plan]:
    facts = gather(index, settings, rooms, now, LARGEST_BATCH)
    return facts, plan(facts, _LARGEST_PLAN)
