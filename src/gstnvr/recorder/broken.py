"""Segment files of one stream that a storage fault broke, until something is made of them."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.container.facts import FileScan
from gstnvr.ipc.messages import SegmentClosed, SegmentDiscarded
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.records import SegmentState
from gstnvr.recorder.reports import GapLog, Tell
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.salvage import Fed, Resumption, cut_file, look, plan_resumption
from gstnvr.recorder.segment_file import SegmentFile
from gstnvr.recorder.volume_guard import VolumeGuard, stalled
from gstnvr.volume.errors import VolumeError, report_os_error

_log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

ANSWER_WITHIN_S = 8.0


class BrokenSegments:
    """In order of their beginning; falsy if there are none."""

    def __init__(self, ring: Ring, guard: VolumeGuard, tell: Tell, gaps: GapLog) -> None:
        self._ring = ring
        self._guard = guard
        self._tell = tell
        self._gaps = gaps
        self._files: list[tuple[SegmentFile, asyncio.Task[bool]]] = []

    def __bool__(self) -> bool:
        return bool(self._files)

    def add(self, segment: SegmentFile) -> None:
        """Let go of the writer in the background."""
        self._files.append((segment, asyncio.create_task(segment.discard())))
        self._files.sort(key=lambda entry: entry[0].plan.first_video)

    async def salvage(self) -> Resumption | None:
        """Give every file the end that it can have; where the ring is to be read from then.

        A file whose content is in the ring as a whole is deleted if the one before it could be continued. If the
        volume fails meanwhile, the guard is told and everything waits for the next call.
        """
        resumption: Resumption | None = None
        while self._files and (resumption is None or not resumption.lossless):
            segment, discarding = self._files[0]
            if not await discarding:
                _log.warning("%s: a write still hangs, its file is left to the next start", segment.path)
                self._files.pop(0)
                continue
            found = await self._try(look, self._guard.root, self._guard.spec.uuid, segment.path)
            if isinstance(found, FaultReport):
                self._guard.report(found)
                return None
            resumption = plan_resumption(self._ring, _fed(segment), found)
            cut = await self._try(cut_file, self._guard.root, segment.path, resumption.cut)
            if isinstance(cut, FaultReport):
                self._guard.report(cut)
                return None
            self._files.pop(0)
            self._enter(segment, resumption, found, cut)
        return resumption if await self._drop_rest() else None

    def _enter(self, segment: SegmentFile, resumption: Resumption, found: FileScan | None, size: int) -> None:
        if resumption.cut is None or found is None:
            self._tell(SegmentDiscarded(segment.plan.stream, self._guard.spec.uuid, segment.path))
            self._gaps.begin_at(segment.plan.start)
            return
        end = self._end_of(segment, resumption, found)
        frames = resumption.cut.video_units
        self._tell(SegmentClosed(segment.record(SegmentState.CLOSED, end, frames, size)))
        self._gaps.begin_at(end)

    def _end_of(self, segment: SegmentFile, resumption: Resumption, found: FileScan) -> UtcNs:
        """Where the next one begins, if it follows; else as long as the file is."""
        follows = resumption.lossless and resumption.video < self._ring.end
        if follows and self._ring.session_of(resumption.video).timeline is segment.plan.timeline:
            return segment.plan.timeline.at(self._ring.unit(resumption.video).pts)
        return UtcNs(segment.plan.start + found.duration_ns)

    async def _drop_rest(self) -> bool:
        """Newer files are written anew from the ring."""
        while self._files:
            segment, discarding = self._files[0]
            if await discarding and not await self.forget(segment):
                return False
            self._files.pop(0)
        return True

    async def forget(self, segment: SegmentFile) -> bool:
        """Delete a file whose content will be written anew; False: the volume failed."""
        removed = await self._try(cut_file, self._guard.root, segment.path, None)
        if isinstance(removed, FaultReport):
            self._guard.report(removed)
            return False
        self._tell(SegmentDiscarded(segment.plan.stream, self._guard.spec.uuid, segment.path))
        return True

    async def _try(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result | FaultReport:
        try:
            return await self._guard.calls.run(function, *arguments, timeout_s=ANSWER_WITHIN_S)
        except VolumeError as error:
            return error.report
        except (StillRunningError, TooManyHungError):
            return stalled(self._guard.spec.path)
        except OSError as error:
            return report_os_error(error, f"cannot repair a segment on volume {self._guard.spec.path}")


def _fed(segment: SegmentFile) -> Fed:
    return Fed(segment.path, segment.frames, segment.audio_units, segment.fed_to)
