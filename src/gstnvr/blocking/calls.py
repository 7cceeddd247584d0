"""Blocking calls on threads that may hang for ever without holding up anything else."""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class StillRunningError(TimeoutError):
    """The call has not returned in time; its thread was left behind."""


class TooManyHungError(Exception):
    """So many calls hang already that no further one is tried."""


@dataclass(frozen=True, slots=True)
class LateCall:
    """A call that returned after it had been given up."""

    name: str
    took_s: float
    error: BaseException | None


class _Outcome:
    """Settles who comes first, the end of the call or the end of the caller's patience."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled = False

    def settle(self) -> bool:
        """True for the first who calls."""
        with self._lock:
            first, self._settled = not self._settled, True
            return first


class BlockingCalls:
    """Runs blocking calls about one thing, each on a daemon thread of its own.

    Not an executor: those join their threads when the interpreter exits, and a thread that hangs in the kernel
    never comes back. All methods are for the thread of one event loop.
    """

    def __init__(self, name: str, max_hung: int = 8, on_late: Callable[[LateCall], None] = lambda _: None) -> None:
        """Make a runner.

        Args:
            name: what the calls are about; part of error messages and thread names.
            max_hung: as many calls may hang at a time; then no more are tried.
            on_late: told, on the loop's thread, of calls that return after they were given up.
        """
        self._name = name
        self._max_hung = max_hung
        self._on_late = on_late
        self._hung = 0

    @property
    def hung(self) -> int:
        """Calls that were given up and have not returned."""
        return self._hung

    async def run(
        self,
        function: Callable[[*Arguments], Result],
        *arguments: *Arguments,
        timeout_s: float,
        late: Callable[[Result], None] | None = None,
    ) -> Result:
        """Call the function on a thread and wait for it for at most ``timeout_s``.

        Args:
            late: takes a result for which nobody waited any more, e.g. to close a file; on that thread, or on
                the loop's if the waiting task was cancelled at the very end.

        Raises:
            StillRunningError: not done in time.
            TooManyHungError: not even tried.
            Exception: what the function raised.
        """
        title = getattr(function, "__name__", "call")
        if self._hung >= self._max_hung:
            raise TooManyHungError(f"{self._name}: {self._hung} calls hang, {title} was not tried")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        outcome = _Outcome()
        started = time.monotonic()

        def work() -> None:
            done = _call(function, *arguments)
            if outcome.settle():
                _on_loop(loop, _copy, done, answer)
                return
            try:
                _hand_over(done, late)
            finally:
                _on_loop(loop, self._returned_late, LateCall(title, time.monotonic() - started, done.exception()))

        threading.Thread(target=work, name=f"{self._name}: {title}", daemon=True).start()
        try:
            await asyncio.wait({answer}, timeout=timeout_s)
        except asyncio.CancelledError:
            if outcome.settle():
                self._hung += 1
            else:
                answer.add_done_callback(lambda done: _hand_over(done, late))
            raise
        if outcome.settle():
            self._hung += 1
            raise StillRunningError(f"{self._name}: {title} has not returned within {timeout_s:g} s")
        return await answer

    def _returned_late(self, call: LateCall) -> None:
        self._hung -= 1
        self._on_late(call)


def _call(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> concurrent.futures.Future[Result]:
    done: concurrent.futures.Future[Result] = concurrent.futures.Future()
    try:
        done.set_result(function(*arguments))
    except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
        done.set_exception(error)
    return done


def _copy(done: concurrent.futures.Future[Result], answer: asyncio.Future[Result]) -> None:
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    else:
        answer.set_exception(error)


def _hand_over(
    done: concurrent.futures.Future[Result] | asyncio.Future[Result], late: Callable[[Result], None] | None
) -> None:
    if done.exception() is None and late is not None:
        late(done.result())


def _on_loop(
    loop: asyncio.AbstractEventLoop, function: Callable[[*Arguments], None], *arguments: *Arguments
) -> None:
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise
