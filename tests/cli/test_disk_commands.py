"""Disks over HTTP, on the command line and in doctor."""

import json
from pathlib import Path

import pytest

from gstnvr.config.settings import Settings
from gstnvr.disks.judgement import Limits, judge_arrays, judge_disk
from gstnvr.disks.mdstat import parse_mdstat
from gstnvr.disks.overview import ArrayView, DisksOverview, DiskView
from gstnvr.disks.smart import ASLEEP_STATUS, DiskState, SmartReport, parse_smart
from gstnvr.doctor.disks import check_disks
from gstnvr.model.findings import CheckState, Finding
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import NOW, RunningServer, World
from tests.cli.running import Run, run
from tests.disks import samples
from tests.rig.fake_disks import FakeDisks

__all__ = ["run", "server", "shared_server", "world"]

FOLDERS = ("/srv/video",)
GOOD = parse_smart("/dev/sda", json.dumps(samples.ata_disk()).encode(), 0)
BAD = parse_smart("/dev/nvme0n1", json.dumps(samples.nvme_disk(used=97, errors=2, spare=4)).encode(), 0)
WELL = DiskView("sda", FOLDERS, GOOD, GOOD, NOW)


def overview() -> DisksOverview:
    problems = judge_disk(BAD, (), Limits(55, 70, 90), frozenset(), NOW)
    asleep = SmartReport("/dev/sdb", DiskState.ASLEEP, "it sleeps and was not woken")
    arrays = parse_mdstat(samples.RECOVERING)
    return DisksOverview(
        disks=(WELL, DiskView("nvme0n1", FOLDERS, BAD, BAD, NOW, tuple(problems)), DiskView("sdb", (), asleep)),
        arrays=(ArrayView(arrays[0], FOLDERS, judge_arrays(arrays)[0]),),
    )


def test_the_api_tells_all_that_is_known(world: World, server: RunningServer) -> None:
    world.disks = overview()
    answer = server.json("disks")
    well, bad, asleep = answer["disks"]
    assert (well["name"], well["folders"], well["state"], well["problems"]) == ("sda", ["/srv/video"], "read", [])
    assert (well["temperature_c"], well["reallocated"], well["read_at"]) == (34, 0, "2026-11-21T12:00:00.000Z")
    assert [problem["reason"] for problem in bad["problems"]] == ["disk_failing", "disk_worn"]
    assert (asleep["state"], asleep["model"], asleep["read_at"]) == ("asleep", None, None)
    (array,) = answer["arrays"]
    assert (array["name"], array["working"], array["wanted"]) == ("md0", 1, 2)
    assert (array["action"], array["percent"], array["problem"]["severity"]) == ("recovery", 16.5, "MEDIUM")


def test_storage_disks_shows_them_and_what_is_wrong(world: World, run: Run) -> None:
    world.disks = overview()
    ran = run("storage", "disks")
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "sda WDC" in text
    assert "failing" in text
    assert "recovery 16.5 %" in text
    assert "disk /dev/nvme0n1 (KINGSTON SNV2S1000G 50026B7686000000) says that it is failing" in text
    assert "sdb: it sleeps and was not woken" in text
    assert run("storage", "disks", "--json").document["disks"][1]["wear_percent"] == 97


def test_storage_disks_without_anything_wrong(world: World, run: Run) -> None:
    world.disks = DisksOverview((WELL,), unwatched="there is no program 'smartctl'")
    ran = run("storage", "disks")
    assert ran.code == 0
    assert "Disks are not asked how they are: there is no program 'smartctl'" in ran.out
    world.disks = DisksOverview()
    assert "No disks are known beneath the volumes." in run("storage", "disks").out


# --- doctor -------------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path) -> FakeDisks:
    return FakeDisks(tmp_path)


def findings(machine: FakeDisks, **disks: object) -> list[Finding]:
    given = {"smartctl": [str(machine.program)], **disks}
    document = {"storage": {"volumes": [{"path": "/srv/video"}]}, "disks": given}
    return list(check_disks(Settings.model_validate(document), machine.system))


def test_doctor_finds_disks_well(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk())
    machine.mdstat(samples.HEALTHY)
    arrays, disk = findings(machine)
    assert (arrays.state, disk.state) == (CheckState.OK, CheckState.OK)
    assert disk.found == "/dev/sda (WDC WD40PURZ-85TTDY0) is well, 34 °C"


def test_doctor_says_what_to_do_about_a_disk_and_an_array(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk(passed=False))
    machine.mdstat(samples.FAILED_MEMBER)
    array, disk = findings(machine)
    assert (array.state, array.advice) == (CheckState.FAILED, "replace the one that is missing")
    assert (disk.state, disk.advice) == (CheckState.FAILED, "copy what is on it and replace it now")


def test_doctor_warns_of_what_comes(machine: FakeDisks) -> None:
    machine.say("sda", samples.ata_disk(celsius=58))
    assert [finding.state for finding in findings(machine)] == [CheckState.WARNING]


def test_doctor_says_once_that_the_program_is_missing_and_fails_nothing_for_it(machine: FakeDisks) -> None:
    (finding,) = findings(machine, smartctl=["/no/smartctl"])
    assert finding.state is CheckState.WARNING
    assert "install smartmontools" in finding.advice


def test_doctor_bears_disks_that_sleep_or_may_not_be_asked(machine: FakeDisks) -> None:
    machine.say("sda", {}, ASLEEP_STATUS)
    assert [finding.state for finding in findings(machine)] == [CheckState.OK]
    machine.say("sda", samples.cannot_open("Permission denied"), 2)
    (finding,) = findings(machine)
    assert finding.state is CheckState.WARNING
    assert "only root may ask disks" in finding.advice


def test_doctor_asks_nobody_if_it_is_switched_off(machine: FakeDisks) -> None:
    (finding,) = findings(machine, watch=False)
    assert finding.state is CheckState.OK
    assert machine.asked() == []
