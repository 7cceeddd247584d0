"""What is wrong with a camera, in the language of whoever reads it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from gstnvr.api.common.ports import LiveStream
from gstnvr.api.web import STATIC
from gstnvr.model.access import ALL_CAMERAS, Caller, Role, Via
from tests.api.rig import CONNECTED, REFUSED, World, running
from tests.web.rig import NAME, PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.xdist_group("web")]

LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
KOREAN = "카메라가 연결을 거부했습니다. 주소의 포트와 RTSP 사용 여부를 확인하세요."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = World(tmp_path_factory.mktemp("causes"))
    world.streams = [LiveStream("Yard", replace(CONNECTED, fault=REFUSED))]
    with world.index, running(world.app(web=STATIC)) as server:
        world.door.book.load()
        world.accounts.add(LOCAL, NAME, Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
        yield server.url


def test_in_english_it_is_what_the_server_says(browser: Browser, address: str) -> None:
    with contextlib.closing(Visitor(browser, address)) as visitor:
        for path in ("/cameras", "/cameras/yard"):
            visitor.page.goto(path)
            expect(visitor.page.get_by_text(REFUSED.message).first).to_be_visible()


def test_in_korean_it_is_said_in_korean_first(browser: Browser, address: str) -> None:
    with contextlib.closing(Visitor(browser, address, language="ko")) as visitor:
        visitor.page.goto("/cameras/yard")
        cause = visitor.page.locator("p.cause").first
        expect(cause).to_contain_text(KOREAN)
        expect(cause.locator("[lang=en]")).to_have_text(REFUSED.message)
        visitor.page.goto("/cameras")
        expect(visitor.page.locator(".tile-cause").first).to_have_text(f"연결 거부됨 {KOREAN}")
