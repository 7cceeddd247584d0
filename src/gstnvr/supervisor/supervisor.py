"""The supervisor process: puts everything together, in order, and takes it apart again."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from gstnvr.api.event_hub import EventHub
from gstnvr.api.event_listener import Telling
from gstnvr.api.ports import ApiServices, ComponentHealth, RecorderProcessView
from gstnvr.api.server import STOP_TIMEOUT_S
from gstnvr.config.database_address import database_address
from gstnvr.config.load import Configuration
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings
from gstnvr.config.watch import FileWatcher
from gstnvr.copies.cache import FOLDER as FETCHED
from gstnvr.db.index import Index
from gstnvr.disks.overview import DisksOverview
from gstnvr.logs.file import FOLDER, VARIABLE
from gstnvr.logs.setup import protect
from gstnvr.model.ids import StreamId
from gstnvr.schedule.zones import machine_zone_name
from gstnvr.supervisor.archive import Archive
from gstnvr.supervisor.assignment import stream_names
from gstnvr.supervisor.copy_keeper import CopyKeeper
from gstnvr.supervisor.database import DatabaseOpening
from gstnvr.supervisor.disk_watch import DiskWatch
from gstnvr.supervisor.entrance import Entrance
from gstnvr.supervisor.events import enter_cameras
from gstnvr.supervisor.exports import ExportKeeper
from gstnvr.supervisor.fleet import Fleet
from gstnvr.supervisor.ledger import Entry, EventLedger
from gstnvr.supervisor.left_events import LeftEvents
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.maintenance import maintenance
from gstnvr.supervisor.manual_orders import ManualOrders
from gstnvr.supervisor.mirrors import MirrorKeeper
from gstnvr.supervisor.modes import RecordingModes
from gstnvr.supervisor.office import Office
from gstnvr.supervisor.picture import Picture
from gstnvr.supervisor.pictures import Pictures
from gstnvr.supervisor.places import DATABASE, MANUAL_ORDERS, SOCKETS
from gstnvr.supervisor.processes import LeftBehind
from gstnvr.supervisor.reload import prepare, read_again
from gstnvr.supervisor.retention import RetentionKeeper
from gstnvr.supervisor.safekeeping import Safekeeper
from gstnvr.supervisor.service_manager import ServiceManager, without_service_manager
from gstnvr.supervisor.software import check_software
from gstnvr.supervisor.storage import StorageKeeper
from gstnvr.supervisor.surroundings import Surroundings
from gstnvr.supervisor.takeover import Takeover
from gstnvr.supervisor.telling import from_any_thread, watch_volumes
from gstnvr.supervisor.tiers import TierKeeper
from gstnvr.supervisor.user_deletions import UserDeletions

_log = logging.getLogger(__name__)

_DRAIN_S = 5.0
_RECORDED_WITHIN_S = 5.0
"""After the start; cameras that take longer are away."""
_LOOK_AGAIN_S = 0.1


class Supervisor:
    """Runs once, within an event loop."""

    def __init__(self, configuration: Configuration, around: Surroundings | None = None) -> None:
        self.started = asyncio.Event()
        """The API answers, and recorders have been told what to do."""
        self._around = around or Surroundings()
        self._configuration = configuration
        self.modes = RecordingModes(self._around.clock, ManualOrders(self.settings.data_dir / MANUAL_ORDERS))
        self.disks: Callable[[], DisksOverview] = DisksOverview
        self.events = EventHub(self._around.clock)
        self.picture = Picture(self._around.clock, lambda: self.modes.intents, self.events.publish)
        self._watcher = FileWatcher(configuration.path, self._around.watch_interval_s)
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._handing_on = False
        self._manager = ServiceManager(os.environ)
        self._index: Index | None = None
        self._works: _Works | None = None
        self._entrance: Entrance | None = None

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self._configuration.settings

    @property
    def index(self) -> Index:
        """Open once ``started`` is set."""
        assert self._index is not None
        return self._index

    async def run(self) -> None:
        """Until ``stop`` or a signal says so.

        Raises:
            StartupError: something is missing or taken; no recorder was started.
        """
        with InstanceLock(self.settings.data_dir):
            self._obey_signals()
            protect(self.settings)
            await self.modes.begin()
            self.modes.configure(self.settings)
            self.picture.configure(self.settings)
            await check_software(self._around.inventory)
            self._index = Index()
            self._index.on_news = from_any_thread(asyncio.get_running_loop(), self.events.publish)
            try:
                await self._run_with(self._index)
            finally:
                self._index.close()

    def stop(self) -> None:
        """Let recorders finish, then end; the second time end at once, they finish by themselves."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def hand_on(self) -> None:
        """End, and leave recorders to the next supervisor: not a frame is lost."""
        self._handing_on = True
        self._stopping.set()

    @property
    def setup_needed(self) -> bool:
        """Whether it is known that nobody has an account yet."""
        return self._entrance is not None and self._entrance.setup_needed

    def recorders(self) -> Sequence[RecorderProcessView]:
        """Their processes, once ``started`` is set."""
        assert self._works is not None
        return self._works.fleet.overview()

    def restart_recorders(self) -> int:
        """Replace every recorder process, one after the other, once ``started`` is set; how many."""
        assert self._works is not None
        return self._works.fleet.relieve_all()

    def reload(self) -> None:
        """Read the configuration again, whether or not the file changed."""
        self._watcher.trigger()

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        loop.add_signal_handler(signal.SIGUSR1, self.hand_on)

    async def _run_with(self, index: Index) -> None:
        works = self._works = _Works(self, index, self._around)
        self.disks = works.disks.overview
        clock, announce = self._around.clock, self._around.announce
        entrance = self._entrance = Entrance(index, lambda: self.settings, clock, announce)
        api = entrance.listen()
        tasks: list[asyncio.Task[None]] = []
        try:
            await works.begin(tasks, entrance)
            await works.fleet.begun()
            # Recorders start meanwhile: to put the API together takes as long.
            await entrance.serve(self._services(index, works, entrance), Telling(self.events))
            tasks.append(asyncio.create_task(api.wait(), name="api"))
            tasks.append(asyncio.create_task(entrance.run(), name="users"))
            tasks.append(asyncio.create_task(self._follow_file(works), name="configuration"))
            tasks.append(asyncio.create_task(self._manager.keep_telling(self._status), name="service manager"))
            self.started.set()
            self._manager.ready()
            recorded, address = len(self.modes.recorded), self.settings.api.address
            _log.info("cameras to record: %d; API at %s/api/v1", recorded, address)
            await self._until_told(tasks, works)
            if not self._handing_on:
                self._manager.stopping(self._around.patience.stop_s + _DRAIN_S + STOP_TIMEOUT_S)
                await self._end(works)
        finally:
            await works.leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await api.stop()
            await entrance.end()

    def _services(self, index: Index, works: "_Works", entrance: Entrance) -> ApiServices:
        return ApiServices(
            index=index,
            streams=self.picture.streams,
            recent_figures=self.picture.recent_figures.of,
            components=works.components,
            clock=self._around.clock,
            recorders=self.recorders,
            volumes=works.storage.views,
            restart_recorders=self.restart_recorders,
            order_recording=self.modes.order,
            disks=self.disks,
            copies=works.copies.views,
            storage=works.retention.overview,
            fetched=self.settings.data_dir / FETCHED,
            exports=works.exports,
            deletions=works.deletions,
            maintenance=maintenance(lambda: self._configuration, self.reload),
            live=works.pictures.live,
            thumbnails=works.pictures.thumbnails,
            door=entrance.door,
            accounts=entrance.accounts,
            zone=machine_zone_name(),
        )

    def _status(self) -> str:
        """One line for ``systemctl status``."""
        return f"{self.picture.recorded} of {len(self.modes.recorded)} cameras are being recorded"

    async def _follow_file(self, works: "_Works") -> None:
        async for _ in self._watcher.changes():
            configuration = await read_again(self._configuration.path, self.picture)
            if configuration is not None:
                before, self._configuration = self.settings, configuration
                prepare(before, configuration.settings)
                await works.configure()

    async def _until_told(self, tasks: Sequence[asyncio.Task[None]], works: "_Works") -> None:
        """Until it is to stop, or a mistake of ours ended something that must not end."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not stopping.done():
                await asyncio.wait({stopping, *tasks}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
                        raise RuntimeError(f"{task.get_name()} ended by itself")
                if (failure := works.fleet.failure()) is not None:
                    raise failure
        finally:
            stopping.cancel()

    async def _end(self, works: "_Works") -> None:
        _log.info("stopping: recorders finish their files")
        ending = asyncio.create_task(works.end())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ending.done():
            _log.warning("ending at once; recorders finish their files by themselves")
            ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)


class _Works:
    """Everything that needs the index."""

    def __init__(self, supervisor: Supervisor, index: Index, around: Surroundings) -> None:
        self._living_at_start: frozenset[StreamId] = frozenset()
        self._supervisor, self._index = supervisor, index
        self._picture, self._modes = supervisor.picture, supervisor.modes
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
        self.disks = DiskWatch(index, self._ledger, around.clock, lambda: self._settings, around.system)
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
        return self._supervisor.settings

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
        run(watch_volumes(self.storage.views, self._supervisor.events.publish), "telling of volumes")
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
            async with asyncio.timeout(_DRAIN_S):
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
