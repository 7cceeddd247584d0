"""Totals of what is missing and statistics of incidents, over HTTP."""

import pytest

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from tests.api.rig import GATE, RunningServer, World, at

MINUTE = 60_000_000_000


def test_what_is_missing_of_a_camera_by_cause_and_by_day(world: World, server: RunningServer) -> None:
    world.add_segment(at("10:00:00"), at("10:30:00"))
    world.add_gap(at("10:30:00"), at("10:40:00"), GapCause.NETWORK)
    world.add_gap(at("10:40:00"), at("10:50:00"), GapCause.SHUTDOWN)
    world.add_segment(at("10:50:00"), at("11:00:00"))
    answer = server.json("cameras/yard/gaps", from_="2026-11-21T00:00:00Z", zone="Pacific/Auckland")
    totals = {
        "recorded_s": 2400.0,
        "missing_s": 600.0,
        "planned_s": 600.0,
        "availability": 0.8,
        "causes": [
            {"cause": "network", "planned": False, "gaps": 1, "seconds": 600.0, "longest_s": 600.0},
            {"cause": "shutdown", "planned": True, "gaps": 1, "seconds": 600.0, "longest_s": 600.0},
        ],
    }
    assert answer["totals"] == totals
    assert (answer["from"], answer["to"]) == ("2026-11-21T00:00:00.000Z", "2026-11-21T12:00:00.000Z")
    assert [day["date"] for day in answer["days"]] == ["2026-11-21"]
    assert [(gap["cause"], gap["planned"], gap["seconds"]) for gap in answer["gaps"]] == [
        ("network", False, 600.0),
        ("shutdown", True, 600.0),
    ]


def test_days_are_those_of_the_zone(world: World, server: RunningServer) -> None:
    world.add_segment(at("10:30:00"), at("11:30:00"))
    answer = server.json("cameras/yard/gaps", zone="Pacific/Auckland")  # 13 hours ahead
    assert [(day["date"], day["recorded_s"]) for day in answer["days"]] == [
        ("2026-11-21", 1800.0),
        ("2026-11-22", 1800.0),
    ]


def test_of_many_gaps_the_newest_are_listed_and_all_are_counted(world: World, server: RunningServer) -> None:
    for minute in range(5):
        world.add_segment(UtcNs(at("10:00:00") + 2 * minute * MINUTE), UtcNs(at("10:01:00") + 2 * minute * MINUTE))
    answer = server.json("cameras/yard/gaps", limit="2")
    assert [gap["start"] for gap in answer["gaps"]] == ["2026-11-21T10:05:00.000Z", "2026-11-21T10:07:00.000Z"]
    assert answer["totals"]["causes"][0]["gaps"] == 4


def test_totals_of_all_cameras(world: World, server: RunningServer) -> None:
    gone = StreamId(CameraId("gone"), StreamKind.MAIN)
    world.add_segment(at("10:00:00"), at("11:00:00"))
    world.add_gap(at("11:00:00"), None, GapCause.STORAGE)
    world.add_segment(at("10:00:00"), at("12:00:00"), stream=GATE)
    world.add_gap(at("10:00:00"), None, GapCause.SWITCHED_OFF, stream=gone)
    answer = server.json("gaps")
    found = [(one["camera"], one["totals"]["recorded_s"], one["totals"]["missing_s"]) for one in answer["cameras"]]
    assert found == [("gate", 7200.0, 0.0), ("yard", 3600.0, 3600.0)], "what was taken away long ago is left out"
    assert (answer["totals"]["recorded_s"], answer["totals"]["availability"]) == (10800.0, 0.75)


def test_statistics_of_incidents(world: World, server: RunningServer) -> None:
    world.add_incident(at("10:00:00"), at("10:00:10"))
    world.add_incident(at("11:00:00"), None, stream=GATE)
    answer = server.json("incidents/statistics")
    assert answer["camera"] is None
    assert (answer["totals"]["incidents"], answer["totals"]["recovered"]) == (2, 1)
    assert answer["totals"]["recovery_rate"] == 0.5
    assert [(kind["fault"], kind["reason"], kind["incidents"]) for kind in answer["kinds"]] == [
        ("RTSP_NETWORK", "refused", 2)
    ]
    assert [(day["date"], day["incidents"]) for day in answer["days"]] == [("2026-11-21", 2)]
    mine = server.json("incidents/statistics", camera="yard")
    assert (mine["totals"]["incidents"], mine["totals"]["recovery_rate"]) == (1, 1.0)
    assert mine["totals"]["recovery"]["worst_s"] > 0


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "Europe"])
def test_a_zone_that_is_none_is_refused(server: RunningServer, zone: str) -> None:
    for path in ("cameras/yard/gaps", "incidents/statistics"):
        status, code, message = server.error(path, zone=zone)
        assert (status, code) == (422, "bad_parameter")
        assert message.startswith("zone: ")


def test_a_camera_that_is_not_known_is_refused(server: RunningServer) -> None:
    assert server.error("cameras/cellar/gaps")[:2] == (404, "stream_not_found")
