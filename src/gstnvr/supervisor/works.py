"""What the supervisor keeps going: recorders, index, volumes, copies, and all that goes on beside recording."""

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from gstnvr.api.common.ports import ComponentHealth
from gstnvr.api.events.ports import Publish
from gstnvr.config.database_address import database_address
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.logs.file import FOLDER, VARIABLE
from gstnvr.model.ids import StreamId
from gstnvr.supervisor.api.entrance import Entrance
from gstnvr.supervisor.api.picture import Picture
from gstnvr.supervisor.api.telling import watch_volumes
from gstnvr.supervisor.copies.copy_keeper import CopyKeeper
from gstnvr.supervisor.evidence.exports import ExportKeeper
from gstnvr.supervisor.evidence.user_deletions import UserDeletions
from gstnvr.supervisor.index.archive import Archive
from gstnvr.supervisor.index.database import DatabaseOpening
from gstnvr.supervisor.index.events import enter_cameras
from gstnvr.supervisor.index.ledger import Entry, EventLedger
from gstnvr.supervisor.index.left_events import LeftEvents
from gstnvr.supervisor.index.safekeeping import Safekeeper
from gstnvr.supervisor.index.takeover import Takeover
from gstnvr.supervisor.pictures.pictures import Pictures
from gstnvr.supervisor.places import DATABASE, SOCKETS
from gstnvr.supervisor.recording.assignment import stream_names
from gstnvr.supervisor.recording.fleet import Fleet
from gstnvr.supervisor.recording.modes import RecordingModes
from gstnvr.supervisor.recording.office import Office
from gstnvr.supervisor.recording.processes import LeftBehind
from gstnvr.supervisor.service_manager import without_service_manager
from gstnvr.supervisor.surroundings import Surroundings
from gstnvr.supervisor.volumes.disk_watch import DiskWatch
from gstnvr.supervisor.volumes.mirrors import MirrorKeeper
from gstnvr.supervisor.volumes.retention import RetentionKeeper
from gstnvr.supervisor.volumes.storage import StorageKeeper
from gstnvr.supervisor.volumes.tiers import TierKeeper

_log = logging.getLogger(__name__)

DRAIN_S = 5.0
"""In which the last changes are entered at the end."""
_RECORDED_WITHIN_S = 5.0
"""After the start; cameras that take longer are away."""
_LOOK_AGAIN_S = 0.1


