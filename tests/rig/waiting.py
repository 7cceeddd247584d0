"""Waiting for things to happen, never for time to pass."""

import asyncio
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
