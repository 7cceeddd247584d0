"""The web client's files: what is served where, for how long, and what happens without them."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.rig import RunningServer, World, running

PAGE = b"<!doctype html><title>gstnvr</title>"
SCRIPT = b"console.info('a page');" * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "assets/index-4d7a.js").write_bytes(SCRIPT)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / ".made-of").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def web(folder: Path) -> Iterator[httpx.Client]:
    world = World(folder.parent)
    with (
        world.index,
        running(world.app(web=folder)) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/cameras", "/cameras/yard", "/recordings/yard?t=2026-11-21T10:00:00Z"])
def test_addresses_that_the_client_makes_give_its_start_page(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_hashed_file_is_kept_for_ever_and_packed(web: httpx.Client) -> None:
    answer = web.get("/assets/index-4d7a.js", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT)) < len(SCRIPT)


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0, identity"])
def test_who_cannot_unpack_gets_it_plain(web: httpx.Client, accepted: str) -> None:
    answer = web.get("/assets/index-4d7a.js", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == len(SCRIPT)


def test_head_and_what_the_browser_has_already(web: httpx.Client) -> None:
    head = web.head("/favicon.svg", headers={"accept-encoding": "identity"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "6")
    known = web.get("/favicon.svg", headers={"if-none-match": head.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize("path", ["/assets/index-old.js", "/assets/", "/robots.txt", "/.made-of", "/../ports.py"])
def test_what_is_not_there_is_not_found(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/api/v2/streams"])
def test_the_api_answers_for_itself(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert web.get("/api/v1/streams").json()["error"]["code"] == "setup_needed"


def test_only_reading_gives_pages(web: httpx.Client) -> None:
    assert web.post("/cameras").status_code == 404


def test_pages_run_nothing_of_others(web: httpx.Client) -> None:
    policy = dict(re.findall(r"([a-z-]+) ([^;]+)", web.get("/").headers["content-security-policy"]))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_without_files_it_says_what_to_do(world: World, tmp_path: Path) -> None:
    with running(world.app(web=tmp_path / "nothing")) as server:
        answer = httpx.get(f"{server.url}/cameras")
        assert answer.status_code == 503
        assert "scripts/setup" in answer.text
        assert server.http.get("streams").status_code == 200


def test_the_server_tells_its_clock_and_its_zone(server: RunningServer) -> None:
    told = server.json("server")
    assert (told["time"], told["zone"]) == ("2026-11-21T12:00:00.000Z", "Asia/Seoul")
