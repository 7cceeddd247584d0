"""``gstnvr gaps`` and ``gstnvr incidents --stats``, against a real server."""

from pathlib import Path

import pytest

from gstnvr.cli.moments import local_zone
from gstnvr.model.faults import GapCause
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import GATE, RunningServer, World, at
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]


@pytest.fixture
def day(world: World) -> World:
    """Half an hour is missing, a quarter on purpose."""
    world.add_segment(at("09:00:00"), at("10:00:00"))
    world.add_gap(at("10:00:00"), at("10:30:00"), GapCause.NETWORK)
    world.add_gap(at("10:30:00"), at("10:45:00"), GapCause.SWITCHED_OFF)
    world.add_segment(at("10:45:00"), at("11:45:00"))
    world.add_gap(at("11:45:00"), None, GapCause.DISK_FULL)
    return world


def test_every_gap_of_a_camera(day: World, run: Run) -> None:
    ran = run("gaps", "yard")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        " yard (main)  2026-11-20 12:00:00 to 2026-11-21 12:00:00 UTC",
        "",
        " 2026-11-21",
        "   10:00:00 - 10:30:00  30m 00s  network       connection refused",
        "   10:30:00 - 10:45:00  15m 00s  switched_off  connection refused",
        "   11:45:00 - now       15m 00s  disk_full     connection refused",
        "",
        " 2h 00m recorded · 45m 00s missing · 15m 00s planned · 72.727 % available",
    ]


def test_gaps_by_cause(day: World, run: Run) -> None:
    lines = run("gaps", "yard", "--by", "cause").lines
    assert [line.split() for line in lines if "network" in line or "switched_off" in line] == [
        ["network", "1", "30m", "00s", "30m", "00s"],
        ["switched_off", "1", "15m", "00s", "15m", "00s", "planned"],
    ]


def test_gaps_by_day_of_a_zone(day: World, run: Run) -> None:
    lines = run("gaps", "yard", "--by", "day", "--zone", "Pacific/Auckland").lines
    days = [line.split()[:5] for line in lines if line.startswith(" 2026-11-2") and " to " not in line]
    assert days == [["2026-11-21", "1h", "15m", "30m", "00s"], ["2026-11-22", "45m", "00s", "15m", "00s"]]


def test_totals_of_all_cameras(day: World, run: Run) -> None:
    day.add_segment(at("10:00:00"), at("11:00:00"), stream=GATE)
    lines = run("gaps").lines
    gate, yard = (next(line for line in lines if line.startswith(f" {name} ")) for name in ("gate", "yard"))
    assert gate.split() == ["gate", "1h", "00m", "-", "-", "100.000", "%"]
    assert "network 30m 00s, switched_off 15m 00s, disk_full" in yard
    assert lines[-1] == " 3h 00m recorded · 45m 00s missing · 15m 00s planned · 80.000 % available"
    causes = run("gaps", "--by", "cause").lines
    assert any(line.split()[:2] == ["disk_full", "1"] for line in causes)


def test_gaps_as_json_are_what_the_api_says(day: World, server: RunningServer, run: Run) -> None:
    assert (
        run("gaps", "yard", "--zone", "UTC", "--json").document["totals"]
        == server.json("cameras/yard/gaps")["totals"]
    )
    assert run("gaps", "--json").document["totals"] == server.json("gaps")["totals"]


def test_days_are_for_one_camera(run: Run) -> None:
    ran = run("gaps", "--by", "day")
    assert ran.code == 2
    assert "give its id" in ran.err


def test_a_camera_or_a_zone_that_is_not_known(run: Run) -> None:
    assert run("gaps", "cellar").code == 2
    ran = run("gaps", "yard", "--zone", "Mars/Olympus")
    assert ran.code == 2
    assert "'Mars/Olympus' is not a time zone" in ran.err


def test_statistics_of_incidents(world: World, run: Run) -> None:
    world.add_incident(at("10:00:00"), at("10:00:12"))
    world.add_incident(at("11:00:00"), None, stream=GATE)
    ran = run("incidents", "--stats")
    assert (ran.code, ran.err) == (0, "")
    kind = next(line for line in ran.lines if line.startswith(" RTSP_NETWORK refused"))
    assert kind.split()[2:5] == ["2", "50", "%"]
    day = next(line for line in ran.lines if line.startswith(" 2026-11-21 "))
    assert day.split()[1] == "2"
    document = run("incidents", "--stats", "--camera", "yard", "--json").document
    assert (document["camera"], document["totals"]["recovery_rate"]) == ("yard", 1.0)


def test_the_zone_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    assert local_zone() == "Asia/Seoul"
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_zone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    link = tmp_path / "usr/share/zoneinfo/Africa/Cairo"
    monkeypatch.setattr(Path, "resolve", lambda _: link)
    assert local_zone() == "Africa/Cairo"
    monkeypatch.setattr(Path, "resolve", lambda _: tmp_path)
    assert local_zone() == "UTC"
