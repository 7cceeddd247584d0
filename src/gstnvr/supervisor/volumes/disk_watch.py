"""Asks disks how they are and looks at arrays, slowly, and tells what is wrong before anything fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.disks.devices import Beneath, System
from gstnvr.disks.history import History, read_history, write_history
from gstnvr.disks.judgement import Limits, Problem, judge_arrays, judge_disk, reading_of
from gstnvr.disks.mdstat import MdArray, parse_mdstat
from gstnvr.disks.overview import ArrayView, DisksOverview, DiskView
from gstnvr.disks.smart import DiskState, SmartReport
from gstnvr.disks.smartctl import Smartctl, SmartctlMissingError
from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.faults import Fault, FaultReport
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.standing import StandingIncidents
from gstnvr.supervisor.places import DISK_READINGS

_log = logging.getLogger(__name__)

_LOOK_INTERVAL_S = 0.5
_TIMEOUT_S = 10.0
_DISK, _ARRAY = "disk ", "array "


class DiskWatch:
    """Knows disks and arrays; answers from memory."""

    def __init__(
        self,
        index: Index,
        ledger: EventLedger,
        clock: Clock,
        settings: Callable[[], Settings],
        system: System,
    ) -> None:
        """Nothing is asked yet.

        Args:
            settings: those in force.
        """
        self._index = index
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._system = system
        self._incidents = StandingIncidents(ledger, clock)
        self._adopted = False
        self._calls = BlockingCalls("disks", max_hung=4)
        self._smartctl = Smartctl()
        self._disks: dict[str, DiskView] = {}
        self._arrays: Sequence[MdArray] = ()
        self._array_problems: Mapping[str, Problem] = {}
        self._beneath: Mapping[str, Beneath] = {}
        self._history: History | None = None
        self._unwatched: str | None = None

    def overview(self) -> DisksOverview:
        """All that is known."""
        return DisksOverview(
            tuple(self._disks.values()), tuple(map(self._array_view, self._arrays)), self._unwatched
        )

    def _array_view(self, array: MdArray) -> ArrayView:
        folders = tuple(folder for folder, one in self._beneath.items() if array.name in one.arrays)
        return ArrayView(array, folders, self._array_problems.get(f"{_ARRAY}{array.name}"))

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(self._look_at_disks, lambda: self._settings().disks.interval_s))
            tasks.create_task(self._repeat(self._look_at_arrays, lambda: self._settings().disks.raid_interval_s))

    async def _repeat(self, look: Callable[[], Awaitable[None]], interval_s: Callable[[], float]) -> None:
        looked_at: float | None = None
        watching = False
        while True:
            now = self._clock.monotonic()
            was_watching, watching = watching, self._settings().disks.watch
            if not watching and was_watching:
                self._forget()
            if watching and await self._is_adopted() and (looked_at is None or now - looked_at >= interval_s()):
                looked_at = now
                try:
                    await look()
                except (OSError, StillRunningError, TooManyHungError) as error:
                    _log.warning("disks cannot be looked at, it is tried again later: %s", error)
            await asyncio.sleep(_LOOK_INTERVAL_S)

    async def _is_adopted(self) -> bool:
        """Whether it is known what an earlier supervisor said and nobody has ended; it is not to be said twice."""
        if not self._adopted and self._index.is_open:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await self._ledger.flush()
                lasting = await self._calls.run(self._lasting, timeout_s=_TIMEOUT_S)
            except (SQLAlchemyError, TimeoutError, TooManyHungError):
                return False
            self._incidents.adopt(lasting, (_DISK, _ARRAY))
            self._adopted = True
        return self._adopted

    def _lasting(self) -> Sequence[Incident]:
        return self._index.incidents(open_only=True)

    def _forget(self) -> None:
        self._disks, self._arrays, self._array_problems = {}, (), {}
        self._incidents.end(self._incidents.codes)

    # --- arrays ---------------------------------------------------------------------------------------

    async def _look_at_arrays(self) -> None:
        try:
            text = await self._calls.run(self._system.mdstat.read_text, timeout_s=_TIMEOUT_S)
        except FileNotFoundError:
            text = ""
        self._arrays = parse_mdstat(text)
        problems = judge_arrays(self._arrays)
        self._array_problems = {problem.code: problem for problem in problems}
        self._tell(problems, {code for code in self._incidents.codes if code.startswith(_ARRAY)})

    # --- disks ----------------------------------------------------------------------------------------

    async def _look_at_disks(self) -> None:
        settings = self._settings()
        folders = [settings.data_dir, *(volume.path for volume in settings.storage.volumes)]
        self._beneath = {str(folder): await self._find(folder) for folder in dict.fromkeys(folders)}
        names = sorted({disk for beneath in self._beneath.values() for disk in beneath.disks})
        for name in [name for name in self._disks if name not in names]:
            self._drop(name)
        if self._history is None:
            path = settings.data_dir / DISK_READINGS
            self._history = await self._calls.run(read_history, path, timeout_s=_TIMEOUT_S)
        before = self._history
        for name in names:
            await self._look_at_disk(name, settings)
        await self._write_history(before, settings.data_dir / DISK_READINGS)

    async def _find(self, folder: Path) -> Beneath:
        """What lies beneath a folder; as it was known if that cannot be told in time."""
        try:
            return await self._calls.run(self._system.beneath, folder, timeout_s=_TIMEOUT_S)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("which disk %s is on cannot be told: %s", folder, error)
            return self._beneath.get(str(folder), Beneath())

    async def _look_at_disk(self, name: str, settings: Settings) -> None:
        folders = tuple(folder for folder, one in self._beneath.items() if name in one.disks)
        view = DiskView(name, folders)
        before = self._disks.get(name, view)
        try:
            report = await self._smartctl.ask(settings.disks.smartctl, name)
        except SmartctlMissingError as error:
            self._note_unwatched(f"{error}: install smartmontools, or set disks.watch: false")
            self._disks[name] = view
            return
        self._note_unwatched(None)
        if before.known is not None and report.state is DiskState.READ and before.known.key != report.key:
            self._drop(name)
            before = view
        if report.state is not DiskState.READ:
            if before.report is None or before.report.state is not report.state:
                _log.info("disk %s is not read: %s", name, report.problem)
            self._disks[name] = DiskView(name, folders, report, before.known, before.known_at, before.problems)
            return
        now = self._clock.utc_ns()
        problems = self._judge(report, settings, now)
        self._disks[name] = DiskView(name, folders, report, report, now, tuple(problems))

    def _judge(self, report: SmartReport, settings: Settings, now: UtcNs) -> list[Problem]:
        history = self._history or History()
        limits = Limits(
            settings.disks.max_temperature_c,
            settings.disks.max_ssd_temperature_c,
            settings.disks.max_wear_percent,
        )
        standing = self._codes_of(report.key)
        problems = judge_disk(report, history.of(report.key), limits, standing, now)
        self._history = history.with_reading(report.key, reading_of(report, now))
        self._tell(problems, standing)
        return problems

    def _drop(self, name: str) -> None:
        """It is not there any more, or another one is in its place."""
        known = self._disks.pop(name).known
        if known is not None:
            self._incidents.end(self._codes_of(known.key))

    def _codes_of(self, key: str) -> frozenset[str]:
        return frozenset(code for code in self._incidents.codes if code.startswith(f"{_DISK}{key} "))

    async def _write_history(self, before: History, path: Path) -> None:
        assert self._history is not None
        self._history = self._history.without_old(self._clock.utc_ns())
        if self._history != before:
            await self._calls.run(write_history, path, self._history, timeout_s=_TIMEOUT_S)

    def _note_unwatched(self, problem: str | None) -> None:
        if problem is not None and self._unwatched is None:
            _log.info("disks are not asked how they are: %s", problem)
        self._unwatched = problem

    def _tell(self, problems: Iterable[Problem], standing: Iterable[str]) -> None:
        found = {problem.code: problem for problem in problems}
        for problem in found.values():
            if problem.code not in self._incidents.codes:
                _log.warning("%s", problem.message)
            report = FaultReport(Fault.STORAGE_DISCONNECTED, problem.reason, problem.severity, problem.message)
            self._incidents.say(problem.code, report)
        self._incidents.end(code for code in list(standing) if code not in found)
