"""Every page in a real browser, over a real gstnvr: without complaints, in both languages, usable by everybody."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

TITLES = {
    "/cameras": {"en": "Cameras", "ko": "카메라"},
    "/cameras/front": {"en": "Front", "ko": "Front"},
    "/recordings/front": {"en": "Recordings", "ko": "녹화 영상"},
    "/exports": {"en": "Exports", "ko": "내보내기"},
    "/incidents": {"en": "Incidents", "ko": "장애"},
    "/storage": {"en": "Storage", "ko": "저장소"},
    "/logs": {"en": "Logs", "ko": "로그"},
    "/diagnostics": {"en": "Diagnostics", "ko": "진단"},
    "/about": {"en": "About", "ko": "정보"},
    "/settings": {"en": "Settings", "ko": "설정"},
    "/settings/cameras": {"en": "Set up cameras", "ko": "카메라 설정"},
    "/settings/cameras/new": {"en": "Add camera", "ko": "카메라 추가"},
    "/cameras/front/settings": {"en": "Settings of front", "ko": "front 설정"},
    "/settings/users": {"en": "Users", "ko": "사용자"},
    "/settings/audit": {"en": "Audit log", "ko": "감사 기록"},
    "/account": {"en": "My account", "ko": "내 계정"},
    "/welcome": {"en": "First steps", "ko": "시작 안내"},
}
STILL_ENGLISH = re.compile(r"\b(the|of|is|Loading|Recording|Camera|Incident|Storage|since)\b")

_OUR_TEXTS = """() => {
  // A clone in this document would fetch what its videos show.
  const copy = new DOMParser().parseFromString(document.body.outerHTML, "text/html").body;
  for (const one of copy.querySelectorAll("[lang=en], option, script, noscript")) one.remove();
  return copy.textContent;
}"""


def loaded(page: Page, path: str, language: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[path][language])
    expect(page.get_by_text(re.compile("Loading…|불러오는 중…"))).to_have_count(0)


@pytest.mark.parametrize(("language", "dark", "phone"), [("en", True, False), ("ko", False, True)])
def test_pages_load_and_are_accessible(
    visit: Visit, recorder: Recorder, language: str, dark: bool, phone: bool
) -> None:
    visitor = visit(language=language, dark=dark, phone=phone)
    for path in TITLES:
        loaded(visitor.page, path, language)
        assert visitor.axe() == [], path
        width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{path} is wider than the screen: {width}"
        assert visitor.page.locator("html").get_attribute("lang") == language
        if language == "ko":
            texts = visitor.page.evaluate(_OUR_TEXTS).replace(str(recorder.folder), "")
            assert STILL_ENGLISH.findall(texts) == [], (path, texts)


def test_grid_tells_how_cameras_do(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    page.goto("/")
    tile = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Yard"))
    expect(tile).to_contain_text("Connected")
    expect(tile).to_contain_text(re.compile(r"\d+\.\d fps · \d\.\d Mbps · 320x180"))
    recorder.cameras.control.do("silent", camera="yard", seconds=8)
    expect(tile).to_contain_text(re.compile(r"Reconnecting|Connecting"))
    expect(tile).to_contain_text("Pictures stopped")
    expect(page.get_by_text("1 needs attention")).to_be_visible()
    expect(tile).to_contain_text("Connected")
    tile.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Yard")
    expect(page.get_by_role("figure", name="Frames a second")).to_be_visible()


def test_what_was_chosen_is_remembered(visit: Visit) -> None:
    page = visit(dark=True).page
    page.goto("/about")
    page.get_by_text("Display").click()
    page.get_by_label("Time zone").select_option("Asia/Seoul")
    page.get_by_label("Appearance").select_option("light")
    page.get_by_label("Language").select_option("ko")
    expect(page.get_by_role("heading", level=1)).to_have_text("정보")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("정보")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_text("화면 설정").click()
    expect(page.get_by_label("시간대")).to_have_value("Asia/Seoul")


def test_pages_can_be_used_with_the_keyboard(visit: Visit) -> None:
    page = visit().page
    loaded(page, "/cameras", "en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    storage = page.get_by_role("link", name="Storage")
    for _ in range(10):
        page.keyboard.press("Tab")
        if storage.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Storage")
    expect(storage).to_have_attribute("aria-current", "page")


def test_an_address_that_is_not_there(visit: Visit) -> None:
    page = visit().page
    page.goto("/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="To the cameras").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cameras")


def test_incidents_are_counted_and_lead_to_the_recording(visit: Visit) -> None:
    page = visit().page
    page.goto("/incidents")
    page.get_by_label("Camera").select_option("front")
    row = page.get_by_role("row").filter(has_text="Pictures stopped").first
    expect(row).to_be_visible()
    expect(page.get_by_role("heading", name="By type")).to_be_visible()
    expect(page.get_by_text(re.compile("Connection: Pictures stopped"))).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Incident")
    page.get_by_role("link", name="Recording of that time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recordings")
