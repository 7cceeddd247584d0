"""Pictures over the time line while one points at it: the right ones, also by keyboard, none in a gap."""

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from gstnvr.client.models import Segment
from tests.rig.counted_video import BAR, BITS, FPS, HEIGHT, first_number, number_of
from tests.rig.waiting import wait_until
from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

NEAREST = 8
"""So many clicks show two minutes."""
AT_PIXEL = 200
"""There the moment asked for is then."""
_READ = f"""img => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(img, 0, 0);
  const row = context.getImageData(0, {HEIGHT // 2}, canvas.width, 1).data;
  return Array.from({{ length: {BITS} }}, (_, bit) => row[4 * ({BAR} * bit + {BAR // 2})]);
}}"""
_COLLECT = """() => {
  window.seen = [];
  const look = () => {
    const taken = document.querySelector(".thumbnail")?.dataset.taken;
    if (taken !== undefined && window.seen.at(-1) !== taken) window.seen.push(taken);
  };
  new MutationObserver(look).observe(document.querySelector(".timeline"),
    { subtree: true, childList: true, attributes: true });
}"""


def open_line(page: Page, segment: Segment) -> Locator:
    """The time line, so near that a second has some pixels."""
    moment = segment.start.strftime("%Y-%m-%dT%H:%M:%S.500Z")
    page.goto(f"/recordings/front?t={moment}")
    line = page.get_by_role("slider", name="Time line of the day")
    expect(line.locator(".playhead")).to_have_count(1)
    for _ in range(NEAREST):
        page.get_by_role("button", name="Zoom in").click()
    whole, head = box_of(line), line.locator(".playhead")
    page.mouse.move(whole["x"] + whole["width"] / 2, whole["y"] + 5)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, box_of(head)["x"] - whole["x"] - AT_PIXEL)
    page.keyboard.up("Shift")
    page.wait_for_function(
        "([head, place]) => Math.abs(head.getBoundingClientRect().x - place) < 20",
        arg=[head.element_handle(), whole["x"] + AT_PIXEL],
    )
    return line


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def number_shown(page: Page) -> tuple[int, int]:
    """Number in the thumbnail, and when it was taken, in milliseconds."""
    picture = page.locator(".thumbnail")
    picture.locator("img").evaluate("img => img.decode()")
    brightness: list[float] = picture.locator("img").evaluate(_READ)
    return number_of(brightness), int(picture.get_attribute("data-taken") or "")


def test_a_page_has_the_first_one_ready(visit: Visit) -> None:
    page = visit().page
    with page.expect_response("**/thumbnail?*") as answered:
        page.goto("/recordings/front")
    assert (answered.value.status, answered.value.headers["content-type"]) == (200, "image/jpeg")
    expect(page.locator(".thumbnail")).to_have_count(0)


def test_the_thumbnail_is_the_picture_of_where_one_points(visit: Visit, recorder: Recorder) -> None:
    segments = recorder.segments("front")
    page = visit().page
    line = open_line(page, segments[0])
    recorded = box_of(line.locator("[data-what=recorded]").first)
    page.mouse.move(recorded["x"] + 4, recorded["y"] + 5)
    expect(page.locator(".thumbnail img")).to_be_visible()
    number, taken = number_shown(page)
    within = next(one for one in segments if one.start.timestamp() <= taken / 1000 < one.end.timestamp())
    pictures = round((taken / 1000 - within.start.timestamp()) * FPS)
    assert number == first_number(recorder.volume / within.path) + pictures
    page.mouse.move(recorded["x"] + 4, recorded["y"] + 400)
    expect(page.locator(".thumbnail")).to_have_count(0)


def drag_over(page: Page, recorded: FloatRect) -> list[int]:
    """When the pictures were taken that were seen on the way, in the order in which they were."""
    y = recorded["y"] + 5
    page.mouse.move(recorded["x"] + 2, recorded["y"] + 400)
    expect(page.locator(".thumbnail")).to_have_count(0)
    page.evaluate("window.seen = []")
    page.mouse.move(recorded["x"] + 2, y)
    page.mouse.down()
    for place in range(2, int(recorded["width"])):
        page.mouse.move(recorded["x"] + place, y)
        page.wait_for_timeout(20)
    expect(page.locator(".thumbnail")).to_be_visible()
    page.mouse.up()
    seen: list[str] = page.evaluate("window.seen")
    return [int(taken) for taken in seen]


def test_dragging_shows_one_picture_after_the_other(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    line = open_line(page, recorder.segments("front")[0])
    recorded = box_of(line.locator("[data-what=recorded]").first)
    page.evaluate(_COLLECT)
    drags: list[list[int]] = []

    def enough() -> bool:
        """Where a machine is too slow for all of them the first time, the second time they are there already."""
        drags.append(drag_over(page, recorded))
        return len(drags[-1]) >= 4

    wait_until(enough, "four pictures on the way")
    assert all(seen == sorted(set(seen)) for seen in drags)


def test_where_nothing_was_recorded_there_is_no_picture(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    line = open_line(page, recorder.segments("front")[0])
    gap = box_of(line.locator("[data-what=gap]").first)
    recorded = box_of(line.locator("[data-what=recorded]").first)
    page.mouse.move(recorded["x"] + 4, recorded["y"] + 5)
    expect(page.locator(".thumbnail")).to_be_visible()
    page.mouse.move(gap["x"] + gap["width"] / 2, gap["y"] + 5)
    expect(page.locator(".thumbnail")).to_have_count(0)


def test_keys_show_pictures_too(visit: Visit, recorder: Recorder) -> None:
    visitor = visit()
    page = visitor.page
    segments = recorder.segments("front")
    line = open_line(page, segments[-1])
    line.focus()
    line.press("ArrowLeft")
    note = page.locator(".timeline-note")
    expect(note).to_be_visible()
    line.press("ArrowRight")
    expect(page.locator(".thumbnail img")).to_be_visible()
    assert visitor.axe() == []
    line.press("Escape")
    expect(note).to_have_count(0)
    line.press("ArrowLeft")
    expect(note).to_be_visible()
    page.keyboard.press("Tab")
    expect(note).to_have_count(0)
