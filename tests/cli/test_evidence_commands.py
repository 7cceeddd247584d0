"""Protecting, exporting, verifying, deleting from the command line, against a real server."""

import asyncio
import contextlib
import getpass
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.evidence.verify import verify
from gstnvr.model.records import SegmentState
from gstnvr.volume.identity import IDENTITY_FILE, VolumeIdentity
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import VOLUME, RunningServer, World, at
from tests.cli.running import Run, run
from tests.rig.evidence_orders import picture, write_segment
from tests.rig.mp4_reader import read_mp4

__all__ = ["run", "server", "shared_server", "world"]

SPAN = ("--from", "2026-11-21T11:00:00Z", "--to", "2026-11-21T11:00:04Z")
ME = f"local:{getpass.getuser()}"


@pytest.fixture
def working(server: RunningServer, world: World) -> Iterator[World]:
    """Two segments from 11:00:00 on, and somebody who makes exports and deletes."""
    for number, start in enumerate(("11:00:00", "11:00:02")):
        content = write_segment(world.folder / "made.mp4", first=number * 50).read_bytes()
        path = f"yard/20261121/yard_main_20261121T110000{number}00Z.mp4"
        world.add_segment(at(start), at(f"11:00:0{number * 2 + 2}"), content, path=path)
    identity = asdict(VolumeIdentity(VOLUME, "2026-11-21T10:00:00.000Z"))
    (world.volume / IDENTITY_FILE).write_text(json.dumps(identity))
    tasks: list[asyncio.Task[None]] = []

    async def begin() -> None:
        tasks.extend(asyncio.create_task(work) for work in (world.exports.run(), world.deletions.run()))

    async def end() -> None:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    server.run(begin())
    yield world
    server.run(end())


def test_a_span_is_protected_listed_and_released(run: Run) -> None:
    made = run("protect", "yard", *SPAN, "--reason", "theft")
    assert made.code == ExitCode.OK, made.err
    (one,) = run("protections", "--json").document
    assert (one["camera"], one["reason"], one["user"]) == ("yard", "theft", ME)
    assert one["uid"] in made.out
    assert one["uid"] in run("protections", "yard").out
    assert run("release", one["uid"], "--reason", "done").code == ExitCode.OK
    assert run("protections").out == "nothing is protected there\n"
    again = run("release", one["uid"], "--reason", "done")
    assert (again.code, "released before" in again.err) == (ExitCode.PROBLEMS, True)
    assert [line["action"] for line in run("audit", "--json").document] == ["release", "protect"]
    assert "theft" in run("audit").out


def test_what_is_around_a_moment_is_protected(run: Run) -> None:
    for more, start, end in (
        ((), "2026-11-21T10:59:50", "2026-11-21T11:00:10"),
        (("--before", "60", "--after", "1.5"), "2026-11-21T10:59:00", "2026-11-21T11:00:01.5"),
    ):
        made = run("protect", "yard", "--around", "2026-11-21T11:00:00Z", *more, "--reason", "theft", "--json")
        (one,) = made.document
        assert one["start"].startswith(start)
        assert one["end"].startswith(end)


@pytest.mark.parametrize(
    "arguments",
    [
        ("protect", "yard", "--reason", "x"),
        ("protect", "yard", *SPAN, "--around", "11:00", "--reason", "x"),
        ("protect", "yard", *SPAN),
        ("export", "yard"),
        ("export", "shed", *SPAN),
        ("timelapse", "yard", "--out", "x.mp4"),
        ("delete", "yard", *SPAN),
    ],
)
def test_what_is_incomplete_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == ExitCode.USAGE


