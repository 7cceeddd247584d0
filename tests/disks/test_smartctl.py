"""A program that asks disks: it is told not to wake them, may be missing, and may hang."""

import asyncio
from pathlib import Path

import pytest

from gstnvr.disks.smart import ASLEEP_STATUS, DiskState
from gstnvr.disks.smartctl import Smartctl, SmartctlMissingError
from tests.disks import samples
from tests.rig.fake_disks import FakeDisks


@pytest.fixture
def machine(tmp_path: Path) -> FakeDisks:
    return FakeDisks(tmp_path)


def test_a_disk_is_asked_without_being_woken(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk())
    report = asyncio.run(Smartctl().ask([str(machine.program)], "sda"))
    assert (report.state, report.device, report.serial) == (DiskState.READ, "/dev/sda", "WD-WCC7K0XXXXXX")
    (arguments,) = machine.asked()
    assert arguments[-1] == "/dev/sda"
    assert arguments[arguments.index("-n") + 1] == f"standby,{ASLEEP_STATUS}"


def test_what_goes_in_front_is_run_first(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk())
    report = asyncio.run(Smartctl().ask(["env", "LANG=C", str(machine.program)], "sda"))
    assert report.state is DiskState.READ


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(SmartctlMissingError, match="no program '/no/smartctl'"):
        asyncio.run(Smartctl().ask(["/no/smartctl"], "sda"))


def test_a_program_that_may_not_be_run(tmp_path: Path) -> None:
    report = asyncio.run(Smartctl().ask([str(tmp_path)], "sda"))
    assert (report.state, report.problem) == (DiskState.FAILED, f"{tmp_path} cannot be run: Permission denied")


def test_a_disk_that_hangs_is_given_up_and_others_are_asked(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk(), sleeps_s=3600)
    machine.say("sdb", samples.ata_ssd())

    async def story() -> None:
        smartctl = Smartctl(timeout_s=1)
        hanging = await smartctl.ask([str(machine.program)], "sda")
        assert (hanging.state, hanging.problem) == (DiskState.FAILED, "no answer within 1 s")
        assert (await Smartctl().ask([str(machine.program)], "sdb")).state is DiskState.READ

    asyncio.run(story())
