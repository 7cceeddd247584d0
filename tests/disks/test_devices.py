"""From a directory down to the metal."""

from pathlib import Path

import pytest

from gstnvr.disks.devices import Beneath, System, device_of
from tests.rig.fake_disks import FakeDisks


@pytest.fixture
def machine(tmp_path: Path) -> FakeDisks:
    return FakeDisks(tmp_path)


def test_a_partition_lies_on_its_disk(machine: FakeDisks) -> None:
    assert machine.system.beneath(Path("/srv/video")) == Beneath(("sda",))


def test_a_whole_disk(machine: FakeDisks) -> None:
    machine.add_disk("nvme0n1", "259:0")
    machine.mount("259:0")
    assert machine.system.beneath(Path("/srv/video")) == Beneath(("nvme0n1",))


def test_a_volume_group_on_an_array_on_partitions(machine: FakeDisks) -> None:
    parts = []
    for name, numbers in (("sdb", "8:17"), ("sdc", "8:33")):
        disk = machine.add_disk(name, f"{numbers}0", partition=numbers)
        parts.append(disk / f"{name}1")
    array = machine.add("virtual/block/md0", "9:0", *parts)
    (array / "md").mkdir()
    machine.add("virtual/block/dm-0", "253:0", array)
    machine.mount("253:0")
    assert machine.system.beneath(Path("/srv/video")) == Beneath(("sdb", "sdc"), ("md0",))


def test_a_loop_device_lies_on_the_disk_of_its_file(machine: FakeDisks, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.touch()
    loop = machine.add("virtual/block/loop0", "7:0")
    (loop / "loop").mkdir()
    (loop / "loop/backing_file").write_text(f"{image}\n")
    lines = ["27 1 8:1 / / rw - ext4 /dev/sda1 rw", "28 27 7:0 / /srv/video rw - ext4 /dev/loop0 rw", ""]
    machine.system.mounts.write_text("\n".join(lines))
    assert machine.system.beneath(Path("/srv/video/x")) == Beneath(("sda",))


@pytest.mark.parametrize("numbers", ["0:44", "99:9"])
def test_what_is_on_no_disk_has_none(machine: FakeDisks, numbers: str) -> None:
    machine.mount(numbers, kind="nfs4")
    assert machine.system.beneath(Path("/srv/video")) == Beneath()


def test_a_circle_comes_to_an_end(machine: FakeDisks) -> None:
    device = machine.add("virtual/block/dm-0", "253:0")
    (device / "slaves/dm-0").symlink_to(device)
    machine.mount("253:0")
    assert machine.system.beneath(Path("/srv/video")) == Beneath()


MOUNTS = """\
22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 8:1 / /srv rw shared:1 - ext4 /dev/sda1 rw
31 30 8:17 / /srv/my\\040disk rw - ext4 /dev/sdb1 rw
32 30 8:33 / /srv/video rw - ext4 /dev/sdc1 rw
33 30 8:49 / /srv/video rw - ext4 /dev/sdd1 rw
"""


@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        ("/home", "254:0"),
        ("/srv", "8:1"),
        ("/srv/videos", "8:1"),
        ("/srv/my disk/a", "8:17"),
        ("/srv/video/a", "8:49"),
        ("/proc/1", None),
    ],
)
def test_the_nearest_mount_that_is_on_top_counts(path: str, numbers: str | None) -> None:
    assert device_of(path, MOUNTS) == numbers


def test_this_machine_can_be_asked() -> None:
    found = System().beneath(Path("/"))
    assert all(Path("/sys/class/block", disk).exists() for disk in found.disks)
