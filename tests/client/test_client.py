"""The client against a real server, none, and a wrong one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gstnvr.api.common.ports import ComponentHealth, LiveStream
from gstnvr.client.client import Client
from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.model.stream_state import StreamState
from tests.api.rig import CONNECTED, TOKEN, WAITING, RunningServer, World, at

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with Client(server.url, token=TOKEN) as client:
        yield client


def test_streams(world: World, client: Client) -> None:
    world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)]
    answer = client.streams()
    yard, gate = answer.streams
    assert answer.time == NOON
    assert (yard.camera, yard.state, yard.recording) == ("yard", StreamState.CONNECTED, RecordingPhase.RECORDING)
    assert (yard.statistics.fps, yard.statistics.video_codec, yard.cause) == (25.0, "h264", None)
    assert gate.cause is not None
    assert (gate.cause.reason, gate.next_retry) == (Reason.REFUSED, NOON + timedelta(seconds=12))


def test_recorders(world: World, client: Client) -> None:
    (before,) = client.recorders()
    assert (before.name, before.process, before.memory_bytes) == ("recorder-0", 4711, 60_000_000)
    assert client.restart_recorders() == 1
    assert world.restarts == 1


def test_recordings(world: World, client: Client) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_gap(at("10:01:00"), at("10:01:30"), GapCause.NETWORK)
    found = client.recordings("yard", start=NOON - timedelta(hours=2), end=NOON)
    assert (found.start, found.end) == (NOON - timedelta(hours=2), NOON)
    assert [one.seconds for one in found.recordings] == [60.0]
    assert found.totals.missing_s_by_cause == {GapCause.NETWORK: 30.0}


def test_moments_of_other_zones(world: World, client: Client) -> None:
    east = datetime.fromisoformat("2026-11-21T19:00:00+09:00")
    assert client.recordings("yard", start=east).start == NOON - timedelta(hours=2)


def test_segments_of_all_pages(world: World, client: Client) -> None:
    made = [
        world.add_segment(at(f"10:{number // 4:02d}:{number % 4 * 15:02d}"), at("10:59:59")).id
        for number in range(120)
    ]
    found = list(client.segments("yard"))
    assert [one.id for one in found] == made
    assert found[0].state is SegmentState.CLOSED


def test_gaps_of_one_camera_and_of_all(world: World, client: Client) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_gap(at("10:01:00"), at("10:01:30"), GapCause.NETWORK)
    found = client.camera_gaps("yard", start=NOON - timedelta(hours=2), zone="Asia/Seoul")
    assert (found.start, found.zone) == (NOON - timedelta(hours=2), "Asia/Seoul")
    assert [(one.date.day, one.missing_s) for one in found.days] == [(21, 30.0)]
    assert found.totals.causes[0].cause is GapCause.NETWORK
    assert len(found.gaps) == 1
    assert [one.totals for one in client.gaps(start=NOON - timedelta(hours=2)).cameras] == [found.totals]


def test_statistics_of_incidents(world: World, client: Client) -> None:
    world.add_incident(at("10:00:00"), at("10:00:30"))
    found = client.incident_statistics(camera="yard")
    assert (found.totals.incidents, found.totals.recovery_rate) == (1, 1.0)
    assert found.kinds[0].reason is Reason.REFUSED
    assert [one.date.day for one in found.days] == [21]


def test_incidents(world: World, client: Client) -> None:
    world.add_incident(at("10:00:00"), at("10:00:30"))
    world.add_incident(at("11:00:00"), None)
    assert [one.recovered is None for one in client.incidents()] == [True, False]
    assert len(client.incidents(camera="yard", open_only=True)) == 1
    assert client.incidents(start=NOON - timedelta(minutes=1), end=NOON, limit=5)[0].attempts == 3


def test_health_of_all_parts(world: World, client: Client) -> None:
    assert client.health().healthy
    world.components = [ComponentHealth("recorder 0", False, "silent for 12 s")]
    health = client.health()
    assert not health.healthy
    assert health.components[0].detail == "silent for 12 s"


def test_a_refusal_keeps_code_message_and_status(client: Client) -> None:
    with pytest.raises(ApiError, match="no camera 'cellar'") as refused:
        client.recordings("cellar")
    assert (refused.value.code, refused.value.status) == ("stream_not_found", 404)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(NotRunningError, match="gstnvr run"):
        client.streams()


def test_a_proxy_of_the_environment_is_not_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert client.streams().streams


def test_something_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, timeout_s=0.05) as client, pytest.raises(ApiError, match="does not answer") as failed:
            client.streams()
    assert (failed.value.code, failed.value.status) == ("no_answer", None)


@contextmanager
def other_program(status: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("body", [b"<html>", b"{}", b"\xff", b'{"error": "no"}'])
def test_another_program_at_the_address(status: int, body: bytes) -> None:
    with other_program(status, body) as url, Client(url) as client:
        with pytest.raises(ApiError, match="not this version of gstnvr") as failed:
            client.streams()
        assert failed.value.code == "not_gstnvr"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://[", "http://localhost:99999", ""])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises((ApiError, NotRunningError)), Client(url) as client:
        client.streams()
