"""Broken files on volumes that are out of reach: what came after their last sync is written elsewhere."""

import asyncio
import logging
from dataclasses import dataclass

from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.container.facts import CutPoint, FileScan, cut_points, duration_up_to
from gstnvr.ipc.messages import SegmentClosed, SegmentDiscarded
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import SegmentState
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.segments.salvage import cut_file, look, replace_file
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.recorder.sessions.waiting import set_within
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

RETRY_S = 5.0
ANSWER_WITHIN_S = 8.0
LET_GO_WITHIN_S = 2.0
SETTLED_WITHIN_S = 1.5
_PASSES = 2
"""One may be underway that began before the last file came."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file whose row says already where it ends."""

    segment: SegmentFile
    letting_go: asyncio.Task[None]
    """Until this is done, the writer may come through with what it hangs in."""
    cut: CutPoint | None
    """Where it ends by its row; None: all that it holds is written elsewhere."""
    most_frames: int
    """Video access units in front of what is written elsewhere; more than ``cut`` has if the ring lost some."""


class Leftovers:
    """Gives each file its end when its volume is back; until then it is left alone."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._files: list[Leftover] = []
        self._late: set[asyncio.Task[SegmentFile]] = set()
        self._news = asyncio.Event()
        self._looked = asyncio.Event()
        """Every file was looked at since this was cleared, or most of them."""
        self._task: asyncio.Task[None] | None = None

    def add(self, leftover: Leftover) -> None:
        """Wait for its volume."""
        self._files.append(leftover)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._mend_all(), name="leftovers")

    def take_late(self, creating: asyncio.Task[SegmentFile]) -> None:
        """A file that is being made on a volume that failed meanwhile is not needed any more."""
        self._late.add(creating)
        creating.add_done_callback(self._made_late)

    def _made_late(self, creating: asyncio.Task[SegmentFile]) -> None:
        self._late.discard(creating)
        if creating.cancelled() or creating.exception() is not None:
            return
        segment = creating.result()
        self.add(Leftover(segment, asyncio.create_task(segment.discard()), None, 0))

    def look_again(self) -> None:
        """A volume is back, or gone."""
        self._news.set()

    async def settle(self) -> None:
        """Give volumes that are well some time to take all that waits for them."""
        for _ in range(_PASSES):
            if any(one.segment.guard.fault is None for one in self._files):
                self._looked.clear()
                self._news.set()
                await set_within(self._looked, SETTLED_WITHIN_S)

    def leave(self) -> None:
        """What is not mended yet is left to the next start."""
        if self._task is not None:
            self._task.cancel()

    async def _mend_all(self) -> None:
        while self._files:
            self._news.clear()
            for leftover in tuple(self._files):
                guard = leftover.segment.guard
                if guard.retired or (guard.fault is None and await self._mended(leftover)):
                    self._files.remove(leftover)
            self._looked.set()
            if self._files:
                await set_within(self._news, RETRY_S)

    async def _mended(self, leftover: Leftover) -> bool:
        segment = leftover.segment
        calls, root, uuid = segment.guard.calls, segment.guard.root, segment.guard.spec.uuid
        await asyncio.wait({leftover.letting_go}, timeout=LET_GO_WITHIN_S)
        end = cut_file if leftover.letting_go.done() else replace_file
        try:
            found = await calls.run(look, root, uuid, segment.path, timeout_s=ANSWER_WITHIN_S)
            cut = None if found is None else _place(leftover, found)
            if leftover.cut is not None and cut is None:
                _log.error("%s holds less than was synced: it is left to the next start", segment.path)
                return True
            size = await calls.run(end, root, segment.path, cut, timeout_s=ANSWER_WITHIN_S)
        except (VolumeError, OSError, StillRunningError, TooManyHungError) as error:
            _log.info("%s cannot be ended yet: %s", segment.path, error)
            return False
        self._enter(leftover, found, cut, size)
        return True

    def _enter(self, leftover: Leftover, found: FileScan | None, cut: CutPoint | None, size: int) -> None:
        segment = leftover.segment
        if cut is None or found is None:
            self._tell(SegmentDiscarded(segment.plan.stream, segment.guard.spec.uuid, segment.path))
        elif cut != leftover.cut:
            end = UtcNs(segment.plan.start + duration_up_to(found, cut.offset))
            self._tell(SegmentClosed(segment.record(SegmentState.CLOSED, end, cut.video_units, size)))
        _log.info("%s: ended on a volume that is back", segment.path)


def _place(leftover: Leftover, found: FileScan) -> CutPoint | None:
    """Where the file is to end: it keeps all that is not written elsewhere; None: nothing."""
    if leftover.most_frames == 0:
        return None
    fitting = [point for point in cut_points(found) if 0 < point.video_units <= leftover.most_frames]
    if leftover.cut is not None and leftover.most_frames == leftover.cut.video_units:
        return next((point for point in fitting if point.offset == leftover.cut.offset), None)
    return fitting[-1] if fitting else None
