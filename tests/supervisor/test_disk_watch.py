"""Disks and arrays of a machine of our own: told while it is time, over when it is well, and never in the way."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.disks.smart import ASLEEP_STATUS, DiskState
from gstnvr.model.faults import Reason, Severity
from gstnvr.model.records import Incident
from gstnvr.supervisor.supervisor import Supervisor
from tests.disks import samples
from tests.rig.fake_disks import FakeDisks
from tests.supervisor.rig import Rig, until

Story = Callable[[Supervisor], Coroutine[Any, Any, None]]


class Scene:
    """A supervisor that looks at fake disks often."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig = rig
        self.machine = FakeDisks(folder)
        self.machine.say("sda", samples.ata_disk())
        rig.system = self.machine.system
        self.configure()

    def configure(self, **settings: object) -> None:
        given = {"smartctl": f"[{self.machine.program}]", "interval_s": 1, "raid_interval_s": 0.5, **settings}
        words = ", ".join(f"{name}: {value}" for name, value in given.items())
        self.rig.configure("front", extra=f"disks: {{{words}}}")

    def play(self, story: Story) -> None:
        async def run() -> None:
            async with self.rig.running() as supervisor:
                await story(supervisor)

        asyncio.run(asyncio.wait_for(run(), 90))


@pytest.fixture
def scene(rig: Rig, tmp_path: Path) -> Iterator[Scene]:
    yield Scene(rig, tmp_path)


def lasting(index: Index) -> list[Incident]:
    return [incident for incident in index.incidents() if incident.recovered is None]


def test_a_disk_that_is_well_is_known_and_nothing_is_told(scene: Scene) -> None:
    async def story(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.disks().disks and supervisor.disks().disks[0].known, "it was read")
        (disk,) = supervisor.disks().disks
        assert disk.name == "sda"
        assert str(scene.rig.volume) in disk.folders
        assert disk.known is not None
        assert disk.known.temperature_c == 34
        assert supervisor.index.incidents() == []

    scene.play(story)


def test_defects_that_grow_are_an_incident_of_no_camera_also_over_a_restart(scene: Scene) -> None:
    async def first(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.disks().disks and supervisor.disks().disks[0].known, "it was read")
        await until((scene.rig.data_dir / "disk-readings.json").exists, "it is remembered")

    async def second(supervisor: Supervisor) -> None:
        await until(lambda: lasting(supervisor.index), "it is told")
        (incident,) = lasting(supervisor.index)
        assert (incident.camera, incident.stream) == (None, None)
        assert (incident.reason, incident.severity) == (Reason.DISK_DEFECTS, Severity.MEDIUM)
        assert "pending 0 to 8" in incident.message
        scene.machine.say("sda", samples.ata_disk())
        await until(lambda: not lasting(supervisor.index), "it is over when they were written anew")

    scene.play(first)
    scene.machine.say("sda", samples.ata_disk(pending=8))
    scene.play(second)


def test_an_array_that_lost_a_disk_is_told_until_it_is_whole(scene: Scene) -> None:
    async def story(supervisor: Supervisor) -> None:
        scene.machine.mdstat(samples.FAILED_MEMBER)
        await until(lambda: lasting(supervisor.index), "it is told")
        (incident,) = lasting(supervisor.index)
        assert (incident.reason, incident.severity) == (Reason.RAID_DEGRADED, Severity.HIGH)
        scene.machine.mdstat(samples.RECOVERING)
        await until(lambda: lasting(supervisor.index)[0].severity is Severity.MEDIUM, "it is being rebuilt")
        assert lasting(supervisor.index)[0].uid == incident.uid
        scene.machine.mdstat(samples.HEALTHY)
        await until(lambda: not lasting(supervisor.index), "it is whole")
        assert [view.array.name for view in supervisor.disks().arrays] == ["md1", "md0"]

    scene.play(story)


def test_what_is_known_of_a_disk_stays_while_it_sleeps(scene: Scene) -> None:
    async def story(supervisor: Supervisor) -> None:
        scene.machine.say("sda", samples.ata_disk(celsius=60))
        await until(lambda: lasting(supervisor.index), "it is hot")
        scene.machine.say("sda", {}, ASLEEP_STATUS)
        await until(
            lambda: (disk := supervisor.disks().disks[0]).report and disk.report.state is DiskState.ASLEEP,
            "it sleeps",
        )
        (disk,) = supervisor.disks().disks
        assert disk.known is not None
        assert disk.known.temperature_c == 60
        assert lasting(supervisor.index) != []

    scene.play(story)


