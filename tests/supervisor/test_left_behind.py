"""A recorder that not even SIGKILL ends is left behind, and another one records."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gstnvr.lab.faulty_volumes import FuseVolume, prepared
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until

pytestmark = pytest.mark.faults


def state_of(pid: int) -> str:
    """Letter of the kernel for the state of its main thread; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return ""


def left_behind(supervisor: Supervisor) -> str:
    notes = {each.name: each.detail for each in supervisor.picture.components()}
    return notes.get("processes left behind", "")


def is_recorded(supervisor: Supervisor) -> bool:
    return [live.status.recording for live in supervisor.picture.streams()] == [RecordingPhase.RECORDING]


def test_a_recorder_that_waits_in_the_kernel_for_ever_is_left_behind(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "fuse").mkdir()
    rig.configure("front")
    rig.mode("kernel")

    async def scenario() -> None:
        with prepared(FuseVolume(tmp_path / "fuse", "all hang")) as disk:
            (disk.path / "file").touch()
            disk.fail()
            rig.write("disk", str(disk.path / "file"))
            async with rig.running() as supervisor:
                await until(lambda: is_recorded(supervisor), "it is recorded")
                before = rig.pid()
                rig.mode()
                os.kill(before, signal.SIGSTOP)
                await until(lambda: str(before) in left_behind(supervisor), "it is left behind")
                await until(lambda: rig.pid() != before and is_recorded(supervisor), "another one records")
                assert state_of(before) not in ("", "T"), "it was killed, and is not gone"
                assert all(each.healthy for each in supervisor.picture.components())
                disk.mend()
                await until(lambda: left_behind(supervisor) == "", "it is gone once the disk answers")
                assert state_of(before) == ""

    asyncio.run(asyncio.wait_for(scenario(), 90))
    assert rig.findings() == ()
