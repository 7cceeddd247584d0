"""What stops gstnvr from starting is said in one line, and what does not stop it is waited for."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.incidents import IncidentFilter
from gstnvr.model.ids import CameraId
from gstnvr.model.records import SegmentState
from gstnvr.supervisor.errors import StartupError
from gstnvr.supervisor.lock import InstanceLock, is_locked
from gstnvr.supervisor.places import DATABASE, recorder_lives
from gstnvr.supervisor.recording.software import check_software
from gstnvr.volume.identity import IDENTITY_FILE
from tests.supervisor.rig import Rig, until


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))


def start(rig: Rig) -> None:
    asyncio.run(rig.supervisor().run())


def test_only_one_works_in_a_data_directory(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert not is_locked(folder)
    with InstanceLock(folder):
        assert is_locked(folder)
        assert folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(StartupError, match=rf"another gstnvr \(process {os.getpid()}\) uses {folder}"):
            InstanceLock(folder).__enter__()
    assert not is_locked(folder)
    with InstanceLock(folder):
        assert is_locked(folder)


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match=r"cannot use data_dir .*correct data_dir or its permissions"):
        InstanceLock(tmp_path / "file" / "data").__enter__()


def test_a_port_in_use_is_told_before_any_recorder_is_started(rig: Rig) -> None:
    rig.configure("front")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", rig.port))
        taken.listen()
        with pytest.raises(StartupError, match=f"port {rig.port} on 127.0.0.1 is taken"):
            start(rig)
    assert rig.pid() == 0
    assert not is_locked(rig.data_dir)


MISSING = '{"problem": null, "missing": [{"names": ["mp4mux"], "package": "good", "needed": true}]}'


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (f"print('{MISSING}')", "GStreamer has no element mp4mux; install: apt-get install good"),
        ('print(\'{"problem": "no GStreamer", "missing": []}\')', "no GStreamer; run scripts/setup"),
        ("raise SystemExit('broken plug-in')", "GStreamer does not start: broken plug-in"),
        ("import os; os.abort()", "GStreamer does not start: exit code -6"),
    ],
)
def test_missing_software_is_told(program: str, said: str) -> None:
    with pytest.raises(StartupError, match=said):
        asyncio.run(check_software((sys.executable, "-c", program)))


def test_what_is_only_needed_for_simulation_may_be_missing() -> None:
    optional = MISSING.replace("true", "false")
    asyncio.run(check_software((sys.executable, "-c", f"print('{optional}')")))


def test_a_volume_that_is_not_there_yet_is_waited_for(rig: Rig) -> None:
    rig.configure("front")
    rig.volume.rmdir()

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(rig.told, "the recorder is told all the same")
            notes = {each.name: each for each in supervisor.picture.components()}
            assert not notes["storage"].healthy
            assert f"there is no directory {rig.volume}" in notes["storage"].detail
            assert supervisor.index.volumes() == []
            rig.volume.mkdir()
            await until(supervisor.index.open_segments, "it is recorded")
            assert "storage" not in {each.name for each in supervisor.picture.components()}

    run(scenario)
    assert rig.findings() == ()


def test_nothing_is_written_where_the_disk_with_the_recordings_is_missing(rig: Rig) -> None:
    rig.configure("front")
    elsewhere = rig.folder / "unmounted"

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            uuid = supervisor.index.volumes()[0].uuid
        rig.volume.rename(elsewhere)
        rig.volume.mkdir()  # the mount point
        async with rig.running() as supervisor:
            await until(lambda: len(rig.told()) == 2, "the recorder is told")
            assert rig.told()[1]["volume"] == uuid
            assert list(rig.volume.iterdir()) == []
            notes = {each.name: each.detail for each in supervisor.picture.components()}
            assert f"volume {rig.volume} is not mounted: it has no file {IDENTITY_FILE}" in notes["storage"]
            rig.volume.rmdir()
            elsewhere.rename(rig.volume)
            await until(
                lambda: "storage" not in {each.name for each in supervisor.picture.components()}, "it is back"
            )
            assert [volume.uuid for volume in supervisor.index.volumes()] == [uuid]

    run(scenario)


def test_files_that_a_lost_index_does_not_know_are_adopted_while_recording(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
        for file in rig.data_dir.glob(f"{DATABASE}*"):
            file.unlink()
        for file in rig.volume.rglob("*.mp4"):
            os.utime(file, (1, 1))
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.segments()) == 2, "the old file is adopted")
            states = {segment.state for segment in supervisor.index.segments()}
            assert states == {SegmentState.OPEN, SegmentState.CLOSED}
            await until(supervisor.index.gaps, "and what lies between is a gap")

    run(scenario)
    assert rig.findings() == ()


def test_whether_a_recorder_lives_is_asked_without_a_supervisor(rig: Rig) -> None:
    rig.configure("front")
    assert not recorder_lives(rig.data_dir)

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")

    run(scenario)
    assert recorder_lives(rig.data_dir)
    run(scenario)


def test_no_password_is_in_the_command_line_of_a_recorder(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONT_PASSWORD", "Gehe1mnis")
    rig.configure("front")
    text = rig.config.read_text().replace("front'", "front', username: admin, password_env: FRONT_PASSWORD")
    rig.config.write_text(text)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            assert "Gehe1mnis" not in Path(f"/proc/{rig.pid()}/cmdline").read_text()  # noqa: ASYNC240
            assert supervisor.index.incidents(IncidentFilter(CameraId("front"))) == []

    run(scenario)
    for file in rig.data_dir.rglob("*"):
        if file.is_file():
            assert b"Gehe1mnis" not in file.read_bytes()
