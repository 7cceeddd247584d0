"""Somebody sets the wall clock: no recorder is taken for dead because of that, and none lives for it."""

import asyncio
import os
import signal

import pytest

from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from tests.supervisor.rig import Rig, until


class SetClock(SystemClock):
    """The machine's clocks, but for what somebody set."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def utc_ns(self) -> UtcNs:
        return UtcNs(super().utc_ns() + int(self.set_by_s * NS_PER_S))


@pytest.mark.parametrize("seconds", [86_400, -86_400])
def test_heart_beats_are_not_counted_by_the_wall_clock(rig: Rig, seconds: float) -> None:
    clock = rig.clock = SetClock()
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            before = rig.pid()
            clock.set_by_s = seconds
            await asyncio.sleep(4)  # twice as long as silence is borne
            assert rig.pid() == before
            os.kill(before, 0)
            assert supervisor.index.incidents() == []
            os.kill(before, signal.SIGSTOP)
            await until(lambda: rig.pid() != before, "one that is silent is replaced as ever")

    asyncio.run(asyncio.wait_for(scenario(), 60))
