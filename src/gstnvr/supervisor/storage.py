"""The volume that is recorded to, and what is done about it while recording goes on."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Volume
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action, Change, log_changes
from gstnvr.supervisor.assignment import volume_spec
from gstnvr.supervisor.ledger import Entry, EventLedger
from gstnvr.supervisor.picture import Picture
from gstnvr.supervisor.unclaimed import UnclaimedSegments
from gstnvr.supervisor.volume import IDENTIFY_TIMEOUT_S, Identification, Known, identify, known_volume
from gstnvr.volume.identity import IdentityDamagedError, IdentityMissingError, read_identity

_log = logging.getLogger(__name__)

_LOOK_INTERVAL_S = 1.0
_RETRY_S = 10.0
_RECONCILE_TIMEOUT_S = 86_400.0


class StorageKeeper:
    """Knows which volume recorders are to write to, and makes index and disk agree in the background."""

    def __init__(self, index: Index, ledger: EventLedger, picture: Picture, clock: Clock) -> None:
        self._index = index
        self._ledger = ledger
        self._picture = picture
        self._clock = clock
        self._calls = BlockingCalls("storage", max_hung=4)
        self._path = Path()
        self._found = Identification(None)
        self._nowhere = str(uuid4())

    def volumes(self) -> Sequence[Volume]:
        """All volumes that hold segments, where they are now; blocks."""
        volumes = {volume.uuid: volume for volume in self._index.volumes()}
        if self._found.uuid is not None:
            volumes[self._found.uuid] = Volume(self._found.uuid, str(self._path))
        return list(volumes.values())

    def spec(self, settings: Settings) -> VolumeSpec:
        """For recorders; one with an identity that no volume has while the right one is not known."""
        return volume_spec(settings, self._found.uuid or self._nowhere)

    async def look(self, path: Path) -> bool:
        """Find out which volume is at a path; true if recorders must be told another one."""
        before, self._path = (self._path, self._found.uuid), path
        found = await self._identify(path)
        if found.problem is not None and found.problem != self._found.problem:
            _log.error("nothing can be recorded: %s", found.problem)
        self._found = found
        self._picture.note("storage", found.problem)
        now = (path, found.uuid)
        if now != before and found.uuid is not None:
            volume = Volume(found.uuid, str(path))
            self._ledger.put(Entry(f"volume {path}", partial(_ensure_volume, volume=volume)))
        return now != before

    async def look_again(self, changed: Callable[[], None]) -> None:
        """While something is wrong with the volume, look whether it still is; for ever."""
        while True:
            await asyncio.sleep(_LOOK_INTERVAL_S)
            if self._found.problem is not None and await self.look(self._path):
                changed()

    async def _identify(self, path: Path) -> Identification:
        known: Known | None = None
        try:
            known = await self._calls.run(self._known, path, timeout_s=IDENTIFY_TIMEOUT_S)
            return await self._calls.run(identify, path, known, self._clock, timeout_s=IDENTIFY_TIMEOUT_S)
        except (StillRunningError, TooManyHungError):
            expected = known.uuid if known is not None else self._found.uuid
            return Identification(expected, f"volume {path} does not answer; check disk, cable or network share")
        except SQLAlchemyError:
            return await self._identify_by_itself(path)

    async def _identify_by_itself(self, path: Path) -> Identification:
        """While the index cannot be asked, a volume that says who it is is taken at its word."""
        try:
            found = await self._calls.run(read_identity, path, timeout_s=IDENTIFY_TIMEOUT_S)
        except (StillRunningError, TooManyHungError):
            return Identification(
                self._found.uuid, f"volume {path} does not answer; check disk, cable or network share"
            )
        except (IdentityMissingError, IdentityDamagedError, OSError) as error:
            problem = f"volume {path} cannot be told while the database does not answer: {error}"
            return Identification(self._found.uuid, problem)
        return Identification(found.uuid)

    def _known(self, path: Path) -> Known | None:
        volumes = self._index.volumes()
        with_segments = {
            volume.uuid
            for volume in volumes
            if volume.path == str(path) and self._index.segments(volume=volume.uuid, limit=1)
        }
        return known_volume(volumes, frozenset(with_segments), path)

    async def reconcile(
        self,
        recorded: Callable[[], Collection[StreamId]],
        living: Callable[[], Collection[StreamId]],
    ) -> None:
        """Make index and disk agree, once the volume lets us; then look after what is left, for ever."""
        agree = False
        unclaimed = UnclaimedSegments(self._index, self._ledger, self._clock, self.volumes)
        while True:
            if agree:
                await unclaimed.look(self._picture.written())
            else:
                agree = await self._reconcile(recorded(), living())
            await asyncio.sleep(_RETRY_S)

    async def _reconcile(self, recorded: Collection[StreamId], living: Collection[StreamId]) -> bool:
        """False if the volume could not be used."""
        if self._found.uuid is None:
            return False
        live = {*recorded, *living}
        work = partial(reconcile, now=self._clock.utc_ns(), live=live)
        try:
            volumes = await self._calls.run(self.volumes, timeout_s=IDENTIFY_TIMEOUT_S)
            changes = await self._calls.run(work, self._index, volumes, timeout_s=_RECONCILE_TIMEOUT_S)
        except (SQLAlchemyError, OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("index and disk could not be compared, it is tried again: %s", error)
            return False
        log_changes(changes)
        return not any(self._could_not_be_used(change) for change in changes)

    def _could_not_be_used(self, change: Change) -> bool:
        return change.action is Action.UNAVAILABLE and change.where == str(self._path)


def _ensure_volume(writer: IndexWriter, volume: Volume) -> None:
    writer.ensure_volume(volume)
