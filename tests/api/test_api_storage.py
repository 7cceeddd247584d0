"""How room is used and what goes next, over HTTP."""

import pytest

from gstnvr.api.storage import schemas as storage_schemas
from gstnvr.client import storage_models
from tests.api.rig import RunningServer, World
from tests.api.storage_world import FIRST, SECOND, overview
from tests.api.test_api_schema import field_names, inner_pairs


def test_before_it_is_known_the_answer_says_so(world: World, server: RunningServer) -> None:
    for path in ("storage", "storage/plan"):
        assert server.error(path)[:2] == (503, "not_known_yet")


def test_volumes_and_cameras(world: World, server: RunningServer) -> None:
    world.storage = overview()
    answer = server.json("storage")
    assert answer["time"] == answer["forecast_time"] == "2026-11-21T12:00:00.000Z"
    first, second = answer["volumes"]
    assert first == {
        "volume": FIRST.uuid,
        "path": "/srv/video",
        "usable": True,
        "tier": "hot",
        "waiting_bytes": 7_000_000_000,
        "recordings_bytes": 900_000_000_000,
        "total_bytes": 1_000_000_000_000,
        "free_bytes": 4_000_000_000,
        "floor_bytes": 5_000_000_000,
        "resume_bytes": 10_000_000_000,
        "max_size_bytes": None,
        "making_room": True,
        "full_at": "2026-11-30T12:00:00.000Z",
    }
    assert (second["volume"], second["usable"], second["free_bytes"]) == (SECOND.uuid, False, None)
    till, yard, gone = answer["cameras"]
    assert till == {
        "camera": "till",
        "configured": True,
        "bytes": 480_000_000_000,
        "oldest": "2026-11-01T12:00:00.000Z",
        "bytes_per_hour": 1_000_000_000,
        "days": 90.0,
        "min_days": 7.0,
        "max_size_bytes": 500_000_000_000,
        "days_breach": {"at": "2026-11-21T12:00:00.000Z", "days_kept": 6.0, "why": "camera_size"},
        "min_days_breach": {"at": "2026-11-21T12:00:00.000Z", "days_kept": 6.0, "why": "camera_size"},
    }
    assert yard["days_breach"] == {"at": "2026-11-30T12:00:00.000Z", "days_kept": 21.25, "why": "free_space"}
    assert yard["min_days_breach"] is None
    assert (gone["configured"], gone["oldest"]) == (False, None)


def test_what_goes_is_put_together_by_day_camera_and_reason(world: World, server: RunningServer) -> None:
    world.storage = overview()
    answer = server.json("storage/plan")
    assert answer["until"] == "2026-11-28T12:00:00.000Z"
    assert [
        (one["at"][:16], one["camera"], one["why"], one["breaks"], one["bytes"]) for one in answer["deletions"]
    ] == [
        ("2026-11-21T12:00", "yard", "age", None, 10_000_000_000),
        ("2026-11-21T18:00", "till", "camera_size", "days", 5_000_000_000),
        ("2026-11-23T00:00", "till", "free_space", "min_days", 5_000_000_000),
    ]
    first = answer["deletions"][0]
    assert (first["start"], first["end"]) == ("2026-10-22T12:00:00.000Z", "2026-10-23T00:00:00.000Z")
    assert first["path"] == "/srv/video"
    assert len(server.json("storage/plan", days="90")["deletions"]) == 4
    (move,) = answer["moves"]
    assert move == {
        "at": "2026-11-21T18:00:00.000Z",
        "camera": "till",
        "volume": FIRST.uuid,
        "path": "/srv/video",
        "to_volume": SECOND.uuid,
        "to_path": "/srv/more",
        "why": "age",
        "start": "2026-11-14T12:00:00.000Z",
        "end": "2026-11-15T00:00:00.000Z",
        "bytes": 8_000_000_000,
    }
    assert server.error("storage/plan", days="91")[:2] == (422, "bad_parameter")


@pytest.mark.parametrize("name", ["Storage", "StoragePlan"])
def test_the_client_knows_every_field(name: str) -> None:
    ours, theirs = getattr(storage_schemas, name), getattr(storage_models, name)
    for mine, other in [(ours, theirs), *inner_pairs(ours, theirs)]:
        assert field_names(mine) == field_names(other), (mine, other)
