"""Saved layouts: whose they are, who changes them, and that they show nobody a camera that is not his."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gstnvr.api.common.ports import LiveStream
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from tests.api.rig import CONNECTED, WAITING, RunningServer, World

PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
BOTH = {"name": "Both", "size": 2, "tiles": ["gate", None, "yard"]}


class People:
    """Users of one server, by name, each with a browser of his own."""

    def __init__(self, server: RunningServer, world: World) -> None:
        world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)]
        world.door.book.load()
        self.browsers: dict[str, httpx.Client] = {}
        for name, role, cameras in (
            ("admin", Role.ADMINISTRATOR, None),
            ("kim", Role.VIEWER, None),
            ("guest", Role.VIEWER, ["yard"]),
        ):
            world.accounts.add(LOCAL, name, role, Cameras.of(cameras), PASSWORD)
            session = world.door.log_in(name, PASSWORD, None, "192.0.2.1", None)
            self.browsers[name] = server.client(cookie=f"gstnvr_session={session.secret}")

    def layouts(self, name: str) -> list[Any]:
        return list(self.browsers[name].get("layouts").json()["layouts"])

    def send(self, name: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.browsers[name].request(method, path, json=body)


@pytest.fixture
def people(server: RunningServer, world: World) -> Iterator[People]:
    people = People(server, world)
    yield people
    for browser in people.browsers.values():
        browser.close()


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_layout_is_its_owners_alone(people: People) -> None:
    made = people.send("kim", "POST", "layouts", BOTH)
    assert made.status_code == 201, made.text
    uid = made.json()["uid"]
    assert people.layouts("kim") == [{"uid": uid, "shared": False} | BOTH]
    for other in ("admin", "guest"):
        assert people.layouts(other) == []
        for method, body in (("PUT", BOTH | {"tiles": []}), ("DELETE", None)):
            assert code(people.send(other, method, f"layouts/{uid}", body)) == (404, "layout_not_found")
        assert code(people.send(other, "PUT", "default-layout", {"uid": uid})) == (404, "layout_not_found")
    assert code(people.send("admin", "DELETE", f"shared-layouts/{uid}")) == (404, "layout_not_found")
    changed = people.send("kim", "PUT", f"layouts/{uid}", {"name": "Mine", "size": 0, "tiles": ["yard"]})
    assert changed.json() == {"uid": uid, "name": "Mine", "shared": False, "size": 0, "tiles": ["yard"]}
    assert people.layouts("kim") == [changed.json()]
    assert people.send("kim", "DELETE", f"layouts/{uid}").status_code == 204
    assert people.layouts("kim") == []


def test_a_shared_layout_shows_nobody_a_camera_that_is_not_his(people: People) -> None:
    shared = people.send("admin", "POST", "shared-layouts", BOTH).json()
    assert people.layouts("kim") == [shared]
    assert people.layouts("guest") == [shared | {"tiles": [None, None, "yard"]}]
    for name in ("kim", "guest"):
        for method, path in (("PUT", f"shared-layouts/{shared['uid']}"), ("POST", "shared-layouts")):
            assert code(people.send(name, method, path, BOTH)) == (403, "not_allowed")
        assert code(people.send(name, "PUT", f"layouts/{shared['uid']}", {"name": "x", "tiles": []}))[0] == 404
    assert code(people.send("guest", "POST", "layouts", BOTH)) == (404, "camera_not_found")
    assert code(people.send("kim", "POST", "layouts", BOTH | {"tiles": ["shed"]})) == (404, "camera_not_found")


def test_the_default_is_everybodys_own_and_goes_with_its_layout(people: People) -> None:
    shared = people.send("admin", "POST", "shared-layouts", BOTH).json()["uid"]
    own = people.send("kim", "POST", "layouts", BOTH).json()["uid"]
    for name, uid in (("kim", own), ("guest", shared)):
        assert people.send(name, "PUT", "default-layout", {"uid": uid}).status_code == 204
    defaults = {name: people.browsers[name].get("layouts").json()["default"] for name in ("admin", "kim", "guest")}
    assert defaults == {"admin": None, "kim": own, "guest": shared}
    assert people.send("admin", "DELETE", f"shared-layouts/{shared}").status_code == 204
    assert people.browsers["guest"].get("layouts").json()["default"] is None
    assert people.send("kim", "PUT", "default-layout", {"uid": None}).status_code == 204
    assert people.browsers["kim"].get("layouts").json()["default"] is None


def test_what_makes_no_sense_is_refused(people: People, server: RunningServer) -> None:
    assert people.send("kim", "POST", "layouts", BOTH).status_code == 201
    assert code(people.send("kim", "POST", "layouts", BOTH | {"name": " both "})) == (409, "name_taken")
    assert people.send("guest", "POST", "layouts", BOTH | {"tiles": []}).status_code == 201, "another's name"
    for wrong in ({"size": 7}, {"size": -1}, {"name": " "}, {"name": "x" * 61}, {"tiles": ["../x"]}, {"more": 1}):
        assert code(people.send("kim", "POST", "layouts", BOTH | wrong)) == (422, "bad_parameter"), wrong
    assert code(people.send("kim", "POST", "layouts", BOTH | {"tiles": [None] * 257})) == (422, "bad_parameter")
    assert code(server.http.post("layouts", json=BOTH)) == (403, "login_needed"), "programs have none"


def test_layouts_of_a_user_go_with_him(people: People, world: World) -> None:
    people.send("kim", "POST", "layouts", BOTH)
    world.accounts.remove(LOCAL, "kim")
    world.accounts.add(LOCAL, "kim", Role.VIEWER, ALL_CAMERAS, PASSWORD)
    session = world.door.log_in("kim", PASSWORD, None, "192.0.2.1", None)
    people.browsers["kim"].headers["cookie"] = f"gstnvr_session={session.secret}"
    assert people.layouts("kim") == []


def test_what_becomes_of_layouts_of_everybody_stands_in_the_audit_log_and_of_own_ones_does_not(
    people: People,
) -> None:
    people.send("kim", "POST", "layouts", BOTH)
    uid = people.send("admin", "POST", "shared-layouts", BOTH).json()["uid"]
    people.send("admin", "PUT", f"shared-layouts/{uid}", {"name": "Gate alone", "size": 1, "tiles": ["gate"]})
    people.send("admin", "DELETE", f"shared-layouts/{uid}")
    lines = people.browsers["admin"].get("audit").json()["lines"]
    layouts = [one for one in lines if "layout" in one["action"]]
    assert [(one["user"], one["action"], one["subject"]) for one in reversed(layouts)] == [
        ("admin", "share_layout", "Both"),
        ("admin", "change_shared_layout", "Gate alone"),
        ("admin", "remove_shared_layout", "Gate alone"),
    ]
    assert layouts[-1]["detail"] == {"uid": uid, "size": 2, "tiles": ["gate", None, "yard"]}
