"""Logs and diagnostics by command, against a real server."""

import zipfile
from pathlib import Path

from tests.api.fixtures import server, shared_server, world
from tests.api.rig import World
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]


def write_log(world: World) -> None:
    folder = world.folder / "data" / "logs"
    folder.mkdir(parents=True)
    (folder / "recorder-0.log").write_text(
        "2026-11-21T10:00:00.000Z INFO recorder-0 gstnvr.recorder.stream yard/main: connected\n"
        "2026-11-21T10:00:01.000Z DEBUG recorder-0 gstnvr.recorder.stream yard/main: a detail\n"
        "2026-11-21T10:00:02.000Z WARNING recorder-0 gstnvr.recorder.stream gate/main: Camera refuses\n"
    )


def test_lines_are_printed_in_their_order(world: World, run: Run) -> None:
    write_log(world)
    ran = run("log")
    assert ran.code == 0
    assert [line.partition(": ")[2] for line in ran.lines] == ["connected", "Camera refuses"]
    assert "WARNING recorder-0 gate/main" in ran.lines[1]


def test_lines_are_chosen(world: World, run: Run) -> None:
    write_log(world)
    assert [line["message"] for line in run("log", "--level", "debug", "--camera", "yard", "--json").document] == [
        "a detail",
        "connected",
    ]
    assert len(run("log", "refuses").lines) == 1


def test_the_bundle_is_written_once(world: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "help.zip"
    ran = run("diagnostics", str(file))
    assert ran.code == 0
    assert zipfile.is_zipfile(file)
    assert file.stat().st_mode & 0o077 == 0
    again = run("diagnostics", str(file))
    assert (again.code, again.err) == (5, f"gstnvr: cannot write {file}: File exists\n")