def test_another_disk_in_the_same_place_is_another_disk(scene: Scene) -> None:
    async def story(supervisor: Supervisor) -> None:
        scene.machine.say("sda", samples.ata_disk(passed=False))
        await until(lambda: lasting(supervisor.index), "it fails")
        scene.machine.say("sda", samples.ata_disk() | {"serial_number": "NEW"})
        await until(lambda: not lasting(supervisor.index), "it was replaced")

    scene.play(story)


def test_without_the_program_nothing_is_wrong(scene: Scene) -> None:
    scene.configure(smartctl="[/no/smartctl]")

    async def story(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.disks().unwatched, "it is said")
        assert "install smartmontools" in str(supervisor.disks().unwatched)
        assert supervisor.index.incidents() == []

    scene.play(story)


@pytest.mark.parametrize("leave", [True, False])
def test_what_is_wrong_at_a_restart_is_told_once(scene: Scene, leave: bool) -> None:
    scene.machine.say("sda", samples.ata_disk(passed=False))

    async def story() -> None:
        async with scene.rig.running(leave=leave) as supervisor:
            await until(lambda: lasting(supervisor.index), "it fails")
            (before,) = lasting(supervisor.index)
            await until(supervisor.index.open_segments, "a recorder lives")
        async with scene.rig.running() as supervisor:
            await until(
                lambda: supervisor.disks().disks and supervisor.disks().disks[0].problems, "it is seen again"
            )
            await until(lambda: lasting(supervisor.index), "it lasts")
            (after,) = lasting(supervisor.index)
            assert (after.uid == before.uid) is leave, "another supervisor ends it only if nobody was there"

    asyncio.run(asyncio.wait_for(story(), 90))


# --- settings -----------------------------------------------------------------------------------------


def test_watch_switches_all_of_it_off(scene: Scene) -> None:
    async def story(supervisor: Supervisor) -> None:
        scene.machine.say("sda", samples.ata_disk(passed=False))
        await until(lambda: lasting(supervisor.index), "it fails")
        scene.configure(watch="false")
        await until(lambda: not lasting(supervisor.index), "nobody wants to know")
        assert supervisor.disks().disks == ()

    scene.play(story)


def test_limits_are_those_of_the_settings(scene: Scene) -> None:
    limits: list[tuple[str, int, dict[str, Any], Reason]] = [
        ("max_temperature_c", 34, samples.ata_disk(celsius=34), Reason.DISK_HOT),
        ("max_ssd_temperature_c", 41, samples.nvme_disk(celsius=41), Reason.DISK_HOT),
        ("max_wear_percent", 3, samples.nvme_disk(used=3), Reason.DISK_WORN),
    ]

    async def story(supervisor: Supervisor) -> None:
        for setting, value, answer, reason in limits:
            scene.configure()
            scene.machine.say("sda", answer)
            await until(lambda: _serial(supervisor) == answer["serial_number"], "it was read")  # noqa: B023
            await until(lambda: not lasting(supervisor.index), "it is well")
            scene.configure(**{setting: value})
            await until(lambda: [one.reason for one in lasting(supervisor.index)] == [reason], "it is told")  # noqa: B023

    scene.play(story)


def _serial(supervisor: Supervisor) -> str | None:
    found = supervisor.disks().disks
    return found[0].known.serial if found and found[0].known else None


def test_disks_and_arrays_are_looked_at_as_often_as_is_set(scene: Scene) -> None:
    scene.configure(interval_s=3600, raid_interval_s=3600)

    async def story(supervisor: Supervisor) -> None:
        await until(lambda: len(scene.machine.asked()) == 1, "once at the start")
        scene.machine.mdstat(samples.FAILED_MEMBER)
        await asyncio.sleep(2)
        assert len(scene.machine.asked()) == 1
        assert supervisor.disks().arrays == ()
        scene.configure(interval_s=1, raid_interval_s=3600)
        await until(lambda: len(scene.machine.asked()) >= 3, "disks every second")
        assert supervisor.disks().arrays == ()
        scene.configure(interval_s=3600, raid_interval_s=0.5)
        await until(lambda: supervisor.disks().arrays, "arrays twice a second")

    scene.play(story)
