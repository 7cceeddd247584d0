"""How old live pictures are when they are shown, how soon the first one is, and how soon they are back."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.errors import BenchError
from bench.report import rows_to_table
from bench.web.clock_clip import BAR_SHARE, FRAMES_PER_S, LENGTH_S, SUB
from bench.web.figures import percentile
from bench.web.live_world import WITHIN_MS, LiveWorld, running
from bench.web.numbered_pictures import BITS
from tests.rig.browser import running_browser

TILES = 16
_WANTED_MS = {"webrtc": 150, "mse": 400}
_FIRST_WANTED_MS = 500
_LONG_TASK_MS = 100
_BACK_WANTED_S = 5
_NAMES = {"webrtc": "WebRTC", "mse": "WebSocket"}

_LATENCIES = f"""async ({{ seconds, every }}) => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [{BITS} * 10, 1];
  const context = canvas.getContext("2d", {{ willReadFrequently: true }});
  const toUtc = Date.now() - performance.now();
  const found = [];
  const read = (video) => {{
    const middle = video.videoHeight / {BAR_SHARE} / 2;
    context.drawImage(video, 0, middle, video.videoWidth, 1, 0, 0, canvas.width, 1);
    const row = context.getImageData(0, 0, canvas.width, 1).data;
    return Array.from({{ length: {BITS} }}, (_, bit) => row[4 * (10 * bit + 5)] > 128)
      .reduce((sum, on, bit) => sum + (on ? 1 << bit : 0), 0);
  }};
  const end = performance.now() + seconds * 1000;
  const videos = [...document.querySelectorAll(".tile video")];
  await Promise.all(videos.map((video, place) => new Promise((done) => {{
    let due = performance.now() + (every / videos.length) * place;
    const look = (now, {{ expectedDisplayTime }}) => {{
      if (now > end) return done();
      if (now >= due) {{
        due = now + every;
        const sent = (read(video) * 1000) / {FRAMES_PER_S};
        const late = (toUtc + expectedDisplayTime - sent) % {LENGTH_S * 1000};
        found.push(late > {LENGTH_S * 500} ? late - {LENGTH_S * 1000} : late);
      }}
      video.requestVideoFrameCallback(look);
    }};
    video.requestVideoFrameCallback(look);
    window.setTimeout(done, seconds * 1000 + 5000);
  }})));
  return found;
}}"""

_FIRST_PICTURES = """async ({ link, count }) => {
  const began = performance.now();
  link.click();
  let pictures = [];
  while (pictures.length < count) {
    await new Promise((next) => requestAnimationFrame(next));
    pictures = [...document.querySelectorAll(".picture")];
  }
  const firstOf = (picture) => new Promise((done) => {
    const known = new Set();
    let shown = false;
    const look = () => {
      for (const video of picture.querySelectorAll("video")) {
        if (known.has(video)) continue;
        known.add(video);
        video.requestVideoFrameCallback((now) => {
          shown = true;
          done(now - began);
        });
      }
      if (!shown) requestAnimationFrame(look);
    };
    look();
  });
  return Promise.all(pictures.map(firstOf));
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one way of showing a grid came to."""

    latencies_ms: Sequence[float]
    first_ms: Sequence[float]
    """Of the picture of one camera, whose page was opened from the grid."""
    grid_ms: Sequence[float]
    """Of all pictures of the grid, which was opened from another page."""
    long_tasks_ms: Sequence[float]
    """Of the page with the grid, from when it was loaded."""
    back_s: float
    """From when gstnvr answered after a restart until state and all pictures were those of now."""


def live(folder: Path, quick: bool) -> str:
    """Watch a grid both ways; a table.

    Raises:
        BenchError: pictures did not come.
    """
    print("making videos with a clock", flush=True)
    tiles = 4 if quick else TILES
    with running(folder, tiles, SUB, None) as world, running_browser() as browser:
        seen = {way: _watch(world, browser, way, tiles, quick) for way in _WANTED_MS}
    return _table(tiles, seen)


def _watch(world: LiveWorld, browser: Browser, way: str, tiles: int, quick: bool) -> Seen:
    print(f"{tiles} cameras over {_NAMES[way]}", flush=True)
    with world.page(browser, way) as page:
        page.goto("/cameras")
        wait_for_pictures(page, way, tiles)
        time.sleep(3 if quick else 15)
        long_tasks = page.evaluate("window.longTasks")
        latencies = page.evaluate(_LATENCIES, {"seconds": 4 if quick else 30, "every": 500})
        if not latencies:
            raise BenchError(f"no pictures over {_NAMES[way]} were shown")
        first, grid = _first_pictures(page, tiles, 2 if quick else 10)
        wait_for_pictures(page, way, tiles)
        back_s = _restart(world, page, way, tiles)
    return Seen(latencies, first, grid, long_tasks, back_s)


def wait_for_pictures(page: Page, way: str, tiles: int) -> None:
    """All of a grid are shown, and this way."""
    page.wait_for_function(
        f"() => document.querySelectorAll('.tile .picture[data-way={way}]').length === {tiles}", timeout=WITHIN_MS
    )


def _first_pictures(page: Page, tiles: int, times: int) -> tuple[list[float], list[float]]:
    """Of a camera, and of the whole grid, by turns; the page ends on the grid."""
    first, grid = [], []
    for number in range(times):
        page.wait_for_timeout(500)
        camera = page.locator(".tile h2 a").nth(number % tiles).element_handle()
        first += page.evaluate(_FIRST_PICTURES, {"link": camera, "count": 1})
        page.get_by_role("link", name="About").click()
        page.wait_for_timeout(500)
        home = page.get_by_role("link", name="Cameras", exact=True).element_handle()
        grid += page.evaluate(_FIRST_PICTURES, {"link": home, "count": tiles})
    return first, grid


def _restart(world: LiveWorld, page: Page, way: str, tiles: int) -> float:
    world.product.kill_supervisor()
    page.get_by_text("No connection to gstnvr").wait_for()
    world.product.start()
    world.product.wait_for("it answers", lambda: _answers(page))
    began = time.monotonic()
    page.get_by_text("No connection to gstnvr").wait_for(state="hidden")
    wait_for_pictures(page, way, tiles)
    return time.monotonic() - began


def _answers(page: Page) -> bool:
    return bool(page.evaluate("fetch('/api/v1/me').then(({ ok }) => ok, () => false)"))


def _table(tiles: int, seen: dict[str, Seen]) -> str:
    ways = list(seen.items())
    rows = [
        (f"{tiles} tiles of 640x360, 25 pictures a second", *(_NAMES[way] for way, _ in ways), "wanted"),
        ("pictures looked at", *(str(len(one.latencies_ms)) for _, one in ways), ""),
        (
            "age when shown, p50",
            *(f"{statistics.median(one.latencies_ms):.0f} ms" for _, one in ways),
            " / ".join(f"{_WANTED_MS[way]} ms" for way, _ in ways),
        ),
        ("age when shown, p95", *(f"{percentile(one.latencies_ms, 95):.0f} ms" for _, one in ways), ""),
        (
            "first picture of one camera, p50",
            *(f"{statistics.median(one.first_ms):.0f} ms" for _, one in ways),
            f"{_FIRST_WANTED_MS} ms",
        ),
        ("first picture of one camera, longest", *(f"{max(one.first_ms):.0f} ms" for _, one in ways), ""),
        ("first pictures of the grid, p95", *(f"{percentile(one.grid_ms, 95):.0f} ms" for _, one in ways), ""),
        (
            "longest task of the page",
            *(f"{max(one.long_tasks_ms, default=0):.0f} ms" for _, one in ways),
            f"{_LONG_TASK_MS} ms",
        ),
        (
            "back after the supervisor was killed and answers again",
            *(f"{one.back_s:.1f} s" for _, one in ways),
            f"{_BACK_WANTED_S} s",
        ),
    ]
    return rows_to_table(rows)
