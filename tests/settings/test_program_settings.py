"""Settings of the program as a whole: where it listens, what it writes down, what it calls its cameras."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from gstnvr.supervisor.places import DATABASE
from tests.rig.ports import free_port
from tests.supervisor.rig import Rig, until

RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.clean_up()


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))


def edit(rig: Rig, old: str, new: str) -> None:
    text = rig.config.read_text()
    assert old in text
    rig.config.write_text(text.replace(old, new))


def listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(5)
        return probe.connect_ex((host, port)) == 0


@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
def test_the_api_listens_at_its_host_and_port_only(rig: Rig, host: str) -> None:
    rig.configure("front")
    edit(rig, f"api: {{port: {rig.port}}}", f"api: {{port: {rig.port}, host: '{host}'}}")

    async def scenario() -> None:
        async with rig.running():
            assert listens(host, rig.port)
            assert not listens("127.0.0.1", rig.port)

    run(scenario)


def test_everything_of_the_program_itself_is_in_data_dir(rig: Rig) -> None:
    rig.data_dir = rig.folder / "elsewhere" / "data"
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")

    run(scenario)
    assert (rig.data_dir / DATABASE).exists()
    assert {path.name for path in rig.folder.iterdir()} == {"elsewhere", "gstnvr.yaml", "video"}


def test_a_camera_is_shown_by_its_name_also_by_a_new_one(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:

            def name() -> str:
                return supervisor.picture.streams()[0].camera_name

            assert name() == "front"
            await until(rig.told, "the recorder runs")
            edit(rig, "{id: front,", "{id: front, name: Front door,")
            await until(lambda: name() == "Front door", "the name is shown")
            edit(rig, "name: Front door,", "name: Main gate,")
            await until(lambda: name() == "Main gate", "the new name is shown")
            assert len({note["pid"] for note in rig.told()}) == 1

    run(scenario)


def test_only_lines_of_the_level_are_written_and_a_new_level_holds_at_once(tmp_path: Path) -> None:
    port = free_port()
    config, volume, log = tmp_path / "gstnvr.yaml", tmp_path / "video", tmp_path / "log"
    volume.mkdir()

    def write(level: str) -> None:
        config.write_text(
            f"data_dir: {tmp_path / 'data'}\napi: {{port: {port}}}\nlog: {{level: {level}}}\n"
            f"storage: {{volumes: [{{path: {volume}}}], min_free_mb: 1}}\n"
        )

    def healthy() -> bool:
        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/healthz", timeout=5).status == 200)
        return False

    async def scenario() -> None:
        await until(healthy, "it runs")
        write("info")
        await until(lambda: "configuration read again" in log.read_text(), "the new level is in force")
        first = next(line for line in log.read_text().splitlines() if " INFO " in line)
        assert "configuration read again" in first
        assert " DEBUG " not in log.read_text()

    write("error")
    command = [sys.executable, "-c", RUN, "run", "-c", str(config)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        run(scenario)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