def test_an_export_is_fetched_and_verified_and_leaves_nothing_behind(
    run: Run, working: World, tmp_path: Path
) -> None:
    out = tmp_path / "case 1"
    made = run("export", "yard", *SPAN, "--out", str(out), "--reason", "theft", "--no-pictures")
    assert made.code == ExitCode.OK, made.err
    assert "1 video file, " in made.out
    assert verify(out).good
    (video,) = out.glob("*.mp4")
    assert [one.data for one in read_mp4(video)["vide"].presented] == [picture(number) for number in range(100)]
    assert run("exports").out == "there are no exports\n"
    verdict = run("verify", str(out))
    assert verdict.code == ExitCode.OK
    assert "nothing was changed" in verdict.out
    (out / "index.html").write_text("forged")
    forged = run("verify", str(out))
    assert (forged.code, "index.html was changed" in forged.out) == (ExitCode.PROBLEMS, True)
    assert run("verify", str(out), "--json").document["problems"][0]["file"] == "index.html"


def test_an_export_may_stay_with_gstnvr(run: Run, working: World) -> None:
    made = run("export", "yard", *SPAN, "--no-pictures", "--json").document
    assert Path(made["folder"]).is_dir()
    assert made["uid"] in run("exports").out
    assert run("exports", "--remove", made["uid"]).code == ExitCode.OK
    assert not Path(made["folder"]).exists()
    assert run("exports", "--json").document == []


def test_nothing_is_written_over(run: Run, working: World, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    refused = run("export", "yard", *SPAN, "--out", str(tmp_path))
    assert (refused.code, "not empty" in refused.err) == (ExitCode.USAGE, True)
    lapse = run("timelapse", "yard", *SPAN, "--out", str(tmp_path / "mine"))
    assert (lapse.code, "is there already" in lapse.err) == (ExitCode.USAGE, True)
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_failed_export_says_why(run: Run, working: World) -> None:
    failed = run("export", "yard", "--from", "2026-11-21T09:00:00Z", "--to", "2026-11-21T09:01:00Z")
    assert (failed.code, "nothing was recorded" in failed.err) == (ExitCode.PROBLEMS, True)


def test_a_time_lapse_is_one_file(run: Run, working: World, tmp_path: Path) -> None:
    out = tmp_path / "lapse.mp4"
    made = run("timelapse", "yard", *SPAN, "--every", "1", "--fps", "5", "--out", str(out))
    assert (made.code, made.out.strip()) == (ExitCode.OK, str(out))
    assert [one.data for one in read_mp4(out)["vide"].presented] == [picture(number) for number in (0, 30, 50, 80)]
    assert [path.name for path in tmp_path.iterdir()].count("lapse.mp4.part") == 0


def test_a_deletion_tells_what_went_and_what_stayed(run: Run, working: World) -> None:
    assert run("protect", "yard", "--around", "2026-11-21T11:00:03Z", "--before", "0", "--reason", "x").code == 0
    done = run("delete", "yard", *SPAN, "--reason", "privacy", "--yes")
    assert done.code == ExitCode.OK, done.err
    assert done.lines[0].startswith("deleted: 1 segments")
    assert done.lines[1] == "kept: 1 segments, 2.0s: it is protected"
    assert len(working.index.segments(states=[SegmentState.CLOSED])) == 1


def test_the_fingerprint_is_that_of_what_was_signed(run: Run, working: World, tmp_path: Path) -> None:
    config = tmp_path / "gstnvr.yaml"
    config.write_text(f"data_dir: {working.folder}\nstorage: {{volumes: [{{path: {working.volume}}}]}}\n")
    out = tmp_path / "out"
    assert run("export", "yard", *SPAN, "--no-pictures", "--out", str(out)).code == ExitCode.OK
    printed = run("evidence", "key", "-c", str(config))
    assert printed.code == ExitCode.OK, printed.err
    assert run("verify", str(out), "--fingerprint", printed.out.strip()).code == ExitCode.OK
    other = run("verify", str(out), "--fingerprint", "SHA256:" + "0" * 64)
    assert (other.code, "another key" in other.out) == (ExitCode.PROBLEMS, True)
