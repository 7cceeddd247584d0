"""systemd is told what it asks for, and its unit file fits to what gstnvr does."""

import asyncio
import configparser
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gstnvr.api.server import STOP_TIMEOUT_S
from gstnvr.supervisor import works
from gstnvr.supervisor.recording.office import Patience
from gstnvr.supervisor.service_manager import ServiceManager, without_service_manager
from tests.supervisor.rig import Rig, until

UNIT = Path(__file__).parents[2] / "packaging/systemd/gstnvr.service"


@contextmanager
def listening(address: str) -> Iterator["Heard"]:
    """What comes at an address as systemd gives it; the list grows when ``read`` is called."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + address[1:] if address.startswith("@") else address)
        listener.setblocking(False)
        yield Heard(listener)


class Heard(list[str]):
    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self.listener = listener

    def read(self) -> "Heard":
        while True:
            try:
                self.append(self.listener.recv(4096).decode())
            except BlockingIOError:
                return self


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_hears_at_the_address_that_it_gave(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@gstnvr-test-{os.getpid()}"
    with listening(address) as heard:
        manager = ServiceManager({"NOTIFY_SOCKET": address})
        manager.ready()
        manager.stopping(28)
        assert heard.read() == [
            "READY=1",
            "STOPPING=1\nSTATUS=recorders finish their files\nEXTEND_TIMEOUT_USEC=28000000",
        ]


@pytest.mark.parametrize("address", ["", "vsock:2:1", "/nowhere/at/all"])
def test_without_systemd_nobody_is_told_and_nothing_fails(address: str) -> None:
    ServiceManager({"NOTIFY_SOCKET": address}).ready()


@pytest.mark.parametrize(
    ("more", "beats"),
    [({"WATCHDOG_USEC": "300000"}, True), ({}, False), ({"WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"}, False)],
)
def test_the_watchdog_is_fed_often_enough_if_there_is_one(
    tmp_path: Path, more: dict[str, str], beats: bool
) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as heard:
        manager = ServiceManager({"NOTIFY_SOCKET": address, **more})

        async def tell() -> None:
            telling = asyncio.create_task(manager.keep_telling(lambda: "all is well"))
            await asyncio.sleep(1)
            telling.cancel()

        asyncio.run(tell())
        said = heard.read()
    assert sum("STATUS=all is well" in message for message in said) == 1, "only what is new"
    assert (sum("WATCHDOG=1" in message for message in said) >= 3) is beats


def test_recorders_are_not_taken_for_the_service() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "PATH": "/bin"}
    assert without_service_manager(environment) == {"PATH": "/bin"}


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_a_run_from_ready_to_stopping(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(rig.folder / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    rig.configure("front")

    async def scenario() -> None:
        with listening(address) as heard:
            async with rig.running() as supervisor:
                await until(lambda: "READY=1" in heard.read(), "systemd knows that it has started")
                await until(supervisor.index.open_segments, "it is recorded")
                await until(lambda: "WATCHDOG=1" in "".join(heard.read()), "the watchdog is fed")
                assert b"NOTIFY_SOCKET" not in environment_of(rig.pid())
                assert not any("STOPPING" in message for message in heard.read())
            assert any(message.startswith("STOPPING=1") for message in heard.read())

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_recorder_has_few_arenas_of_memory(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            assert b"MALLOC_ARENA_MAX=2" in environment_of(rig.pid()).split(b"\0")

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_recorders_are_handed_on_to_the_next_supervisor(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        supervisor = rig.supervisor()
        task = asyncio.create_task(supervisor.run())
        await until(supervisor.started.is_set, "it has started")
        await until(supervisor.index.open_segments, "it is recorded")
        os.kill(os.getpid(), signal.SIGUSR1)
        await task
        before = rig.pid()
        os.kill(before, 0)
        async with rig.running() as following:
            await until(following.index.open_segments, "it is recorded")
            assert rig.pid() == before
            assert len(following.index.segments()) == 1

    asyncio.run(asyncio.wait_for(scenario(), 60))
    assert rig.findings() == ()


# --- the unit file ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser["Service"]


def test_systemd_waits_longer_than_recorders_are_waited_for(service: configparser.SectionProxy) -> None:
    ours = Patience().stop_s + works.DRAIN_S + STOP_TIMEOUT_S
    assert float(service["TimeoutStopSec"]) > ours
    assert float(service["TimeoutStartSec"]) > Patience().start_s


def test_recorders_outlive_the_main_process(service: configparser.SectionProxy) -> None:
    assert service["KillMode"] == "process"
    assert service["OOMPolicy"] == "continue"
    assert service["Restart"] == "always"
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_systemd_understands_the_unit_file(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/gstnvr/.venv/bin/gstnvr", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert complaints == []
