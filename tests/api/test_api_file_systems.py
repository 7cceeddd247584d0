"""File systems to choose from where recordings go."""

import shutil
import time

import pytest

from gstnvr.api.storage import routes_file_systems
from gstnvr.disks.file_systems import Mount
from tests.api.rig import RunningServer

HERE = Mount("/", "/dev/sda1", "ext4", True)


def test_room_is_told_and_one_that_hangs_holds_nothing_up(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Mount("/mnt/hangs", "nas:/video", "nfs4", True)
    room = shutil.disk_usage

    def disk_usage(place: str) -> object:
        if place == hanging.place:
            time.sleep(3)
        return room(place)

    monkeypatch.setattr(routes_file_systems, "mounted", lambda: [HERE, hanging])
    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    began = time.monotonic()
    system, nas = server.http.get("file-systems").json()["file_systems"]
    assert time.monotonic() - began < 2.5
    assert (system["path"], system["kind"]) == ("/", "ext4")
    assert system["total_bytes"] >= system["free_bytes"] > 0
    assert (nas["path"], nas["total_bytes"], nas["free_bytes"]) == ("/mnt/hangs", None, None)
