"""``gstnvr status CAMERA``: all figures of one camera, as the API tells them."""

from dataclasses import replace

import pytest

from gstnvr.api.common.ports import LiveStream
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.model.status import LinkStatus, PacketCounts
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import CONNECTED, WAITING, World
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]

LINK = LinkStatus(
    udp=True,
    jitter_ms=3.25,
    second=PacketCounts(received=412),
    minute=PacketCounts(received=24_000, lost=12, late=3),
    session=PacketCounts(90_000, 10_000, 7, 5, 40, 30),
)


@pytest.fixture
def linked(world: World) -> World:
    figures = replace(
        CONNECTED.statistics, link=LINK, fps_minute=24.9, bitrate_minute_bps=3_980_000, frames_dropped=6
    )
    world.streams = [LiveStream("Yard", replace(CONNECTED, statistics=figures)), LiveStream("Gate", WAITING)]
    return world


def row(lines: list[str], title: str) -> list[str]:
    line = next(line for line in lines if line.startswith(f" {title} "))
    return line.removeprefix(f" {title} ").split("  ")


@pytest.mark.usefixtures("linked")
def test_all_figures_of_a_camera_are_shown_and_no_other_camera(run: Run) -> None:
    ran = run("status", "yard")
    assert (ran.code, ran.err) == (0, "")
    cells = {
        title: [cell.strip() for cell in row(ran.lines, title) if cell.strip()]
        for title in (
            "frames a second",
            "Mbit/s",
            "packets",
            "lost",
            "late",
            "twice",
            "asked for again",
            "came again",
        )
    }
    assert cells == {
        "frames a second": ["25.0", "24.9"],
        "Mbit/s": ["4.00", "3.98"],
        "packets": ["412", "24,000", "90,000"],
        "lost": ["0", "12 (0.05%)", "10,000 (10.00%)"],
        "late": ["0", "3", "7"],
        "twice": ["0", "0", "5"],
        "asked for again": ["0", "0", "40"],
        "came again": ["0", "0", "30"],
    }
    remarks = " ".join(" ".join(ran.lines).split())
    for part in ("1920x1080 h264 + aac", "by UDP", "jitter 3.2 ms", "6 frames dropped here", "2 reconnects"):
        assert part in remarks
    assert not any("Gate" in line for line in ran.lines)


@pytest.mark.usefixtures("linked")
def test_without_a_connection_nothing_is_made_up(run: Run) -> None:
    ran = run("status", "gate")
    assert ran.code == 0
    assert [cell.strip() for cell in row(ran.lines, "lost") if cell.strip()] == ["-", "-", "-"]
    assert not any("jitter" in line for line in ran.lines)


@pytest.mark.usefixtures("linked")
def test_as_json_the_counts_are_whole(run: Run) -> None:
    (stream,) = run("status", "yard", "--json").document["streams"]
    link = stream["statistics"]["link"]
    assert (link["udp"], link["jitter_ms"]) == (True, 3.25)
    assert link["session"] == {
        "received": 90_000,
        "lost": 10_000,
        "late": 7,
        "duplicate": 5,
        "retransmissions_asked": 40,
        "retransmissions_received": 30,
    }
    assert stream["statistics"]["frames_dropped"] == 6


@pytest.mark.usefixtures("linked")
def test_a_camera_that_is_not_there_is_told(run: Run) -> None:
    ran = run("status", "attic")
    assert ran.code == ExitCode.USAGE
    assert "there is no camera 'attic'" in ran.err
