"""Texts of cameras, users and faults that would be programs if a page took them for more than text."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.api.web import STATIC
from gstnvr.logs.file import FOLDER
from gstnvr.model.access import ALL_CAMERAS, Caller, Role, Via
from gstnvr.model.faults import GapCause
from gstnvr.model.status import StreamStatus, VolumeState
from tests.api.rig import CONNECTED, GATE, REFUSED, WAITING, RunningServer, World, at, running
from tests.rig.evidence_orders import write_segment
from tests.rig.waiting import wait_until
from tests.web.rig import NAME, PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.xdist_group("web")]

LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
MARK = "hostile"
EVIL = (
    f"""{MARK} <img src=x onerror="window.stolen='img'"><svg/onload=window.stolen='svg'>"""
    """<script>window.stolen='script'</script><a href="javascript:window.stolen='link'">here</a>"""
    """'"><iframe srcdoc="<script>parent.stolen='frame'</script>"></iframe>{{stolen}}"""
)
FAULT = replace(REFUSED, message=EVIL, code=EVIL)
DAY = "t=2026-11-21T11:12:00Z"


@dataclass
class Trap:
    """A gstnvr whose every text that somebody else may choose is hostile."""

    server: RunningServer
    world: World


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    world = World(tmp_path_factory.mktemp("hostile"))
    world.streams = [LiveStream(EVIL, replace(CONNECTED, fault=FAULT)), LiveStream(EVIL, waiting())]
    world.volumes = [VolumeView(f"/srv/{EVIL}", None, VolumeState.FAILING, FAULT)]
    logs = world.configuration.settings.data_dir / FOLDER
    logs.mkdir(parents=True)
    (logs / "supervisor.log").write_text(f"2026-11-21T11:00:00.000Z WARNING supervisor gstnvr.x yard: {EVIL}\n")
    content = write_segment(world.folder / "made.mp4").read_bytes()
    world.add_segment(at("11:00:00"), at("11:00:02"), content)
    for minute in range(10, 14):
        world.add_gap(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"), GapCause.NETWORK)
        incident = world.add_incident(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"))
        with world.index.writing() as writer:
            writer.incident_changed(replace(incident, message=EVIL, code=EVIL))
    with world.index, running(world.app(web=STATIC)) as server:
        world.door.book.load()
        world.accounts.add(LOCAL, NAME, Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
        span = {"cameras": ["yard"], "from": "2026-11-21T11:00:00Z", "to": "2026-11-21T11:00:02Z"}
        for path in ("protections", "exports"):
            assert server.http.post(path, json=span | {"reason": EVIL}).is_success
        assert server.http.post("tokens", json={"label": EVIL[:100], "user": NAME}).is_success
        renamed = server.http.patch("settings", json={"settings": {"cameras": {"yard": {"name": EVIL}}}})
        assert renamed.is_success, renamed.text
        yield Trap(server, world)


def waiting() -> StreamStatus:
    return replace(WAITING, stream=GATE, fault=FAULT)


def harmless(page: Page, where: str) -> None:
    """What stands there is text, and no policy of the browser had to stop anything."""
    assert page.evaluate("window.stolen") is None, where
    assert page.locator("img[src='x'], iframe, a[href^='javascript'], #content script").count() == 0, where


def stopped(visitor: Visitor) -> list[str]:
    """What the browser itself had to stop, or what broke."""
    return [one for one in visitor.problems if "Failed to load resource" not in one]


def test_no_text_becomes_a_program(browser: Browser, trap: Trap) -> None:
    visitor = Visitor(browser, trap.server.url)
    page = visitor.page
    page.goto("/cameras")
    expect(page.get_by_text(MARK).first).to_be_visible()
    pages = page.locator("nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(pages) >= 4
    seen = []
    for path in [*pages, "/cameras/yard", "/cameras/gate", f"/recordings/yard?{DAY}", "/incidents?camera=yard"]:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        harmless(page, path)
        seen += [path] if page.get_by_text(MARK).count() else []
    assert {"/cameras", "/cameras/yard"} <= set(seen), "the texts did come"
    assert stopped(visitor) == []
    visitor.close()


def test_no_address_becomes_a_program(browser: Browser, trap: Trap) -> None:
    visitor = Visitor(browser, trap.server.url)
    for path in (
        "/cameras/%3Cimg%20src%3Dx%20onerror%3D%22window.stolen%3D1%22%3E",
        "/recordings/%3Cimg%20src%3Dx%20onerror%3Dstolen%3D1%3E?t=%3Cscript%3Estolen%3D1%3C/script%3E",
        "/%3Csvg%20onload%3Dwindow.stolen%3D1%3E",
        "/incidents?camera=%3Cimg%20src%3Dx%20onerror%3Dstolen%3D1%3E#%3Cimg%20src%3Dx%20onerror%3Dstolen%3D1%3E",
    ):
        visitor.page.goto(path)
        visitor.page.wait_for_load_state("networkidle")
        harmless(visitor.page, path)
    assert stopped(visitor) == []
    visitor.close()


def test_no_page_is_shown_within_one_of_another_site(browser: Browser, trap: Trap) -> None:
    visitor = Visitor(browser, trap.server.url)
    frame = f"<iframe src='{trap.server.url}/cameras'></iframe>"
    other = f"http://localhost:{trap.server.server.port}/other"
    visitor.page.route(other, lambda route: route.fulfill(body=frame, content_type="text/html"))
    visitor.page.goto(other)
    visitor.page.wait_for_load_state("networkidle")
    (_, framed) = visitor.page.frames
    assert framed.url.startswith("chrome-error:")
    visitor.close()


def test_the_sheet_of_an_export_runs_nothing(browser: Browser, trap: Trap, tmp_path: Path) -> None:
    """Neither as gstnvr sends it, nor as a file, nor without its own policy."""

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(trap.world.exports.run())

    trap.server.run(begin())
    (made,) = trap.server.json("exports")["exports"]
    wait_until(lambda: trap.server.json(f"exports/{made['uid']}")["ended"] is not None)
    done = trap.server.json(f"exports/{made['uid']}")
    assert done["state"] == "done", done["message"]
    address = next(file["url"] for file in done["files"] if file["name"] == "index.html")
    sheet = trap.server.http.get(address.removeprefix("/api/v1/")).text
    bare = tmp_path / "bare.html"
    bare.write_text(sheet.replace("Content-Security-Policy", "Nothing"))
    visitor = Visitor(browser, trap.server.url)
    for url in (address, bare.as_uri()):
        visitor.page.goto(url)
        expect(visitor.page.get_by_text(MARK).first).to_be_visible()
        assert visitor.page.locator("img[src='x'], iframe, script, a[href^='javascript']").count() == 0
    assert visitor.page.evaluate("window.stolen") is None
    assert visitor.problems == []
    visitor.close()
