"""A segment as it is written: to one file, or to two of the same name on two volumes at once."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from gstnvr.ipc.messages import MirrorChanged, SegmentTakenOver
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.records import Segment, SegmentState
from gstnvr.recorder.segments.mirroring import Mirroring
from gstnvr.recorder.segments.planning import SegmentPlan
from gstnvr.recorder.segments.segment_file import SegmentError, SegmentFile
from gstnvr.recorder.sessions.waiting import unless
from gstnvr.recorder.storage.slow_disk import Flow
from gstnvr.recorder.storage.volume_guard import VolumeGuard, stalled

MOST_BEHIND_S = 10.0
"""A second file that is further behind what was sent to it is given up: memory is for what is nowhere yet."""

OnFault = Callable[[FaultReport, VolumeGuard], None]


class SegmentPair:
    """The recording knows one file; when that fails, the second takes its place, and nothing is interrupted."""

    def __init__(self, first: SegmentFile, mirroring: Mirroring) -> None:
        """Nothing is written yet, and there is no second file."""
        self.first = first
        """The file that the segment's row is about."""
        self._second: SegmentFile | None = None
        self._mirroring = mirroring
        self._tell = mirroring.context.tell
        self._on_fault: OnFault | None = None
        self._making: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._ending: SegmentFile | None = None
        """The second file on the way to its proper end."""
        self._mirrored: asyncio.Task[Segment | None] | None = None
        """Whether it gets there."""
        self._safe = first.record(SegmentState.OPEN, first.plan.start)
        """What the second file holds for certain."""
        self._over = False
        """Whatever becomes of it, there is to be no second file any more."""

    # --- as a file --------------------------------------------------------------------------------------

    @property
    def plan(self) -> SegmentPlan:
        return self.first.plan

    @property
    def guard(self) -> VolumeGuard:
        """Of the volume of the file that the row is about."""
        return self.first.guard

    @property
    def path(self) -> str:
        return self.first.path

    @property
    def fed_to(self) -> int:
        """Number in the ring of the next access unit."""
        return self.first.fed_to

    @property
    def unsafe_from(self) -> int:
        """From this number in the ring on it may not be on both disks yet."""
        files = (self.first,) if self._second is None else (self.first, self._second)
        return min(file.unsafe_from for file in files)

    @property
    def end(self) -> UtcNs:
        """End of the last access unit that was handed on."""
        return self.first.end

    def end_before(self, pts: int) -> UtcNs | None:
        """See ``SegmentFile.end_before``."""
        return self.first.end_before(pts)

    def record(self, state: SegmentState, end: UtcNs) -> Segment:
        """Row of the index."""
        return self.first.record(state, end)

    def flow(self) -> Flow:
        """See ``SegmentFile.flow``."""
        return self.first.flow()

    def start(self, on_fault: OnFault) -> None:
        """Begin to write, also to another volume if that is wanted; a fault is told that leaves no file."""
        self._on_fault = on_fault
        self.first.start(partial(self._failed, self.first))
        guard = self._mirroring.volume_beside(self.guard)
        if guard is not None:
            self._making = self._mirroring.begin(self._make_second(guard))

    def feed(self, units: Sequence[AccessUnit], first_number: int) -> None:
        """See ``SegmentFile.feed``."""
        self.first.feed(units, first_number)
        if self._second is not None:
            self._second.feed(units, first_number)

    def is_stuck(self, now: float) -> bool:
        """Whether no writer takes anything; to be asked about once a second."""
        second = self._second
        if second is not None:
            second.guard.slow_disk.note(self.plan.stream, second.flow())
            if second.is_stuck(now) or second.flow().behind_s > MOST_BEHIND_S:
                self._failed(second, stalled(second.guard.spec.path))
        return self.first.is_stuck(now) and not self._take_over(stalled(self.guard.spec.path))

    async def sync(self, *, follow: bool) -> Segment:
        """Bring to the disk what was written so far; the row of what is safe.

        Raises:
            SegmentError: no disk takes it.
        """
        if self._syncing is not None and self._second is None:
            await asyncio.wait({self._syncing})
        elif self._second is not None and (self._syncing is None or self._syncing.done()):
            self._syncing = asyncio.create_task(self._sync_second(self._second, follow=follow))
        first = self.first
        if self._second is None:
            return await first.sync(follow=follow)
        problem = stalled(first.guard.spec.path)
        try:
            grown = await unless(first.guard.failed, first.sync(follow=follow))
        except SegmentError as error:
            grown, problem = None, error.report
        if grown is not None and first is self.first:
            return grown
        if first is self.first and not self._take_over(problem):
            raise SegmentError(problem)
        return self._safe

    async def finish(self, end: UtcNs) -> Segment:
        """End the file and the second one; that may take longer and is not waited for if the first has its end.

        Args:
            end: see ``SegmentFile.finish``.

        Raises:
            SegmentError: no file has a proper end.
        """
        if self._second is None and not self._is_making:
            return await self.first.finish(end)
        mirrored = self._mirrored = self._mirroring.begin(self._finish_second(end))
        problem = stalled(self.guard.spec.path)
        try:
            closed = await unless(self.guard.failed, self.first.finish(end))
        except SegmentError as error:
            closed, problem = None, error.report
        if closed is not None:
            return closed
        other = await asyncio.shield(mirrored)
        second, self._ending = self._ending, None
        if other is None or second is None:
            raise SegmentError(problem)
        self._replace(second, other, problem)
        return other

    # --- two of them ------------------------------------------------------------------------------------

    def depends_on(self, guard: VolumeGuard) -> bool:
        """Whether the segment is lost, but for what is in memory, if this volume is."""
        given_up = self._mirrored is None or (self._mirrored.done() and self._mirrored.result() is None)
        return self.guard is guard and self._second is None and given_up

    @property
    def is_to_end(self) -> bool:
        """Whether the next segment could have a second file and this one has none, or a volume is used no more."""
        if self._second is not None:
            return self._second.guard.retired
        return not self._is_making and self._mirroring.volume_beside(self.guard) is not None

    @property
    def _is_making(self) -> bool:
        """Whether the second file is on the way."""
        return self._making is not None and not self._making.done()

    def does_without(self, guard: VolumeGuard) -> bool:
        """A volume failed: go on with the file on the other one; False: there is none."""
        found = guard.fault or stalled(guard.spec.path)
        if self._second is not None and self._second.guard is guard:
            self._failed(self._second, found)
        return self.guard is not guard or self._take_over(found)

    def alone(self) -> SegmentFile:
        """The file of the segment, which is broken; the second is given up if there is one."""
        self._over = True
        if self._second is not None:
            self._drop()
        elif self._mirrored is not None:
            self._mirrored.add_done_callback(self._drop_mirrored)
        return self.first

    async def _make_second(self, guard: VolumeGuard) -> None:
        second = await self._mirroring.create_beside(self.first, guard)
        if second is None:
            return
        ring = self._mirroring.ring
        begin = max(second.fed_to, min(self.plan.first_video, ring.first))
        if self._over or guard.fault is not None or begin < ring.first:
            self._mirroring.give_up(second)
            return
        self._second = second
        self._safe = second.record(SegmentState.OPEN, self.plan.start, 0)
        self._tell(MirrorChanged(self._safe))
        second.start(partial(self._failed, second))
        missed = ring.since(begin)[: max(0, self.first.fed_to - begin)]
        if missed and self._second is second:
            second.feed(missed, begin)

    def _failed(self, file: SegmentFile, found: FaultReport) -> None:
        """What is said of a file that was given up counts no more."""
        if file is self._second:
            self._drop()
            self._mirroring.doubt(file.guard, found)
        elif file is self.first and self._mirrored is None and not self._take_over(found):
            assert self._on_fault is not None
            self._on_fault(found, file.guard)

    def _take_over(self, found: FaultReport) -> bool:
        """Go on with the second file; False: there is none that is well."""
        second = self._second
        if second is None or second.fault is not None or second.guard.fault is not None:
            return False
        self._second = None
        self._replace(second, self._safe, found)
        return True

    def _replace(self, second: SegmentFile, safe: Segment, found: FaultReport) -> None:
        broken, self.first = self.first, second
        self._tell(SegmentTakenOver(safe, broken.guard.spec.uuid))
        self._mirroring.give_up(broken)
        self._mirroring.doubt(broken.guard, found)

    def _drop(self) -> None:
        second, self._second = self._second, None
        if second is not None:
            self._give_up(second)

    def _give_up(self, second: SegmentFile) -> None:
        self._tell(MirrorChanged(second.record(SegmentState.DELETING, self.plan.start, 0, 0)))
        self._mirroring.give_up(second)

    def _drop_mirrored(self, finishing: asyncio.Task[Segment | None]) -> None:
        if self._ending is not None and not finishing.cancelled() and finishing.result() is not None:
            self._give_up(self._ending)

    async def _sync_second(self, second: SegmentFile, *, follow: bool) -> None:
        try:
            grown = await second.sync(follow=follow)
        except SegmentError as error:
            self._failed(second, error.report)
        else:
            if second is self._second:
                self._safe = grown

    async def _finish_second(self, end: UtcNs) -> Segment | None:
        """None: it has no proper end."""
        if self._making is not None:
            await asyncio.wait({self._making})
        second, self._second = self._second, None
        if second is None:
            return None
        self._ending = second
        if self._syncing is not None:
            await asyncio.wait({self._syncing})
        try:
            closed = await unless(second.guard.failed, second.finish(end))
        except SegmentError as error:
            closed = None
            self._mirroring.doubt(second.guard, error.report)
        if closed is None:
            self._give_up(second)
        else:
            self._tell(MirrorChanged(closed))
        return closed
