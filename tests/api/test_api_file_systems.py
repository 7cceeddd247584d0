"""File systems to choose from where recordings go."""

import shutil
import time
from pathlib import Path

import pytest

from gstnvr.api.common.ports import VolumeView
from gstnvr.model.status import VolumeState
from gstnvr.volume import mounts
from tests.api.rig import RunningServer, World

HANGS = "/mnt/hangs"
MOUNTINFO = f"""\
21 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw
22 21 0:31 / {HANGS} rw - nfs4 nas:/video rw
23 21 8:17 / /proc/1 rw - ext4 /dev/sdb1 rw
"""


def test_room_is_told_and_one_that_hangs_holds_nothing_up(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room = shutil.disk_usage

    def disk_usage(place: str) -> object:
        if place == HANGS:
            time.sleep(5)
        return room(place)

    (tmp_path / "mountinfo").write_text(MOUNTINFO)
    monkeypatch.setattr(mounts, "MOUNTINFO", tmp_path / "mountinfo")
    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    for longest_s in (2.5, 0.9):
        began = time.monotonic()
        system, nas = server.http.get("file-systems").json()["file_systems"]
        assert time.monotonic() - began < longest_s, "one that hangs is not asked again"
        assert (system["path"], system["kind"], system["writable"]) == ("/", "ext4", True)
        assert system["total_bytes"] >= system["free_bytes"] > 0
        assert (nas["path"], nas["total_bytes"], nas["writable"]) == (HANGS, None, False)


def test_a_volume_behind_a_link_lies_where_the_link_leads(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = "/mnt/disk"
    (tmp_path / "linked").symlink_to(disk)
    (tmp_path / "mountinfo").write_text(f"{MOUNTINFO}24 21 8:33 / {disk} rw - xfs /dev/sdc1 rw\n")
    monkeypatch.setattr(mounts, "MOUNTINFO", tmp_path / "mountinfo")
    world.volumes = [VolumeView(str(tmp_path / "linked"), None, VolumeState.GOOD)]
    found = {one["path"]: one for one in server.http.get("file-systems").json()["file_systems"]}
    assert found[disk]["volumes"] == [str(tmp_path / "linked")]
    assert found["/"]["volumes"] == []
