"""The WebSocket of events: what is told to whom, going on after a lost connection, and how it is closed."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.api.events.hub import EventHub, NewsLostError
from gstnvr.api.events.listener import ListenerPatience, Telling
from gstnvr.api.events.ports import ConfigurationNews, StreamNews, VolumesNews
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from gstnvr.model.status import VolumeState
from gstnvr.supervisor.api.telling import from_any_thread
from gstnvr.testing.clock import SimulatedClock
from tests.api.listening import GATE_LIVE, SIGNED_IN, YARD_LIVE, Ear, listening, publish, welcomed
from tests.api.rig import (
    CONNECTED,
    TOKEN,
    YARD,
    RunningServer,
    World,
    at,
    running,
)
from tests.rig.waiting import wait_until

# --- what is told -------------------------------------------------------------------------------------


def test_a_change_is_told_as_the_list_of_streams_would_give_it(server: RunningServer, world: World) -> None:
    world.streams = [YARD_LIVE, GATE_LIVE]
    with welcomed(server, topics=["state"]) as (ear, welcome):
        publish(server, world, StreamNews(GATE_LIVE))
        told = ear.hear()
    assert told["type"] == "stream"
    assert told["number"] == welcome["number"] + 1
    assert told["stream"] == server.json("streams")["streams"][1]
    assert told["stream"]["next_retry_in_s"] == 12


def test_only_what_was_asked_for_is_told(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["state"], cameras=["gate"]) as (ear, _):
        publish(server, world, VolumesNews([]), StreamNews(YARD_LIVE), StreamNews(GATE_LIVE), ConfigurationNews())
        told = [ear.hear(), ear.hear()]
    assert [one["type"] for one in told] == ["stream", "configuration"]
    assert told[0]["stream"]["camera"] == "gate"
    assert [one["number"] for one in told] == [3, 4]


def test_a_listener_may_ask_for_something_else(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["state"], cameras=["gate"]) as (ear, _):
        ear.ask(topics=["storage", "statistics"])
        assert ear.hear()["type"] == "statistics"  # it has been understood
        publish(server, world, StreamNews(GATE_LIVE), VolumesNews([]))
        told = ear.hear()
        while told["type"] == "statistics":
            told = ear.hear()
    assert (told["type"], told["number"]) == ("volumes", 2)


def test_figures_come_as_often_as_asked_for_and_no_oftener(server: RunningServer, world: World) -> None:
    world.streams = [YARD_LIVE, GATE_LIVE]
    with welcomed(server, topics=["statistics"], cameras=["yard"], statistics_interval_s=1.0) as (ear, _):
        began = time.monotonic()
        told = [ear.hear() for _ in range(3)]
        took_s = time.monotonic() - began
    assert all([one["camera"] for one in each["streams"]] == ["yard"] for each in told)
    assert told[0]["streams"][0]["statistics"] == server.json("streams")["streams"][0]["statistics"]
    assert took_s >= 1.9


def test_figures_are_those_of_now(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["statistics"]) as (ear, _):
        assert ear.hear()["streams"][0]["statistics"]["fps"] == 25
        slower = replace(CONNECTED, statistics=replace(CONNECTED.statistics, fps=12.5))
        world.streams = [LiveStream("Yard", slower)]
        assert ear.hear()["streams"][0]["statistics"]["fps"] == 12.5


def test_figures_oftener_than_once_a_second_are_refused(server: RunningServer, world: World) -> None:
    with listening(server, statistics_interval_s=0.2) as ear:
        code, message = ear.closed()
    assert code == 4400
    assert "statistics_interval_s" in message


def test_what_the_database_took_is_told_and_can_be_read(server: RunningServer, world: World) -> None:
    world.index.on_news = from_any_thread(server._loop, world.events.publish)
    with welcomed(server, topics=["segments", "gaps", "incidents"]) as (ear, _):
        opened = world.add_segment(at("11:00:00"), at("11:01:00"), state=SegmentState.OPEN)
        told = ear.hear()
        assert (told["type"], told["change"], told["id"]) == ("segment", "opened", opened.id)
        with world.index.writing() as writer:
            writer.segment_closed(opened)
        told = ear.hear()
        assert (told["change"], told["camera"], told["start"]) == ("closed", "yard", "2026-11-21T11:00:00.000Z")
        world.add_gap(at("11:01:00"), None, GapCause.NETWORK)
        told = ear.hear()
        assert (told["type"], told["change"], told["gap"]["ongoing"]) == ("gap", "opened", True)
        assert told["gap"]["cause"] == server.json("recordings", camera="yard")["gaps"][-1]["cause"]
        incident = world.add_incident(at("11:01:00"), None)
        told = ear.hear()
        assert (told["type"], told["change"]) == ("incident", "opened")
        assert told["incident"] == server.json("incidents")["incidents"][0]
        with world.index.writing() as writer:
            writer.incident_changed(replace(incident, recovered=at("11:02:00")))
        assert ear.hear()["change"] == "over"


def test_volumes_are_told_as_their_list_gives_them(server: RunningServer, world: World) -> None:
    world.volumes = [VolumeView("/video", "0b2d", VolumeState.GOOD, None, 10, 20, (YARD,))]
    with welcomed(server, topics=["storage"]) as (ear, _):
        publish(server, world, VolumesNews(world.volumes))
        assert ear.hear()["volumes"] == server.json("volumes")["volumes"]


def test_silence_is_broken_so_that_a_lost_connection_is_noticed(server: RunningServer, world: World) -> None:
    server.app.state.telling = Telling(world.events, patience=ListenerPatience(alive_s=0.05))
    with welcomed(server, topics=["state"]) as (ear, _):
        assert [ear.hear()["type"], ear.hear()["type"]] == ["alive", "alive"]


# --- after a lost connection --------------------------------------------------------------------------


def test_a_listener_that_comes_back_misses_nothing(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["state"]) as (ear, welcome):
        publish(server, world, StreamNews(YARD_LIVE))
        last = ear.hear()["number"]
    publish(server, world, StreamNews(GATE_LIVE), VolumesNews([]), StreamNews(YARD_LIVE))
    resume = {"epoch": welcome["epoch"], "after": last}
    with welcomed(server, topics=["state"], resume=resume) as (ear, again):
        assert (again["resumed"], again["number"]) == (True, last)
        publish(server, world, ConfigurationNews())
        told = [ear.hear() for _ in range(3)]
    assert [one["number"] for one in told] == [last + 1, last + 3, last + 4]
    assert [one["type"] for one in told] == ["stream", "stream", "configuration"]


@pytest.mark.parametrize(
    ("epoch", "after"),
    [(lambda hub: hub.epoch, 0), (lambda hub: "of another run", 4), (lambda hub: hub.epoch, 1000)],
    ids=["too long ago", "other epoch", "number of the future"],
)
def test_a_listener_that_cannot_go_on_is_told_so(
    server: RunningServer, world: World, epoch: Callable[[EventHub], str], after: int
) -> None:
    world.events = EventHub(world.clock, kept=3)
    server.app.state.telling = Telling(world.events)
    publish(server, world, *[StreamNews(YARD_LIVE)] * 5)
    resume = {"epoch": epoch(world.events), "after": after}
    with welcomed(server, topics=["state"], resume=resume) as (ear, welcome):
        assert (welcome["resumed"], welcome["number"]) == (False, 5)
        publish(server, world, ConfigurationNews())
        assert ear.hear()["number"] == 6


def test_no_more_news_are_kept_than_said() -> None:
    hub = EventHub(SimulatedClock(utc_ns=at("12:00:00")), kept=10)
    for _ in range(25):
        hub.publish(ConfigurationNews())
    assert [one.number for one in hub.since(15)] == list(range(16, 26))
    assert [one.number for one in hub.since(15, 3)] == [16, 17, 18]
    assert hub.since(25) == []
    with pytest.raises(NewsLostError):
        hub.since(14)


# --- how it is closed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("hello", "no JSON"),
        ('{"type": "unsubscribe"}', "type"),
        ('{"type": "subscribe", "topics": ["weather"]}', "topics.0"),
        ('{"type": "subscribe", "cameras": ["../etc"]}', "cameras.0"),
        ('{"type": "subscribe", "everything": true}', "everything"),
        ('{"type": "subscribe", "resume": {"epoch": "e", "after": -1}}', "resume.after"),
        (b'{"type": "subscribe"}', "text"),
    ],
)
def test_what_is_not_understood_ends_the_connection(
    server: RunningServer, world: World, said: str | bytes, about: str
) -> None:
    with listening(server) as ear:
        ear.connection.send(said)
        code, message = ear.closed()
    assert code == 4400
    assert about in message


def test_nonsense_later_ends_the_connection_too(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["state"]) as (ear, _):
        ear.connection.send("[]")
        assert ear.closed()[0] == 4400
    wait_until(lambda: world.events.listeners == 0)


def test_who_asks_for_nothing_is_not_kept(server: RunningServer, world: World) -> None:
    server.app.state.telling = Telling(world.events, patience=ListenerPatience(subscribe_s=0.05))
    with listening(server) as ear:
        assert ear.closed() == (4408, "no subscribe came within 0.05 s")


def test_no_more_listeners_than_said(server: RunningServer, world: World) -> None:
    world.events = EventHub(world.clock, listeners=1)
    server.app.state.telling = Telling(world.events)
    with welcomed(server, topics=["state"]), listening(server) as second:
        assert second.closed()[0] == 4429
    wait_until(lambda: world.events.listeners == 0)
    with welcomed(server, topics=["state"]):
        assert world.events.listeners == 1


def test_a_listener_that_falls_behind_is_told_to_come_again(server: RunningServer, world: World) -> None:
    world.events = EventHub(world.clock, kept=2)
    server.app.state.telling = Telling(world.events)
    with welcomed(server, topics=["state"]) as (ear, _):
        publish(server, world, *[StreamNews(YARD_LIVE)] * 3)  # all at once: none was told before the last came
        assert ear.closed()[0] == 4480


def test_a_listener_that_takes_nothing_is_dropped(server: RunningServer, world: World) -> None:
    server.app.state.telling = Telling(world.events, patience=ListenerPatience(send_s=0.2))
    volumes = [VolumeView("/video/" + "x" * 1000, "0b2d", VolumeState.GOOD)] * 500
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", server.server.port))
        host = f"127.0.0.1:{server.server.port}"
        deaf.sendall(
            f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Authorization: Bearer {TOKEN}\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        hear_until(deaf, b"101 Switching Protocols", b"\r\n\r\n")
        said = json.dumps({"type": "subscribe", "topics": ["storage"]}).encode()
        deaf.sendall(bytes([0x81, 0x80 | len(said), 0, 0, 0, 0]) + said)
        hear_until(deaf, b'"welcome"', b"}")
        publish(server, world, *[VolumesNews(volumes)] * 20)
        wait_until(lambda: world.events.listeners == 0, within_s=30)


def hear_until(deaf: socket.socket, *parts: bytes) -> None:
    deaf.settimeout(30)
    heard = b""
    while not all(part in heard for part in parts):
        heard += deaf.recv(1)


def test_a_listener_that_goes_is_forgotten(server: RunningServer, world: World) -> None:
    with welcomed(server, topics=["state"]):
        assert world.events.listeners == 1
    wait_until(lambda: world.events.listeners == 0)


def test_the_end_of_the_server_closes_with_its_code(world: World) -> None:
    with running(world.app()) as server, welcomed(server, topics=["state"]) as (ear, _):
        server.run(server.server.stop())
        with pytest.raises(ConnectionClosed) as closed:
            ear.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_a_message_that_is_too_long_ends_the_connection(server: RunningServer, world: World) -> None:
    with listening(server) as ear:
        ear.connection.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            ear.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


# --- who is refused at once ---------------------------------------------------------------------------


def refusal(server: RunningServer, path: str, **headers: str) -> tuple[int, str]:
    """Status and code of the error with which a WebSocket is refused."""
    url = f"ws://127.0.0.1:{server.server.port}{path}"
    with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None, additional_headers=headers):
        pass
    answer = json.loads(refused.value.response.body or b"")
    assert set(answer) == {"error"}
    return refused.value.response.status_code, answer["error"]["code"]


def test_a_page_of_another_site_may_not_listen(server: RunningServer) -> None:
    assert refusal(server, "/api/v1/events", Origin="http://evil.example") == (403, "origin_not_allowed")


def test_the_page_of_this_site_may_listen(server: RunningServer, world: World) -> None:
    url = f"ws://127.0.0.1:{server.server.port}/api/v1/events"
    with connect(url, proxy=None, additional_headers=SIGNED_IN | {"Origin": server.url}) as connection:
        ear = Ear(connection)
        ear.ask()
        assert ear.hear()["type"] == "welcome"


def test_where_nothing_is_a_websocket_is_refused_in_the_one_shape(server: RunningServer) -> None:
    assert refusal(server, "/api/v1/nothing") == (404, "not_found")


def test_without_a_websocket_the_address_says_what_it_is(server: RunningServer) -> None:
    assert server.error("events")[:2] == (HTTPStatus.UPGRADE_REQUIRED, "upgrade_required")


def test_nobody_listening_costs_next_to_nothing() -> None:
    hub = EventHub(SimulatedClock(utc_ns=UtcNs(NS_PER_S)))
    hub.publish(StreamNews(YARD_LIVE))
    began = time.process_time()
    for _ in range(20_000):
        hub.publish(StreamNews(YARD_LIVE))
    assert (time.process_time() - began) / 20_000 < 100e-6
    assert all(one._text is None for one in hub.since(hub.number - 100)), "words were made for nobody"
