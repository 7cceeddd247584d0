"""A browser plays what the WebSocket sends."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from gstnvr.access.local_token import read_local_token
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from tests.rig.browser import running_browser

pytestmark = [pytest.mark.gst, pytest.mark.e2e, pytest.mark.browser]

PAGE = Path(__file__).parents[1] / "rig" / "watch.html"
WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with SimulatedCameras({"front": "pattern:360p25:h264:pcmu"}) as cameras:
        product = Product(tmp_path_factory.mktemp("live"), {"front": cameras.url("front")})
        product.settings.cameras["front"]["g711"] = "opus"
        product.write_settings()
        with product:
            product.wait_until_recording()
            yield product


def _page(browser: Browser, product: Product) -> Page:
    """Of gstnvr's own address, as it lets no other in, and of somebody who has logged in."""
    page = browser.new_page(bypass_csp=True)
    api = f"{product.address}/api/v1"
    token = {"Authorization": f"Bearer {read_local_token(product.data_dir)}"}
    user = {"name": f"user-{secrets.token_hex(4)}", "password": secrets.token_hex(16)}
    added = httpx.post(
        f"{api}/users", json=user | {"role": "administrator"}, headers=token, trust_env=False, timeout=30
    )
    assert added.status_code == 201, added.text
    assert page.request.post(f"{api}/login", data=user).ok
    page.goto(f"{product.address}/api/v1/healthz")
    page.set_content(PAGE.read_text())
    return page


def _wait_until_it_moves(page: Page) -> None:
    page.wait_for_function("video.readyState >= 2 && video.videoWidth === 640", timeout=WITHIN_MS)
    before = page.evaluate("[picture(), video.currentTime]")
    moved = "([before, at]) => video.currentTime > at + 1 && picture() !== before"
    page.wait_for_function(moved, arg=before, timeout=WITHIN_MS)
    assert page.evaluate("seen.error") is None


def test_the_picture_moves(browser: Browser, product: Product) -> None:
    page = _page(browser, product)
    page.evaluate("watch('/api/v1/cameras/front/streams/main/live')")
    _wait_until_it_moves(page)
    (form,) = page.evaluate("seen.messages")
    assert form["audio"]["codec"] == "opus"


def test_the_picture_moves_over_webrtc(browser: Browser, product: Product) -> None:
    page = _page(browser, product)
    session = page.evaluate("watchByWebRtc('/api/v1/cameras/front/streams/main/whep')")
    _wait_until_it_moves(page)
    page.wait_for_function("video.srcObject.getAudioTracks().length === 1", timeout=WITHIN_MS)
    end = "path => fetch(path, { method: 'DELETE' }).then(answer => answer.status)"
    assert page.evaluate(end, session) == 204
    assert page.evaluate(end, session) == 404
