"""Waiting for things to happen, never for time to pass."""

import asyncio
import time
from collections.abc import Callable

_STEP_S = 0.02


async def until(condition: Callable[[], object], within_s: float = 60.0, what: str = "") -> None:
    """Return as soon as the condition holds, by the time of the event loop.

    Raises:
        AssertionError: it did not in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        assert loop.time() < deadline, f"not within {within_s:g} s: {what or condition}"
        await asyncio.sleep(_STEP_S)


def wait_until(condition: Callable[[], object], what: str = "", within_s: float = 60.0) -> None:
    """Return as soon as the condition holds; blocks.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what or condition}"
        time.sleep(_STEP_S)
