"""Live pictures in a real browser: the way that works is found, and everything comes back by itself."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from gstnvr.model.ids import StreamKind
from gstnvr.model.stream_state import StreamState
from tests.rig.waiting import wait_until
from tests.web.live_rig import LiveRecorder, wait_until_it_moves
from tests.web.rig import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web live")]

PICTURE = ".tile[data-camera=front] .picture, .camera-page .picture"
VIDEOS = ".camera-page .picture video"
NO_CANDIDATES = """
  const take = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
    return take.call(this, { type: answer.type, sdp: answer.sdp.replace(/a=candidate.*\\r\\n/g, "") });
  };"""
Open = Callable[[], Page]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRecorder]:
    with LiveRecorder(tmp_path_factory.mktemp("live")).running() as running:
        yield running


@pytest.fixture
def page(browser: Browser, live: LiveRecorder) -> Iterator[Page]:
    visitor = Visitor(browser, live.url)
    yield visitor.page
    visitor.close()


def way(page: Page, name: str) -> None:
    expect(page.locator(PICTURE)).to_have_attribute("data-way", name)


def test_pictures_come_over_webrtc(page: Page) -> None:
    page.goto("/cameras")
    way(page, "webrtc")
    wait_until_it_moves(page, PICTURE)
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="front"))).to_contain_text(
        re.compile(r"fps · .* Mbps · 640x360 · WebRTC")
    )


def test_where_webrtc_is_missing_the_websocket_is_taken_and_remembered(page: Page) -> None:
    asked = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        error = {"error": {"code": "webrtc_missing", "message": "GStreamer has no element 'webrtcbin'"}}
        route.fulfill(status=503, content_type="application/json", body=json.dumps(error))

    page.route("**/whep", refuse)
    page.goto("/cameras/front")
    way(page, "mse")
    wait_until_it_moves(page, PICTURE)
    expect(page.get_by_text("Main stream over WebSocket")).to_be_visible()
    before = len(asked)
    page.reload()
    way(page, "mse")
    assert len(asked) == before > 0


def test_without_a_picture_over_webrtc_the_websocket_is_taken(page: Page) -> None:
    page.add_init_script(NO_CANDIDATES)
    page.goto("/cameras/front")
    way(page, "mse")
    wait_until_it_moves(page, PICTURE)


def test_the_websocket_helps_out_until_webrtc_has_a_picture(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/whep", hold)
    page.goto("/cameras/front")
    way(page, "mse")
    wait_until_it_moves(page, PICTURE)
    expect(page.locator(f"{VIDEOS} >> visible=true")).to_have_count(1)
    for route in held:
        route.continue_()
    page.unroute("**/whep")
    way(page, "webrtc")
    wait_until_it_moves(page, PICTURE)
    expect(page.locator(VIDEOS)).to_have_count(1)
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('gstnvr.live.'))") == []


def test_whoever_wants_to_hear_aac_gets_it_over_the_websocket(page: Page) -> None:
    page.goto("/cameras/front")
    way(page, "webrtc")
    page.get_by_role("button", name="Sound").click()
    way(page, "mse")
    page.wait_for_function("() => document.querySelector('video').webkitAudioDecodedByteCount > 0")
    page.get_by_role("button", name="Sound").click()
    way(page, "webrtc")


def test_nothing_is_asked_for_that_is_told(page: Page, live: LiveRecorder) -> None:
    asked: list[str] = []
    page.goto("/cameras")
    way(page, "webrtc")
    tile = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="front"))
    expect(tile).to_contain_text("Connected")
    page.wait_for_load_state("networkidle")  # the first picture may be there before the page is told anything
    page.on("request", lambda request: asked.append(request.url))
    live.cameras.control.do("silent", camera="front", seconds=4)
    expect(tile).to_contain_text("Pictures stopped")
    expect(tile).to_contain_text("Connected")
    wait_until_it_moves(page, PICTURE)
    assert [url for url in asked if url.endswith("/streams")] == []


@pytest.mark.parametrize("first_way", ["webrtc", pytest.param("mse", marks=pytest.mark.slow)])
def test_pages_come_back_when_the_supervisor_was_killed(page: Page, live: LiveRecorder, first_way: str) -> None:
    recorders = {process.pid for process in live.product.recorders()}
    if first_way == "mse":
        page.add_init_script("delete window.RTCPeerConnection")
    page.goto("/cameras")
    way(page, first_way)
    live.product.kill_supervisor()
    expect(page.get_by_text("No connection to gstnvr")).to_be_visible()
    live.product.start()
    expect(page.get_by_text("No connection to gstnvr")).to_be_hidden()
    way(page, first_way)
    wait_until_it_moves(page, PICTURE)
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="front"))).to_contain_text(
        "Connected"
    )
    assert {process.pid for process in live.product.recorders()} == recorders


def test_the_grid_shows_sub_streams_which_are_connected_only_for_it(page: Page, live: LiveRecorder) -> None:
    wait_until(lambda: live.state("yard", StreamKind.SUB) is StreamState.OFF, "nobody watches the sub stream")
    page.goto("/cameras")
    tile = page.locator(".tile[data-camera=yard]")
    expect(tile.locator(".picture")).to_have_attribute("data-way", "webrtc")
    expect(tile).to_contain_text(re.compile(r"fps · .* Mbps · 320x180 · WebRTC"))
    wait_until_it_moves(page, ".tile[data-camera=yard] .picture")
    assert live.state("yard", StreamKind.SUB) is StreamState.CONNECTED
    page.goto("/cameras/yard")
    expect(page.get_by_text("Main stream over WebRTC")).to_be_visible()
    wait_until(lambda: live.state("yard", StreamKind.SUB) is StreamState.OFF, "the sub stream is let go of")


@pytest.mark.slow
def test_who_leaves_without_a_farewell_is_noticed(page: Page, live: LiveRecorder) -> None:
    page.route("**/whep/*", lambda route: route.abort())
    page.goto("/cameras")
    expect(page.locator(".tile[data-camera=yard] .picture")).to_have_attribute("data-way", "webrtc")
    page.goto("/about")
    wait_until(lambda: live.state("yard", StreamKind.SUB) is StreamState.OFF, "nobody watches any more")


def test_a_browser_without_h265_shows_the_sub_stream_and_says_so(page: Page) -> None:
    page.goto("/cameras/gate")
    expect(page.get_by_text("This browser cannot show H.265; this is the sub stream.")).to_be_visible()
    expect(page.get_by_text(re.compile("Sub stream over"))).to_be_visible()
    wait_until_it_moves(page, PICTURE)


def test_a_sub_stream_that_cannot_be_connected_says_why(page: Page, live: LiveRecorder) -> None:
    wait_until(lambda: live.state("yard", StreamKind.SUB) is StreamState.OFF, "nobody watches the sub stream")
    live.cameras.control.do("not_found", camera="yard/sub")
    try:
        page.goto("/cameras")
        tile = page.locator(".tile[data-camera=yard]")
        expect(tile).to_contain_text("Sub stream: ")
        expect(tile).to_contain_text("Connected")
    finally:
        live.cameras.control.clear()
    expect(tile).not_to_contain_text("Sub stream: ")
    wait_until_it_moves(page, ".tile[data-camera=yard] .picture")
    with live.product.client() as client:
        assert {(one.camera, one.stream) for one in client.gaps().cameras if one.stream is StreamKind.SUB} == set()
