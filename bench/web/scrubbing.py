"""How many pictures a second are seen while somebody drags along the time line of a day."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FloatRect, Page

from bench.errors import BenchError
from bench.report import rows_to_table
from bench.web.day import SEGMENTS, make_day
from bench.web.seeking import page_of_day

_WANTED_PER_S = 10
_MOVE_EVERY_S = 1 / 60
_FIRST_WITHIN_MS = 30_000
_AWAY_PX = 5
"""From the edges of the time line."""

_WATCH = """() => {
  window.seen = [];
  const look = (now) => {
    const thumbnail = document.querySelector(".thumbnail");
    const picture = thumbnail?.querySelector("img");
    if (picture?.complete && picture.naturalWidth > 0 && window.seen.at(-1)?.taken !== thumbnail.dataset.taken)
      window.seen.push({ taken: thumbnail.dataset.taken, now });
    window.watching = requestAnimationFrame(look);
  };
  window.watching = requestAnimationFrame(look);
}"""
_SEEN = """() => {
  cancelAnimationFrame(window.watching);
  return window.seen.map(({ now }) => now);
}"""


@dataclass(frozen=True, slots=True)
class Scrub:
    """Once along the day."""

    way: str
    took_s: float
    pictures: int
    longest_wait_ms: float
    """Between two pictures."""

    @property
    def per_s(self) -> float:
        return self.pictures / self.took_s


def scrubbing(folder: Path, quick: bool) -> str:
    """Drag along a day which nobody has looked at yet, faster and slower, and once more; a table.

    Raises:
        BenchError: there were no pictures.
    """
    print("making a day of recordings", flush=True)
    day = make_day(folder)
    with page_of_day(folder, day) as page:
        line = page.get_by_role("slider", name="Time line of the day").bounding_box()
        if line is None:
            raise BenchError("the page of recordings has no time line")
        ways = (
            [("dragged", 5.0)] if quick else [("dragged", 20.0), ("dragged quickly", 5.0), ("pointed along", 20.0)]
        )
        first_s = _first(page, line)
        return _table(first_s, [_scrub(page, line, *way) for way in ways])


def _first(page: Page, line: FloatRect) -> float:
    """How long the first picture of all takes, for which a process is started."""
    began = time.monotonic()
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + _AWAY_PX)
    page.locator(".thumbnail").wait_for(timeout=_FIRST_WITHIN_MS)
    return time.monotonic() - began


def _scrub(page: Page, line: FloatRect, way: str, seconds: float) -> Scrub:
    print(f"{way} along the day in {seconds:g} s", flush=True)
    left, width = line["x"] + _AWAY_PX, line["width"] - 2 * _AWAY_PX
    height = line["y"] + _AWAY_PX
    page.mouse.move(left, height)
    if way != "pointed along":
        page.mouse.down()
    page.evaluate(_WATCH)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        page.mouse.move(left + width * passed / seconds, height)
        time.sleep(_MOVE_EVERY_S)
    seen: Sequence[float] = page.evaluate(_SEEN)
    page.mouse.up()
    if len(seen) < 2:
        raise BenchError("there were no thumbnails while the pointer moved along the day")
    waits = [after - before for before, after in itertools.pairwise(seen)]
    return Scrub(f"{way}, {seconds:g} s", time.monotonic() - began, len(seen), max(waits))


def _table(first_s: float, scrubs: Sequence[Scrub]) -> str:
    rows = [
        ("along the day", "pictures", "a second", "longest wait", "wanted"),
        *(
            (
                scrub.way,
                str(scrub.pictures),
                f"{scrub.per_s:.1f}",
                f"{scrub.longest_wait_ms:.0f} ms",
                f"{_WANTED_PER_S} a second",
            )
            for scrub in scrubs
        ),
    ]
    heading = f"{SEGMENTS:,} segments. The first thumbnail of all took {first_s:.1f} s."
    return f"{heading}\n\n{rows_to_table(rows)}"
