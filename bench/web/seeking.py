"""How long it takes until the picture of a second of a day is on the screen."""

import random
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.clip import FRAMES_PER_S
from bench.errors import BenchError
from bench.report import rows_to_table
from bench.web.day import BAR_HEIGHT, DAY_S, SEGMENT_S, SEGMENTS, WIDTH, Day, make_day
from bench.web.figures import percentile
from bench.web.numbered_pictures import BITS
from bench.web.serving import Gstnvr
from gstnvr.model.clock import NS_PER_S

_SEEKS = 100
_WITHIN_MS = 30_000
_NOON_S = 43_200
_WANTED_MS = 300

_SEEK = f"""async ({{ clock, second, within }}) => {{
  const video = document.querySelector("video");
  const field = document.querySelector("input[name=clock]");
  const frame = 1 / {FRAMES_PER_S};
  field.value = clock;
  const began = performance.now();
  const shown = await new Promise((resolve) => {{
    const timer = window.setTimeout(() => resolve(null), within);
    const look = (_, {{ mediaTime }}) => {{
      const late = second - (mediaTime % {DAY_S});
      if (late < -0.002 || late > frame - 0.002) return video.requestVideoFrameCallback(look);
      window.clearTimeout(timer);
      resolve(performance.now());
    }};
    video.requestVideoFrameCallback(look);
    field.form.requestSubmit();
  }});
  if (shown === null) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, {BAR_HEIGHT}];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const row = context.getImageData(0, {BAR_HEIGHT // 2}, canvas.width, 1).data;
  const bar = {WIDTH // BITS};
  const bits = Array.from({{ length: {BITS} }}, (_, bit) => row[4 * (bar * bit + bar / 2)] > 128);
  return {{ waited: shown - began, number: bits.reduce((sum, on, bit) => sum + (on ? 1 << bit : 0), 0) }};
}}"""


@dataclass(frozen=True, slots=True)
class Seek:
    """To one second of the day."""

    second: int
    waited_ms: float
    """From the order to when its picture was handed to the screen."""


def seeking(folder: Path, quick: bool) -> str:
    """Seek to random seconds of a day, one after the other; a table.

    Raises:
        BenchError: a picture did not come, or was another one.
    """
    print("making a day of recordings", flush=True)
    day = make_day(folder)
    with page_of_day(folder, day) as page:
        seconds = random.Random(1).sample(range(DAY_S), 10 if quick else _SEEKS)
        return _table([seek(page, second) for second in seconds])


@contextmanager
def page_of_day(folder: Path, day: Day) -> Iterator[Page]:
    """The page of recordings, at noon of the day, with its picture."""
    camera = {"id": day.camera, "enabled": False, "main": {"url": "rtsp://127.0.0.1/none"}}
    storage = {"volumes": [{"path": str(day.volume)}], "min_free_mb": 1}
    settings = {"storage": storage, "cameras": [camera], "database": {"backup": {"every_h": 0}}}
    with Gstnvr(folder, settings).running() as gstnvr, gstnvr.page() as page:
        noon = datetime.fromtimestamp(day.start // NS_PER_S + _NOON_S, UTC)
        page.goto(f"/recordings/{day.camera}?t={noon:%Y-%m-%dT%H:%M:%SZ}")
        page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
        yield page


def seek(page: Page, second: int) -> Seek:
    """Have the page show a second of its day.

    Raises:
        BenchError: its picture did not come, or was another one.
    """
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    asked = {"clock": clock, "second": second, "within": _WITHIN_MS}
    found: Any = page.evaluate(_SEEK, asked)
    if found is None:
        raise BenchError(f"no picture of {clock} within {_WITHIN_MS / 1000:g} s")
    wanted = second % SEGMENT_S * FRAMES_PER_S
    if found["number"] != wanted:
        raise BenchError(f"at {clock} picture {found['number']} of the minute was shown and not {wanted}")
    return Seek(second, found["waited"])


def _table(seeks: Sequence[Seek]) -> str:
    waits = [seek.waited_ms for seek in seeks]
    rows = [
        ("seeks", "p50", "p95", "longest", "wanted"),
        (
            str(len(waits)),
            f"{statistics.median(waits):.0f} ms",
            f"{percentile(waits, 95):.0f} ms",
            f"{max(waits):.0f} ms",
            f"p95 {_WANTED_MS} ms",
        ),
    ]
    return f"{SEGMENTS:,} segments, every picture that was shown had the right number.\n\n{rows_to_table(rows)}"
