"""Logs searched over the API, and the bundle for whoever is asked for help."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gstnvr.api.common.ports import ComponentHealth, LiveStream
from gstnvr.logs.redaction import forget_secrets, register_secret
from gstnvr.model.clock import NS_PER_MS, UtcNs, format_utc
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.findings import Remedy, failed, ok
from tests.api.rig import CONNECTED, NOW, RunningServer, World

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def write_log(world: World, process: str, *lines: str, name: str | None = None) -> None:
    folder = world.folder / "data" / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / (name or f"{process}.log")).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def line(process: str, number: int, text: str = "", level: str = "INFO", camera: str = "") -> str:
    time = format_utc(UtcNs(NOW + number // 3 * NS_PER_MS))
    source = f"gstnvr.{process} {camera}" if camera else f"gstnvr.{process}"
    return f"{time} {level} {process} {source}: {text or f'line {number}'}"


def messages(server: RunningServer, **query: str) -> list[str]:
    return [one["message"] for one in server.json("logs", **query)["lines"]]


def test_lines_of_all_processes_come_newest_first_and_once(world: World, server: RunningServer) -> None:
    write_log(world, "supervisor", *(line("supervisor", number) for number in range(0, 3000, 2)))
    write_log(
        world, "recorder-0", *(line("recorder-0", number) for number in range(1, 1500, 2)), name="recorder-0.log.1"
    )
    write_log(world, "recorder-0", *(line("recorder-0", number) for number in range(1501, 3000, 2)))
    found: list[dict[str, str]] = []
    query: dict[str, str] = {"limit": "700"}
    while True:
        page = server.json("logs", **query)
        found += page["lines"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        write_log(world, "supervisor", line("supervisor", 9000 + len(found)))
    assert len(found) == 3000
    assert {one["message"] for one in found} == {f"line {number}" for number in range(3000)}
    times = [one["time"] for one in found]
    assert times == sorted(times, reverse=True)


def test_lines_are_found_by_what_they_are_about(world: World, server: RunningServer) -> None:
    write_log(
        world,
        "recorder-0",
        line("recorder-0", 0, "Camera refuses the connection", "WARNING", "yard/main"),
        line("recorder-0", 3, "connected", "INFO", "gate/main"),
        "what is no line at all",
        line("recorder-0", 6, "cannot write", "ERROR"),
    )
    write_log(world, "supervisor", line("supervisor", 9, "started"))
    assert messages(server) == ["started", "cannot write", "connected", "Camera refuses the connection"]
    assert messages(server, text="REFUSES") == ["Camera refuses the connection"]
    assert messages(server, level="warning") == ["cannot write", "Camera refuses the connection"]
    assert messages(server, camera="gate") == ["connected"]
    assert messages(server, process="supervisor") == ["started"]
    moment = format_utc(UtcNs(NOW + 2 * NS_PER_MS))
    assert messages(server, from_=moment) == ["started", "cannot write"]
    assert messages(server, to=moment) == ["connected", "Camera refuses the connection"]


def test_without_log_files_there_are_no_lines(server: RunningServer) -> None:
    assert server.json("logs") == {"lines": [], "next": None}
    assert server.json("logs/processes") == {"processes": []}


def test_processes_with_a_log_are_named(world: World, server: RunningServer) -> None:
    write_log(world, "supervisor", line("supervisor", 0))
    write_log(world, "recorder-0", line("recorder-0", 3))
    write_log(world, "recorder-0", line("recorder-0", 0), name="recorder-0.log.1")
    size = len(line("recorder-0", 0)) + 1
    assert server.json("logs/processes")["processes"] == [
        {"name": "recorder-0", "bytes": 2 * size},
        {"name": "supervisor", "bytes": size},
    ]


@pytest.fixture
def secrets() -> Iterator[list[str]]:
    """Registered as passwords of cameras are when settings are read."""
    planted = ["s3cr3t-of-the-yard", "pässwörd/with:@"]
    for secret in planted:
        register_secret(secret)
    yield planted
    forget_secrets()


def test_the_bundle_holds_everything_but_secrets(world: World, server: RunningServer, secrets: list[str]) -> None:
    first, second = secrets
    fault = FaultReport(Fault.RTSP_NETWORK, Reason.REFUSED, Severity.HIGH, f"rtsp://kim:{first}@192.0.2.1/", "x")
    world.streams = [LiveStream("Yard", replace(CONNECTED, fault=fault))]
    world.components = [ComponentHealth("recorder 0", False, f"told {second} to everybody")]
    world.config.write_text(world.config.read_text().replace("Yard  #", f"Yard {first} #"))
    write_log(world, "supervisor", line("supervisor", 0, f"password={first}, or {second}?"))
    response = server.http.get("diagnostics")
    assert response.headers["content-type"] == "application/zip"
    assert ".zip" in response.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"README.txt", "about.json", "settings.json", "state.json", "incidents.json", "log.txt"}
    assert "192.0.2.1" in texts["state.json"]
    assert "or ***?" in texts["log.txt"]
    assert "/video" in texts["settings.json"]
    for name, text in texts.items():
        for secret in (*secrets, "hunter2"):
            assert secret not in text, name


def test_what_the_bundle_would_hold_can_be_read_before(
    world: World, server: RunningServer, secrets: list[str]
) -> None:
    write_log(world, "supervisor", *(line("supervisor", number, f"{secrets[0]} told") for number in range(1000)))
    with zipfile.ZipFile(io.BytesIO(server.http.get("diagnostics").content)) as archive:
        held = {one.filename: (one.file_size, archive.read(one).decode()) for one in archive.infolist()}
    files = {one["name"]: one for one in server.json("diagnostics/contents")["files"]}
    assert list(files) == list(held)
    for name, (size, text) in held.items():
        assert files[name]["bytes"] == size
        assert files[name]["beginning"] == text[:20_000]
    assert len(files["log.txt"]["beginning"]) == 20_000
    assert secrets[0] not in files["log.txt"]["beginning"]


def test_the_machine_is_checked_and_it_is_said_what_to_do(world: World, server: RunningServer) -> None:
    world.findings = [ok("clock", "it is right")]
    assert server.json("diagnostics/checks")["ok"] is True
    world.findings.append(failed("volume", "only 3 MB free", "make room, at least 500 MB", Remedy.MAKE_ROOM))
    assert server.json("diagnostics/checks") == {
        "ok": False,
        "checks": [
            {"name": "clock", "state": "ok", "found": "it is right", "remedy": None, "advice": ""},
            {
                "name": "volume",
                "state": "failed",
                "found": "only 3 MB free",
                "remedy": "make_room",
                "advice": "make room, at least 500 MB",
            },
        ],
    }


def test_the_bundle_says_what_cannot_be_had(world: World, server: RunningServer) -> None:
    world.config.unlink()
    with zipfile.ZipFile(io.BytesIO(server.http.get("diagnostics").content)) as archive:
        assert "there is no such file" in archive.read("settings.json").decode()
