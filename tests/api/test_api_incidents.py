"""Incidents over HTTP: of one kind, one with what is missing for it, all as a table."""

import csv
import io

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident
from tests.api.rig import GATE, YARD, RunningServer, World, at


def add(
    world: World,
    uid: str,
    fault: Fault,
    reason: Reason,
    *,
    message: str = "",
    second: int = 0,
    stream: StreamId | None = YARD,
) -> None:
    started = UtcNs(at("10:00:00") + second * NS_PER_S)
    incident = Incident(
        uid=uid,
        camera=None if stream is None else stream.camera,
        stream=stream,
        fault=fault,
        reason=reason,
        severity=Severity.HIGH,
        message=message,
        code="x",
        started=started,
        detected=started,
        recovered=UtcNs(started + NS_PER_S),
        attempts=1,
    )
    with world.index.writing() as writer:
        writer.incident_changed(incident)


def ids(server: RunningServer, **query: str) -> list[str]:
    return [one["id"] for one in server.json("incidents", **query)["incidents"]]


def test_incidents_of_one_kind(world: World, server: RunningServer) -> None:
    add(world, "refused", Fault.RTSP_NETWORK, Reason.REFUSED)
    add(world, "stalled", Fault.RTSP_NETWORK, Reason.VIDEO_STALLED)
    add(world, "full", Fault.DISK_FULL, Reason.NO_SPACE)
    assert set(ids(server, fault="RTSP_NETWORK")) == {"refused", "stalled"}
    assert ids(server, fault="RTSP_NETWORK", reason="video_stalled") == ["stalled"]
    assert ids(server, reason="no_space") == ["full"]
    assert ids(server, fault="DISK_FULL", camera="gate") == []
    statistics = server.json("incidents/statistics", fault="RTSP_NETWORK")
    assert statistics["totals"]["incidents"] == 2
    assert {kind["reason"] for kind in statistics["kinds"]} == {"refused", "video_stalled"}
    assert server.error("incidents", fault="LAZINESS")[0] == 422


def test_an_incident_with_what_is_missing_for_it(world: World, server: RunningServer) -> None:
    incident = world.add_incident(at("11:00:00"), at("11:10:00"))
    world.add_segment(at("10:00:00"), at("11:00:00"))
    world.add_gap(at("11:00:00"), at("11:02:00"), GapCause.NETWORK, incident=incident.uid)
    world.add_gap(at("11:02:00"), at("11:03:00"), GapCause.SHUTDOWN, incident="another")
    world.add_segment(at("11:03:00"), at("11:05:00"))
    world.add_gap(at("11:05:00"), at("11:12:00"), GapCause.NETWORK, incident=incident.uid)
    found = server.json(f"incidents/{incident.uid}")
    assert found["incident"] == server.json("incidents")["incidents"][0]
    assert [(one["camera"], one["gap"]["start"], one["gap"]["seconds"]) for one in found["gaps"]] == [
        ("yard", "2026-11-21T11:00:00.000Z", 120.0),
        ("yard", "2026-11-21T11:05:00.000Z", 420.0),
    ]
    assert found["missing_s"] == 540.0
    assert server.error("incidents/no-such")[:2] == (404, "incident_not_found")


def test_one_of_a_volume_tells_what_every_camera_lost(world: World, server: RunningServer) -> None:
    add(world, "volume", Fault.DISK_FULL, Reason.NO_SPACE, stream=None)
    with world.index.writing() as writer:
        writer.ensure_stream(GATE, "Gate")
    for stream in (YARD, GATE):
        world.add_gap(at("10:00:00"), at("10:01:00"), GapCause.DISK_FULL, stream=stream, incident="volume")
    found = server.json("incidents/volume")
    assert sorted(one["camera"] for one in found["gaps"]) == ["gate", "yard"]
    assert found["missing_s"] == 120.0


def test_all_of_them_as_a_table(world: World, server: RunningServer) -> None:
    for number in range(1100):
        add(world, f"one-{number:04d}", Fault.RTSP_NETWORK, Reason.REFUSED, message="=1+1, 카메라", second=number)
    add(world, "full", Fault.DISK_FULL, Reason.NO_SPACE)
    answer = server.http.get("incidents.csv", params={"fault": "RTSP_NETWORK"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "gstnvr-incidents.csv" in answer.headers["content-disposition"]
    text = answer.content.decode()
    assert text.startswith("\ufeffid,camera,stream,fault,reason,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == [f"one-{number:04d}" for number in range(1099, -1, -1)]
    assert rows[0]["message"] == "'=1+1, 카메라"
    assert rows[-1]["started"] == "2026-11-21T10:00:00.000Z"
    assert rows[-1]["seconds"] == "1.0"
