"""Second files of one stream: on which volume, and what becomes of those that are given up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gstnvr.logs.setup import camera_logger
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, FaultReport
from gstnvr.recorder.context import StreamContext
from gstnvr.recorder.reporting.reports import IncidentLog
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.leftovers import Leftover, Leftovers
from gstnvr.recorder.segments.segment_file import SegmentError, SegmentFile
from gstnvr.recorder.storage.volume_choice import VolumeChoice
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.volume.paths import parse_segment_path

Result = TypeVar("Result")

STORAGE = (Fault.STORAGE_DISCONNECTED, Fault.DISK_FULL)


class Mirroring:
    """What the segments of a stream have in common that are written to two volumes."""

    def __init__(
        self,
        context: StreamContext,
        ring: Ring,
        choice: VolumeChoice,
        leftovers: Leftovers,
        incidents: IncidentLog,
    ) -> None:
        """Take what the recording of the stream has.

        Args:
            incidents: where a fault of one file is told of whose volume is well.
        """
        self.context = context
        self.ring = ring
        self._choice = choice
        self._leftovers = leftovers
        self._incidents = incidents
        self._log = camera_logger(__name__, context.stream)
        self._underway: set[asyncio.Task[Any]] = set()

    def volume_beside(self, first: VolumeGuard) -> VolumeGuard | None:
        """Where the second file of a segment goes; None: nowhere now."""
        return self._choice.second(first)

    async def create_beside(self, first: SegmentFile, guard: VolumeGuard) -> SegmentFile | None:
        """A file of the same name on another volume; None: it cannot be made."""
        name = parse_segment_path(first.path)
        try:
            second = await SegmentFile.create(first.plan, guard, self.context.media, name)
        except SegmentError as error:
            self.doubt(guard, error.report)
            return None
        if second.path == first.path:
            return second
        self.avoid(guard)
        self.give_up(second)
        return None

    def avoid(self, guard: VolumeGuard) -> None:
        """No second file there for a while."""
        self._choice.avoid(guard)

    def give_up(self, file: SegmentFile) -> None:
        """Delete a file that is not needed, now or when its volume is back."""
        letting_go = asyncio.create_task(file.discard())
        self._leftovers.add(Leftover(file, letting_go, None, 0))

    def doubt(self, guard: VolumeGuard, report: FaultReport) -> None:
        """A file there failed: is it the volume? Recording goes on meanwhile."""
        if report.fault in STORAGE:
            self.begin(self._examine(guard, report))
        else:
            self.avoid(guard)

    def begin(self, work: Coroutine[None, None, Result]) -> asyncio.Task[Result]:
        """Have something done that ``settle`` waits for."""
        task = asyncio.create_task(work)
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)
        return task

    async def settle(self) -> None:
        """Wait until second files have their ends."""
        while self._underway:
            await asyncio.wait(self._underway)

    async def _examine(self, guard: VolumeGuard, report: FaultReport) -> None:
        self._log.warning("one of two files failed, the other goes on: %s", report.message)
        if await guard.examine():
            return
        self.avoid(guard)
        if self._incidents.uid is None:
            now: UtcNs = self.context.clock.utc_ns()
            self._incidents.open(report, now, now)
