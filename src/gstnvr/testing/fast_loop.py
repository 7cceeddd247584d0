"""An event loop whose time runs faster than the world's, for tests of everything that waits."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.testing.clock import BEGINNING

Result = TypeVar("Result")


class _FastSelector(selectors.DefaultSelector):
    """Waits for the same events in a fraction of the time."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self.speed)


class FastLoop(asyncio.SelectorEventLoop):
    """``speed`` seconds pass on it in each second; sockets, files and threads are as slow as ever."""

    def __init__(self, speed: float) -> None:
        selector = _FastSelector()
        selector.speed = speed
        self._speed = speed
        super().__init__(selector)

    def time(self) -> float:
        """Monotonic seconds, sped up."""
        return super().time() * self._speed


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
    with asyncio.Runner(loop_factory=lambda: FastLoop(speed)) as runner:
        return runner.run(work)
