"""The volumes that are recorded to, and what is done about them while recording goes on."""

import asyncio
import logging
from collections.abc import Callable, Collection, Container, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.api.common.ports import VolumeView
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.config.storage import StorageSettings
from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Volume
from gstnvr.storage.overview import StorageOverview
from gstnvr.storage.reconcile import reconcile, reconcile_returned
from gstnvr.storage.recover import Action, log_changes
from gstnvr.supervisor.api.picture import Picture
from gstnvr.supervisor.index.ledger import Entry, EventLedger
from gstnvr.supervisor.index.unclaimed import UnclaimedSegments
from gstnvr.supervisor.recording.assignment import volume_spec
from gstnvr.supervisor.volumes.returns import Returns
from gstnvr.supervisor.volumes.volume import (
    IDENTIFY_TIMEOUT_S,
    Identification,
    Known,
    identify,
    known_volume,
    without_doubles,
)
from gstnvr.supervisor.volumes.volume_views import volume_views
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.identity import IdentityDamagedError, IdentityMissingError, read_identity

_log = logging.getLogger(__name__)

_LOOK_INTERVAL_S = 1.0
_RETRY_S = 10.0
_RECONCILE_TIMEOUT_S = 86_400.0
_MOST_HUNG = 4


class LiveStreams(Container[StreamId]):
    """Streams that recorders write or are about to; asked by threads that compare index and disks for a while."""

    def __init__(self) -> None:
        self._streams: frozenset[StreamId] = frozenset()

    def note(self, streams: Collection[StreamId]) -> None:
        """To be called before a recorder is told to write another one."""
        self._streams = frozenset(streams)

    def __contains__(self, stream: object) -> bool:
        return stream in self._streams


