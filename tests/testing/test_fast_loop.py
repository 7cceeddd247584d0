"""The sped-up event loop: fast, and patient with a process that is held up."""

import asyncio
import time

import pytest

from gstnvr.testing.fast_loop import LONGEST_STEP_S, LoopClock, run_fast


def test_much_time_passes_in_little() -> None:
    async def story() -> float:
        clock = LoopClock(asyncio.get_running_loop())
        await asyncio.sleep(20)
        return clock.monotonic()

    began = time.monotonic()
    assert 20 <= run_fast(story(), speed=100) <= 20 + 2 * LONGEST_STEP_S
    assert time.monotonic() - began < 10


def hold_up(seconds: float) -> None:
    """What a machine does that is busy with something else."""
    time.sleep(seconds)


def test_no_deadline_passes_while_the_process_is_held_up() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_later(0.5, done.set_result, None)
        hold_up(0.3)  # 30 seconds of fast time
        async with asyncio.timeout(1):
            await done

    run_fast(story(), speed=100)


def test_a_deadline_that_nothing_keeps_passes() -> None:
    async def story() -> None:
        async with asyncio.timeout(1):
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        run_fast(story(), speed=100)


def test_time_never_goes_back() -> None:
    async def story() -> list[float]:
        loop = asyncio.get_running_loop()
        seen = []
        for turn in range(50):
            seen.append(loop.time())
            await asyncio.sleep(0.01 * (turn % 3))
            hold_up(0.002 * (turn % 2))
        return seen

    seen = run_fast(story(), speed=50)
    assert seen == sorted(seen)
