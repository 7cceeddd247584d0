"""What streams are doing, whether gstnvr is well, and who may ask."""

import threading
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from gstnvr.api.access.guard import is_local_host
from gstnvr.api.common.ports import ComponentHealth, FigureSample, LiveStream
from gstnvr.api.common.security_headers import SECURITY_HEADERS
from gstnvr.api.operation import routes_state
from gstnvr.model.faults import Reason
from gstnvr.model.status import SessionPhase
from tests.api.rig import CONNECTED, NOW, RECORDER, WAITING, YARD, RunningServer, World, at


def test_a_connected_stream_with_its_figures(server: RunningServer) -> None:
    answer = server.json("streams")
    assert answer["time"] == "2026-11-21T12:00:00.000Z"
    (stream,) = answer["streams"]
    assert stream == {
        "camera": "yard",
        "camera_name": "Yard",
        "stream": "main",
        "state": "connected",
        "phase": "streaming",
        "since": "2026-11-21T11:00:00.000Z",
        "recording": "recording",
        "intent": {"mode": "continuous", "record": True, "since": None, "until": None, "order": None},
        "cause": None,
        "attempts": 0,
        "next_retry": None,
        "next_retry_in_s": None,
        "statistics": {
            "fps": 25.0,
            "bitrate_bps": 4_000_000.0,
            "width": 1920,
            "height": 1080,
            "video_codec": "h264",
            "audio_codec": "aac",
            "last_frame_age_s": 0.04,
            "frames": 90_000,
            "bytes": 1_800_000_000,
            "reconnects": 2,
            "frames_dropped": 0,
            "fps_minute": 0.0,
            "bitrate_minute_bps": 0.0,
            "link": None,
        },
        "segment_path": "yard/20261121/yard_main_20261121T115900000Z.mp4",
        "buffered_s": 0.8,
    }


def test_figures_of_the_last_minutes(world: World, server: RunningServer) -> None:
    world.figures[YARD] = [
        FigureSample(at("11:59:58"), 25.0, 4_000_000.0, 0.015, 2.5),
        FigureSample(at("11:59:59"), None, None, None, None),
    ]
    assert server.json("cameras/yard/statistics") == {
        "camera": "yard",
        "stream": "main",
        "samples": [
            {
                "time": "2026-11-21T11:59:58.000Z",
                "fps": 25.0,
                "bitrate_bps": 4_000_000.0,
                "loss": 0.015,
                "jitter_ms": 2.5,
            },
            {
                "time": "2026-11-21T11:59:59.000Z",
                "fps": None,
                "bitrate_bps": None,
                "loss": None,
                "jitter_ms": None,
            },
        ],
    }
    status, code, _ = server.error("cameras/nowhere/statistics")
    assert (status, code) == (404, "stream_not_found")


def test_a_stream_that_waits_for_its_next_attempt_says_why_and_when(world: World, server: RunningServer) -> None:
    world.streams = [LiveStream("Gate", WAITING)]
    (stream,) = server.json("streams")["streams"]
    assert (stream["state"], stream["phase"], stream["attempts"]) == ("reconnecting", "backing_off", 3)
    assert (stream["next_retry"], stream["next_retry_in_s"]) == ("2026-11-21T12:00:12.000Z", 12.0)
    assert stream["cause"] == {
        "fault": "RTSP_NETWORK",
        "reason": "refused",
        "severity": "HIGH",
        "message": "192.0.2.1 port 554 refuses the connection",
        "code": "probe",
    }
    world.clock.advance(60)
    (stream,) = server.json("streams")["streams"]
    assert stream["next_retry_in_s"] == 0.0


def test_a_stream_that_needs_a_person_is_in_error(world: World, server: RunningServer) -> None:
    assert WAITING.fault is not None
    refused = replace(WAITING.fault, reason=Reason.UNAUTHORIZED)
    world.streams = [LiveStream("Gate", replace(WAITING, fault=refused))]
    assert server.json("streams")["streams"][0]["state"] == "error"


def test_a_first_connection_is_no_reconnection(world: World, server: RunningServer) -> None:
    first = replace(CONNECTED, session=SessionPhase.CONNECTING)
    world.streams = [LiveStream("Yard", first), LiveStream("Yard", replace(first, attempts=2))]
    assert [stream["state"] for stream in server.json("streams")["streams"]] == ["connecting", "reconnecting"]


@pytest.mark.parametrize("path", ["/api/v1/healthz", "/healthz"])
def test_healthy_when_all_parts_respond(server: RunningServer, path: str) -> None:
    response = server.http.get(f"{server.url}{path}")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "components": [
            {"name": "recorder 0", "healthy": True, "detail": ""},
            {"name": "database", "healthy": True, "detail": ""},
        ],
    }


