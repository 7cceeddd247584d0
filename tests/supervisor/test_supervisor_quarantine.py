"""A camera that crashes its recorder again and again is alone in the end, and the others are recorded."""

import asyncio
import os
import signal

import pytest

from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until

OTHERS = [f"cam{number}" for number in range(7)]
KILLER = "killer"
"""As ``fake_recorder`` knows it."""
MOST_RECORDERS = 10


def recorded(supervisor: Supervisor) -> set[str]:
    return {
        live.status.stream.camera
        for live in supervisor.picture.streams()
        if live.status.recording is RecordingPhase.RECORDING
    }


def assignments(rig: Rig) -> dict[int, set[str]]:
    """Cameras by recorder, of those that have any."""
    told = {number: rig.told(number) for number in range(MOST_RECORDERS)}
    return {
        number: {name.partition("/")[0] for name in notes[-1]["streams"]}
        for number, notes in told.items()
        if notes
    }


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_camera_that_crashes_recorders_ends_up_alone(
    rig: Rig, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    cameras = [*OTHERS[:place], KILLER, *OTHERS[place:]]
    rig.configure(*cameras)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: recorded(supervisor) == set(OTHERS), "all others are recorded")
            await until(lambda: {KILLER} in assignments(rig).values(), "the killer is alone")
            found = assignments(rig)
            alone = next(number for number, names in found.items() if names == {KILLER})
            assert set().union(*found.values()) == set(cameras)
            assert len(found) <= 5, found
            others = {number: rig.pid(number) for number in found if number != alone}
            tries = len(rig.told(alone))
            await until(lambda: len(rig.told(alone)) > tries + 1, "it is tried again")
            assert {number: rig.pid(number) for number in others} == others
            rig.configure(*cameras, "new")
            await until(lambda: "new" in recorded(supervisor), "a new camera is recorded")
            assert assignments(rig)[alone] == {KILLER}

    asyncio.run(asyncio.wait_for(scenario(), 90))
    assert "camera killer has crashed its recorder" in caplog.text
    assert rig.findings() == ()


def test_recorders_that_somebody_kills_stay_together(rig: Rig) -> None:
    rig.configure(*OTHERS)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            for _ in range(4):
                await until(lambda: recorded(supervisor) == set(OTHERS), "all are recorded")
                pid = rig.pid()
                os.kill(pid, signal.SIGKILL)
                await until(lambda pid=pid: rig.pid() != pid, "the dead one is replaced")  # type: ignore[misc]
            await until(lambda: recorded(supervisor) == set(OTHERS), "all are recorded")
            assert list(assignments(rig)) == [0]

    asyncio.run(asyncio.wait_for(scenario(), 90))
