"""Waiting for something, but not for ever."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Return once it is set, or after so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def done_before(event: asyncio.Event, task: asyncio.Task[Result]) -> bool:
    """Wait for either; whether the task is done. It goes on if this is cancelled."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        waiting.cancel()


async def unless(event: asyncio.Event, work: Coroutine[None, None, Result]) -> Result | None:
    """The result of the work; None if the event comes first, and then the work is cancelled."""
    working = asyncio.create_task(work)
    try:
        return working.result() if await done_before(event, working) else None
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