def test_strangers_learn_whether_it_is_healthy_and_no_more(world: World, server: RunningServer) -> None:
    response = httpx.get(f"{server.url}/healthz", trust_env=False)
    assert (response.status_code, response.json()) == (200, {"status": "ok", "components": []})
    world.components = [ComponentHealth("front_door", False, "on the wall")]
    response = httpx.get(f"{server.url}/healthz", trust_env=False)
    assert response.status_code == 503
    assert "front_door" not in response.text
    assert "on the wall" not in response.text


def test_unhealthy_when_a_recorder_is_silent(world: World, server: RunningServer) -> None:
    world.components = [
        ComponentHealth("recorder 0", False, "silent for 12 s"),
        ComponentHealth("recorder 1", True),
    ]
    response = server.http.get("healthz")
    assert response.status_code == 503
    assert response.json()["error"] == {"code": "unhealthy", "message": "recorder 0: silent for 12 s"}
    assert [part["healthy"] for part in response.json()["components"]] == [False, True, True]


def test_a_database_that_hangs_makes_unhealthy_and_stops_no_status(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(world.index, "volumes", answered.wait)
    monkeypatch.setattr(routes_state, "DATABASE_TIMEOUT_S", 0.05)
    try:
        for _ in range(5):
            response = server.http.get("healthz")
            assert response.status_code == 503
            assert response.json()["error"]["message"] == "database: no answer within 0.05 s"
        assert server.http.get("streams", timeout=1).status_code == 200
    finally:
        answered.set()


def test_a_database_that_fails_is_told_apart_from_a_mistake_of_ours(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(world.index, "volumes", fail)
    monkeypatch.setattr(world.index, "incidents", fail)
    assert server.http.get("healthz").json()["error"]["message"] == "database: disk I/O error"
    assert server.error("incidents")[:2] == (503, "database_unavailable")


def test_a_mistake_of_ours_has_the_same_shape_and_tells_nothing(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(world.index, "incidents", fail)
    status, code, message = server.error("incidents")
    assert (status, code) == (500, "internal")
    assert "secret" not in message
    answer = server.http.get("incidents")
    assert answer.headers["Connection"] == "close", "the server hangs up: ask nothing more here"
    assert dict(answer.headers).items() >= SECURITY_HEADERS.items()


def test_unknown_addresses_and_methods_have_the_same_shape(server: RunningServer) -> None:
    status, code, message = server.error("nothing")
    assert (status, code) == (404, "not_found")
    assert "/api/v1/nothing" in message
    response = server.http.post("streams")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"]
)
def test_names_of_this_machine_are_answered(server: RunningServer, host: str) -> None:
    assert server.http.get("streams", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "0.0.0.0"]
)
def test_other_names_are_refused(server: RunningServer, host: str) -> None:
    response = server.http.get("streams", headers={"Host": host})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "host_not_allowed")


@pytest.mark.parametrize("host", ["", "::1", "[::1", "local host"])
def test_what_is_no_name_is_refused(server: RunningServer, host: str) -> None:
    response = server.http.get("streams", headers={"Host": host})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_host")


@pytest.mark.parametrize(
    "host", ["localhost\n", "localhost:", "localhost:123456", "localhost:٣", "localhost@evil"]
)
def test_what_only_resembles_a_local_name_is_none(host: str) -> None:
    assert not is_local_host(host)


def test_other_sites_may_neither_read_nor_embed(server: RunningServer) -> None:
    response = server.http.get("streams", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "server" not in response.headers


def test_times_follow_the_clock_that_was_given(world: World, server: RunningServer) -> None:
    world.clock.set_utc(NOW)
    world.clock.advance(1.5)
    assert server.json("streams")["time"] == "2026-11-21T12:00:01.500Z"


def test_recorders_and_what_each_has(world: World, server: RunningServer) -> None:
    world.recorders = [replace(RECORDER, being_replaced=True), replace(RECORDER, name="recorder-1", pid=None)]
    first, second = server.json("recorders")["recorders"]
    assert first == {
        "name": "recorder-0",
        "process": 4711,
        "version": "0.1.0",
        "streams": 1,
        "memory_bytes": 60_000_000,
        "being_replaced": True,
    }
    assert (second["name"], second["process"], second["being_replaced"]) == ("recorder-1", None, False)


def test_recorders_are_replaced_on_demand(world: World, server: RunningServer) -> None:
    answer = server.http.post("recorders/restart")
    assert (answer.status_code, answer.json()) == (202, {"recorders": 1})
    assert world.restarts == 1


@pytest.mark.parametrize("origin", ["http://example.com", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_a_page_of_another_site_may_change_nothing(world: World, server: RunningServer, origin: str) -> None:
    answer = server.http.post("recorders/restart", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert world.restarts == 0


def test_a_page_of_its_own_may(world: World, server: RunningServer) -> None:
    server.http.post("recorders/restart", headers={"Origin": server.url})
    assert world.restarts == 1
