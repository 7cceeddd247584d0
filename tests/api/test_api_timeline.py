"""Recordings and gaps of a span, over HTTP."""

import pytest

from gstnvr.model.clock import format_utc
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from tests.api.rig import GATE, RunningServer, World, at

NOTHING_PLANNED = {"planned_s": 0.0, "planned_s_by_cause": {}}


def test_adjoining_segments_are_one_recording_and_the_gap_between_others_has_its_cause(
    world: World, server: RunningServer
) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_segment(at("10:01:00"), at("10:02:00"))
    world.add_gap(at("10:02:00"), at("10:02:30"), GapCause.NETWORK)
    world.add_segment(at("10:02:30"), at("10:03:30"))
    answer = server.json("recordings", camera="yard", from_="2026-11-21T10:00:00Z", to="2026-11-21T11:00:00Z")
    assert [(entry["start"], entry["end"], entry["segments"]) for entry in answer["recordings"]] == [
        ("2026-11-21T10:00:00.000Z", "2026-11-21T10:02:00.000Z", 2),
        ("2026-11-21T10:02:30.000Z", "2026-11-21T10:03:30.000Z", 1),
    ]
    assert answer["recordings"][0]["bytes"] == 2000
    assert answer["gaps"] == [
        {
            "start": "2026-11-21T10:02:00.000Z",
            "end": "2026-11-21T10:02:30.000Z",
            "seconds": 30.0,
            "cause": "network",
            "detail": "connection refused",
            "incident": "incident-1",
            "ongoing": False,
            "planned": False,
        }
    ]
    assert (
        answer["totals"]
        == {"recorded_s": 180.0, "missing_s": 30.0, "missing_s_by_cause": {"network": 30.0}} | NOTHING_PLANNED
    )


def test_recordings_and_gaps_are_cut_to_the_span(world: World, server: RunningServer) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_gap(at("10:01:00"), at("10:02:00"), GapCause.STORAGE)
    answer = server.json("recordings", camera="yard", from_="2026-11-21T10:00:15Z", to="2026-11-21T10:01:20Z")
    assert answer["recordings"][0]["start"] == "2026-11-21T10:00:15.000Z"
    assert answer["gaps"][0]["end"] == "2026-11-21T10:01:20.000Z"
    assert (
        answer["totals"]
        == {"recorded_s": 45.0, "missing_s": 20.0, "missing_s_by_cause": {"storage": 20.0}} | NOTHING_PLANNED
    )


def test_what_lasts_ends_now(world: World, server: RunningServer) -> None:
    world.add_segment(at("11:58:00"), at("11:58:40"), state=SegmentState.OPEN)
    world.add_gap(at("11:59:00"), None, GapCause.DISK_FULL)
    answer = server.json("recordings", camera="yard")
    assert [entry["growing"] for entry in answer["recordings"]] == [True]
    assert answer["gaps"][0]["ongoing"]
    assert (answer["gaps"][0]["end"], answer["gaps"][0]["seconds"]) == ("2026-11-21T12:00:00.000Z", 60.0)


def test_the_default_span_is_the_last_day(world: World, server: RunningServer) -> None:
    answer = server.json("recordings", camera="yard")
    assert (answer["from"], answer["to"]) == ("2026-11-20T12:00:00.000Z", "2026-11-21T12:00:00.000Z")


def test_a_lost_file_is_not_recorded_time(world: World, server: RunningServer) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"), state=SegmentState.MISSING)
    world.add_gap(at("10:00:00"), at("10:01:00"), GapCause.FILE_LOST)
    totals = server.json("recordings", camera="yard")["totals"]
    assert (
        totals
        == {"recorded_s": 0.0, "missing_s": 60.0, "missing_s_by_cause": {"file_lost": 60.0}} | NOTHING_PLANNED
    )


def test_only_the_stream_that_was_asked_for(world: World, server: RunningServer) -> None:
    sub = StreamId(CameraId("yard"), StreamKind.SUB)
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_segment(at("10:30:00"), at("10:31:00"), stream=sub)
    world.add_segment(at("10:40:00"), at("10:41:00"), stream=GATE)
    answer = server.json("recordings", camera="yard", stream="sub")
    assert [entry["start"] for entry in answer["recordings"]] == [format_utc(at("10:30:00"))]


def test_a_camera_that_is_configured_no_more_still_has_its_recordings(world: World, server: RunningServer) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"), stream=GATE)
    world.streams = []
    assert len(server.json("recordings", camera="gate")["recordings"]) == 1


def test_an_unknown_camera_is_not_found(server: RunningServer) -> None:
    status, code, message = server.error("recordings", camera="cellar")
    assert (status, code) == (404, "stream_not_found")
    assert "'cellar'" in message


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T11:00:00+01:00",
        "2026-11-21T11:00:00 01:00",  # a plus that was not escaped
        "2026-11-21T10:00:00",
        "2026-11-21 10:00",
        "20261121T100000Z",
    ],
)
def test_moments_are_read_tolerantly(server: RunningServer, text: str) -> None:
    answer = server.json("recordings", camera="yard", from_=text)
    assert answer["from"] == "2026-11-21T10:00:00.000Z"


@pytest.mark.parametrize(
    "query",
    [
        {"camera": "yard", "from": "yesterday"},
        {"camera": "yard", "from": "0001-01-01T00:00:00+14:00"},
        {"camera": "yard", "to": "9999-12-31"},
        {"camera": "yard", "from": "2026-11-21T10:00:00", "to": "2026-11-21T10:00:00"},
        {"camera": "yard", "from": "2027-01-01"},
        {"camera": "yard", "stream": "third"},
        {"camera": "../../etc"},
        {"camera": "yard\0"},
        {},
    ],
    ids=str,
)
def test_wrong_parameters_are_refused_by_name(server: RunningServer, query: dict[str, str]) -> None:
    status, code, message = server.error("recordings", **query)
    assert (status, code) == (422, "bad_parameter")
    assert message.split(":")[0] in {"from", "to", "stream", "camera"}


def test_incidents_newest_first_with_what_was_tried(world: World, server: RunningServer) -> None:
    world.add_incident(at("10:00:00"), at("10:00:30"))
    world.add_incident(at("11:59:00"), None, stream=GATE)
    found = server.json("incidents")["incidents"]
    assert [(one["camera"], one["recovered"], one["seconds"]) for one in found] == [
        ("gate", None, 60.0),
        ("yard", "2026-11-21T10:00:30.000Z", 30.0),
    ]
    assert (found[0]["fault"], found[0]["reason"], found[0]["attempts"]) == ("RTSP_NETWORK", "refused", 3)


def test_incidents_by_camera_span_state_and_number(world: World, server: RunningServer) -> None:
    world.add_incident(at("09:00:00"), at("09:00:30"))
    world.add_incident(at("10:00:00"), at("10:00:30"), stream=GATE)
    world.add_incident(at("11:00:00"), None)

    def started(**query: str) -> list[str]:
        return [one["started"][11:13] for one in server.json("incidents", **query)["incidents"]]

    assert started(camera="yard") == ["11", "09"]
    assert started(from_="2026-11-21T09:30:00") == ["11", "10"]
    assert started(to="2026-11-21T09:30:00") == ["09"]
    assert started(open="true") == ["11"]
    assert started(limit="1") == ["11"]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "1001"}, {"open": "perhaps"}, {"camera": "A b"}], ids=str
)
def test_wrong_parameters_of_incidents_are_refused(server: RunningServer, query: dict[str, str]) -> None:
    status, code, message = server.error("incidents", **query)
    assert (status, code) == (422, "bad_parameter")
    assert message.startswith(next(iter(query)))
