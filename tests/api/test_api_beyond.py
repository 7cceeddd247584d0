"""Beyond loopback: only encrypted or through a trusted proxy, and only that is believed."""

import asyncio
import ipaddress
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from gstnvr.access.certificate import own_certificate
from gstnvr.api.access.guard import Guard, Reach
from gstnvr.client.client import Client
from gstnvr.client.errors import ClientError
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, UtcNs
from tests.api.rig import NOW, TOKEN, RunningServer, World, running
from tests.api.test_api_login import PASSWORD, add_user, code

PROXY = Reach(proxies=(ipaddress.ip_network("127.0.0.0/8"),))
FORWARDED = {
    "x-forwarded-for": "198.51.100.1, 203.0.113.9:4711, 127.0.0.5",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "nvr.example.com",
}


def test_encrypted_with_a_certificate_of_our_own(world: World, tmp_path: Path) -> None:
    files = own_certificate(tmp_path, NOW)
    others = own_certificate(tmp_path / "other", NOW)
    assert files.key.stat().st_mode & 0o777 == 0o600
    add_user(world, "kim", Role.VIEWER)
    with running(world.app(), tls=files) as server:
        with Client(server.url, token=TOKEN, certificate=files.certificate) as client:
            assert client.streams().streams
        for certificate in (None, others.certificate):
            with Client(server.url, token=TOKEN, certificate=certificate) as client, pytest.raises(ClientError):
                client.streams()
        with httpx.Client(verify=False, trust_env=False) as browser:
            answer = browser.post(f"{server.url}/api/v1/login", json={"name": "kim", "password": PASSWORD})
            assert "; secure" in answer.headers["set-cookie"].lower()
            own = {"origin": server.url}
            assert browser.post(f"{server.url}/api/v1/logout", headers=own).status_code == 204


def test_the_certificate_stays_until_it_is_about_to_expire(tmp_path: Path) -> None:
    def read(days: float) -> tuple[bytes, x509.Certificate]:
        content = own_certificate(tmp_path, UtcNs(NOW + round(days * 86_400 * NS_PER_S))).certificate.read_bytes()
        return content, x509.load_pem_x509_certificate(content)

    first, certificate = read(0)
    lasts = certificate.not_valid_after_utc - datetime.fromtimestamp(NOW // NS_PER_S, UTC)
    assert timedelta(days=365) < lasts <= timedelta(days=825)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert ipaddress.ip_address("127.0.0.1") in names.get_values_for_type(x509.IPAddress)
    assert read(lasts.days - 100)[0] == first
    assert read(lasts.days - 30)[0] != first
    (tmp_path / "tls" / "key.pem").write_text("damaged")
    assert read(0)[0] != first


def log_in_through(server: RunningServer) -> httpx.Response:
    with server.client(**FORWARDED, origin="https://nvr.example.com") as client:
        return client.post("login", json={"name": "kim", "password": PASSWORD})


def addresses(server: RunningServer) -> set[str]:
    lines = server.json("audit")["lines"]
    return {line["detail"]["address"] for line in lines if "address" in line["detail"]}


def test_what_a_trusted_proxy_says_is_believed(world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with running(world.app(PROXY)) as server:
        answer = log_in_through(server)
        assert answer.status_code == 200, answer.text
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert addresses(server) == {"203.0.113.9"}, (
            "the last one that no proxy of ours is; what is before may be lies"
        )
        with server.client(**FORWARDED, origin="https://example.com") as client:
            assert code(client.post("login", json={})) == (403, "origin_not_allowed")


def test_the_token_of_this_machine_is_worth_nothing_elsewhere(world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    with running(world.app(PROXY)) as server, server.client(authorization=f"Bearer {TOKEN}", **FORWARDED) as away:
        assert code(away.get("me")) == (401, "not_signed_in")
        assert server.json("me")["via"] == "local"


def test_what_others_say_is_not(world: World) -> None:
    add_user(world, "kim", Role.VIEWER)
    elsewhere = Reach(proxies=(ipaddress.ip_network("192.0.2.0/24"),))
    with running(world.app(elsewhere)) as server:
        assert code(log_in_through(server)) == (403, "origin_not_allowed")
        with server.client(**FORWARDED) as client:
            answer = client.post("login", json={"name": "kim", "password": PASSWORD})
        assert "secure" not in answer.headers["set-cookie"].lower()
        assert addresses(server) == {"127.0.0.1"}


def test_a_lock_out_behind_a_proxy_concerns_one_of_its_clients(world: World) -> None:
    add_user(world, "kim", Role.VIEWER)

    def attempt(address: str, password: str) -> int:
        with server.client(**{"x-forwarded-for": address}) as client:
            return client.post("login", json={"name": "kim", "password": password}).status_code

    with running(world.app(PROXY)) as server:
        while attempt("203.0.113.9", "wrong") != 429:
            pass
        assert attempt("203.0.113.9", PASSWORD) == 429
        assert attempt("203.0.113.10", PASSWORD) == 200


@pytest.mark.parametrize(
    ("reach", "client", "status"),
    [
        (Reach(beyond_loopback=True, encrypted=True), "203.0.113.9", 200),
        (Reach(beyond_loopback=True, proxies=PROXY.proxies), "203.0.113.9", 403),
        (Reach(beyond_loopback=True, proxies=PROXY.proxies), "127.0.0.1", 200),
    ],
)
def test_no_password_comes_over_the_network_in_the_clear(reach: Reach, client: str, status: int) -> None:
    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def ask() -> list[Any]:
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": "/api/v1/login",
            "client": (client, 1),
            "headers": [(b"host", b"nvr.example.com")],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        await Guard(application, reach)(scope, receive, send)
        return sent

    start, body = asyncio.run(ask())
    assert start["status"] == status
    assert status == 200 or json.loads(body["body"])["error"]["code"] == "not_encrypted"


@pytest.mark.parametrize("host", ["[", "[:::]", "a b", "a@b", "a/b", "[::1]x"])
def test_no_name_of_a_host_breaks_anything(world: World, host: str) -> None:
    """Where any host is answered, addresses are made of it."""
    everywhere = Reach(beyond_loopback=True, encrypted=True)
    with running(world.app(everywhere)) as server, server.client(host=host) as client:
        for path in ("nothing", "setup"):
            assert code(client.get(path)) == (400, "bad_host")
        assert code(client.post("login", json={"name": "kim", "password": PASSWORD})) == (400, "bad_host")