class Works:
    """Everything that needs the index."""

    def __init__(
        self,
        index: Index,
        around: Surroundings,
        *,
        settings: Callable[[], Settings],
        modes: RecordingModes,
        picture: Picture,
        publish: Publish,
    ) -> None:
        """Nothing is started or read yet; ``publish`` is told what happens."""
        self._living_at_start: frozenset[StreamId] = frozenset()
        self._index, self._get_settings = index, settings
        self._picture, self._modes, self._publish = picture, modes, publish
        file, clock = around.database or self._settings.data_dir / DATABASE, around.clock
        address = partial(database_address, self._settings.database, file)
        self._opening, self._ledger = DatabaseOpening(index, address), EventLedger(index)
        self.storage = StorageKeeper(index, self._ledger, self._picture, around.clock)
        self._takeover = Takeover(index, self._ledger, around.clock, self.storage.volumes, self._modes.stretches)
        self.retention = RetentionKeeper(
            *(index, self._ledger, clock),
            settings=lambda: self._settings,
            volumes=self.storage.volumes,
            note=self._picture.note,
            rhythm=around.retention,
        )
        self.mirrors = MirrorKeeper(index, clock, self.storage.volumes, lambda: self._settings, around.mirrors)
        data, names = self._settings.data_dir, lambda: stream_names(self._settings)
        archive = Archive(data, index, self.storage.volumes, names, clock)
        self._tiers = TierKeeper(archive, self._ledger, lambda: self._settings, around.tiers)
        self.exports, self.deletions = ExportKeeper(archive), UserDeletions(archive)
        self._safekeeper = Safekeeper(index, around.clock, address, self.storage.volumes)
        self.disks = DiskWatch(index, self._ledger, clock, settings, around.system)
        sockets, self._left_behind = self._settings.data_dir / SOCKETS, LeftBehind(self._note_left_behind)
        self._left = LeftEvents(sockets, self._ledger)
        office = self._office(sockets, around)
        self.fleet = Fleet(office, self._takeover.recorder_gone, self._assign)
        self.pictures = Pictures(office, self.fleet.live_socket)
        self.copies = CopyKeeper(
            index=index,
            ledger=self._ledger,
            clock=around.clock,
            database=file,
            environment=office.environment,
            errors=around.errors,
            note=lambda problem: self._picture.note("copies", problem, healthy=True),
        )

    def _office(self, sockets: Path, around: Surroundings) -> Office:
        return Office(
            folder=sockets,
            command=around.recorder,
            environment=without_service_manager(os.environ) | {VARIABLE: str(self._settings.data_dir / FOLDER)},
            errors=around.errors,
            settings=lambda: self._settings,
            intents=lambda: self._modes.intents,
            ledger=self._ledger,
            left=self._left,
            left_behind=self._left_behind,
            picture=self._picture,
            clock=around.clock,
            take_over=self._takeover.take_over,
            patience=around.patience,
        )

    @property
    def _settings(self) -> Settings:
        return self._get_settings()

    def components(self) -> list[ComponentHealth]:
        """For the API."""
        waiting = self._ledger.problem
        detail = f"{self._ledger.waiting} changes wait for the database: {waiting}" if waiting else ""
        return [ComponentHealth("ledger", waiting is None, detail), *self._picture.components()]

    async def begin(self, tasks: list[asyncio.Task[None]], entrance: Entrance) -> None:
        """Find what runs, start what is missing; tasks that run for ever are added to the list."""

        def run(task: Coroutine[None, None, None], name: str) -> None:
            tasks.append(asyncio.create_task(task, name=name))

        def run_later(work: Callable[[], Coroutine[None, None, None]], name: str) -> None:
            run(self._once_recorded(work), name)

        if (engine := await self._opening.try_once()) is not None:
            self._index.attach(engine)
        run(self._ledger.run(), "ledger")
        await self.storage.look(self._settings.storage)
        await self._left.take()
        await self.fleet.find()
        self._living_at_start = self.fleet.living
        if self._index.is_open:
            await self._takeover.begin(self._living_at_start)
        await self.configure()
        run_later(self.copies.run, "copies")
        note = self._picture.note_only
        run(self.pictures.live.serve_rtsp(entrance, lambda: self._settings, note), "restream")
        self._modes.on_change = self._assign
        self.storage.overview = self.retention.overview
        run(self._modes.run(), "schedules")
        run_later(self.disks.run, "disks")
        run_later(self.retention.run, "retention")
        run_later(self.mirrors.run, "mirrors")
        run_later(self._tiers.run, "tiers")
        run(self.exports.run(), "exports")
        run(self.deletions.run(), "deletions")
        tell = partial(self._picture.note, healthy=True)
        run_later(partial(self._safekeeper.run, lambda: self._settings, tell), "safekeeping")
        run(self._opening.keep_trying(self._open_late), "database")
        run(self.storage.look_again(self._assign), "volume")
        run(watch_volumes(self.storage.views, self._publish), "telling of volumes")
        reconcile = partial(self.storage.reconcile, lambda: self._modes.recorded, lambda: self.fleet.living)
        run_later(reconcile, "reconciliation")

    async def _once_recorded(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Until cameras are recorded nothing else takes the processor from those who see to that."""
        now = asyncio.get_running_loop().time
        deadline = now() + _RECORDED_WITHIN_S
        while self._picture.recorded < len(self._modes.recorded) and now() < deadline:  # noqa: ASYNC110 - reports
            await asyncio.sleep(_LOOK_AGAIN_S)
        await work()

    async def _open_late(self, engine: Engine) -> None:
        """Recording began without the database; now what was in it meets what happened since."""
        await self._takeover.begin_late(Index(engine), self._living_at_start, self._modes.recorded)
        self._index.attach(engine)
        await self.storage.look(self._settings.storage)
        self._assign()

    async def configure(self) -> None:
        """Put the settings in force into effect."""
        settings = self._settings
        self._modes.configure(settings)
        self._picture.configure(settings)
        self._ledger.put(Entry("cameras", partial(enter_cameras, names=stream_names(settings))))
        await self.storage.look(settings.storage)
        self.copies.configure(settings)
        await self._takeover.retire(self._modes.recorded, self.fleet.living)
        self._assign()

    async def end(self) -> None:
        """Let recorders finish, and enter the last that they tell."""
        await self.fleet.stop()
        await self._takeover.stop()
        await self._modes.end()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._ledger.flush()
        except TimeoutError:
            _log.error("the last changes could not be entered; the next start finds them on the disk")

    async def leave(self) -> None:
        """Let recorders go on by themselves."""
        await self.pictures.end()
        await self.fleet.leave()
        self._left_behind.forget()

    def _assign(self) -> None:
        self.storage.live.note({*self._modes.recorded, *self.fleet.living})
        try:
            self.fleet.assign(self._settings, self.storage.specs(self._settings))
        except SecretError as error:
            _log.error("recorders go on as before, a password cannot be had: %s", error)

    def _note_left_behind(self, processes: Collection[int]) -> None:
        numbers = ", ".join(map(str, processes))
        problem = f"recorder processes that were killed wait in the kernel, e.g. for a disk: {numbers}"
        self._picture.note("processes left behind", problem if processes else None, healthy=True)