class StorageKeeper:
    """Knows which volumes recorders are to write to, and makes index and disks agree in the background."""

    def __init__(self, index: Index, ledger: EventLedger, picture: Picture, clock: Clock) -> None:
        self._index = index
        self._ledger = ledger
        self._picture = picture
        self._clock = clock
        self._calls = BlockingCalls("storage", max_hung=_MOST_HUNG)
        self._calls_of: dict[Path, BlockingCalls] = {}
        """One volume that hangs is no reason not to look at the others."""
        self._paths: tuple[Path, ...] = ()
        self._mirror = False
        self._recorded_to: frozenset[Path] = frozenset()
        self._found: dict[Path, Identification] = {}
        self._nowhere: dict[Path, str] = {}
        self._returns = Returns(clock)
        self.live = LiveStreams()
        self.overview: Callable[[], StorageOverview | None] = lambda: None
        """How full volumes are of which no recorder tells."""

    def volumes(self) -> Sequence[Volume]:
        """All volumes that hold segments, where they are now, those that fail last; blocks."""
        volumes = {volume.uuid: volume for volume in self._index.volumes()} | self._here()
        away = self._returns.away
        return sorted(volumes.values(), key=lambda volume: volume.uuid in away)

    def _here(self) -> dict[str, Volume]:
        """Those of the settings that are known, by identity."""
        found = ((path, self._found.get(path, Identification(None)).uuid) for path in self._paths)
        return {uuid: Volume(uuid, str(path)) for path, uuid in found if uuid is not None}

    def views(self) -> Sequence[VolumeView]:
        """Those of the settings, as they are now."""
        found = {path: self._found.get(path, Identification(None)) for path in self._paths}
        return volume_views(found, self._picture.volumes(), self.overview())

    def specs(self, settings: Settings) -> Sequence[VolumeSpec]:
        """For recorders; with an identity that no volume has where it is not known which is the right one."""
        storage = settings.storage
        return [volume_spec(storage, volume.path, self._uuid(volume.path)) for volume in storage.recorded_to]

    def _uuid(self, path: Path) -> str:
        found = self._found.get(path, Identification(None))
        return found.uuid or self._nowhere.setdefault(path, str(uuid4()))

    async def look(self, storage: StorageSettings) -> bool:
        """Find out which volumes are at the paths of the settings; true if recorders must be told others."""
        self._paths = tuple(volume.path for volume in storage.volumes)
        self._mirror = storage.policy is VolumePolicy.MIRROR
        self._recorded_to = frozenset(volume.path for volume in storage.recorded_to)
        return await self._look_at(self._paths)

    async def look_again(self, changed: Callable[[], None]) -> None:
        """While something is wrong with a volume, look whether it still is; for ever."""
        while True:
            await asyncio.sleep(_LOOK_INTERVAL_S)
            wrong = [path for path in self._paths if self._found[path].problem is not None]
            if wrong and await self._look_at(wrong):
                changed()

    async def _look_at(self, paths: Sequence[Path]) -> bool:
        before, known = self._here(), dict(self._found)
        looked = await asyncio.gather(*(self._identify(path) for path in paths))
        found = known | dict(zip(paths, looked, strict=True))
        self._found = without_doubles({path: found[path] for path in self._paths if path in found})
        self._tell_problems(known)
        now = self._here()
        for volume in now.values():
            if before.get(volume.uuid) != volume:
                self._ledger.put(Entry(f"volume {volume.path}", partial(_ensure_volume, volume=volume)))
        return now != before

    def _tell_problems(self, before: dict[Path, Identification]) -> None:
        problems = {path: one.problem for path, one in self._found.items() if one.problem is not None}
        some_work = not self._recorded_to <= problems.keys()
        for path, problem in problems.items():
            if path not in before or before[path].problem != problem:
                _log.error("%s: %s", self._consequence(path, some_work=some_work), problem)
        self._picture.note("storage", "; ".join(problems.values()) or None, healthy=some_work)

    def _consequence(self, path: Path, *, some_work: bool) -> str:
        if path not in self._recorded_to:
            return "nothing is moved there"
        return "nothing is recorded there" if some_work else "nothing can be recorded"

    async def _identify(self, path: Path) -> Identification:
        known: Known | None = None
        calls = self._calls_of.setdefault(path, BlockingCalls(f"volume {path}", max_hung=_MOST_HUNG))
        try:
            known = await self._calls.run(self._known, path, timeout_s=IDENTIFY_TIMEOUT_S)
            return await calls.run(identify, path, known, self._clock, timeout_s=IDENTIFY_TIMEOUT_S)
        except (StillRunningError, TooManyHungError):
            return _no_answer(path, known.uuid if known is not None else self._last_known(path))
        except SQLAlchemyError:
            return await self._identify_by_itself(path, calls)

    def _last_known(self, path: Path) -> str | None:
        return self._found.get(path, Identification(None)).uuid

    async def _identify_by_itself(self, path: Path, calls: BlockingCalls) -> Identification:
        """While the index cannot be asked, a volume that says who it is is taken at its word."""
        last = self._last_known(path)
        try:
            found = await calls.run(read_identity, path, timeout_s=IDENTIFY_TIMEOUT_S)
        except (StillRunningError, TooManyHungError):
            return _no_answer(path, last)
        except (IdentityMissingError, IdentityDamagedError, OSError) as error:
            return Identification(
                last, f"volume {path} cannot be told while the database does not answer: {error}"
            )
        return Identification(found.uuid)

    def _known(self, path: Path) -> Known | None:
        volumes = self._index.volumes()
        with_segments = {
            volume.uuid
            for volume in volumes
            if volume.path == str(path) and self._index.holds_segments(volume.uuid)
        }
        return known_volume(volumes, frozenset(with_segments), path)

    async def reconcile(
        self,
        recorded: Callable[[], Collection[StreamId]],
        living: Callable[[], Collection[StreamId]],
    ) -> None:
        """Make index and disks agree, each once it lets us; then look after what is left, for ever."""
        agree: set[str] = set()
        unclaimed = UnclaimedSegments(self._index, self._ledger, self._clock, self.volumes)
        while True:
            self.live.note({*recorded(), *living()})
            agree |= await self._reconcile(agree)
            self._returns.note(self._picture.volumes())
            await self._attend_to_returned()
            if agree:
                await unclaimed.look(self._picture.written())
            await asyncio.sleep(_RETRY_S)

    async def _reconcile(self, agree: Collection[str]) -> set[str]:
        """Volumes that could be used, of those with which the index does not agree yet."""
        work = partial(reconcile, now=self._clock.utc_ns(), live=self.live, mirror=self._mirror)
        try:
            volumes = await self._calls.run(self.volumes, timeout_s=IDENTIFY_TIMEOUT_S)
            there = [volume for volume in volumes if volume.uuid not in agree and await self._is_there(volume)]
            if not there:
                return set()
            changes = await self._calls.run(work, self._index, there, timeout_s=_RECONCILE_TIMEOUT_S)
        except (SQLAlchemyError, OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("index and disks could not be compared, it is tried again: %s", error)
            return set()
        log_changes(changes)
        _log.info("index and disks were compared: %d differences on %d volumes", len(changes), len(there))
        failed = {change.where for change in changes if change.action is Action.UNAVAILABLE}
        return {volume.uuid for volume in there if volume.path not in failed}

    async def _attend_to_returned(self) -> None:
        """What a recorder left on a volume that failed, another one does not know of."""
        here = self._here()
        for uuid, since in self._returns.due().items():
            volume = here.get(uuid)
            if volume is not None and await self._is_there(volume):
                work = partial(reconcile_returned, now=self._clock.utc_ns(), live=self.live, away_since=since)
                try:
                    changes = await self._calls.run(work, self._index, volume, timeout_s=_RECONCILE_TIMEOUT_S)
                except (SQLAlchemyError, OSError, StillRunningError, TooManyHungError) as error:
                    _log.warning("%s could not be put in order, it is tried again: %s", volume.path, error)
                    continue
                log_changes(changes)
            self._returns.attended(uuid)

    async def _is_there(self, volume: Volume) -> bool:
        path = Path(volume.path)
        calls = self._calls_of.setdefault(path, BlockingCalls(f"volume {path}", max_hung=_MOST_HUNG))
        try:
            await calls.run(check_identity, path, volume.uuid, timeout_s=IDENTIFY_TIMEOUT_S)
        except (VolumeError, StillRunningError, TooManyHungError):
            return False
        return True


def _no_answer(path: Path, uuid: str | None) -> Identification:
    return Identification(uuid, f"volume {path} does not answer; check disk, cable or network share")


def _ensure_volume(writer: IndexWriter, volume: Volume) -> None:
    writer.ensure_volume(volume)
