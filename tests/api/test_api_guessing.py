"""Guessing passwords, codes and tokens over HTTP, in all the ways in which it might be quicker."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pyotp

from gstnvr.access.random_secrets import new_secret, new_token
from gstnvr.db.audit import audit_lines
from gstnvr.model.access import ALL_CAMERAS, Role
from gstnvr.model.clock import NS_PER_S
from tests.api.rig import RunningServer, World
from tests.api.test_api_login import LOCAL, PASSWORD, add_user, browser, code, log_in

LIMIT = 5
OF_ADDRESS, OF_NAME = 4 * LIMIT, 10 * LIMIT


def attempt_from(server: RunningServer, address: str, name: str, password: str = "wrong", **headers: str) -> int:
    """Status of a login from one of the addresses of this machine."""
    connection = HTTPConnection("127.0.0.1", server.server.port, 60, source_address=(address, 0))
    with closing(connection):
        body = json.dumps({"name": name, "password": password})
        connection.request("POST", "/api/v1/login", body, {"content-type": "application/json", **headers})
        return connection.getresponse().status


def tried(world: World) -> int:
    """So many passwords were looked at."""
    with world.index.reading() as connection:
        return sum(line.action == "log_in_failed" for _, line in audit_lines(connection, 1000))


def test_many_at_once_get_no_further_than_one_after_the_other(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(lambda _: attempt_from(server, "127.0.0.1", "kim"), range(40)))
    assert (statuses.count(401), statuses.count(429)) == (LIMIT, 35)
    assert tried(world) == LIMIT


def test_headers_of_proxies_make_nobody_another(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    statuses = []
    for number in range(20):
        address = f"203.0.113.{number}"
        spoofed = {"x-forwarded-for": address, "x-real-ip": address, "forwarded": f"for={address}"}
        statuses.append(attempt_from(server, "127.0.0.1", "kim", **spoofed))
    assert statuses == [401] * LIMIT + [429] * 15
    assert attempt_from(server, "127.0.0.1", "kim", PASSWORD) == 429


def test_one_address_does_not_try_one_password_with_many_names(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    statuses = [attempt_from(server, "127.0.0.1", f"name{number}", PASSWORD) for number in range(30)]
    assert statuses == [401] * OF_ADDRESS + [429] * 10
    assert attempt_from(server, "127.0.0.1", "kim", PASSWORD) == 429
    assert attempt_from(server, "127.0.0.2", "kim", PASSWORD) == 200, "others get in"


def test_many_addresses_do_not_try_one_name_for_ever(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    statuses = [attempt_from(server, f"127.0.1.{number}", "kim") for number in range(1, OF_NAME + 6)]
    assert statuses == [401] * OF_NAME + [429] * 5
    world.clock.advance(world.limits.lockout_s)
    assert attempt_from(server, "127.0.0.1", "kim", PASSWORD) == 200, "nobody is locked out for good"


def test_codes_are_guessed_no_longer_than_passwords(server: RunningServer, world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with browser(server) as client:
        log_in(client, "kim")
        secret = client.post("me/one-time-codes", json={"password": PASSWORD}).json()["secret"]

        def right() -> str:
            return pyotp.TOTP(secret).at(world.clock.utc_ns() // NS_PER_S)

        assert client.post("me/one-time-codes/confirmation", json={"code": right()}).status_code == 204
        world.clock.advance(60)
        wrong = f"{(int(right()) + 500_000) % 1_000_000:06}"
        statuses = []
        for _ in range(LIMIT):
            assert code(log_in(client, "kim"))[1] in ("code_needed", "locked_out"), "forgives nothing"
            statuses.append(log_in(client, "kim", code=wrong).status_code)
        assert statuses == [401] * LIMIT
        assert code(log_in(client, "kim", code=right())) == (429, "locked_out")


def test_no_made_up_secret_is_one(server: RunningServer, world: World) -> None:
    """Secrets have 256 bits; nothing of one that is right makes a shorter, longer or other one right."""
    add_user(world, "kim", Role.ADMINISTRATOR)
    session = world.door.log_in("kim", PASSWORD, None, "192.0.2.1", None).secret
    made = server.http.post("tokens", json={"label": "x", "user": "kim"}).json()["token"]
    near = [made[:-1], made + "x", made.upper(), made.swapcase(), made[7:], f" {made} x", session]
    with server.client() as client:
        for token in [*near, *(new_token() for _ in range(100))]:
            answer = client.get("me", headers={"authorization": f"Bearer {token}"})
            assert code(answer) == (401, "not_signed_in"), token
        others = [session[:-1], session + "x", session.swapcase(), made]
        for secret in [*others, *(new_secret() for _ in range(100))]:
            answer = client.get("me", headers={"cookie": f"gstnvr_session={secret}"})
            assert code(answer) == (401, "not_signed_in"), secret
        assert client.get("me", headers={"authorization": f"Bearer {made}"}).status_code == 200
        for place in (f"me?token={made}", f"me?gstnvr_session={session}", f"me?access_token={made}"):
            assert code(client.get(place)) == (401, "not_signed_in"), "secrets are taken from no address"


def test_a_login_takes_no_session_that_somebody_chose(server: RunningServer, world: World) -> None:
    """Not a made-up one, and not one of another user, who would then be logged in as the victim."""
    add_user(world, "kim", Role.VIEWER)
    world.accounts.add(LOCAL, "eve", Role.VIEWER, ALL_CAMERAS, PASSWORD)
    planted = world.door.log_in("eve", PASSWORD, None, "192.0.2.1", None).secret
    with browser(server) as victim:
        victim.cookies["gstnvr_session"] = planted
        answer = log_in(victim, "kim")
        given = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        assert given not in ("", planted)
    with browser(server) as attacker:
        attacker.cookies["gstnvr_session"] = planted
        assert code(attacker.get("me")) == (401, "not_signed_in")
