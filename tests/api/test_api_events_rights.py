"""Who may listen to events, and what he hears."""

import json
from http import HTTPStatus

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gstnvr.api.event_listener import ListenerPatience, Telling
from gstnvr.api.event_ports import StreamNews, VolumesNews
from gstnvr.api.ports import VolumeView
from gstnvr.model.access import ALL_CAMERAS, Cameras, Role
from gstnvr.model.changes import IncidentChange, IncidentNews
from gstnvr.model.records import Incident
from gstnvr.model.status import VolumeState
from tests.api.ear import (
    FAULT,
    GATE_LIVE,
    LOCAL,
    PASSWORD,
    TRUSTED,
    YARD_LIVE,
    Ear,
    address,
    publish,
)
from tests.api.rig import (
    GATE,
    YARD,
    RunningServer,
    World,
    at,
)

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
    with connect(url, proxy=None, additional_headers=TRUSTED | {"Origin": server.url}) as connection:
        ear = Ear(connection)
        ear.ask()
        assert ear.hear()["type"] == "welcome"


def test_nobody_listens_without_having_logged_in(server: RunningServer, world: World) -> None:
    assert refusal(server, "/api/v1/events") == (401, "setup_needed")
    log_in(world, ["yard"])
    assert refusal(server, "/api/v1/events") == (401, "not_signed_in")


# --- what a user may hear -----------------------------------------------------------------------------


def log_in(world: World, cameras: list[str]) -> dict[str, str]:
    """Headers of a viewer who may see these cameras."""
    world.door.book.load()
    world.accounts.add(LOCAL, "admin", Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
    world.accounts.add(LOCAL, "kim", Role.VIEWER, Cameras.of(cameras), PASSWORD)
    session = world.door.log_in("kim", PASSWORD, None, "192.0.2.1", None)
    return {"Cookie": f"gstnvr_session={session.secret}"}


def test_a_user_hears_of_his_cameras_only(server: RunningServer, world: World) -> None:
    world.streams = [YARD_LIVE, GATE_LIVE]
    volumes = [VolumeView("/video", "0b2d", VolumeState.GOOD, None, 10, 20, (YARD, GATE))]
    disk = Incident("1", None, None, *FAULT, at("11:00:00"), at("11:00:00"))
    with connect(address(server), proxy=None, additional_headers=log_in(world, ["yard"])) as connection:
        ear = Ear(connection)
        ear.ask(cameras=["yard", "gate"])
        assert ear.hear()["type"] == "welcome"
        news = (StreamNews(GATE_LIVE), IncidentNews(IncidentChange.OPENED, disk), VolumesNews(volumes))
        publish(server, world, *news, StreamNews(YARD_LIVE))
        told = [ear.hear() for _ in range(3)]
    assert "gate" not in json.dumps(told).lower()
    assert {one["type"] for one in told} == {"statistics", "volumes", "stream"}


def test_a_user_whose_account_is_closed_hears_no_more(server: RunningServer, world: World) -> None:
    server.app.state.telling = Telling(world.events, patience=ListenerPatience(check_s=0.05))
    with connect(address(server), proxy=None, additional_headers=log_in(world, ["yard"])) as connection:
        ear = Ear(connection)
        ear.ask(topics=["state"])
        assert ear.hear()["type"] == "welcome"
        world.accounts.remove(LOCAL, "kim")
        assert ear.closed()[0] == 4401


def test_where_nothing_is_a_websocket_is_refused_in_the_one_shape(server: RunningServer) -> None:
    assert refusal(server, "/api/v1/nothing") == (404, "not_found")


def test_without_a_websocket_the_address_says_what_it_is(server: RunningServer) -> None:
    assert server.error("events")[:2] == (HTTPStatus.UPGRADE_REQUIRED, "upgrade_required")
