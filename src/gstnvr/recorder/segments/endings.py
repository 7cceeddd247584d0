"""Segments on the way to their proper end, while the next one is written already."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.records import Segment
from gstnvr.recorder.context import own_mistake
from gstnvr.recorder.segments.segment_file import SegmentError
from gstnvr.recorder.segments.segment_pair import SegmentPair
from gstnvr.recorder.sessions.waiting import unless
from gstnvr.recorder.storage.volume_guard import VolumeGuard, stalled

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ending:
    segment: SegmentPair
    breaking_off: asyncio.Event
    task: asyncio.Task[bool]


class Endings:
    """Enters segments in the order of their beginning.

    One that ends well behind one that broke is taken for broken, too: what is written anew of the one before runs
    on into it.
    """

    def __init__(
        self,
        on_closed: Callable[[Segment], None],
        on_broken: Callable[[SegmentPair], None],
        on_fault: Callable[[FaultReport, VolumeGuard], None],
    ) -> None:
        self._on_closed = on_closed
        self._on_broken = on_broken
        self._on_fault = on_fault
        self._underway: list[_Ending] = []

    @property
    def unsafe_from(self) -> int | None:
        """Number in the ring from which on it is needed in case that an end fails; None: nothing ends."""
        return min((ending.segment.unsafe_from for ending in self._underway), default=None)

    def add(self, segment: SegmentPair, end: UtcNs) -> None:
        """End a segment; ``end``: see ``SegmentFile.finish``."""
        before = self._underway[-1].task if self._underway else None
        breaking_off = asyncio.Event()
        task = asyncio.create_task(self._finish(segment, end, before, breaking_off))
        ending = _Ending(segment, breaking_off, task)
        self._underway.append(ending)
        ending.task.add_done_callback(lambda _: self._underway.remove(ending))

    async def settle(self) -> None:
        """Wait for all of them."""
        while self._underway:
            await asyncio.wait({ending.task for ending in self._underway})

    def are_on(self, guard: VolumeGuard) -> bool:
        """Whether one of them is on this volume."""
        return any(ending.segment.depends_on(guard) for ending in self._underway)

    def break_off(self, guard: VolumeGuard) -> None:
        """Wait no longer for a volume that failed."""
        for ending in self._underway:
            if ending.segment.depends_on(guard):
                ending.breaking_off.set()

    def cancel(self) -> None:
        """Leave them to the next start."""
        for ending in self._underway:
            ending.task.cancel()

    async def _finish(
        self,
        segment: SegmentPair,
        end: UtcNs,
        before: asyncio.Task[bool] | None,
        breaking_off: asyncio.Event,
    ) -> bool:
        """Whether it is entered."""
        closed: Segment | None = None
        try:
            closed = await unless(breaking_off, segment.finish(end))
            if closed is None:
                self._on_fault(stalled(segment.guard.spec.path), segment.guard)
        except SegmentError as error:
            self._on_fault(error.report, segment.guard)
        except Exception:  # noqa: BLE001 - a file that was ended by mistake is as broken as any other
            _log.exception("%s was not ended, by a mistake", segment.path)
            self._on_fault(own_mistake("segment end"), segment.guard)
        if closed is None or not (before is None or await before):
            self._on_broken(segment)
            return False
        self._on_closed(closed)
        return True
