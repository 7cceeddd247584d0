"""Starting and stopping a recording by hand over HTTP, and what is said of it."""

from typing import Any

import pytest

from gstnvr.api.common.ports import LiveStream, OrderNotKeptError, UnknownCameraError
from gstnvr.model.faults import GapCause
from gstnvr.model.recording import RecordingIntent, RecordMode
from tests.api.rig import CONNECTED, RunningServer, World, at


def post(server: RunningServer, body: object, camera: str = "yard", **headers: str) -> tuple[int, Any]:
    response = server.http.post(f"cameras/{camera}/recording", json=body, headers=headers)
    return response.status_code, response.json()


def test_an_order_is_given_with_its_end_and_whoever_gives_it(server: RunningServer) -> None:
    status, said = post(server, {"action": "start", "for_s": 7200}, **{"Gstnvr-User": "eve"})
    assert status == 200
    assert said == {
        "mode": "continuous",
        "record": True,
        "since": "2026-11-21T12:00:00.000Z",
        "until": "2026-11-21T14:00:00.000Z",
        "order": {"since": "2026-11-21T12:00:00.000Z", "by": "local:eve"},
    }
    status, said = post(server, {"action": "stop", "until": "2026-11-21T19:30:00+01:00"})
    assert (status, said["record"], said["until"]) == (200, False, "2026-11-21T18:30:00.000Z")


def test_an_order_without_an_end_and_one_that_is_taken_back(server: RunningServer) -> None:
    assert post(server, {"action": "stop"})[1]["until"] is None
    assert post(server, {"action": "automatic"})[1]["order"] is None


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"action": "begin"}, "action"),
        ({}, "action"),
        ({"action": "start", "for_s": 0}, "for_s"),
        ({"action": "start", "for_s": 60, "until": "2026-11-21T18:00:00Z"}, "either"),
        ({"action": "start", "until": "2026-11-21T12:00:00Z"}, "over already"),
        ({"action": "start", "until": "tomorrow"}, "until"),
        ({"action": "automatic", "for_s": 60}, "no end"),
    ],
)
def test_what_is_no_order_is_refused(server: RunningServer, body: object, complaint: str) -> None:
    status, said = post(server, body)
    assert (status, said["error"]["code"]) == (422, "bad_parameter")
    assert complaint in said["error"]["message"]


def test_a_camera_that_is_not_there(world: World, server: RunningServer) -> None:
    world.order_fails = UnknownCameraError("there is no camera 'gate' that is switched on")
    status, said = post(server, {"action": "start"}, "gate")
    assert (status, said["error"]["code"]) == (404, "camera_not_found")


def test_an_order_that_cannot_be_written_down_is_told(world: World, server: RunningServer) -> None:
    world.order_fails = OrderNotKeptError("disk full")
    status, said = post(server, {"action": "start"})
    assert (status, said["error"]["code"]) == (503, "order_not_kept")
    assert "it is done, but a restart will not know of it: disk full" in said["error"]["message"]


def test_a_stream_tells_what_is_wanted_of_it(world: World, server: RunningServer) -> None:
    intent = RecordingIntent(
        RecordMode.SCHEDULE, False, GapCause.SCHEDULE, since=at("06:00:00"), until=at("18:00:00")
    )
    world.streams = [LiveStream("Yard", CONNECTED, intent)]
    assert server.json("streams")["streams"][0]["intent"] == {
        "mode": "schedule",
        "record": False,
        "since": "2026-11-21T06:00:00.000Z",
        "until": "2026-11-21T18:00:00.000Z",
        "order": None,
    }
