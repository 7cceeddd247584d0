"""``gstnvr storage`` and ``gstnvr storage plan``, against a real server."""

from dataclasses import replace

from gstnvr.model.choices import Tier
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import World
from tests.api.storage_world import GB, SECOND, overview
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]


def test_volumes_cameras_and_what_cannot_be_kept(world: World, run: Run) -> None:
    world.storage = overview()
    ran = run("storage")
    assert (ran.code, ran.err) == (0, "")
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in ran.lines]
    assert ["/srv/video", "1.0 TB", "4.0 GB", "5.0 GB", "900.0 GB", "2026-11-30"] in cells
    assert ["/srv/more", "cannot be used", "-", "-", "3.0 GB", "-"] in cells
    assert ["till", "480.0 GB", "2026-11-01 12:00", "24.0 GB", "90", "7", "500.0 GB"] in cells
    assert ["yard", "400.0 GB", "2026-10-22 12:00", "12.0 GB", "30", "-", "-"] in cells
    assert ran.lines[-3:] == [
        " till: kept 6.0 days instead of 7 (min_days) now: camera's max_size",
        " till: kept 6.0 days instead of 90 (days) now: camera's max_size",
        " yard: kept 21.2 days instead of 30 (days) from 2026-11-30 on: no room",
    ]
    assert not any("instead of 500.0 GB" in line for line in ran.lines), "it is within its max_size"
    assert run("storage", "--json").document["volumes"][0]["making_room"] is True


def test_what_is_above_its_limit_as_it_may_not_be_deleted(world: World, run: Run) -> None:
    found = overview()
    till = replace(found.cameras[0], size=600 * GB)
    first = found.volumes[0]
    assert first.room is not None
    volume = replace(first, room=replace(first.room, max_size=800 * GB))
    world.storage = replace(found, volumes=[volume], cameras=[till])
    text = " ".join(" ".join(run("storage").lines).split())
    assert "/srv/video: 900.0 GB instead of 800.0 GB (max_size): the rest may not go, it is protected or" in text
    assert "till: 600.0 GB instead of 500.0 GB (max_size)" in text


def test_what_goes_within_the_next_days(world: World, run: Run) -> None:
    world.storage = overview()
    assert [" ".join(line.split()) for line in run("storage", "plan").lines[2:5]] == [
        "2026-11-21 yard 2026-10-22 12:00 2026-10-23 00:00 10.0 GB its days are over",
        "till 2026-11-01 18:00 2026-11-02 00:00 5.0 GB camera's max_size, short of days",
        "2026-11-23 till 2026-11-17 00:00 2026-11-17 06:00 5.0 GB no room, short of min_days",
    ]
    assert len(run("storage", "plan", "--days", "30", "--json").document["deletions"]) == 4


def test_tiers_and_what_moves(world: World, run: Run) -> None:
    found = overview()
    lower = replace(found.volumes[0], volume=SECOND, tier=Tier.COLD, waiting=0, full_at=None)
    world.storage = replace(found, volumes=[found.volumes[0], lower])
    lines = [" ".join(line.split()) for line in run("storage").lines]
    assert "/srv/video 1.0 TB 4.0 GB 5.0 GB 900.0 GB 2026-11-30 hot 7.0 GB" in lines
    assert any(line.startswith("/srv/more") and line.endswith("cold -") for line in lines)
    plan = " ".join(" ".join(run("storage", "plan").lines).split())
    assert "2026-11-21 till 2026-11-14 12:00 2026-11-15 00:00 8.0 GB /srv/video /srv/more its age" in plan


def test_so_far_ahead_and_no_further(world: World, run: Run) -> None:
    world.storage = overview()
    assert run("storage", "plan", "--days", "91").code == 2


def test_nothing_goes(world: World, run: Run) -> None:
    found = overview()
    found.forecast.upcoming.clear()  # type: ignore[attr-defined]
    found.forecast.moves.clear()  # type: ignore[attr-defined]
    world.storage = found
    assert run("storage", "plan").lines == [" Nothing will be deleted until 2026-11-28."]


def test_before_it_is_known_the_command_says_so(world: World, run: Run) -> None:
    ran = run("storage")
    assert ran.code != 0
    assert "not known yet" in ran.err
