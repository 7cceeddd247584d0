"""How long threads have been at work in the world, where a sped-up loop does not hurry them.

What reads or writes a real file takes as long as ever. A time that went on at its own speed meanwhile would give
up a disk that answers within a third of a second.
"""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Taken(NamedTuple):
    """A look at the clock."""

    now_s: float
    """As ``time.monotonic`` says."""
    worked_s: float
    """Of it, with at least one thread at work."""


class WorldWork:
    """Counts for all threads together: what several do at the same time counts once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0
        self._worked_s = 0.0
        self._looked_s = time.monotonic()

    def take(self) -> Taken:
        """Both figures of the same moment; neither ever goes back."""
        with self._lock:
            return self._take()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Around what a thread does in the world."""
        self._change(+1)
        _here.work = self
        try:
            yield
        finally:
            del _here.work
            self._change(-1)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Around what a thread at work waits for on purpose, which passes at the loop's speed."""
        self._change(-1)
        try:
            yield
        finally:
            self._change(+1)

    def _change(self, by: int) -> None:
        with self._lock:
            self._take()
            self._busy += by

    def _take(self) -> Taken:
        now = time.monotonic()
        if self._busy:
            self._worked_s += now - self._looked_s
        self._looked_s = now
        return Taken(now, self._worked_s)


class _Here(threading.local):
    """What this thread is at."""

    work: WorldWork


_here = _Here()


def working(work: WorldWork, function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same function, whose calls count as work."""

    @functools.wraps(function)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
        with work.going_on():
            return function(*arguments, **named)

    return run


@contextmanager
def held_up_on_purpose() -> Iterator[None]:
    """Around what makes a call hang; a thread that is at work is not at it here."""
    work = getattr(_here, "work", None)
    with nullcontext() if work is None else work.held_up():
        yield
