"""An event loop whose time runs faster than the world's, for tests of everything that waits.

Its time does not run away from a process that is not given the processor: what takes long to compute, or was held
up, counts as ``LONGEST_STEP_S`` at the most, so that no deadline passes before its loop had the chance to keep it.
Nor from threads: while one reads or writes, its time is that of the world.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar
from unittest.mock import patch

from gstnvr.blocking.calls import BlockingCalls
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.testing.clock import BEGINNING
from gstnvr.testing.world_work import Taken, WorldWork, working

LONGEST_STEP_S = 0.1
"""Of fast time, between two looks at what has happened, beyond what the loop meant to wait."""

Result = TypeVar("Result")


class _FastSelector(selectors.DefaultSelector):
    """Waits for the same events in a fraction of the time."""

    loop: "FastLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(self.loop.begin_to_wait(timeout))


class FastLoop(asyncio.SelectorEventLoop):
    """``speed`` seconds pass on it in each second; sockets, files and threads are as slow as ever."""

    def __init__(self, speed: float) -> None:
        self.work = WorldWork()
        self._speed = speed
        self._then = 0.0
        """When it last began to wait, in fast seconds."""
        self._then_slow: Taken | None = None
        """Likewise, in the world's seconds."""
        self._most = 0.0
        """That may have passed since."""
        selector = _FastSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Monotonic seconds, sped up."""
        return self._time_at(self.work.take())

    def begin_to_wait(self, timeout: float | None) -> float | None:
        """Take the time; fast seconds in, seconds of the world out."""
        now = self.work.take()
        self._then, self._then_slow = self._time_at(now), now
        if timeout is None:
            self._most = math.inf  # nothing has a deadline
            return None
        self._most = timeout + LONGEST_STEP_S
        return timeout / self._speed

    def _time_at(self, now: Taken) -> float:
        if self._then_slow is None:
            return self._then
        worked = now.worked_s - self._then_slow.worked_s
        idle = now.now_s - self._then_slow.now_s - worked
        return self._then + min(idle * self._speed + worked, self._most)


def work_on(loop: asyncio.AbstractEventLoop) -> AbstractContextManager[None]:
    """Around what a thread reads or writes; on a fast loop no time flies meanwhile."""
    return loop.work.going_on() if isinstance(loop, FastLoop) else nullcontext()


class LoopClock:
    """Implements ``model.clock.Clock`` by the time of an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began = loop.time()
        self.shift_ns = 0
        """By which somebody has set the wall clock forward."""

    def monotonic(self) -> float:
        return self._loop.time() - self._began

    def utc_ns(self) -> UtcNs:
        return UtcNs(BEGINNING + round(self.monotonic() * NS_PER_S) + self.shift_ns)


def run_fast(work: Coroutine[Any, Any, Result], speed: float = 10.0) -> Result:
    """Run a coroutine to its end on a fast loop."""
    with (
        asyncio.Runner(loop_factory=lambda: FastLoop(speed)) as runner,
        patch.object(BlockingCalls, "run", _run_working(BlockingCalls.run)),
    ):
        return runner.run(work)


def _run_working(run: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def run_working(
        calls: BlockingCalls, function: Callable[..., Any], *arguments: Any, **named: Any
    ) -> Any:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, FastLoop)
        return await run(calls, working(loop.work, function), *arguments, **named)

    return run_working
