"""How one gets in over HTTP: set-up, login, cookie, tokens, and all that must not work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pyotp
import pytest

from gstnvr.access import errors as access_errors
from gstnvr.access.errors import AccessError
from gstnvr.api.access.guard import LARGEST_BODY
from gstnvr.api.common.errors import REFUSALS
from gstnvr.api.common.security_headers import POLICY
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.model.clock import NS_PER_S
from tests.api.rig import GATE, TOKEN, RunningServer, World, at

PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)


def add_user(world: World, name: str, role: Role, *cameras: str) -> None:
    """After an administrator, who must be the first."""
    world.door.book.load()
    if role is not Role.ADMINISTRATOR and not world.accounts.users():
        add_user(world, "boss", Role.ADMINISTRATOR)
    world.accounts.add(LOCAL, name, role, Cameras.of(cameras or None), PASSWORD)


@contextmanager
def browser(server: RunningServer) -> Iterator[httpx.Client]:
    """It has cookies, and no token."""
    with server.client() as client:
        yield client


def log_in(client: httpx.Client, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("login", json={"name": name, "password": password} | more)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_every_refusal_has_its_status() -> None:
    kinds = {kind for kind in vars(access_errors).values() if isinstance(kind, type)} - {AccessError}
    assert set(REFUSALS) == {kind for kind in kinds if issubclass(kind, AccessError)}


# --- first start --------------------------------------------------------------------------------------


def test_before_the_set_up_nothing_works_but_the_set_up_and_health(server: RunningServer, world: World) -> None:
    with browser(server) as client:
        assert client.get("setup").json() == {"needed": True}
        assert client.get("healthz").status_code == 200
        for path in ("streams", "openapi.json", "me", "users", "recordings?camera=yard"):
            assert code(client.get(path)) == (401, "setup_needed"), path
        assert code(log_in(client, "admin")) == (401, "wrong_credentials")
        secret = world.door.offer_setup()
        wanted = {"secret": "wrong", "name": "Admin", "password": PASSWORD}
        assert code(client.post("setup", json=wanted)) == (403, "setup_refused")
        made = client.post("setup", json=wanted | {"secret": secret})
        assert (made.status_code, made.json()["name"], made.json()["role"]) == (201, "admin", "administrator")
        assert client.get("streams").status_code == 200
        assert client.get("setup").json() == {"needed": False}
    with browser(server) as client:
        again = client.post("setup", json=wanted | {"secret": secret, "name": "eve"})
        assert code(again) == (403, "setup_refused")
        assert code(client.get("streams")) == (401, "not_signed_in")


# --- sessions -----------------------------------------------------------------------------------------


def test_a_login_lasts_until_the_logout(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER, "yard")
    with browser(server) as client:
        response = log_in(client, "Kim")
        assert response.json() == {
            "name": "kim",
            "role": "viewer",
            "cameras": ["yard"],
            "via": "session",
            "one_time_codes": False,
            "recovery_codes": 0,
        }
        cookie = response.headers["set-cookie"].lower()
        assert cookie.startswith("gstnvr_session=")
        for attribute in ("httponly", "samesite=strict", "path=/", "max-age=86400"):
            assert attribute in cookie
        assert "secure" not in cookie, "this is not https"
        assert client.get("me").json() == response.json()
        session = client.cookies["gstnvr_session"]
        assert client.post("logout").status_code == 204
        assert "gstnvr_session" not in client.cookies
        client.cookies["gstnvr_session"] = session
        assert code(client.get("me")) == (401, "not_signed_in")


def test_a_session_that_was_planted_is_worth_nothing(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    planted = {"cookie": "gstnvr_session=planted"}
    with browser(server) as client:
        wanted = {"name": "kim", "password": PASSWORD}
        assert client.post("login", json=wanted, headers=planted).status_code == 200
        assert client.cookies["gstnvr_session"] != "planted"
    with browser(server) as client:
        assert code(client.get("me", headers=planted)) == (401, "not_signed_in")


def test_guessing_ends_soon_and_says_when_it_may_go_on(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with browser(server) as client:
        for _ in range(world.limits.attempts):
            assert code(log_in(client, "kim", "wrong")) == (401, "wrong_credentials")
        refused = log_in(client, "kim")
        assert (*code(refused), refused.headers["retry-after"]) == (429, "locked_out", "900")
        world.clock.advance(900)
        assert log_in(client, "kim").status_code == 200
    actions = [line["action"] for line in server.json("audit")["lines"]]
    assert actions == ["log_in", "locked_out", *["log_in_failed"] * 5, "add_user", "add_user"]


def test_one_time_codes(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with browser(server) as client:
        log_in(client, "kim")
        assert code(client.post("me/one-time-codes", json={"password": "wrong"})) == (403, "wrong_password")
        begun = client.post("me/one-time-codes", json={"password": PASSWORD}).json()
        assert begun["uri"].startswith("otpauth://totp/gstnvr:kim?")
        totp = pyotp.TOTP(begun["secret"])

        def now() -> str:
            return totp.at(world.clock.utc_ns() // NS_PER_S)

        assert client.post("me/one-time-codes/confirmation", json={"code": now()}).status_code == 204
        world.clock.advance(30)
        assert code(log_in(client, "kim")) == (401, "code_needed")
        assert log_in(client, "kim", code=now()).json()["one_time_codes"] is True
        assert len(begun["qr"]) == len(begun["qr"][0]) >= 21
        assert begun["qr"][0].startswith("1111111")
        wish = {"password": PASSWORD}
        assert client.post("me/one-time-codes/removal", json=wish).status_code == 204
        assert log_in(client, "kim").status_code == 200


def test_recovery_codes(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with browser(server) as client:
        log_in(client, "kim")
        wish = {"password": PASSWORD}
        assert code(client.post("me/recovery-codes", json=wish)) == (409, "no_one_time_codes")
        secret = client.post("me/one-time-codes", json=wish).json()["secret"]
        now = pyotp.TOTP(secret).at(world.clock.utc_ns() // NS_PER_S)
        assert client.post("me/one-time-codes/confirmation", json={"code": now}).status_code == 204
        assert code(client.post("me/recovery-codes", json={"password": "wrong"})) == (403, "wrong_password")
        codes = client.post("me/recovery-codes", json=wish).json()["codes"]
        assert client.get("me").json()["recovery_codes"] == len(codes) == 10
    with browser(server) as client:
        assert log_in(client, "kim", code=codes[2]).json()["recovery_codes"] == 9
        assert code(log_in(client, "kim", code=codes[2])) == (401, "wrong_credentials")
        for _ in range(world.limits.attempts - 1):
            assert code(log_in(client, "kim", code="1-aaaa-bbbb-cccc")) == (401, "wrong_credentials")
        assert code(log_in(client, "kim", code=codes[1])) == (429, "locked_out")
    users = {one["name"]: one for one in server.json("users")["users"]}
    assert users["kim"]["recovery_codes"] == 9
    assert server.json("audit", action="use_recovery_code")["lines"][0]["detail"]["left"] == 9


def test_browsers_that_are_logged_in_are_listed_and_logged_out(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    add_user(world, "lee", Role.VIEWER)
    with browser(server) as here, browser(server) as there, browser(server) as stranger:
        for client, name in ((here, "kim"), (there, "kim"), (stranger, "lee")):
            log_in(client, name)
        listed = here.get("sessions").json()["sessions"]
        assert [one["user"] for one in listed] == ["kim", "kim"]
        other = next(one for one in listed if not one["own"])
        assert sum(one["own"] for one in listed) == 1
        assert code(stranger.delete(f"sessions/{other['uid']}")) == (404, "session_not_found")
        assert there.get("me").status_code == 200
        assert here.delete(f"sessions/{other['uid']}").status_code == 204
        assert code(there.get("me")) == (401, "not_signed_in")
        everybodys = server.json("sessions")["sessions"]
        assert sorted(one["user"] for one in everybodys) == ["kim", "lee"]
        assert not any(one["own"] for one in everybodys)
        world.clock.advance(world.limits.idle_s + 1)
        assert server.json("sessions")["sessions"] == []


def test_the_audit_log_is_filtered(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with browser(server) as client:
        log_in(client, "kim", "wrong")
        world.clock.advance(60)
        log_in(client, "kim")

    def actions(**query: str) -> list[str]:
        return [line["action"] for line in server.json("audit", **query)["lines"]]

    assert actions(user="kim") == ["log_in", "log_in_failed"]
    assert actions(action="log_in_failed") == ["log_in_failed"]
    assert actions(subject="ki") == ["log_in", "log_in_failed", "add_user"]
    assert actions(subject="k%") == []
    assert actions(from_="2026-11-21T12:00:30Z") == ["log_in"]
    assert actions(to="2026-11-21T12:00:30Z", user="kim") == ["log_in_failed"]


# --- tokens -------------------------------------------------------------------------------------------


def test_a_token_does_what_its_scope_says(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.OPERATOR)
    world.add_segment(at("10:00:00"), at("10:01:00"), stream=GATE)
    with browser(server) as client:
        log_in(client, "kim")
        wish = {"label": "dashboard", "scope": "viewer", "cameras": ["gate"], "days": 1}
        made = client.post("tokens", json=wish).json()
        assert made["token"].startswith("gstnvr_")
        assert code(client.post("tokens", json=wish | {"user": "admin"})) == (403, "not_allowed")
        shown = client.get("tokens").json()["tokens"]
        assert shown == [{name: value for name, value in made.items() if name != "token"}]
        with server.client(authorization=f"Bearer {made['token']}") as program:
            assert program.get("recordings", params={"camera": "gate"}).status_code == 200
            assert code(program.get("recordings", params={"camera": "yard"})) == (404, "camera_not_found")
            assert code(program.post("cameras/gate/recording", json={"action": "start"})) == (403, "not_allowed")
            assert code(program.post("tokens", json=wish)) == (403, "login_needed")
            assert code(program.put("me/password", json={"current": "x", "new": "y"})) == (403, "login_needed")
            assert client.delete(f"tokens/{made['uid']}").status_code == 204
            assert code(program.get("me")) == (401, "not_signed_in")


@pytest.mark.parametrize("shown", ["Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_a_token_that_is_none_is_refused(server: RunningServer, world: World, shown: str) -> None:
    add_user(world, "kim", Role.ADMINISTRATOR)
    with server.client(authorization=shown) as client:
        assert code(client.get("me")) == (401, "not_signed_in")


def test_a_token_that_is_none_is_not_made_good_by_a_cookie(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.ADMINISTRATOR)
    with browser(server) as client:
        log_in(client, "kim")
        assert code(client.get("me", headers={"authorization": "Bearer wrong"})) == (401, "not_signed_in")


# --- pages of others ----------------------------------------------------------------------------------


def test_pages_of_other_sites_change_nothing(server: RunningServer, world: World) -> None:
    add_user(world, "admin", Role.ADMINISTRATOR)
    with browser(server) as client:
        log_in(client, "admin")
        for headers in (
            {"origin": "http://example.com"},
            {"origin": "null"},
            {"origin": server.url.replace("http:", "https:")},
            {"origin": f"{server.url}.example.com"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ):
            answer = client.post("recorders/restart", headers=headers)
            assert code(answer) == (403, "origin_not_allowed"), headers
            assert "access-control-allow-origin" not in answer.headers
        assert world.restarts == 0
        own = {"origin": server.url, "sec-fetch-site": "same-origin"}
        assert client.post("recorders/restart", headers=own).status_code == 202


def test_browsers_are_told_to_be_strict(server: RunningServer) -> None:
    headers = server.http.get("streams").headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_nobody_fills_the_memory(server: RunningServer) -> None:
    with server.client() as client:
        assert code(client.post("login", content=b"x" * (LARGEST_BODY + 1))) == (413, "too_large")

        def without_length() -> Iterator[bytes]:
            yield b'{"name": "'
            for _ in range(LARGEST_BODY // 65_536 + 1):
                yield b"x" * 65_536

        assert code(client.post("login", content=without_length())) == (413, "too_large")


# --- users --------------------------------------------------------------------------------------------


def test_users_are_made_changed_and_removed(server: RunningServer, world: World) -> None:
    def send(method: str, path: str, **body: Any) -> httpx.Response:
        return server.http.request(method, path, json=body)

    add_user(world, "admin", Role.ADMINISTRATOR)
    made = send("POST", "users", name="Kim", role="viewer", cameras=["yard"], password=PASSWORD)
    assert (made.status_code, made.json()["name"], made.json()["cameras"]) == (201, "kim", ["yard"])
    assert code(send("POST", "users", name="kim", role="viewer", password=PASSWORD)) == (409, "name_taken")
    assert code(send("POST", "users", name="lee", role="viewer", password="short")) == (422, "weak_password")
    wrong = send("POST", "users", name="lee", role="administrator", cameras=["yard"], password=PASSWORD)
    assert code(wrong) == (422, "bad_parameter")
    assert [user["name"] for user in server.json("users")["users"]] == ["admin", "kim"]
    assert "password" not in server.http.get("users").text
    changed = send("PATCH", "users/kim", role="operator", all_cameras=True)
    assert (changed.json()["role"], changed.json()["cameras"]) == ("operator", None)
    assert code(send("PATCH", "users/admin", enabled=False)) == (409, "last_administrator")
    assert code(send("PATCH", "users/nobody", enabled=False)) == (404, "user_not_found")
    assert server.http.delete("users/kim/one-time-codes").status_code == 204
    assert server.http.delete("users/kim").status_code == 204
    assert code(server.http.delete("users/kim")) == (404, "user_not_found")
    who = {line["user"] for line in server.json("audit")["lines"]}
    assert who == {"local:root", "local:unknown"}
