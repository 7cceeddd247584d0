"""Diagnostics in the browser: checks with what to do in both languages, the bundle read before it is saved."""

import re
import zipfile

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

FULL = {
    "ok": False,
    "checks": [
        {"name": "clock", "state": "ok", "found": "2026-11-21, synchronised", "remedy": None, "advice": ""},
        {
            "name": "volume",
            "state": "failed",
            "found": "only 3 MB free at /srv/video",
            "remedy": "make_room",
            "advice": "make room, at least 500 MB",
        },
    ],
}


def test_the_machine_is_really_checked(visit: Visit) -> None:
    page = visit().page
    page.goto("/diagnostics")
    for name in ("Clock", "Volume", "GStreamer", "Network port"):
        expect(page.locator(".checks").get_by_text(name, exact=True).first).to_be_visible(timeout=120_000)
    port = page.locator(".checks li").filter(has_text="Network port")
    expect(port).to_contain_text("is served by gstnvr")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["1 check has failed", "Make room. make room, at least 500 MB", "Failed", "Good"]),
        ("ko", ["실패 1건", "남은 공간을 확보하십시오", "볼륨", "시계", "정상"]),
    ],
)
def test_what_is_wrong_comes_first_with_what_to_do(visit: Visit, language: str, told: list[str]) -> None:
    def answer(route: Route) -> None:
        route.fulfill(json=FULL)

    visitor = visit(language=language)
    visitor.page.route("**/api/v1/diagnostics/checks", answer)
    visitor.page.goto("/diagnostics")
    expect(visitor.page.locator(".checks li").first).to_contain_text("only 3 MB free at /srv/video")
    for text in told:
        expect(visitor.page.locator("main")).to_contain_text(text)
    assert visitor.axe() == []


def shown(page: Page, name: str) -> str:
    part = page.locator("details").filter(has=page.get_by_text(name, exact=True))
    part.locator("summary").click()
    return part.locator("pre").inner_text()


def test_the_bundle_can_be_read_before_it_is_saved(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/diagnostics")
    page.get_by_role("button", name="Read what would be in it").click()
    settings = shown(page, "settings.json")
    assert "rtsp://" in settings
    assert visitor.axe() == []
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the file").click()
    assert re.fullmatch(r"gstnvr-diagnostics-\d+T\d+Z\.zip", saving.value.suggested_filename)
    with zipfile.ZipFile(saving.value.path()) as archive:
        assert archive.read("settings.json").decode().strip() == settings.strip()
        assert "log.txt" in archive.namelist()
