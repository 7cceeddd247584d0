"""Recorders are started, found again, replaced when they die or hang, and ended in good order."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gstnvr.model.faults import GapCause, Reason, Severity
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


def phases(supervisor: Supervisor) -> dict[str, RecordingPhase]:
    return {live.status.stream.camera: live.status.recording for live in supervisor.picture.streams()}


async def recording(supervisor: Supervisor, *cameras: str) -> None:
    def all_record() -> bool:
        open_ones = {row.stream.camera for row in supervisor.index.open_segments()}
        shown = {camera for camera, phase in phases(supervisor).items() if phase is RecordingPhase.RECORDING}
        return set(cameras) <= open_ones & shown

    await until(all_record, f"{', '.join(cameras)} recorded")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_streams_are_recorded_and_all_is_in_order_after_the_end(rig: Rig) -> None:
    rig.configure("front", "-porch")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            assert phases(supervisor) == {"front": RecordingPhase.RECORDING, "porch": RecordingPhase.OFF}
            assert os.getsid(rig.pid()) != os.getsid(0)
            assert rig.told()[0]["streams"] == {"front/main": [], "porch/main": []}
        assert gone(rig.pid())

    run(scenario)
    with rig.index() as index:
        assert [segment.state for segment in index.segments()] == [SegmentState.CLOSED]
        assert [(gap.cause, gap.end) for gap in index.gaps()] == [(GapCause.SHUTDOWN, None)]
    assert rig.findings() == ()


def test_an_orderly_stop_is_the_cause_of_the_gap_until_the_next_start(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        for _ in range(2):
            async with rig.running() as supervisor:
                await recording(supervisor, "front")
        with rig.index() as index:
            first, second = index.segments()
            gap, last = index.gaps()
            assert (gap.start, gap.end, gap.cause) == (first.end, second.start, GapCause.SHUTDOWN)
            assert last.end is None

    run(scenario)
    assert [note["streams"] for note in rig.told()] == [{"front/main": []}, {"front/main": ["shutdown"]}]
    assert rig.findings() == ()


def test_a_recorder_outlives_its_supervisor_and_is_found_again(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await recording(supervisor, "front")
            pid = rig.pid()
        assert not gone(pid)
        os.kill(pid, signal.SIGUSR1)
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            await until(supervisor.index.incidents, "what happened meanwhile is told")
            await until(lambda: len(rig.told()) == 2, "the new supervisor tells what it wants")
            assert rig.pid() == pid
            assert rig.told()[1]["streams"] == {"front/main": []}
            assert len(supervisor.index.segments()) == 1
        # the recorder waited for its events to be acknowledged before it ended
        with rig.index() as index:
            assert [segment.state for segment in index.segments()] == [SegmentState.CLOSED]

    run(scenario)
    assert rig.findings() == ()


def test_a_recorder_that_dies_is_replaced_and_the_ledger_says_so(rig: Rig) -> None:
    rig.configure("front", "back")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front", "back")
            before = rig.pid()
            os.kill(before, signal.SIGUSR1)
            await until(lambda: len(supervisor.index.incidents(open_only=True)) == 2, "its incidents are entered")
            os.kill(before, signal.SIGKILL)
            await until(lambda: rig.pid() != before, "another one is started")
            await until(lambda: len(supervisor.index.segments()) == 4, "both streams go on")
            await until(lambda: not supervisor.index.incidents(open_only=True), "all incidents are over")
            death = [each for each in supervisor.index.incidents() if each.camera is None]
            assert [(each.severity, each.code) for each in death] == [(Severity.CRITICAL, "exit -9")]
            assert "was killed by SIGKILL" in death[0].message

    run(scenario)
    with rig.index() as index:
        [death] = [each for each in index.incidents() if each.camera is None]
        gaps = [gap for gap in index.gaps() if gap.end is not None]
        assert [(gap.cause, gap.incident) for gap in gaps] == [(GapCause.PROCESS_DIED, death.uid)] * 2
    assert rig.findings() == ()


def test_a_recorder_that_hangs_is_killed_and_replaced(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            before = rig.pid()
            os.kill(before, signal.SIGSTOP)
            await until(lambda: gone(before), "the hanging one is killed")
            await until(lambda: len(supervisor.index.segments()) == 2, "the stream goes on")
            reasons = [each.reason for each in supervisor.index.incidents()]
            assert reasons == [Reason.PIPELINE_HUNG]

    run(scenario)
    assert rig.findings() == ()


@pytest.mark.parametrize("seconds", [2, 5])
def test_silence_is_borne_for_as_long_as_the_setting_says(rig: Rig, seconds: float) -> None:
    rig.recorder_settings = f"heartbeat_timeout_s: {seconds}"
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            before = rig.pid()
            os.kill(before, signal.SIGSTOP)
            began = time.monotonic()
            await until(lambda: gone(before), "the hanging one is killed")
            assert seconds - 0.2 < time.monotonic() - began < seconds + 2.5

    run(scenario)


def test_a_recorder_that_hung_before_the_start_is_replaced(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await recording(supervisor, "front")
        before = rig.pid()
        os.kill(before, signal.SIGSTOP)
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.segments()) == 2, "the stream goes on")
            assert gone(before)

    run(scenario)
    assert rig.findings() == ()


def test_a_recorder_that_never_reports_is_started_anew(rig: Rig) -> None:
    rig.patience = type(rig.patience)(start_s=1.5, first_delay_s=0.05, longest_delay_s=0.1)
    rig.configure("front")
    rig.mode("silent")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(rig.pid, "the silent one runs")
            components = {each.name: each for each in supervisor.picture.components()}
            assert not components["recorder-0"].healthy
            rig.mode()
            await recording(supervisor, "front")
            components = {each.name: each for each in supervisor.picture.components()}
            assert components["recorder-0"].healthy

    run(scenario)


def test_a_recorder_of_another_version_finishes_its_files_and_makes_room(rig: Rig) -> None:
    rig.configure("front")
    rig.mode("unknown")

    async def scenario() -> None:
        supervisor = rig.supervisor()
        task = asyncio.create_task(supervisor.run())
        await until(rig.pid, "one of another version runs")
        before = rig.pid()
        rig.mode()
        await until(lambda: rig.pid() != before, "one of ours runs")
        await recording(supervisor, "front")
        assert gone(before)
        assert supervisor.index.incidents() == []
        supervisor.stop()
        await task

    run(scenario)


@pytest.mark.parametrize("per_process", [1, 2])
def test_streams_are_divided_and_each_recorder_dies_alone(rig: Rig, per_process: int) -> None:
    rig.per_process = per_process
    cameras = [f"cam{number}" for number in range(per_process + 1)]
    rig.configure(*cameras)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, *cameras)
            first, second = rig.pid(0), rig.pid(1)
            assert [len(rig.told(number)[0]["streams"]) for number in (0, 1)] == [per_process, 1]
            assert [rig.told(number)[0]["connects"] for number in (0, 1)] == [8, 8]
            os.kill(second, signal.SIGKILL)
            await until(lambda: rig.pid(1) != second, "the dead one is replaced")
            await recording(supervisor, *cameras)
            assert rig.pid(0) == first
            assert len(rig.told(0)) == 1

    run(scenario)
    assert rig.findings() == ()


def test_the_second_stop_does_not_wait(rig: Rig) -> None:
    rig.configure("front")
    rig.mode("stuck")

    async def scenario() -> None:
        supervisor = rig.supervisor()
        task = asyncio.create_task(supervisor.run())
        await until(supervisor.started.is_set, "started")
        await recording(supervisor, "front")
        supervisor.stop()
        await asyncio.wait({task}, timeout=0.5)
        assert not task.done()
        supervisor.stop()
        async with asyncio.timeout(5):
            await task
        assert not gone(rig.pid())

    run(scenario)
