"""Every end point, every role, a foreign camera: nobody gets more than is his."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from gstnvr.api.app import bare_app, create_app, endpoints
from gstnvr.api.ports import LiveStream, VolumeView
from gstnvr.api.rights import need_of
from gstnvr.api.rights_reference import reference
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.status import VolumeState
from tests.api import storage_world
from tests.api.rig import CONNECTED, GATE, WAITING, YARD, RunningServer, World, at, running
from tests.repository.lints import ROOT

PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
SPAN = {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T10:01:00Z", "reason": "theft"}
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
    "GET /volumes": Sample("volumes"),
    "GET /recordings": Sample("recordings?camera=gate"),
    "GET /incidents": Sample("incidents"),
    "GET /gaps": Sample("gaps"),
    "GET /cameras/{camera}/gaps": Sample("cameras/gate/gaps"),
    "GET /incidents/statistics": Sample("incidents/statistics?camera=gate"),
    "GET /segments": Sample("segments?camera=gate"),
    "GET /segments/{segment_id}/file": Sample("segments/{segment}/file"),
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
    "GET /deletions": Sample("deletions", camera=False),
    "POST /deletions": Sample("deletions", {"camera": "gate"} | SPAN),
    "GET /deletions/{uid}": Sample("deletions/0123", camera=False),
    "GET /audit": Sample("audit", camera=False),
    "GET /storage": Sample("storage"),
    "GET /storage/plan": Sample("storage/plan"),
    "GET /disks": Sample("disks", camera=False),
    "GET /events": Sample("events", camera=False),
    "GET /settings": Sample("settings", camera=False),
    "GET /settings/schema": Sample("settings/schema", camera=False),
    "PATCH /settings": Sample("settings", {"settings": {}}, camera=False),
    "POST /cameras/try": Sample("cameras/try", {"url": "rtsp://192.0.2.1/live"}, camera=False),
    "GET /logs": Sample("logs", camera=False),
    "GET /diagnostics": Sample("diagnostics", camera=False),
    "GET /about": Sample("about", camera=False),
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
    "GET /tokens": Sample("tokens", camera=False),
    "POST /tokens": Sample("tokens", {"label": "x"}, camera=False),
    "DELETE /tokens/{uid}": Sample("tokens/0123", camera=False),
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
        world.add_incident(at("11:00:00"), None, stream=stream)
    world.door.book.load()
    for role in Role:
        cameras = None if role is Role.ADMINISTRATOR else ["yard"]
        world.accounts.add(LOCAL, role.value, role, Cameras.of(cameras), PASSWORD)
        world.accounts.add(LOCAL, f"free-{role}", role, ALL_CAMERAS, PASSWORD)

    def made(path: str, camera: str) -> Any:
        return server.http.post(path, json={"cameras": [camera]} | SPAN).json()

    things = {
        "segment": str(segments[GATE].id),
        "protection": made("protections", "gate")["protections"][0]["uid"],
        "export": made("exports", "gate")["uid"],
    }
    made("protections", "yard")
    made("exports", "yard")
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


def test_segments_of_a_foreign_camera_are_no_pages_either(site: Site) -> None:
    session = site.world.door.log_in("viewer", PASSWORD, None, "192.0.2.1", None)
    with site.server.client(cookie=f"gstnvr_session={session.secret}") as client:
        for path in ("segments?camera=gate", "segments?camera=yard&camera=gate"):
            assert client.get(path.format(**site.things)).status_code in (404, 410)


def test_what_takes_a_person_is_not_done_with_a_token(site: Site) -> None:
    for name, operation in OPERATIONS.items():
        if operation.get("security") == [{"session": []}]:
            sample = SAMPLES[name]
            answer = site.server.http.request(name.split()[0], sample.path, json=sample.body)
            assert (answer.status_code, refusal(answer)) == (403, "login_needed"), name


def test_an_end_point_that_declares_nothing_is_refused(world: World) -> None:
    app = create_app(world.services)

    @app.get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "gate"

    with running(app) as server:
        answer = server.http.get("forgotten")
        assert (answer.status_code, refusal(answer)) == (403, "no_rights_declared")
        assert "gate" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [[], [(b"origin", b"http://example.com")], [(b"cookie", b"gstnvr_session=planted")]],
    ids=["nobody", "another site", "planted session"],
)
def test_a_websocket_is_refused_before_it_is_accepted(world: World, headers: list[tuple[bytes, bytes]]) -> None:
    app = create_app(world.services)
    accepted = []

    @app.websocket("/api/v1/live")
    async def live() -> None:
        accepted.append(1)

    async def ask() -> list[Any]:
        sent: list[Any] = []
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/api/v1/live",
            "raw_path": b"/api/v1/live",
            "root_path": "",
            "query_string": b"",
            "subprotocols": [],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 1),
            "headers": [(b"host", b"127.0.0.1"), *headers],
        }

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)
        return sent

    sent = asyncio.run(ask())
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[0]["status"] in (401, 403)
    assert accepted == []


def test_the_streams_of_a_camera_are_both_seen_or_none(site: Site) -> None:
    sub = replace(CONNECTED, stream=StreamId.parse("gate/sub"))
    site.world.streams = [*site.world.streams, LiveStream("Gate", sub)]
    assert {one["camera"] for one in site.ask("GET /streams", "viewer").json()["streams"]} == {"yard"}
