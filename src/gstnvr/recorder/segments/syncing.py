"""A growing segment brought to the disk at intervals."""

import asyncio
from collections.abc import Callable

from gstnvr.model.clock import Clock
from gstnvr.model.faults import FaultReport
from gstnvr.model.records import Segment
from gstnvr.recorder.segments.segment_file import SegmentError
from gstnvr.recorder.segments.segment_pair import SegmentPair


class Syncing:
    """Of one segment; one sync at a time."""

    def __init__(
        self,
        segment: SegmentPair,
        clock: Clock,
        on_grown: Callable[[Segment], None],
        on_fault: Callable[[FaultReport], None],
    ) -> None:
        self._segment = segment
        self._clock = clock
        self._on_grown = on_grown
        self._on_fault = on_fault
        self._began = clock.monotonic()
        self._task: asyncio.Task[None] | None = None

    def go_on(self, interval_s: float, *, follow: bool) -> None:
        """Begin the next one if it is due; to be called again and again.

        Args:
            follow: look at what is on the disk; see ``SegmentPair.sync``.
        """
        self._segment.guard.slow_disk.note(self._segment.plan.stream, self._segment.flow())
        now = self._clock.monotonic()
        if now < self._began + interval_s or not self.is_settled():
            return
        self._began = now
        self._task = asyncio.create_task(self._sync(follow=follow))

    def is_settled(self) -> bool:
        """Whether none is under way; an exception of the last one that nobody expected gets out here."""
        if self._task is None or not self._task.done():
            return self._task is None
        self._task.result()
        return True

    async def _sync(self, *, follow: bool) -> None:
        try:
            grown = await self._segment.sync(follow=follow)
        except SegmentError as error:
            self._on_fault(error.report)
        else:
            self._on_grown(grown)
