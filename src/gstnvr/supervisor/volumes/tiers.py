"""Moves recordings down the tiers in the background, never at the expense of recording."""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.db.stored import stored
from gstnvr.model.choices import Tier
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport, Reason
from gstnvr.model.records import SegmentState, Volume
from gstnvr.storage.holdings import Space, gather_moves, measure, tier_ages, tier_levels
from gstnvr.storage.moving import ChangedError, Order, SourceError, TargetError, move_segment
from gstnvr.storage.retention import Piece
from gstnvr.storage.tiers import Level, Move, drains, plan_moves
from gstnvr.supervisor.index.archive import Archive
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.volumes.believed_clock import BelievedClock
from gstnvr.supervisor.volumes.tier_notices import TierNotices
from gstnvr.supervisor.volumes.tier_pace import MovingInterruptedError, MovingPace
from gstnvr.volume.errors import VolumeError, report_os_error, volume_report

_log = logging.getLogger(__name__)

_AT_ONCE = 20
"""Moves to one volume; then it is looked again what is the most urgent."""
_MEASURE_TIMEOUT_S = 4.0
_INDEX_TIMEOUT_S = 60.0
_MOVE_TIMEOUT_S = 120.0
_SLOWEST_BYTES_PER_S = 500_000

_Key = tuple[str, str]
"""Volume and path."""


@dataclass(frozen=True, slots=True)
class TierRhythm:
    """How often what is done, in seconds."""

    look_s: float = 5.0
    """What is to be moved next."""
    retry_s: float = 60.0
    """A volume or a file that failed is tried again."""
    patience_s: float = 600.0
    """What is wrong for so long is told."""


@dataclass(slots=True)
class _Shelf:
    """What is known of one volume of the settings."""

    volume: Volume
    measuring: BlockingCalls
    moving: BlockingCalls
    """To it."""
    space: Space | None = None
    absence: FaultReport | None = None
    """Why it cannot be measured."""
    failure: FaultReport | None = None
    """Why the last move to it failed."""
    rests_until: float = 0.0
    worker: asyncio.Task[None] | None = None
    pending: dict[_Key, Piece] = field(default_factory=dict)
    """On their way to it."""


@dataclass(frozen=True, slots=True)
class _Facts:
    levels: Sequence[Level]
    oldest: Mapping[str, Sequence[Piece]]


