"""Playing what was recorded: the time line says the truth, and the picture is that of the moment asked for."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gstnvr.client.models import Segment
from tests.rig.counted_video import BAR, BITS, FPS, HEIGHT, first_number, number_of
from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

_READ_PICTURE = f"""() => {{
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const row = context.getImageData(0, {HEIGHT // 2}, canvas.width, 1).data;
  return Array.from({{ length: {BITS} }}, (_, bit) => row[4 * ({BAR} * bit + {BAR // 2})]);
}}"""


def shown(page: Page) -> int:
    """Number of the picture on the screen."""
    return number_of(page.evaluate(_READ_PICTURE))


def wait_for_picture(page: Page, number: int) -> None:
    page.wait_for_function(
        f"""wanted => {{
          const video = document.querySelector("video");
          if (video === null || video.videoWidth === 0 || video.seeking || video.readyState < 2) return false;
          return ({_READ_PICTURE})().every((light, bit) => (light > 128) === ((wanted >> bit) % 2 === 1));
        }}""",
        arg=number,
    )


def at(segment: Segment, picture: int) -> str:
    """A moment in the middle of the time for which a picture of a segment is shown, as addresses have it."""
    moment = segment.start + timedelta(seconds=(picture + 0.5) / FPS)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def file_of(recorder: Recorder, segment: Segment) -> Path:
    return recorder.volume / segment.path


def state(page: Page) -> Any:
    return page.evaluate("({...document.querySelector('.playback .picture').dataset})")


@pytest.mark.parametrize("picture", [0, 4, 13, 19])
def test_a_moment_shows_its_picture(visit: Visit, recorder: Recorder, picture: int) -> None:
    segment = recorder.segments("front")[1]
    page = visit().page
    page.goto(f"/recordings/front?t={at(segment, picture)}")
    wait_for_picture(page, first_number(file_of(recorder, segment)) + picture)


def test_steps_are_single_pictures_in_both_directions(visit: Visit, recorder: Recorder) -> None:
    segment = recorder.segments("front")[1]
    number = first_number(file_of(recorder, segment)) + 9
    page = visit().page
    page.goto(f"/recordings/front?t={at(segment, 9)}")
    wait_for_picture(page, number)
    for forward in (1, 2):
        page.get_by_role("button", name="One frame forward").click()
        wait_for_picture(page, number + forward)
    for back in (1, 0, -1):
        page.keyboard.press(",")
        wait_for_picture(page, number + back)


def test_segments_are_played_one_behind_the_other_and_gaps_are_jumped_over(
    visit: Visit, recorder: Recorder
) -> None:
    first, *_, last_before, after = _around_the_gap(recorder.segments("front"))
    missing = after.start - last_before.end
    assert missing > timedelta(seconds=2)
    page = visit().page
    page.goto(f"/recordings/front?t={at(first, 5)}")
    wait_for_picture(page, first_number(file_of(recorder, first)) + 5)
    page.get_by_label("Speed").select_option("2")
    page.keyboard.press("Space")
    page.wait_for_function(
        "end => Number(document.querySelector('.playback .picture').dataset.time) > end",
        arg=after.start.timestamp() * 1000 + 500,
    )
    expect(page.get_by_text(re.compile(r"Skipped .+ without a recording: Network"))).to_be_visible()
    page.keyboard.press("Space")
    dropped = page.evaluate("document.querySelector('video').error")
    assert dropped is None
    number = shown(page)
    offset = (float(state(page)["time"]) / 1000 - after.start.timestamp()) * FPS
    assert abs(number - first_number(file_of(recorder, after)) - offset) <= 1.5


def _around_the_gap(segments: list[Segment]) -> list[Segment]:
    """The segments up to the silence, and the one after it."""
    gap = next(
        number
        for number in range(1, len(segments))
        if (segments[number].start - segments[number - 1].end).seconds >= 2
    )
    assert gap >= 2
    return segments[: gap + 1]


def test_the_last_pictures_before_a_gap_are_shown(visit: Visit, recorder: Recorder) -> None:
    *_, before, after = _around_the_gap(recorder.segments("front"))
    last = round((before.end - before.start).total_seconds() * FPS) - 1
    number = first_number(file_of(recorder, before)) + last
    page = visit().page
    page.goto(f"/recordings/front?t={at(before, last)}")
    wait_for_picture(page, number)
    page.keyboard.press(".")
    wait_for_picture(page, first_number(file_of(recorder, after)))
    page.keyboard.press(",")
    wait_for_picture(page, number)


def test_skips_go_to_events(visit: Visit, recorder: Recorder) -> None:
    first, *_, after = _around_the_gap(recorder.segments("front"))
    page = visit().page
    page.goto(f"/recordings/front?t={at(first, 2)}")
    wait_for_picture(page, first_number(file_of(recorder, first)) + 2)
    page.wait_for_selector(".timeline [data-what=gap]", state="attached")
    behind = after.start.timestamp() * 1000
    for _ in range(5):
        page.get_by_role("button", name="To the next event").click()
        page.wait_for_function("() => document.querySelector('.playback .picture').dataset.loading === 'false'")
        if float(state(page)["time"]) >= behind:
            break
    wait_for_picture(page, first_number(file_of(recorder, after)))
    page.keyboard.press("E")
    page.wait_for_function(
        "behind => Number(document.querySelector('.playback .picture').dataset.time) < behind", arg=behind
    )


def test_the_time_line_has_what_was_recorded_and_why_not(visit: Visit, recorder: Recorder) -> None:
    *_, before, after = _around_the_gap(recorder.segments("front"))
    middle = before.end + (after.start - before.end) / 2
    page = visit().page
    page.goto(f"/recordings/front?t={at(before, 5)}")
    line = page.get_by_role("slider", name="Time line of the day")
    expect(line.locator("[data-what=recorded]")).not_to_have_count(0)
    for _ in range(7):
        page.get_by_role("button", name="Zoom in").click()
    expect(line.locator("[data-what=gap]")).not_to_have_count(0)
    box = line.locator("[data-what=gap]").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(line.get_by_text(re.compile(r"Missing \(\d.* s\) · Network"))).to_be_visible()
    expect(line.locator("[data-what=incident]")).not_to_have_count(0)
    assert box["width"] > 3, middle


def test_a_click_on_the_time_line_seeks(visit: Visit, recorder: Recorder) -> None:
    segment = recorder.segments("front")[0]
    page = visit().page
    page.goto(f"/recordings/front?t={at(segment, 2)}")
    number = first_number(file_of(recorder, segment)) + 2
    wait_for_picture(page, number)
    line = page.get_by_role("slider", name="Time line of the day")
    for _ in range(7):
        page.get_by_role("button", name="Zoom in").click()
    head = line.locator(".playhead").bounding_box()
    assert head is not None
    before = float(state(page)["time"])
    page.mouse.click(head["x"] + 20, head["y"] + head["height"] / 2)
    page.wait_for_function(
        "before => Number(document.querySelector('.playback .picture').dataset.time) > before", arg=before
    )
    moved = (float(state(page)["time"]) - before) / 1000
    assert 1 < moved < 4
    line.press("ArrowLeft")
    page.wait_for_function(
        "now => Number(document.querySelector('.playback .picture').dataset.time) < now", arg=before + 1000 * moved
    )


def test_the_end_that_grows_is_played(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    page.goto("/recordings/front")
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    page.get_by_role("button", name="Play").click()
    newest = recorder.segments("front")[-1]
    page.wait_for_function(
        "end => Number(document.querySelector('.playback .picture').dataset.time) > end",
        arg=(newest.end + timedelta(seconds=2)).timestamp() * 1000,
    )


def test_a_codec_that_the_browser_does_not_know_is_named(visit: Visit, recorder: Recorder) -> None:
    visitor = visit()
    page = visitor.page
    page.add_init_script("MediaSource.isTypeSupported = () => false")
    page.goto(f"/recordings/front?t={at(recorder.segments('front')[0], 2)}")
    expect(page.get_by_text("This browser cannot play H.264")).to_be_visible()
