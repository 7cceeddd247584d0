"""A directory becomes a volume only where nothing can be hidden by it."""

import json
from pathlib import Path

import pytest

from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.supervisor.volumes.volume import Known, identify, known_volume
from gstnvr.volume.identity import IDENTITY_FILE, create_identity, read_identity

CLOCK = SystemClock()


def test_an_empty_directory_becomes_a_volume(tmp_path: Path) -> None:
    found = identify(tmp_path, None, CLOCK)
    assert found.problem is None
    assert found.uuid == read_identity(tmp_path).uuid
    assert identify(tmp_path, None, CLOCK) == found


def test_so_does_one_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    assert identify(tmp_path, None, CLOCK).uuid == read_identity(tmp_path).uuid


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = identify(tmp_path / "missing", None, CLOCK)
    assert found.uuid is None
    assert "there is no directory" in (found.problem or "")
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("content", ["nothing", "files"])
def test_a_mount_point_without_its_disk_is_left_alone(tmp_path: Path, content: str) -> None:
    if content == "files":
        (tmp_path / "readme").touch()
    found = identify(tmp_path, Known("expected", has_segments=True), CLOCK)
    assert found.uuid == "expected"
    assert "is not mounted" in (found.problem or "")
    assert not (tmp_path / IDENTITY_FILE).exists()


def test_a_missing_directory_with_known_recordings_is_waited_for(tmp_path: Path) -> None:
    assert identify(tmp_path / "missing", Known("expected", has_segments=True), CLOCK).uuid == "expected"


def test_another_disk_is_not_written_to(tmp_path: Path) -> None:
    create_identity(tmp_path, CLOCK)
    found = identify(tmp_path, Known("expected", has_segments=True), CLOCK)
    assert found.uuid == "expected"
    assert "another volume is mounted" in (found.problem or "")


def test_a_volume_of_which_no_recordings_are_known_may_be_replaced(tmp_path: Path) -> None:
    found = identify(tmp_path, Known("before", has_segments=False), CLOCK)
    assert found.uuid == read_identity(tmp_path).uuid != "before"


def test_a_damaged_identity_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / IDENTITY_FILE).write_text(json.dumps({"uuid": "?"}))
    found = identify(tmp_path, None, CLOCK)
    assert found.uuid is None
    assert "not a volume's identity file" in (found.problem or "")
    assert json.loads((tmp_path / IDENTITY_FILE).read_text()) == {"uuid": "?"}


def test_the_volume_with_recordings_is_the_one_that_is_expected() -> None:
    volumes = [Volume("empty", "/a"), Volume("full", "/a"), Volume("other", "/b")]
    assert known_volume(volumes, frozenset({"full", "other"}), Path("/a")) == Known("full", has_segments=True)
    assert known_volume(volumes, frozenset(), Path("/c")) is None
