"""One recorder takes over from another: as far as cameras allow, and whatever goes wrong on the way."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gstnvr.model.faults import GapCause, Reason, Severity
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 110))


async def recording(supervisor: Supervisor, *cameras: str) -> None:
    def all_record() -> bool:
        shown = {
            live.status.stream.camera
            for live in supervisor.picture.streams()
            if live.status.recording is RecordingPhase.RECORDING
        }
        return set(cameras) <= {row.stream.camera for row in supervisor.index.open_segments()} & shown

    await until(all_record, f"{', '.join(cameras)} recorded")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def incidents(supervisor: Supervisor) -> list[tuple[Reason, Severity, bool]]:
    found = supervisor.index.incidents()
    return [(each.reason, each.severity, each.recovered is not None) for each in found]


def test_streams_adjoin_without_a_gap_when_recorders_are_replaced(rig: Rig) -> None:
    rig.configure("front", "back")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front", "back")
            before = rig.pid(0)
            assert supervisor.restart_recorders() == 1
            await until(lambda: gone(before), "the old one is gone")
            await recording(supervisor, "front", "back")
            standby, *_, last = rig.told(1)
            assert standby["standby"] == ["back/main", "front/main"]
            assert last["standby"] == []
            assert {stream for order in rig.handed_over() for stream in order[:-1]} == {
                "back/main",
                "front/main",
            }
            assert all(order[-1] is False for order in rig.handed_over())
            assert incidents(supervisor) == []
            await until(lambda: [one.name for one in supervisor.recorders()] == ["recorder-1"], "only the new one")

    run(scenario)
    with rig.index() as index:
        for camera in ("front", "back"):
            first, second = (row for row in index.segments() if row.stream.camera == camera)
            assert (first.end, first.state) == (second.start, SegmentState.CLOSED)
        assert {gap.cause for gap in index.gaps() if gap.end is not None} == set()
    assert rig.findings() == ()


def test_a_camera_that_refuses_a_second_connection_is_let_go_of_first(rig: Rig) -> None:
    rig.configure("front")
    rig.mode("refused", number=1)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            before = rig.pid(0)
            supervisor.restart_recorders()
            await until(lambda: gone(before), "the old one is gone")
            await recording(supervisor, "front")
            assert rig.handed_over() == [["front/main", True]]
            assert incidents(supervisor) == [], "a refused second connection is no fault"

    run(scenario)
    with rig.index() as index:
        assert len(index.segments()) == 2
        assert {gap.cause for gap in index.gaps() if gap.end is not None} <= {GapCause.SHUTDOWN}
    assert rig.findings() == ()


def test_by_setting_a_camera_is_never_connected_twice(rig: Rig) -> None:
    rig.configure("front", extra="  - {id: single, overlap_connections: false, main: {url: 'rtsp://127.0.0.1/s'}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front", "single")
            before = rig.pid(0)
            supervisor.restart_recorders()
            await until(lambda: gone(before), "the old one is gone")
            await recording(supervisor, "front", "single")
            assert [note["standby"] for note in rig.told(1) if note["standby"]] == [["front/main"]]
            assert rig.handed_over() == [["front/main", False], ["single/main", True]]

    run(scenario)
    assert rig.findings() == ()


def test_recorders_of_an_older_version_are_replaced_one_after_the_other(rig: Rig) -> None:
    rig.per_process = 1
    rig.configure("front", "back")

    async def scenario() -> None:
        rig.mode("older", number=0)
        rig.mode("older", number=1)
        async with rig.running(leave=True) as supervisor:
            await recording(supervisor, "front", "back")
        old = [rig.pid(0), rig.pid(1)]
        for number in range(4):
            rig.mode(number=number)
        both_there = []
        async with rig.running() as supervisor:

            def one_by_one() -> bool:
                both_there.append(sum(gone(pid) for pid in old) == 0 and len(supervisor.recorders()) > 3)
                return all(map(gone, old))

            await until(one_by_one, "both are replaced")
            await recording(supervisor, "front", "back")
            assert not any(both_there), "never two at a time"
            assert incidents(supervisor) == []

    run(scenario)
    assert rig.findings() == ()


def test_a_recorder_that_speaks_another_protocol_is_told_to_end_once_another_is_connected(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await recording(supervisor, "front")
        before = rig.pid(0)
        rig.become(before, "foreign")
        async with rig.running() as supervisor:
            await until(lambda: gone(before), "the old one has ended")
            await recording(supervisor, "front")
            first, *_, last = rig.told(1)
            assert first["standby"] == ["front/main"]
            assert last["standby"] == []
            assert incidents(supervisor) == []

    run(scenario)
    with rig.index() as index:
        assert [row.state for row in index.segments()] == [SegmentState.CLOSED] * 2
    assert rig.findings() == ()


def test_a_recorder_that_is_worn_out_is_relieved(rig: Rig) -> None:
    rig.configure("front")
    rig.mode("worn", number=0)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: rig.pid(0) and gone(rig.pid(0)), "the worn out one is gone")
            await recording(supervisor, "front")
            await until(lambda: incidents(supervisor), "an incident tells of it")
            await until(lambda: not supervisor.index.incidents(open_only=True), "it is over")
            assert incidents(supervisor) == [(Reason.PIPELINE_HUNG, Severity.CRITICAL, True)]

    run(scenario)
    assert rig.findings() == ()


@pytest.mark.parametrize(("how", "killed"), [("leak", False), ("flood", True)])
def test_a_recorder_that_takes_too_much_memory_is_replaced(
    rig: Rig, how: str, killed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """By more than the limit in good order, by more than twice of it at once."""
    rig.recorder_settings += ", memory_limit_mb: 64"
    rig.configure("front", extra="recording: {ring_s: 1, outage_buffer_s: 1}")
    rig.mode(how, number=0)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(rig.pid, "the greedy one runs")
            before = rig.pid(0)
            rig.mode(number=0)
            await until(lambda: gone(before), "it is gone")
            await recording(supervisor, "front")
            await until(lambda: incidents(supervisor), "an incident tells of it")
            await until(lambda: not supervisor.index.incidents(open_only=True), "it is over")
            assert set(incidents(supervisor)) == {(Reason.OUT_OF_MEMORY, Severity.CRITICAL, True)}
            assert all("MB of memory, 64 MB are allowed" in each.message for each in supervisor.index.incidents())
            assert killed or rig.handed_over()

    run(scenario)
    assert ("it is killed" in caplog.text) is killed
    assert rig.findings() == ()


def test_the_old_one_dies_while_it_is_relieved(rig: Rig) -> None:
    rig.configure("front", "back")
    rig.mode("stuck", "deaf", number=0)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front", "back")
            before = rig.pid(0)
            supervisor.restart_recorders()
            await until(lambda: rig.told(1), "the other one stands by")
            os.kill(before, signal.SIGKILL)
            await recording(supervisor, "front", "back")
            await until(lambda: [reason for reason, *_ in incidents(supervisor)] == [Reason.UNKNOWN], "it is told")
            await until(lambda: not supervisor.index.incidents(open_only=True), "it is over")
            await until(lambda: [one.name for one in supervisor.recorders()] == ["recorder-1"], "only the new one")

    run(scenario)
    assert rig.findings() == ()


def test_without_a_successor_that_works_the_old_one_keeps_everything(rig: Rig) -> None:
    rig.patience = type(rig.patience)(start_s=2, stop_s=5, first_delay_s=0.05, longest_delay_s=0.1)
    rig.configure("front")
    rig.mode("silent", number=1)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await recording(supervisor, "front")
            before = rig.pid(0)
            supervisor.restart_recorders()
            await until(lambda: rig.pid(1), "the other one is tried")
            await until(
                lambda: [one.being_replaced for one in supervisor.recorders()] == [False], "it is given up"
            )
            assert not gone(before)
            assert [recorder.pid for recorder in supervisor.recorders()] == [before]
            os.kill(before, signal.SIGKILL)
            await until(lambda: rig.pid(0) != before, "it is kept alive as ever")
            await recording(supervisor, "front")

    run(scenario)
    assert rig.findings() == ()


def test_a_supervisor_that_dies_in_between_leaves_nobody_unrecorded(rig: Rig) -> None:
    rig.configure("front")
    rig.mode("deaf", number=0)

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await recording(supervisor, "front")
            supervisor.restart_recorders()
            await until(lambda: rig.told(1), "the other one stands by")
        assert not gone(rig.pid(0))
        standby = rig.pid(1)
        async with rig.running() as supervisor:
            await until(lambda: gone(standby), "one that only stood by is not needed")
            await recording(supervisor, "front")
            assert [recorder.name for recorder in supervisor.recorders()] == ["recorder-0"]

    run(scenario)
    with rig.index() as index:
        assert len(index.segments()) == 1
    assert rig.findings() == ()
