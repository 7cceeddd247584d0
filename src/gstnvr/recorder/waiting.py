"""Waiting for an event, but not for ever."""

import asyncio


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Return once it is set, or after so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
