"""Several cameras played in step: the numbers in their pictures say of which moment each of them is."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from gstnvr.client.models import Segment
from tests.rig.counted_video import BAR, BITS, FPS, HEIGHT, first_number
from tests.web.rig import WAIT_S, Recorder, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

NUMBERED = ("front", "gate", "hall", "dock")
PICTURES = 900
"""After which the numbers begin anew."""
FRAME_S = 1 / FPS
IN_A_ROW = 10

_READ_PICTURES = f"""() => Object.fromEntries([...document.querySelectorAll(".playback .picture")].map((tile) => {{
  const video = tile.querySelector("video");
  if (tile.dataset.coverage !== "picture" || video.videoWidth === 0 || video.seeking || video.readyState < 2)
    return [tile.dataset.camera, null];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const row = context.getImageData(0, {HEIGHT // 2}, canvas.width, 1).data;
  const bits = Array.from({{ length: {BITS} }}, (_, bit) => row[4 * ({BAR} * bit + {BAR // 2})] > 128);
  return [tile.dataset.camera, bits.reduce((sum, on, bit) => sum + (on ? 1 << bit : 0), 0)];
}}))"""

_WATCH = f"""async (samples) => {{
  const found = [];
  while (found.length < samples) {{
    await new Promise((resolve) => requestAnimationFrame(resolve));
    found.push(({_READ_PICTURES})());
  }}
  return found;
}}"""


@dataclass(frozen=True)
class Recorded:
    """What the files hold of each camera."""

    recorder: Recorder

    @cache  # noqa: B019 - as long as the tests
    def segments(self, camera: str) -> list[Segment]:
        return self.recorder.segments(camera)

    @cache  # noqa: B019
    def first_number(self, segment: Segment) -> int:
        return first_number(self.recorder.volume / segment.path)

    def number(self, camera: str, moment: float) -> int | None:
        """Of the picture of a camera that is shown at a moment; None: there is none."""
        for one in self.segments(camera):
            if one.start.timestamp() <= moment < one.end.timestamp():
                return (self.first_number(one) + int((moment - one.start.timestamp()) * FPS)) % PICTURES
        return None

    def moment(self, camera: str, number: int, near: float) -> float:
        """When the picture was taken that has this number, the one nearest to a moment."""
        one = min(self.segments(camera), key=lambda one: abs(one.start.timestamp() - near))
        since = (number - self.first_number(one) + PICTURES // 2) % PICTURES - PICTURES // 2
        return one.start.timestamp() + since * FRAME_S

    def gap(self) -> tuple[Segment, Segment]:
        """The segments of ``front`` before and after its silence."""
        return next(
            (before, after)
            for before, after in pairwise(self.segments("front"))
            if after.start - before.end > timedelta(seconds=2)
        )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with Recorder(tmp_path_factory.mktemp("recorder"), NUMBERED).running() as running:
        yield Recorded(running)


@pytest.fixture
def page(browser: Browser, recorded: Recorded) -> Iterator[Page]:
    visitor = Visitor(browser, recorded.recorder.url)
    yield visitor.page
    problems = visitor.problems
    visitor.close()
    assert problems == []


def address(moment: float) -> str:
    return f"/recordings/front?with={','.join(NUMBERED[1:])}&t={iso(moment)}"


def iso(moment: float) -> str:
    """Whole milliseconds."""
    return datetime.fromtimestamp(round(moment, 3), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def time_of(page: Page) -> float:
    """Seconds."""
    return float(page.locator(".playback .picture").first.get_attribute("data-time") or "nan") / 1000


def wait_for_numbers(page: Page, wanted: Mapping[str, int | None]) -> None:
    page.wait_for_function(
        f"wanted => JSON.stringify(({_READ_PICTURES})()) === JSON.stringify(wanted)", arg=dict(wanted)
    )


def common_moment(recorded: Recorded) -> float:
    """A moment of which each camera has a picture, and not where one picture goes over into the next."""
    start = max(recorded.segments(camera)[0].start.timestamp() for camera in NUMBERED)
    for tries in range(1000):
        moment = start + 0.5 + tries * 0.001
        around = [[recorded.number(camera, moment + by) for camera in NUMBERED] for by in (-0.004, 0.004)]
        if None not in around[0] and around[0] == around[1]:
            return moment
    raise AssertionError("there is no such moment")


def numbers_at(recorded: Recorded, moment: float) -> dict[str, int | None]:
    return {camera: recorded.number(camera, moment) for camera in NUMBERED}


def spread(recorded: Recorded, sample: Mapping[str, int | None], near: float) -> float:
    """Seconds between the oldest and the newest of pictures that are shown at once."""
    moments = [recorded.moment(camera, number, near) for camera, number in sample.items() if number is not None]
    return max(moments) - min(moments)


def wait_until_in_step(page: Page, recorded: Recorded, *, cameras: int, rate: float) -> None:
    """Until pictures of so many cameras are less than a frame apart, each of many times one after the other.

    What goes by between two refreshes of the screen cannot be told apart.
    """
    most = FRAME_S + 0.002 + max(0.0, rate - 1) / 60
    found: list[float] = []
    samples: list[dict[str, int | None]] = []
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        samples = page.evaluate(_WATCH, IN_A_ROW)
        near = time_of(page)
        whole = [sample for sample in samples if sum(number is not None for number in sample.values()) == cameras]
        found = [spread(recorded, sample, near) for sample in whole]
        if len(found) == IN_A_ROW and max(found) <= most:
            return
    tiles = page.locator(".playback .picture").evaluate_all("tiles => tiles.map(tile => ({...tile.dataset}))")
    raise AssertionError(f"at {rate} times the speed pictures are {found} s apart; {samples} {tiles}")


def test_all_show_the_same_moment_and_are_stepped_together(page: Page, recorded: Recorded) -> None:
    moment = common_moment(recorded)
    page.goto(address(moment))
    wait_for_numbers(page, numbers_at(recorded, moment))
    front = recorded.number("front", moment)
    assert front is not None
    shown = time_of(page)
    for steps in (1, 2, 3, 2, 1):
        page.keyboard.press("." if steps > round((time_of(page) - shown) * FPS) else ",")
        middle = shown + (steps + 0.5) * FRAME_S
        wanted = numbers_at(recorded, middle)
        assert wanted["front"] == (front + steps) % PICTURES
        wait_for_numbers(page, wanted)


def test_all_play_in_step_also_where_segments_join(page: Page, recorded: Recorded) -> None:
    moment = common_moment(recorded)
    page.goto(address(moment))
    wait_for_numbers(page, numbers_at(recorded, moment))
    for rate in ("0.5", "1", "4"):
        page.get_by_label("Speed").select_option(rate)
        page.keyboard.press("Space")
        wait_until_in_step(page, recorded, cameras=len(NUMBERED), rate=float(rate))
        page.keyboard.press("Space")
        expect(page.locator(".playback .picture").first).to_have_attribute("data-playing", "false")
        wait_until_in_step(page, recorded, cameras=len(NUMBERED), rate=1)
        page.goto(address(moment))
        wait_for_numbers(page, numbers_at(recorded, moment))


def test_a_camera_that_was_not_recorded_says_why_and_comes_back(page: Page, recorded: Recorded) -> None:
    before, after = recorded.gap()
    page.goto(address(before.end.timestamp() - 0.45))
    page.wait_for_function(f"() => Object.values(({_READ_PICTURES})()).every(number => number !== null)")
    page.keyboard.press("Space")
    front = page.locator(".picture[data-camera=front]")
    expect(front.get_by_text(re.compile("No recording: Network"))).to_be_visible()
    wait_until_in_step(page, recorded, cameras=len(NUMBERED) - 1, rate=1)
    expect(front).to_have_attribute("data-coverage", "picture")
    wait_until_in_step(page, recorded, cameras=len(NUMBERED), rate=1)
    assert time_of(page) >= after.start.timestamp()


def test_the_address_holds_cameras_and_moment(page: Page, recorded: Recorded) -> None:
    moment = common_moment(recorded)
    page.goto(f"/recordings/front?t={iso(moment)}")
    page.get_by_text("With other cameras").click()
    for name in ("Gate", "Hall"):
        page.get_by_role("checkbox", name=name).check()
    page.keyboard.press("Escape")
    wanted = {camera: recorded.number(camera, moment) for camera in ("front", "gate", "hall")}
    wait_for_numbers(page, wanted)
    expect(page).to_have_url(re.compile(r"/recordings/front\?with=gate,hall&t="))
    page.reload()
    wait_for_numbers(page, wanted)
    page.get_by_role("button", name="Gate").click()
    expect(page).to_have_url(re.compile(r"/recordings/gate\?with=front,hall&t="))
    wait_for_numbers(page, {camera: wanted[camera] for camera in ("gate", "front", "hall")})
