"""A browser plays what the WebSocket sends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras

pytestmark = [pytest.mark.gst, pytest.mark.e2e, pytest.mark.browser]

PAGE = Path(__file__).parents[1] / "rig" / "watch.html"
WITHIN_MS = 60_000


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    sources = {"front": "pattern:360p25:h264:aac"}
    with (
        SimulatedCameras(sources) as cameras,
        Product(tmp_path, {name: cameras.url(name) for name in sources}) as product,
    ):
        product.wait_until_recording()
        yield product


def _watching(browser: Browser, product: Product) -> Page:
    """A page of gstnvr's own address, as it lets no other in."""
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{product.address}/api/v1/healthz")
    page.set_content(PAGE.read_text())
    page.evaluate("watch('/api/v1/cameras/front/streams/main/live')")
    return page


def test_the_picture_moves(browser: Browser, product: Product) -> None:
    page = _watching(browser, product)
    page.wait_for_function("video.readyState >= 3 && video.videoWidth === 640", timeout=WITHIN_MS)
    before, at = page.evaluate("[picture(), video.currentTime]")
    page.wait_for_function(
        "([before, at]) => video.currentTime > at + 1 && picture() !== before", arg=[before, at], timeout=WITHIN_MS
    )
    assert page.evaluate("seen.error") is None
    (form,) = page.evaluate("seen.messages")
    assert form["audio"]["codec"] == "aac"
