"""Blocking calls that hang, and those that come back late."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gstnvr.blocking.calls import BlockingCalls, LateCall, StillRunningError, TooManyHungError

PATIENCE_S = 10.0


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - a thread changes it, which sets no event of this loop
            await asyncio.sleep(0.002)


def test_returns_the_result_and_raises_the_error_of_the_function() -> None:
    async def scenario() -> None:
        calls = BlockingCalls("volume")
        assert await calls.run(divmod, 7, 2, timeout_s=PATIENCE_S) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await calls.run(divmod, 7, 0, timeout_s=PATIENCE_S)
        assert calls.hung == 0

    asyncio.run(scenario())


def test_runs_off_the_loops_thread() -> None:
    async def scenario() -> None:
        ran_on = await BlockingCalls("volume").run(threading.current_thread, timeout_s=PATIENCE_S)
        assert ran_on is not threading.current_thread()
        assert ran_on.daemon

    asyncio.run(scenario())


def test_a_hung_call_is_left_behind_counted_and_noted_when_it_returns() -> None:
    async def scenario() -> None:
        release = threading.Event()
        late: list[LateCall] = []
        calls = BlockingCalls("volume", on_late=late.append)
        with pytest.raises(StillRunningError, match="wait has not returned"):
            await calls.run(release.wait, timeout_s=0.01)
        assert calls.hung == 1
        assert await calls.run(divmod, 1, 1, timeout_s=PATIENCE_S) == (1, 0)
        release.set()
        await wait_until(lambda: calls.hung == 0)
        assert [call.name for call in late] == ["wait"]
        assert late[0].took_s >= 0.01
        assert late[0].error is None

    asyncio.run(scenario())


def test_a_late_error_is_noted_too() -> None:
    async def scenario() -> None:
        release = threading.Event()
        late: list[LateCall] = []

        def fail() -> None:
            release.wait()
            raise OSError("gone")

        calls = BlockingCalls("volume", on_late=late.append)
        with pytest.raises(StillRunningError):
            await calls.run(fail, timeout_s=0.01)
        release.set()
        await wait_until(lambda: bool(late))
        assert isinstance(late[0].error, OSError)

    asyncio.run(scenario())


def test_no_more_than_max_hung_threads_are_left_behind() -> None:
    async def scenario() -> None:
        release = threading.Event()
        calls = BlockingCalls("volume", max_hung=2)
        for _ in range(2):
            with pytest.raises(StillRunningError):
                await calls.run(release.wait, timeout_s=0.01)
        with pytest.raises(TooManyHungError, match="2 calls hang"):
            await calls.run(divmod, 1, 1, timeout_s=PATIENCE_S)
        release.set()
        await wait_until(lambda: calls.hung == 0)
        assert await calls.run(divmod, 1, 1, timeout_s=PATIENCE_S) == (1, 0)

    asyncio.run(scenario())


def test_a_result_that_comes_too_late_is_handed_to_late() -> None:
    async def scenario() -> None:
        release = threading.Event()
        given_back: list[int] = []

        def make() -> int:
            release.wait()
            return 42

        calls = BlockingCalls("volume")
        with pytest.raises(StillRunningError):
            await calls.run(make, timeout_s=0.01, late=given_back.append)
        release.set()
        await wait_until(lambda: calls.hung == 0)
        assert given_back == [42]

    asyncio.run(scenario())


def test_a_cancelled_caller_leaves_the_thread_behind() -> None:
    async def scenario() -> None:
        release = threading.Event()
        started = threading.Event()

        def hang() -> None:
            started.set()
            release.wait()

        calls = BlockingCalls("volume")
        task = asyncio.create_task(calls.run(hang, timeout_s=PATIENCE_S))
        await wait_until(started.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert calls.hung == 1
        release.set()
        await wait_until(lambda: calls.hung == 0)

    asyncio.run(scenario())


def test_the_loop_runs_on_while_a_call_hangs_in_the_kernel(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    async def scenario() -> None:
        calls = BlockingCalls("volume")
        opening = asyncio.create_task(
            calls.run(os.open, os.fspath(fifo), os.O_RDONLY, timeout_s=0.05, late=os.close)
        )
        beats = 0
        while not opening.done():
            await asyncio.sleep(0.001)
            beats += 1
        assert beats > 5
        with pytest.raises(StillRunningError):
            opening.result()
        os.close(os.open(fifo, os.O_WRONLY))
        await wait_until(lambda: calls.hung == 0)

    asyncio.run(scenario())


def test_a_call_that_never_returns_does_not_hold_up_exit(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = (
        "import asyncio, os, sys\n"
        "from gstnvr.blocking.calls import BlockingCalls, StillRunningError\n"
        "async def main():\n"
        "    try:\n"
        "        await BlockingCalls('v').run(os.open, sys.argv[1], os.O_RDONLY, timeout_s=0.05)\n"
        "    except StillRunningError:\n"
        "        print('left behind')\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(fifo)], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "left behind\n"
    assert done.stderr == ""
