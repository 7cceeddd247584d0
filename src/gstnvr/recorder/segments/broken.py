"""Segment files of one stream that a storage fault broke, until something is made of them."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar, TypeVarTuple

from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.container.facts import CutPoint, FileScan, duration_up_to
from gstnvr.ipc.messages import SegmentAbandoned, SegmentClosed, SegmentDiscarded
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.records import SegmentState
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.leftovers import Leftover, Leftovers
from gstnvr.recorder.segments.planning import Position
from gstnvr.recorder.segments.salvage import (
    Fed,
    Resumption,
    cut_file,
    frames_before,
    look,
    plan_resumption,
    replace_file,
)
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.recorder.storage.volume_guard import VolumeGuard, stalled
from gstnvr.volume.errors import VolumeError, report_os_error

_log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

ANSWER_WITHIN_S = 8.0
LET_GO_WITHIN_S = 0.5
"""A write that hangs longer than this on a volume that is well may come through at any time, or never."""
MOST_TRIES = 20
"""After so many a file on a volume that is well is left to the next start."""


@dataclass(slots=True)
class _Broken:
    segment: SegmentFile
    letting_go: asyncio.Task[None]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Setback:
    """A broken file could not be given its end."""

    report: FaultReport
    guard: VolumeGuard
    """Of its volume."""


class BrokenSegments:
    """In order of their beginning; falsy if there are none."""

    def __init__(
        self, ring: Ring, tell: Tell, out_of_reach: Callable[[VolumeGuard], bool], leftovers: Leftovers
    ) -> None:
        """Take the ring that they were fed from.

        Args:
            out_of_reach: whether to go on without waiting for a volume.
        """
        self._ring = ring
        self._tell = tell
        self._out_of_reach = out_of_reach
        self._leftovers = leftovers
        self._files: list[_Broken] = []
        self._position: Position | None = None
        self._lossless = False

    def __bool__(self) -> bool:
        return bool(self._files)

    @property
    def unsafe_from(self) -> int | None:
        """Number in the ring from which on it is needed to replace what the files lost; None: not at all."""
        needed = [file.segment.unsafe_from for file in self._files]
        if self._position is not None:
            needed.append(min(self._position.video, self._position.audio))
        return min(needed, default=None)

    def add(self, segment: SegmentFile) -> None:
        """Let go of the writer in the background."""
        self._files.append(_Broken(segment, asyncio.create_task(segment.discard())))
        self._files.sort(key=lambda file: file.segment.plan.first_video)

    def give_up(self) -> None:
        """Leave all of them to the next start."""
        for file in self._files:
            _log.error("%s: left as it is to the next start", file.segment.path)
        self._files.clear()

    def take_position(self) -> Position | None:
        """Where the next segment is to begin after all that was salvaged since the last call; None: as planned."""
        position, self._position = self._position, None
        self._lossless = False
        return position

    async def salvage(self, *, go_on: bool = True, disk_is_well: bool = False) -> Setback | None:
        """Give every file the end that it can have.

        A file whose content will be written anew, because the one before it can be continued from the ring, is
        deleted. After a setback, which is returned, what is left waits for the next call.

        Args:
            go_on: what is not on the disk for certain will be written elsewhere; else a file that is out of reach
                stays as it is, for it may hold the only copy, and so do those behind it.
            disk_is_well: something else broke the files: what can be read of them can be brought to the disk.
        """
        while self._files:
            file = self._files[0]
            if self._out_of_reach(file.segment.guard):
                if not go_on:
                    return None
                self._part_with(file)
            else:
                made = self._drop(file) if self._lossless else self._save(file, disk_is_well=disk_is_well)
                if (fault := await made) is not None:
                    file.tries += 1
                    return Setback(fault, file.segment.guard)
            self._files.pop(0)
        return None

    def _part_with(self, file: _Broken) -> None:
        """Go on behind what is on its disk for certain, without waiting for the volume."""
        segment = file.segment
        if self._lossless:
            self._abandon(file)
            return
        resumption = plan_resumption(self._ring, _fed(segment), segment.known)
        if resumption.cut is not None:
            self._enter(segment, resumption, segment.known, resumption.cut.offset)
            self._leave(file, resumption.cut, frames_before(self._ring, _fed(segment), resumption))
        elif resumption.lossless:
            self._go_on(resumption, segment.plan.start)
            self._abandon(file)
        else:
            self._go_on(resumption, None)
            self._leave(file, None, frames_before(self._ring, _fed(segment), resumption))
        _log.warning("%s is left where it is, recording goes on elsewhere", segment.path)

    def _abandon(self, file: _Broken) -> None:
        segment = file.segment
        self._tell(SegmentAbandoned(segment.plan.stream, segment.guard.spec.uuid, segment.path))
        self._leave(file, None, 0)

    def _leave(self, file: _Broken, cut: CutPoint | None, most_frames: int) -> None:
        self._leftovers.add(Leftover(file.segment, file.letting_go, cut, most_frames))

    async def _save(self, file: _Broken, *, disk_is_well: bool) -> FaultReport | None:
        segment = file.segment
        found = await self._look(file)
        if isinstance(found, FaultReport):
            return found
        fed = _fed(segment)
        if disk_is_well and found is not None:
            fed = replace(fed, synced=found.size)
        resumption = plan_resumption(self._ring, fed, found)
        size = await self._end(file, resumption)
        if isinstance(size, FaultReport):
            return size
        if resumption.video < self._ring.first:  # which has let go of it while the file was given its end
            resumption = replace(resumption, lossless=False)
        self._enter(segment, resumption, found, size)
        return None

    async def _look(self, file: _Broken) -> FileScan | FaultReport | None:
        """What it holds; None: nothing that can be used."""
        if file.tries >= MOST_TRIES:
            return None
        guard = file.segment.guard
        return await self._try(guard, look, guard.root, guard.spec.uuid, file.segment.path)

    async def _end(self, file: _Broken, resumption: Resumption) -> int | FaultReport:
        """Its size."""
        if file.tries >= MOST_TRIES:
            _log.error("%s: cannot be repaired, and is left as it is to the next start", file.segment.path)
            return 0
        await asyncio.wait({file.letting_go}, timeout=LET_GO_WITHIN_S)
        end = cut_file if file.letting_go.done() else replace_file
        guard = file.segment.guard
        return await self._try(guard, end, guard.root, file.segment.path, resumption.cut)

    async def _drop(self, file: _Broken) -> FaultReport | None:
        size = await self._end(file, _NOTHING)
        if isinstance(size, FaultReport):
            return size
        self._discard(file.segment)
        return None

    def _discard(self, segment: SegmentFile) -> None:
        self._tell(SegmentDiscarded(segment.plan.stream, segment.guard.spec.uuid, segment.path))

    def _enter(self, segment: SegmentFile, resumption: Resumption, found: FileScan | None, size: int) -> None:
        kept = found if resumption.cut is not None else None
        end = segment.plan.start if kept is None else self._end_of(segment, resumption, kept)
        if kept is None or resumption.cut is None:
            self._discard(segment)
        else:
            closed = segment.record(SegmentState.CLOSED, end, resumption.cut.video_units, size)
            self._tell(SegmentClosed(closed))
        self._go_on(resumption, end)

    def _go_on(self, resumption: Resumption, end: UtcNs | None) -> None:
        self._lossless = resumption.lossless
        self._position = Position(resumption.video, resumption.audio, end if resumption.lossless else None)

    def _end_of(self, segment: SegmentFile, resumption: Resumption, found: FileScan) -> UtcNs:
        """Where the next one begins, if it follows; else as long as the file is."""
        if resumption.lossless:
            return segment.plan.timeline.at(self._ring.unit(resumption.video).pts)
        kept = found.duration_ns if resumption.cut is None else duration_up_to(found, resumption.cut.offset)
        return UtcNs(segment.plan.start + kept)

    @staticmethod
    async def _try(
        guard: VolumeGuard, function: Callable[[*Arguments], Result], *arguments: *Arguments
    ) -> Result | FaultReport:
        try:
            return await guard.calls.run(function, *arguments, timeout_s=ANSWER_WITHIN_S)
        except VolumeError as error:
            return error.report
        except (StillRunningError, TooManyHungError):
            return stalled(guard.spec.path)
        except OSError as error:
            return report_os_error(error, f"cannot repair a segment on volume {guard.spec.path}")


_NOTHING = Resumption(None, 0, 0, lossless=True)


def _fed(segment: SegmentFile) -> Fed:
    return Fed(
        path=segment.path,
        frames=segment.frames,
        audio_units=segment.audio_units,
        first_audio=segment.plan.first_audio,
        end=segment.fed_to,
        synced=segment.synced,
    )
