"""Every end point, every role, a foreign camera: nobody gets more than is his."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi import WebSocket
from fastapi.routing import APIWebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gstnvr.access.accounts import TokenWish
from gstnvr.access.door import Door
from gstnvr.api.access.rights import need_of
from gstnvr.api.app import bare_app, endpoints
from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.api.rights_reference import reference
from gstnvr.db.index import Index
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.status import VolumeState
from tests.api import storage_world
from tests.api.rig import CONNECTED, GATE, TOKEN, WAITING, YARD, RunningServer, World, at, running
from tests.repository.lints import ROOT

PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
SPAN = {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T10:01:00Z", "reason": "theft"}
LAYOUT = {"name": "All", "size": 2, "tiles": ["yard", "gate"]}
LOGIN = {"name": "nobody", "password": PASSWORD}
FOREIGN = ("gate", "till", "gone")
"""Cameras that are not those of the restricted users; no answer to them may hold one of these words."""


@dataclass(frozen=True)
class Sample:
    """A request that concerns the gate, if it concerns a camera; ``{segment}`` and its like are of the gate."""

    path: str
    body: Any = None
    camera: bool = True
    """Concerns cameras: the answer is another one for those who do not see the gate."""


SAMPLES = {
    "GET /streams": Sample("streams"),
    "GET /healthz": Sample("healthz", camera=False),
    "GET /recorders": Sample("recorders", camera=False),
    "POST /recorders/restart": Sample("recorders/restart", camera=False),
    "POST /cameras/{camera}/recording": Sample("cameras/gate/recording", {"action": "start"}),
    "GET /cameras/{camera}/streams/{kind}/live": Sample("cameras/gate/streams/main/live"),
    "GET /cameras/{camera}/snapshot": Sample("cameras/gate/snapshot"),
    "GET /cameras/{camera}/streams/{kind}/restream": Sample("cameras/gate/streams/main/restream"),
    "POST /cameras/{camera}/streams/{kind}/whep": Sample("cameras/gate/streams/main/whep", "v=0"),
    "DELETE /cameras/{camera}/streams/{kind}/whep/{session}": Sample("cameras/gate/streams/main/whep/made-up"),
    "GET /volumes": Sample("volumes"),
    "GET /cameras/{camera}/statistics": Sample("cameras/gate/statistics"),
    "GET /layouts": Sample("layouts"),
    "POST /layouts": Sample("layouts", LAYOUT),
    "PUT /layouts/{uid}": Sample("layouts/0123", LAYOUT, camera=False),
    "DELETE /layouts/{uid}": Sample("layouts/0123", camera=False),
    "POST /shared-layouts": Sample("shared-layouts", LAYOUT | {"name": "Lobby"}),
    "PUT /shared-layouts/{uid}": Sample("shared-layouts/0123", LAYOUT, camera=False),
    "DELETE /shared-layouts/{uid}": Sample("shared-layouts/0123", camera=False),
    "PUT /default-layout": Sample("default-layout", {"uid": None}, camera=False),
    "GET /recordings": Sample("recordings?camera=gate"),
    "GET /incidents": Sample("incidents"),
    "GET /incidents.csv": Sample("incidents.csv"),
    "GET /incidents/{uid}": Sample("incidents/{incident}"),
    "GET /gaps": Sample("gaps"),
    "GET /cameras/{camera}/gaps": Sample("cameras/gate/gaps"),
    "GET /incidents/statistics": Sample("incidents/statistics?camera=gate"),
    "GET /segments": Sample("segments?camera=gate"),
    "GET /segments/{segment_id}/file": Sample("segments/{segment}/file"),
    "GET /cameras/{camera}/streams/{kind}/thumbnail": Sample(
        "cameras/gate/streams/main/thumbnail?at=2026-11-21T10:00:05Z"
    ),
    "GET /copies": Sample("copies", camera=False),
    "POST /copies/restore": Sample("copies/restore?camera=gate"),
    "POST /protections": Sample("protections", {"cameras": ["yard", "gate"]} | SPAN),
    "GET /protections": Sample("protections"),
    "DELETE /protections/{uid}": Sample("protections/{protection}?reason=over"),
    "GET /exports": Sample("exports"),
    "POST /exports": Sample("exports", {"cameras": ["yard", "gate"]} | SPAN),
    "GET /exports/{uid}": Sample("exports/{export}"),
    "DELETE /exports/{uid}": Sample("exports/{export}"),
    "GET /exports/{uid}/files/{name}": Sample("exports/{export}/files/index.html"),
    "GET /exports/{uid}/zip": Sample("exports/{export}/zip"),
    "POST /exports/{uid}/verification": Sample("exports/{export}/verification"),
    "GET /deletions": Sample("deletions", camera=False),
    "POST /deletions": Sample("deletions", {"camera": "gate"} | SPAN),
    "GET /deletions/{uid}": Sample("deletions/0123", camera=False),
    "GET /events": Sample("events", camera=False),
    "GET /settings": Sample("settings", camera=False),
    "GET /settings/schema": Sample("settings/schema", camera=False),
    "PATCH /settings": Sample("settings", {"settings": {}}, camera=False),
    "POST /cameras/try": Sample("cameras/try", {"url": "rtsp://192.0.2.9/live"}, camera=False),
    "GET /server": Sample("server", camera=False),
    "GET /about": Sample("about", camera=False),
    "GET /logs": Sample("logs?camera=gate", camera=False),
    "GET /logs/processes": Sample("logs/processes", camera=False),
    "GET /diagnostics": Sample("diagnostics", camera=False),
    "GET /diagnostics/checks": Sample("diagnostics/checks", camera=False),
    "GET /diagnostics/contents": Sample("diagnostics/contents", camera=False),
    "GET /audit": Sample("audit", camera=False),
    "GET /storage": Sample("storage"),
    "GET /storage/plan": Sample("storage/plan"),
    "GET /disks": Sample("disks", camera=False),
    "GET /file-systems": Sample("file-systems", camera=False),
    "GET /setup": Sample("setup", camera=False),
    "POST /setup": Sample("setup", {"secret": "x", "password": PASSWORD}, camera=False),
    "POST /login": Sample("login", LOGIN, camera=False),
    "POST /logout": Sample("logout", camera=False),
    "GET /me": Sample("me", camera=False),
    "PUT /me/password": Sample("me/password", {"current": PASSWORD, "new": PASSWORD}, camera=False),
    "POST /me/one-time-codes": Sample("me/one-time-codes", {"password": PASSWORD}, camera=False),
    "POST /me/one-time-codes/confirmation": Sample(
        "me/one-time-codes/confirmation", {"code": "000000"}, camera=False
    ),
    "POST /me/one-time-codes/removal": Sample("me/one-time-codes/removal", {"password": PASSWORD}, camera=False),
    "GET /users": Sample("users", camera=False),
    "POST /users": Sample("users", LOGIN | {"role": "viewer", "password": "x"}, camera=False),
    "PATCH /users/{name}": Sample("users/nobody", {"enabled": False}, camera=False),
    "DELETE /users/{name}": Sample("users/nobody", camera=False),
    "DELETE /users/{name}/one-time-codes": Sample("users/nobody/one-time-codes", camera=False),
    "POST /me/recovery-codes": Sample("me/recovery-codes", {"password": PASSWORD}, camera=False),
    "GET /sessions": Sample("sessions", camera=False),
    "DELETE /sessions/{uid}": Sample("sessions/0123", camera=False),
    "GET /tokens": Sample("tokens", camera=False),
    "POST /tokens": Sample("tokens", {"label": "x"}, camera=False),
    "DELETE /tokens/{uid}": Sample("tokens/0123", camera=False),
}
WEBSOCKETS = {
    "/events": Sample("events", camera=False),
    "/cameras/{camera}/streams/{kind}/live": Sample("cameras/gate/streams/main/live"),
}
ALLOWED_IN_ANY_CASE = {("POST /setup", "setup_refused"), ("POST /login", "wrong_credentials")}
WRONG_ANYWAY = {"wrong_code"}
"""Refusals that come after the rights were found to be enough."""

OPERATIONS = {
    f"{method.upper()} {path.removeprefix('/api/v1')}": operation
    for path, methods in bare_app().openapi()["paths"].items()
    for method, operation in methods.items()
}


@dataclass
class Site:
    """A gstnvr with a yard and a gate, and things of the gate by name."""

    server: RunningServer
    world: World
    things: dict[str, str]

    def ask(self, name: str, user: str | None, *, token: bool = False) -> httpx.Response:
        """Send the sample of this end point, as somebody who has just logged in, or has a token, or is nobody."""
        headers = {}
        if user is not None:
            session = self.world.door.log_in(user, PASSWORD, None, "192.0.2.1", None)
            headers = {"cookie": f"gstnvr_session={session.secret}"}
        sample = SAMPLES[name]
        with self.server.client(**headers) as client:
            path = sample.path.format(**self.things)
            return client.request(name.split(maxsplit=1)[0], path, json=sample.body)


@pytest.fixture
def site(server: RunningServer, world: World) -> Iterator[Site]:
    world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)]
    world.volumes = [
        VolumeView("/srv/a", "uuid-a", VolumeState.GOOD, None, 3_000_000_000, 8_000_000_000, (YARD, GATE))
    ]
    world.storage = storage_world.overview()
    segments = {
        stream: world.add_segment(at("10:00:00"), at("10:01:00"), b"x" * 1000, stream=stream)
        for stream in (YARD, GATE)
    }
    for stream in segments:
        world.add_gap(at("11:00:00"), at("11:01:00"), GapCause.NETWORK, stream=stream)
    incidents = {stream: world.add_incident(at("11:00:00"), None, stream=stream) for stream in segments}
    world.door.book.load()
    for role in reversed(Role):
        cameras = None if role is Role.ADMINISTRATOR else ["yard"]
        world.accounts.add(LOCAL, role.value, role, Cameras.of(cameras), PASSWORD)
        world.accounts.add(LOCAL, f"free-{role}", role, ALL_CAMERAS, PASSWORD)

    def made(path: str, camera: str) -> Any:
        return server.http.post(path, json={"cameras": [camera]} | SPAN).json()

    things = {
        "segment": str(segments[GATE].id),
        "incident": incidents[GATE].uid,
        "protection": made("protections", "gate")["protections"][0]["uid"],
        "export": made("exports", "gate")["uid"],
    }
    made("protections", "yard")
    made("exports", "yard")
    assert server.http.post("shared-layouts", json=LAYOUT).status_code == 201
    yield Site(server, world, things)


def refusal(response: httpx.Response) -> str:
    """Code of an answer that is an error; empty for others."""
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def test_every_end_point_has_a_sample_and_declares_what_it_needs() -> None:
    assert set(SAMPLES) == set(OPERATIONS), "say in SAMPLES what a request to it looks like"
    undeclared = [route.path for route in endpoints(bare_app().routes) if need_of(route.endpoint) is None]
    assert undeclared == []


def test_the_table_is_up_to_date() -> None:
    published = (ROOT / "docs/ref/rights.md").read_text()
    assert published == reference(), "run: python -m gstnvr.api.rights_reference > docs/ref/rights.md"


def test_nobody_gets_in_without_a_login(site: Site) -> None:
    for name, operation in OPERATIONS.items():
        answer = site.ask(name, None)
        if operation["x-needs"] == "nothing":
            assert answer.status_code == 200 or (name, refusal(answer)) in ALLOWED_IN_ANY_CASE, name
        else:
            assert (answer.status_code, refusal(answer)) == (401, "not_signed_in"), name


@pytest.mark.parametrize("role", list(Role))
def test_every_end_point_lets_in_whom_it_should(site: Site, role: Role) -> None:
    for name, operation in OPERATIONS.items():
        answer = site.ask(name, f"free-{role}")
        needed = operation["x-needs"]
        if needed == "nothing":
            continue
        if role.covers(Role(needed)):
            assert answer.status_code not in (401, 403) or refusal(answer) in WRONG_ANYWAY, (name, answer.text)
        else:
            assert (answer.status_code, refusal(answer)) == (403, "not_allowed"), (name, answer.text)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_a_foreign_camera_is_as_if_it_were_not_there(site: Site, role: Role) -> None:
    for name in sorted(OPERATIONS, key=lambda name: name.startswith("DELETE")):
        operation = OPERATIONS[name]
        if operation["x-needs"] == "nothing" or not role.covers(Role(operation["x-needs"])):
            continue
        answer = site.ask(name, role.value)
        if not SAMPLES[name].camera:
            continue
        if answer.status_code == 404:
            found = site.ask(name, f"free-{role}")
            assert found.status_code != 404 or refusal(found) == "file_not_found", (name, found.text)
        else:
            told = answer.text.replace("free-", "").lower()
            assert answer.status_code == 200, (name, answer.text)
            assert not any(camera in told for camera in FOREIGN), (name, answer.text)
            assert "yard" in told, (name, answer.text)
            everything = site.ask(name, f"free-{role}").text.lower()
            assert any(camera in everything for camera in FOREIGN), f"{name}: the sample shows nothing"


def test_pages_are_full_and_hold_no_foreign_camera(site: Site) -> None:
    for minute in range(4):
        for stream in (GATE, YARD):
            start = at(f"08:{minute:02d}:00")
            site.world.add_segment(start, at(f"08:{minute:02d}:50"), stream=stream)
            site.world.add_gap(
                at(f"09:{minute:02d}:00"), at(f"09:{minute:02d}:50"), GapCause.NETWORK, stream=stream
            )
            site.world.add_incident(start, None, stream=stream)
            for made in ("protections", "exports"):
                site.server.http.post(made, json={"cameras": [stream.camera]} | SPAN)
    session = site.world.door.log_in("operator", PASSWORD, None, "192.0.2.1", None)
    with site.server.client(cookie=f"gstnvr_session={session.secret}") as client:
        for path, key in {
            "incidents": "incidents",
            "protections": "protections",
            "exports": "exports",
            "segments?camera=yard": "segments",
            "cameras/yard/gaps?from=2026-11-21T00:00:00Z": "gaps",
        }.items():
            query, sizes = {"limit": "2"}, []
            while True:
                page = client.get(path, params=httpx.URL(path).params.merge(query)).json()
                assert not any(camera in json.dumps(page) for camera in FOREIGN), path
                sizes.append(len(page[key]))
                if page["next"] is None:
                    break
                query["cursor"] = page["next"]
            whole = client.get(path).json()[key]
            assert len(whole) >= 5, path
            assert sizes == [2] * (len(whole) // 2) + [1] * (len(whole) % 2), path


def test_a_cursor_of_somebody_else_shows_nothing_of_his(site: Site) -> None:
    site.world.add_segment(at("10:02:00"), at("10:03:00"), stream=GATE)
    site.world.add_incident(at("10:00:00"), None, stream=GATE)
    session = site.world.door.log_in("viewer", PASSWORD, None, "192.0.2.1", None)
    with site.server.client(cookie=f"gstnvr_session={session.secret}") as client:
        for theirs, ours in (("segments?camera=gate", "segments?camera=yard"), ("incidents", "incidents")):
            following = site.server.http.get(f"{theirs}{'&' if '?' in theirs else '?'}limit=1").json()["next"]
            answer = client.get(f"{ours}{'&' if '?' in ours else '?'}cursor={following}")
            assert answer.status_code == 200
            assert not any(camera in answer.text for camera in FOREIGN)
        assert client.get("segments?camera=yard&camera=gate").status_code == 404


def test_who_does_not_see_all_cameras_administers_nothing(site: Site) -> None:
    expires = UtcNs(site.world.clock.utc_ns() + NS_PER_S * 3600)
    wish = TokenWish("administrator", "wall", Role.ADMINISTRATOR, Cameras.of(["yard"]), expires)
    _, token = site.world.accounts.add_token(LOCAL, wish)
    with site.server.client(authorization=f"Bearer {token}") as client:
        assert client.get("me").json()["role"] == "operator"
        for path in ("settings", "logs", "diagnostics", "audit", "users"):
            assert refusal(client.get(path)) == "not_allowed", path


def test_what_takes_a_person_is_not_done_with_a_token(site: Site) -> None:
    for name, operation in OPERATIONS.items():
        if operation.get("security") == [{"session": []}]:
            sample = SAMPLES[name]
            answer = site.server.http.request(name.split()[0], sample.path, json=sample.body)
            assert (answer.status_code, refusal(answer)) == (403, "login_needed"), name


def test_an_end_point_that_declares_nothing_is_refused(world: World) -> None:
    app = world.app()

    @app.get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "gate"

    with running(app) as server:
        answer = server.http.get("forgotten")
        assert (answer.status_code, refusal(answer)) == (403, "no_rights_declared")
        assert "gate" not in answer.text


def open_websocket(site: Site, path: str, **headers: str) -> int:
    """Status with which a WebSocket is answered: 101 if it is opened."""
    url = f"{site.server.url.replace('http', 'ws', 1)}/api/v1/{path}"
    try:
        with connect(url, proxy=None, additional_headers=headers, open_timeout=30):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_every_websocket_has_a_sample_and_declares_what_it_needs() -> None:
    routes = [route for route in endpoints(bare_app().routes) if isinstance(route, APIWebSocketRoute)]
    assert {route.path.removeprefix("/api/v1") for route in routes} == set(WEBSOCKETS)
    for route in routes:
        assert need_of(route.endpoint) is not None, route.path


@pytest.mark.parametrize("path", list(WEBSOCKETS))
def test_a_websocket_opens_only_for_those_who_may(site: Site, path: str) -> None:
    sample = WEBSOCKETS[path].path
    assert open_websocket(site, sample) == 401
    assert open_websocket(site, sample, Cookie="gstnvr_session=planted") == 401
    for role in Role:
        free = site.world.door.log_in(f"free-{role}", PASSWORD, None, "192.0.2.1", None)
        cookie = f"gstnvr_session={free.secret}"
        assert open_websocket(site, sample, Cookie=cookie) == 101
        assert open_websocket(site, sample, Cookie=cookie, Origin=site.server.url) == 101
        assert open_websocket(site, sample, Cookie=cookie, Origin="http://example.com") == 403
        if WEBSOCKETS[path].camera and role is not Role.ADMINISTRATOR:
            bound = site.world.door.log_in(role.value, PASSWORD, None, "192.0.2.1", None)
            assert open_websocket(site, sample, Cookie=f"gstnvr_session={bound.secret}") == 404


def test_a_websocket_that_declares_nothing_is_refused(world: World) -> None:
    app = world.app()

    @app.websocket("/api/v1/forgotten")
    async def forgotten(socket: WebSocket) -> None:
        await socket.accept()

    with running(app) as server:
        assert open_websocket(Site(server, world, {}), "forgotten", Authorization=f"Bearer {TOKEN}") == 403


def test_a_websocket_may_try_again_while_users_are_not_known(world: World) -> None:
    world.door = Door(Index(), world.clock, lambda: world.limits, world.folder / "secrets.key")
    with running(world.app()) as server:
        assert open_websocket(Site(server, world, {}), "events", Cookie="gstnvr_session=some") == 503


def test_the_streams_of_a_camera_are_both_seen_or_none(site: Site) -> None:
    sub = replace(CONNECTED, stream=StreamId.parse("gate/sub"))
    site.world.streams = [*site.world.streams, LiveStream("Gate", sub)]
    assert {one["camera"] for one in site.ask("GET /streams", "viewer").json()["streams"]} == {"yard"}
