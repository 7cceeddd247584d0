"""The supervisor process: puts everything together, in order, and takes it apart again."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence

from gstnvr.api.common.ports import ApiServices, RecorderProcessView
from gstnvr.api.events.hub import EventHub
from gstnvr.api.events.listener import Telling
from gstnvr.api.server import STOP_TIMEOUT_S
from gstnvr.config.load import Configuration
from gstnvr.config.settings import Settings
from gstnvr.config.watch import FileWatcher
from gstnvr.copies.cache import FOLDER as FETCHED
from gstnvr.db.index import Index
from gstnvr.disks.overview import DisksOverview
from gstnvr.logs.setup import protect
from gstnvr.schedule.zones import machine_zone_name
from gstnvr.supervisor.api.entrance import Entrance
from gstnvr.supervisor.api.maintenance import maintenance
from gstnvr.supervisor.api.picture import Picture
from gstnvr.supervisor.api.telling import from_any_thread
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import MANUAL_ORDERS
from gstnvr.supervisor.recording.manual_orders import ManualOrders
from gstnvr.supervisor.recording.modes import RecordingModes
from gstnvr.supervisor.recording.software import check_software
from gstnvr.supervisor.service_manager import ServiceManager
from gstnvr.supervisor.settings.reload import prepare, read_again
from gstnvr.supervisor.surroundings import Surroundings
from gstnvr.supervisor.works import DRAIN_S, Works

_log = logging.getLogger(__name__)


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
        self._works: Works | None = None
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
        works = self._works = Works(
            index,
            self._around,
            settings=lambda: self.settings,
            modes=self.modes,
            picture=self.picture,
            publish=self.events.publish,
        )
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
                self._manager.stopping(self._around.patience.stop_s + DRAIN_S + STOP_TIMEOUT_S)
                await self._end(works)
        finally:
            await works.leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await api.stop()
            await entrance.end()

    def _services(self, index: Index, works: Works, entrance: Entrance) -> ApiServices:
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

    async def _follow_file(self, works: Works) -> None:
        async for _ in self._watcher.changes():
            configuration = await read_again(self._configuration.path, self.picture)
            if configuration is not None:
                before, self._configuration = self.settings, configuration
                prepare(before, configuration.settings)
                await works.configure()

    async def _until_told(self, tasks: Sequence[asyncio.Task[None]], works: Works) -> None:
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

    async def _end(self, works: Works) -> None:
        _log.info("stopping: recorders finish their files")
        ending = asyncio.create_task(works.end())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ending.done():
            _log.warning("ending at once; recorders finish their files by themselves")
            ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
