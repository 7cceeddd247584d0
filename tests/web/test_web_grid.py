"""The grid: sizes and pages, arranged by keyboard, mouse and finger, saved, shared, in sequence, full screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Visit
from tests.web.rig import GUEST

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


@pytest.fixture
def no_layouts_stay(visit: Visit) -> Iterator[None]:
    yield
    page = visit().page
    for layout in page.request.get("/api/v1/layouts").json()["layouts"]:
        kind = "shared-layouts" if layout["shared"] else "layouts"
        assert page.request.delete(f"/api/v1/{kind}/{layout['uid']}").ok


def opened(page: Page) -> Page:
    page.goto("/cameras")
    expect(page.get_by_role("heading", name="Yard")).to_be_visible()
    return page


def expect_order(page: Page, names: list[str]) -> None:
    expect(page.locator(".grid h2")).to_have_text(names)


def place(page: Page, number: int, name: str) -> str:
    return f"Place {number} of 2: {name}"


@pytest.mark.usefixtures("no_layouts_stay")
def test_arranged_with_the_keyboard_and_saved(visit: Visit) -> None:
    visitor = visit()
    page = opened(visitor.page)
    expect_order(page, ["Front", "Yard"])
    page.get_by_role("button", name="Arrange").click()
    assert visitor.axe() == []
    said = page.get_by_role("status").filter(has_text="Front")
    page.get_by_role("button", name=place(page, 1, "Front")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name=place(page, 2, "Yard"))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(said).to_have_text("Front picked up at place 1 of 2")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Front moved to place 2 of 2")
    expect_order(page, ["Yard", "Front"])
    page.keyboard.press("Escape")
    expect(said).to_have_text("Front put back")
    expect_order(page, ["Front", "Yard"])
    page.get_by_role("button", name=place(page, 1, "Front")).focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(said).to_have_text("Front put down at place 2 of 2")
    page.get_by_role("button", name="Save as…").click()
    assert visitor.axe() == []
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_label("Layout", exact=True)).to_have_value(re.compile("^[0-9a-f]{12}$"))
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Show this layout first").click()
    expect(page.get_by_label("Show this layout first")).to_be_checked()
    expect(page.get_by_label("Show this layout first")).to_be_enabled()
    page.get_by_role("button", name="Done").click()
    opened(page)
    expect_order(page, ["Yard", "Front"])
    (layout,) = page.request.get("/api/v1/layouts").json()["layouts"]
    assert (layout["name"], layout["tiles"], layout["shared"]) == ("Mine", ["yard", "front"], False)
    page.get_by_text("More", exact=True).click()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Delete layout").click()
    expect_order(page, ["Front", "Yard"])


def centre(page: Page, name: str) -> tuple[float, float]:
    box = page.get_by_role("button", name=name).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_arranged_with_the_mouse_and_cameras_taken_off_and_put_on(visit: Visit) -> None:
    page = opened(visit().page)
    page.get_by_role("button", name="Arrange").click()
    page.mouse.move(*centre(page, place(page, 1, "Front")))
    page.mouse.down()
    page.mouse.move(*centre(page, place(page, 2, "Yard")), steps=5)
    page.mouse.up()
    expect_order(page, ["Yard", "Front"])
    page.get_by_role("button", name="Take Yard off").click()
    expect_order(page, ["Front"])
    page.get_by_label("Camera for place 1").select_option(label="Yard")
    expect_order(page, ["Yard", "Front"])
    page.get_by_role("button", name="Discard changes").click()
    expect_order(page, ["Front", "Yard"])


def test_arranged_with_a_finger_on_a_phone_in_korean(visit: Visit) -> None:
    visitor = visit(language="ko", dark=False, phone=True)
    page = opened(visitor.page)
    page.get_by_role("button", name="배치").tap()
    assert visitor.axe() == []
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
    page.get_by_role("button", name="2개 중 1번 위치: Front").scroll_into_view_if_needed()
    touch = visitor.context.new_cdp_session(page)
    (x, y), (to_x, to_y) = (centre(page, f"2개 중 {n}번 위치: {name}") for n, name in ((1, "Front"), (2, "Yard")))
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": (y + to_y) / 2}]),
        ("touchMove", [{"x": to_x, "y": to_y}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect_order(page, ["Yard", "Front"])


@pytest.mark.usefixtures("no_layouts_stay")
def test_a_shared_layout_shows_a_viewer_his_cameras(visit: Visit) -> None:
    admin = visit().page
    body = {"name": "Entrance", "size": 2, "tiles": ["front", "yard"]}
    layout = admin.request.post("/api/v1/shared-layouts", data=body).json()
    page = visit(user=GUEST).page
    page.goto(f"/cameras?layout={layout['uid']}")
    expect_order(page, ["Yard"])
    expect(page.locator("[data-place]")).to_have_count(4)
    expect(page.locator("[data-place='1']")).to_contain_text("Yard")
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_label("Show this layout first")).to_be_visible()
    expect(page.get_by_role("button", name="Delete layout")).to_have_count(0)
    page.get_by_label("Size").select_option("1")
    expect(page.get_by_role("button", name="Save as…")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def test_pages_and_a_sequence_that_waits_for_whoever_uses_the_page(visit: Visit) -> None:
    page = opened(visit().page)
    page.get_by_label("Size").select_option("1")
    expect_order(page, ["Front"])
    page.get_by_role("button", name="Next page").click()
    expect_order(page, ["Yard"])
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Change every").select_option("5")
    page.get_by_label("Sequence").select_option("pages")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Sequence waits")).to_be_visible()
    expect_order(page, ["Yard"])
    page.reload()
    expect_order(page, ["Front"])
    expect_order(page, ["Yard"])


def test_full_screen_of_the_grid_and_of_a_picture(visit: Visit) -> None:
    page = opened(visit().page)
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement?.matches('.grid')")
    sizes = page.evaluate("[document.fullscreenElement.scrollHeight, window.innerHeight]")
    assert sizes[0] <= sizes[1], "all pictures are on the screen at once"
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("document.fullscreenElement === null")
    page.get_by_role("button", name="Yard on the full screen").click()
    page.wait_for_function("document.fullscreenElement?.textContent.includes('Yard')")
    assert page.evaluate("document.fullscreenElement.matches('.tile')")
    page.get_by_role("button", name="Yard on the full screen").click()
    page.wait_for_function("document.fullscreenElement === null")


def test_figures_are_shown_or_not_and_arrow_keys_lead_through_the_grid(visit: Visit) -> None:
    page = opened(visit().page)
    figures = page.get_by_text(re.compile(r"^\d+\.\d fps · \d\.\d Mbps · 320x180$"))
    expect(figures).to_have_count(1)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Figures on the pictures").uncheck()
    expect(figures).to_have_count(0)
    page.reload()
    page.get_by_role("link", name="Open Front").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Open Yard")).to_be_focused()
    expect(figures).to_have_count(0)
