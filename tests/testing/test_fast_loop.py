"""The sped-up event loop: fast, and patient with a process that is held up."""

import asyncio
import threading
import time

import pytest

from gstnvr.blocking.calls import BlockingCalls, StillRunningError
from gstnvr.testing.fast_loop import LONGEST_STEP_S, LoopClock, run_fast
from gstnvr.testing.world_work import held_up_on_purpose


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


def test_a_call_that_the_machine_holds_up_is_waited_for() -> None:
    """Though the loop goes on meanwhile."""

    async def story() -> float:
        clock = LoopClock(asyncio.get_running_loop())
        await BlockingCalls("disk").run(hold_up, 0.3, timeout_s=1)
        return clock.monotonic()

    assert 0.3 <= run_fast(story(), speed=100) <= 1


def test_two_calls_at_once_are_waited_for_as_one() -> None:
    async def story() -> float:
        clock = LoopClock(asyncio.get_running_loop())
        calls = BlockingCalls("disk")
        await asyncio.gather(*(calls.run(hold_up, 0.3, timeout_s=1) for _ in range(2)))
        return clock.monotonic()

    assert 0.3 <= run_fast(story(), speed=100) <= 1


def test_a_call_that_hangs_on_purpose_is_given_up() -> None:
    free = threading.Event()

    def hang() -> None:
        with held_up_on_purpose():
            free.wait()

    async def story() -> None:
        await BlockingCalls("disk").run(hang, timeout_s=20)

    began = time.monotonic()
    with pytest.raises(StillRunningError):
        run_fast(story(), speed=100)
    assert time.monotonic() - began < 10
    free.set()


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