class TierKeeper:
    """One look after the other, for ever; all that blocks runs on threads that may hang."""

    def __init__(
        self, archive: Archive, ledger: EventLedger, settings: Callable[[], Settings], rhythm: TierRhythm
    ) -> None:
        """Nothing is moved yet."""
        clock = archive.clock
        self._index = archive.index
        self._clock = clock
        self._settings = settings
        self._volumes = archive.volumes
        self._rhythm = rhythm
        self._believed = BelievedClock(clock)
        self._notices = TierNotices(ledger, clock, rhythm.patience_s)
        self._adopted = False
        self._shelves: dict[str, _Shelf] = {}
        self._failed: dict[_Key, float] = {}
        """Files that could not be moved, and until when they are left alone."""
        self._index_calls = BlockingCalls("tiers", max_hung=1)
        self._wake = asyncio.Event()
        self._problem: str | None = None
        self._in_force: Settings | None = None
        self._stopping = threading.Event()
        self._pace = MovingPace(None, clock)

    async def run(self) -> None:
        """Move what is to be moved, for ever."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._look()
                    self._problem = None
                except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
                    if str(error) != self._problem:
                        _log.warning("nothing can be moved now: %s", error)
                    self._problem = str(error)
                    self._wake.clear()
                await self._rest()
        finally:
            self._stopping.set()
            workers = [shelf.worker for shelf in self._shelves.values() if shelf.worker is not None]
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _rest(self) -> None:
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait({waking}, timeout=self._rhythm.look_s)
        finally:
            waking.cancel()

    async def _look(self) -> None:
        if not self._index.is_open:
            return
        settings = self._settings()
        if settings is not self._in_force:
            self._take(settings)
        await self._find_volumes(settings)
        if not any(volume.tier is not Tier.HOT for volume in settings.storage.volumes):
            self._notices.forget(())
            return
        await asyncio.gather(*(self._measure(shelf) for shelf in self._shelves.values()))
        now = self._believed.now()
        found = await self._index_calls.run(self._facts, settings, now, timeout_s=_INDEX_TIMEOUT_S)
        levels = self._usable(found.levels)
        moves = plan_moves(now, levels, self._movable(found.oldest), tier_ages(settings), _AT_ONCE)
        self._begin(moves)
        self._tell(settings, levels, moves)

    def _take(self, settings: Settings) -> None:
        """What is under way by other settings is begun anew."""
        self._stopping.set()
        self._stopping = threading.Event()
        self._pace = MovingPace(settings.storage.tiers.rate_limit_mbps, self._clock)
        self._in_force = settings

    async def _find_volumes(self, settings: Settings) -> None:
        volumes = await self._index_calls.run(self._volumes, timeout_s=_INDEX_TIMEOUT_S)
        if not self._adopted:
            open_only = partial(self._index.incidents, open_only=True)
            self._notices.adopt(await self._index_calls.run(open_only, timeout_s=_INDEX_TIMEOUT_S))
            self._adopted = True
        paths = {str(volume.path) for volume in settings.storage.volumes}
        there = {}
        for volume in (volume for volume in volumes if volume.path in paths):
            before = self._shelves.get(volume.uuid)
            if before is not None and before.volume == volume:
                there[volume.uuid] = before
            else:
                measuring, moving = (BlockingCalls(f"{what} {volume.path}", 1) for what in ("tiers", "moving to"))
                there[volume.uuid] = _Shelf(volume, measuring, moving)
        self._shelves = there

    async def _measure(self, shelf: _Shelf) -> None:
        path = shelf.volume.path
        shelf.space = None
        try:
            shelf.space = await shelf.measuring.run(measure, shelf.volume, timeout_s=_MEASURE_TIMEOUT_S)
            shelf.absence = None
        except VolumeError as error:
            shelf.absence = error.report
        except OSError as error:
            shelf.absence = report_os_error(error, f"cannot read volume {path}")
        except (StillRunningError, TooManyHungError):
            shelf.absence = volume_report(Reason.WRITE_STALLED, f"volume {path} does not answer")

    def _facts(self, settings: Settings, now: UtcNs) -> _Facts:
        """Blocks."""
        held: defaultdict[str, int] = defaultdict(int)
        with self._index.reading() as connection:
            for one in stored(connection):
                held[one.volume] += one.size
        spaces = [shelf.space for shelf in self._shelves.values() if shelf.space is not None]
        levels = tier_levels(spaces, settings, held)
        left_alone = len(self._failed) + sum(len(shelf.pending) for shelf in self._shelves.values())
        return _Facts(levels, gather_moves(self._index, levels, now, _AT_ONCE + left_alone))

    def _usable(self, levels: Sequence[Level]) -> list[Level]:
        """As they will be once what is under way has arrived, without those that rest after a failure."""
        now = self._clock.monotonic()
        comes: defaultdict[str, int] = defaultdict(int)
        for uuid, shelf in self._shelves.items():
            for piece in shelf.pending.values():
                comes[uuid] += piece.size
                comes[piece.volume] -= piece.size
        return [
            replace(level, free=level.free - comes[level.volume], held=level.held + comes[level.volume])
            for level in levels
            if level.tier is Tier.HOT or self._shelves[level.volume].rests_until <= now
        ]

    def _movable(self, oldest: Mapping[str, Sequence[Piece]]) -> Mapping[str, Sequence[Piece]]:
        now = self._clock.monotonic()
        self._failed = {key: until for key, until in self._failed.items() if until > now}
        left_alone = {key for shelf in self._shelves.values() for key in shelf.pending} | self._failed.keys()
        return {
            volume: [piece for piece in pieces if (volume, piece.path) not in left_alone]
            for volume, pieces in oldest.items()
        }

    def _begin(self, moves: Sequence[Move]) -> None:
        by_target: defaultdict[str, list[Move]] = defaultdict(list)
        for move in moves:
            by_target[move.to].append(move)
        for uuid, found in by_target.items():
            shelf = self._shelves[uuid]
            if shelf.worker is None:
                batch = found[:_AT_ONCE]
                shelf.pending = {(move.piece.volume, move.piece.path): move.piece for move in batch}
                shelf.worker = asyncio.create_task(self._move_all(shelf, batch), name=f"moving to {uuid}")

    async def _move_all(self, shelf: _Shelf, batch: Sequence[Move]) -> None:
        """One after the other; what fails is left for later."""
        moved = 0
        try:
            for move in batch:
                key = move.piece.volume, move.piece.path
                if not await self._move(shelf, move):
                    break
                moved += key not in self._failed
                shelf.pending.pop(key, None)
        finally:
            shelf.worker, shelf.pending = None, {}
        if moved:
            _log.info("moved %d segments to %s", moved, shelf.volume.path)
            self._wake.set()

    async def _move(self, shelf: _Shelf, move: Move) -> bool:
        """Whether to go on with the next."""
        source, stopping = self._shelves.get(move.piece.volume), self._stopping
        if source is None or stopping.is_set():
            return False
        size, stop = move.piece.size, threading.Event()
        patience_s = _MOVE_TIMEOUT_S + size / _SLOWEST_BYTES_PER_S + self._pace.patience_s(size)
        pace = partial(_before, self._pace, stopping, stop)
        work = partial(self._move_now, source.volume, shelf.volume, move, pace)
        try:
            await shelf.moving.run(work, timeout_s=patience_s)
        except TargetError as error:
            self._fails(shelf, error.report)
        except SourceError as error:
            self._failed[move.piece.volume, move.piece.path] = self._clock.monotonic() + self._rhythm.retry_s
            _log.warning("%s cannot be moved, it is tried again: %s", move.piece.path, error)
            return True
        except (StillRunningError, TooManyHungError) as error:
            self._fails(shelf, volume_report(Reason.WRITE_STALLED, str(error)))
        except SQLAlchemyError as error:
            _log.warning("%s cannot be moved, the database does not take it: %s", move.piece.path, error)
            shelf.rests_until = self._clock.monotonic() + self._rhythm.retry_s
        except MovingInterruptedError:
            return False
        else:
            shelf.failure = None
            return True
        finally:
            stop.set()
        return False

    def _move_now(self, source: Volume, target: Volume, move: Move, pace: Callable[[int], None]) -> None:
        """Blocks."""
        row = self._index.segment_at(source.uuid, move.piece.path)
        if row is None or row.state is not SegmentState.CLOSED:
            return
        try:
            move_segment(self._index, Order(row, source, target, move.keep_free), pace, self._clock.utc_ns())
        except ChangedError as error:
            _log.info("not moved: %s", error)

    def _fails(self, shelf: _Shelf, report: FaultReport) -> None:
        shelf.rests_until = self._clock.monotonic() + self._rhythm.retry_s
        if shelf.failure is None or shelf.failure.message != report.message:
            _log.warning("nothing can be moved to %s now: %s", shelf.volume.path, report.message)
        shelf.failure = report

    def _tell(self, settings: Settings, levels: Sequence[Level], moves: Sequence[Move]) -> None:
        tiers = {str(volume.path): volume.tier for volume in settings.storage.volumes}
        self._notices.forget(tiers)
        goes = {move.piece.volume for move in moves}
        goes |= {volume for shelf in self._shelves.values() for volume, _ in shelf.pending}
        usable = {level.volume: level for level in levels}
        for uuid, shelf in self._shelves.items():
            path, level = shelf.volume.path, usable.get(uuid)
            if tiers[path] is not Tier.HOT:
                self._notices.takes_nothing(path, shelf.absence or shelf.failure)
            stuck = level is not None and uuid not in goes and level.lacks and drains(level, levels)
            self._notices.waits(path, level.lacks if level is not None and stuck else None)


def _before(pace: MovingPace, stopping: threading.Event, given_up: threading.Event, size: int) -> None:
    pace.before(size, stopping)
    if given_up.is_set():
        raise MovingInterruptedError
