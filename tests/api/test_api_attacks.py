"""What attackers try, at every end point that the description has: also at those that come later."""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gstnvr.api.app import bare_app
from tests.api.rig import TOKEN, RunningServer, World, at, running
from tests.api.test_api_camera_rights import body_of
from tests.api.test_api_rights import OPERATIONS, PASSWORD, SAMPLES, WEBSOCKETS, Site, site
from tests.rig.raw_http import answer_to

__all__ = ["site"]

SECRET = "nobody may read this"
CLIMBS = [
    climb + "secret.txt"
    for climb in (
        "../",
        "../../../../",
        "..%2f",
        "..%2F..%2F",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%252f",
        "..%5c",
        "..\\",
        "....//",
        "..;/",
        "%c0%ae%c0%ae/",
        "..%c0%af",
        "..%00/",
        "/",
        "%2f",
        "file:%2f%2f%2f",
        "x/../../",
    )
]
DESCRIPTION = bare_app().openapi()


def raw(server: RunningServer, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """Status and content of an address that is sent as it is."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


# --- paths --------------------------------------------------------------------------------------------

WITH_PARAMETERS = [name for name in OPERATIONS if "{" in name]


def hostile_addresses(name: str, site: Site) -> Iterator[str]:
    """The address of the sample with one part after the other replaced."""
    template = name.partition(" ")[2].split("/")
    sample, _, query = SAMPLES[name].path.format(**site.things).partition("?")
    parts = ["", *sample.split("/")]
    for place in [place for place, part in enumerate(template) if part.startswith("{")]:
        for climb in CLIMBS:
            yield "/api/v1" + "/".join([*parts[:place], climb, *parts[place + 1 :]]) + (query and f"?{query}")


def with_secrets_around(site: Site) -> None:
    """Where somebody who climbs out of a folder would come."""
    export = site.world.exports.one(site.things["export"])
    assert export is not None
    folders = {site.world.folder, *site.world.folder.parents[:2], site.world.volume, *export.folder.parents[:2]}
    for folder in folders:
        if folder.is_dir():
            (folder / "secret.txt").write_text(SECRET)


def test_no_part_of_an_address_is_a_path(site: Site) -> None:
    with_secrets_around(site)
    tried = [(name, address) for name in WITH_PARAMETERS for address in hostile_addresses(name, site)]
    for name, address in tried:
        status, content = raw(site.server, name.partition(" ")[0], address, SAMPLES[name].body)
        assert SECRET not in content, address
        assert 400 <= status < 500, (address, status, content)
        assert set(json.loads(content)["error"]) == {"code", "message"}, address


def test_no_parameter_of_a_query_is_a_path(site: Site) -> None:
    with_secrets_around(site)
    for name, operation in OPERATIONS.items():
        method, _, _ = name.partition(" ")
        path = SAMPLES[name].path.format(**site.things).partition("?")[0]
        asked = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        for parameter in asked:
            for climb in (*CLIMBS, "/etc/passwd"):
                status, content = raw(site.server, method, f"/api/v1/{path}?{parameter}={climb}")
                assert status < 500 or operation["responses"].get(str(status)), (name, parameter, climb, content)
                assert SECRET not in content, (name, parameter, climb)
                assert "root:" not in content, (name, parameter, climb)


@pytest.mark.parametrize("prefix", ["/", "/assets/", "//", "/assets/x/"])
def test_no_static_file_is_outside_of_its_folder(world: World, prefix: str) -> None:
    web = world.folder / "static"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("the page")
    (web / "assets/secret.txt").write_text(SECRET)
    for folder in (world.folder, web, *world.folder.parents[:1]):
        (folder / "secret.txt").write_text(SECRET)
    (world.folder / "secret.js").write_text(SECRET)
    with running(world.app(web=web)) as server:
        for climb in [climb.replace(".txt", suffix) for climb in CLIMBS for suffix in (".txt", ".js", "")]:
            status, content = raw(server, "GET", prefix + climb)
            assert (status, content) == (200, "the page") or status == 404, (climb, content)
        for path in ("/secret.txt", "/assets/secret.txt", "/secret.js"):
            assert raw(server, "GET", path)[0] == 404, path


# --- pages of other sites -----------------------------------------------------------------------------

UNSAFE = [name for name in OPERATIONS if not name.startswith("GET ")]


def test_no_page_of_another_site_changes_anything(site: Site) -> None:
    session = site.world.door.log_in("free-administrator", PASSWORD, None, "192.0.2.1", None)
    before = site.server.json("audit")["lines"]
    strangers = (
        {"origin": "https://example.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": f"{site.server.url}, https://example.com"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://example.com", "content-type": "text/plain"},
    )
    with site.server.client(cookie=f"gstnvr_session={session.secret}") as client:
        for name, headers in [(name, headers) for name in UNSAFE for headers in strangers]:
            path = SAMPLES[name].path.format(**site.things)
            answer = client.request(name.partition(" ")[0], path, json=SAMPLES[name].body, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed"), name
            assert "set-cookie" not in answer.headers, name
    assert site.server.json("audit")["lines"] == before


@pytest.mark.parametrize("origin", ["https://example.com", "null", "http://127.0.0.1:1", "http://localhost"])
def test_no_page_of_another_site_opens_a_websocket(site: Site, origin: str) -> None:
    session = site.world.door.log_in("free-administrator", PASSWORD, None, "192.0.2.1", None)
    headers = {"Cookie": f"gstnvr_session={session.secret}", "Origin": origin}
    for path, sample in WEBSOCKETS.items():
        url = f"{site.server.url.replace('http', 'ws', 1)}/api/v1/{sample.path}"
        with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None, additional_headers=headers):
            pass
        assert refused.value.response.status_code == 403, path


def test_nothing_is_shared_with_other_sites(site: Site) -> None:
    """No answer says that a page of elsewhere may read it, whatever it asks."""
    for name in OPERATIONS:
        path = SAMPLES[name].path.format(**site.things)
        asking = {"origin": "https://example.com", "access-control-request-method": name.partition(" ")[0]}
        preflight = site.server.http.request("OPTIONS", path, headers=asking)
        assert preflight.status_code == 405, name
        answer = site.server.http.request("GET", path, headers={"origin": "https://example.com"})
        for headers in (preflight.headers, answer.headers):
            assert not [header for header in headers if header.startswith("access-control-")], name
            assert headers["cross-origin-resource-policy"] == "same-origin", name


# --- what gstnvr contacts -----------------------------------------------------------------------------

CONTACTED = re.compile("url|uri|host|addr|endpoint|server|proxy|hook|target", re.IGNORECASE)


def test_only_administrators_say_what_is_contacted() -> None:
    """Cameras may not say it either; that is tried where they are connected to."""
    named = {
        (name, key)
        for name, operation in OPERATIONS.items()
        for key in [one["name"] for one in operation.get("parameters", ())] + [key for _, key, _ in body_of(name)]
        if CONTACTED.search(key)
    }
    assert ("POST /cameras/try", "url") in named
    assert {name for name, _ in named if OPERATIONS[name]["x-needs"] != "administrator"} == set()


# --- what every answer says ---------------------------------------------------------------------------


def test_every_answer_tells_browsers_to_be_strict(site: Site) -> None:
    names = sorted(OPERATIONS, key=lambda name: name.startswith("DELETE"))
    for name in names:
        answer = site.ask(name, "free-administrator")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors" in policy, name
        assert "unsafe-eval" not in policy, name
        assert "script-src 'self'" in policy or "script-src" not in policy, name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert answer.headers["referrer-policy"] == "no-referrer", name
        assert "public" not in answer.headers["cache-control"], name
        assert "server" not in answer.headers, name
        assert not 300 <= answer.status_code < 400, name


NO_HOSTS = (
    b"",
    b"localhost@example.com",
    b"127.0.0.1:80:80",
    b"[",
    b"[::1",
    b"[:::]",
    b"a b",
    b"a/b",
    b"a?b",
    b"a#b",
)


def test_nothing_leads_elsewhere(site: Site) -> None:
    """Not even to the same address without its slash, at a host that the request made up."""
    for name in OPERATIONS:
        path = SAMPLES[name].path.format(**site.things).partition("?")[0]
        for address in (f"/api/v1/{path}/", f"//example.com/{path}", f"/api/v1/{path}//example.com"):
            status, _ = raw(site.server, "GET", address)
            assert not 300 <= status < 400, address
    for host, status in (
        (b"example.com", 403),
        (b"127.0.0.1.example.com", 403),
        *((host, 400) for host in NO_HOSTS),
    ):
        head = b"GET /api/v1/setup HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
        assert answer_to(site.server.server.port, head).startswith(b"HTTP/1.1 %d" % status), host
    twice = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
    assert answer_to(site.server.server.port, twice).startswith(b"HTTP/1.1 400")


def test_no_name_of_a_file_adds_a_header(server: RunningServer, world: World) -> None:
    name = 'a";\r\nSet-Cookie: x=y\r\n\r\n<script>é.mp4'
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), b"video", path=f"yard/20261121/{name}")
    answer = server.http.get(f"segments/{segment.id}/file")
    assert (answer.status_code, answer.content) == (200, b"video")
    assert "set-cookie" not in answer.headers
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("inline; filename*=UTF-8''a%22%3B%0D%0ASet-Cookie%3A")
    assert not set(disposition.partition("''")[2]) & set('";\r\n<> ')


# --- what requests may say ----------------------------------------------------------------------------

FREE = {"SettingsPatch.settings"}
"""Holds what the configuration file may hold, which has rules of its own."""


def objects_of(schema: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects within what a request may send, with names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = DESCRIPTION["components"]["schemas"][name]
    if schema.get("type") == "object":
        yield name, schema
    for key, inner in schema.get("properties", {}).items():
        yield from objects_of(inner, f"{name}.{key}")
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from objects_of(inner, name)
    if "items" in schema:
        yield from objects_of(schema["items"], f"{name}[]")


def test_no_request_takes_a_key_that_is_not_described() -> None:
    bodies = [
        content["schema"]
        for operation in OPERATIONS.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    found = {name: schema for body in bodies for name, schema in objects_of(body, "body")}
    assert set(found) >= FREE
    loose = {name for name, schema in found.items() if schema.get("additionalProperties") is not False}
    assert loose == FREE


def test_a_key_too_many_is_named_and_nothing_is_done(site: Site) -> None:
    before = site.server.json("audit")["lines"]
    session = site.world.door.log_in("free-administrator", PASSWORD, None, "192.0.2.1", None)
    with site.server.client(cookie=f"gstnvr_session={session.secret}") as client:
        for name, sample in SAMPLES.items():
            for key in ("is_admin", "__proto__", "totp") if isinstance(sample.body, dict) else ():
                path = sample.path.format(**site.things)
                answer = client.request(name.partition(" ")[0], path, json=sample.body | {key: "x"})
                assert answer.status_code == 422, (name, answer.text)
                assert key in answer.json()["error"]["message"]
    done = {line["action"] for line in site.server.json("audit")["lines"][: -len(before)]}
    assert done == {"log_in"}


NONSENSE = ((b"\xff\xfe", "application/json"), (b"{", "application/json"), (b"a=b", "text/plain"))


def one_shape(answer: httpx.Response, what: object) -> None:
    assert answer.headers["content-type"] == "application/json", what
    error = answer.json()["error"]
    assert set(answer.json()) <= {"error", "problems", "components"}, what
    assert set(error) == {"code", "message"}, what
    assert all(error.values()), what


def test_every_error_has_the_one_shape(site: Site) -> None:
    for name, operation in OPERATIONS.items():
        method, _, _ = name.partition(" ")
        path = SAMPLES[name].path.format(**site.things)
        wrong_method = site.server.http.request("PUT" if method != "PUT" else "POST", path)
        assert wrong_method.status_code in (403, 405, 422), name
        one_shape(wrong_method, name)
        if "requestBody" in operation:
            for content, kind in NONSENSE:
                answer = site.server.http.request(method, path, content=content, headers={"content-type": kind})
                assert answer.status_code in (422, 403) or name.endswith("/whep"), (name, answer.text)
                if answer.is_error:
                    one_shape(answer, name)
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                answer = site.server.http.request(method, path, params={parameter["name"]: "\x00" * 300})
                if answer.is_error:
                    one_shape(answer, (name, parameter["name"]))


@pytest.mark.parametrize("text", ["\ud800", "a\u0000b", "two\nlines", "\x1b[31m"])
def test_what_no_file_and_no_page_can_hold_is_no_setting(server: RunningServer, world: World, text: str) -> None:
    before = world.config.read_text()
    body = json.dumps({"settings": {"cameras": {"yard": {"name": text}}}})
    answer = server.http.patch("settings", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_settings"), answer.text
    assert "cameras[0].name" in answer.json()["error"]["message"]
    assert world.config.read_text() == before
