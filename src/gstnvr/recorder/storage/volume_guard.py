"""Watches one volume that a recorder process may write to: whether it takes anything, and when again."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from gstnvr.blocking.calls import BlockingCalls, LateCall, StillRunningError, TooManyHungError
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.amounts import levels_in_force
from gstnvr.model.clock import Clock
from gstnvr.model.faults import FaultReport, Reason
from gstnvr.recorder.reporting.reports import IncidentLog, Tell
from gstnvr.recorder.storage.slow_disk import SlowDisk
from gstnvr.volume.checks import Room, VolumeChecker
from gstnvr.volume.errors import VolumeError, volume_report
from gstnvr.volume.mounts import mountinfo, place_in

Listener = Callable[["VolumeGuard"], None]

_log = logging.getLogger(__name__)

IDENTITY_INTERVAL_S = 1.0
"""An unmounted disk is noticed by nobody else: GStreamer goes on writing to the file that it has."""
ANSWER_WITHIN_S = 4.0
"""A disk that takes longer for a check does not answer."""


class VolumeGuard:
    """One volume: usable until a check fails, and again once all checks pass."""

    def __init__(self, spec: VolumeSpec, tell: Tell, clock: Clock) -> None:
        self.spec = spec
        self.root = Path(spec.path)
        self.calls = BlockingCalls(f"volume {spec.path}", max_hung=256, on_late=_log_late)
        """For everything that touches the volume."""
        self.fault: FaultReport | None = None
        """Why nothing may be written now."""
        self.failed = asyncio.Event()
        """Set as long as there is a fault."""
        self.room: Room | None = None
        """As it was found last."""
        self.retired = False
        """It is used no more: what grows there ends with the next key frame."""
        self.incidents = IncidentLog(tell, None)
        self.slow_disk = SlowDisk(spec.path, tell, clock)
        self._checks = self._new_checks()
        self._mounts = mounts_around(self.root)
        self._checking = asyncio.Lock()
        self._checker = VolumeChecker(spec.uuid, self.root, spec.min_free_bytes)
        self._clock = clock
        self._listeners: list[Listener] = []
        self._suspected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to check."""
        self._task = asyncio.create_task(self._watch(), name="volume guard")

    def take(self, spec: VolumeSpec) -> None:
        """Other settings for the same volume."""
        self.spec = spec
        self._checker.min_free_bytes = spec.min_free_bytes

    def stop(self) -> None:
        """Check no more."""
        if self._task is not None:
            self._task.cancel()

    def retire(self) -> None:
        """It was taken out of the settings: nothing begins there any more, and its fault is nobody's concern."""
        self.retired = True
        self.stop()
        self.slow_disk.stop()
        self.incidents.close(self._clock.utc_ns(), attempts=0)

    def subscribe(self, listener: Listener) -> None:
        """Call the listener whenever it fails or is well again."""
        self._listeners.append(listener)

    @property
    def free_bytes(self) -> int:
        """Free space; 0 while it is not known."""
        return self.room.free_bytes if self.room is not None else 0

    @property
    def has_room(self) -> bool:
        """So much is free that nothing would have to be deleted soon, as far as is known."""
        if self.room is None:
            return True
        spec = self.spec
        levels = levels_in_force(spec.floor, spec.resume, self.room.total_bytes, spec.min_free_bytes)
        return self.room.free_bytes > sum(levels) // 2

    async def examine(self) -> bool:
        """Somebody could not write: check at once. False: the volume is well, it was something else."""
        async with self._checking:
            found = self.fault or await self._check(full=True)
            if found is not None:
                self._set_fault(found)
                self._suspected.set()
            return found is not None

    def _set_fault(self, fault: FaultReport | None) -> None:
        before, self.fault = self.fault, fault
        (self.failed.clear if fault is None else self.failed.set)()
        now = self._clock.utc_ns()
        if fault is not None and before is None:
            self.incidents.open(fault, now, now)
            _log.warning("%s", fault.message)
        elif fault is None and before is not None:
            self.incidents.close(now, attempts=0)
            _log.info("volume %s is usable again", self.spec.path)
        if (before is None) != (fault is None):
            for listener in tuple(self._listeners):
                listener(self)

    async def _watch(self) -> None:
        next_full = 0.0
        while True:
            self._suspected.clear()
            async with self._checking:
                full = self.fault is not None or self._clock.monotonic() >= next_full
                found = await self._check(full)
                if found is not None or full:
                    self._set_fault(found)
            if found is not None:
                await asyncio.sleep(self.spec.retry_interval_s)
                continue
            if full:
                next_full = self._clock.monotonic() + self.spec.check_interval_s
            await self._pause(min(IDENTITY_INTERVAL_S, self.spec.check_interval_s))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._suspected.wait()
        except TimeoutError:
            return

    async def _check(self, full: bool) -> FaultReport | None:
        """The fault, or None."""
        if self._checks.hung:
            self._forget_checks_of_old_mounts()
        try:
            look = self._checker.check if full else self._checker.glance
            self.room = await self._checks.run(look, timeout_s=ANSWER_WITHIN_S)
        except VolumeError as error:
            return error.report
        except (StillRunningError, TooManyHungError):
            return stalled(self.spec.path)
        return None

    def _forget_checks_of_old_mounts(self) -> None:
        """A check that hangs on a file system that was unmounted since says nothing about the one there now."""
        mounts = mounts_around(self.root)
        if mounts != self._mounts:
            self._mounts = mounts
            self._checks = self._new_checks()

    def _new_checks(self) -> BlockingCalls:
        return BlockingCalls(f"checks of volume {self.spec.path}", max_hung=1)


def mounts_around(root: Path) -> tuple[str, ...]:
    """What the kernel says of the mounts at or above a path; never blocks. Empty where it cannot be asked."""
    try:
        lines = mountinfo().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(line for line in lines if root.is_relative_to(place_in(line)))


def stalled(path: str) -> FaultReport:
    """The report on a disk that does not answer."""
    return volume_report(Reason.WRITE_STALLED, f"volume {path} does not answer")


def _log_late(call: LateCall) -> None:
    _log.info("%s returned after %.1f s", call.name, call.took_s)
