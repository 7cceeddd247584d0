"""Whether the recording stays as the cameras sent it while viewers come and go."""

import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.report import rows_to_table
from bench.web.clock_clip import SUB
from bench.web.live_world import LiveWorld, running
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from tests.rig.browser import running_browser

CAMERAS = 4
VIEWERS = 20
_LONGEST_STAY_S = 20.0


@dataclass(slots=True)
class _Viewer:
    page: Page
    leaves_at: float


def viewers(folder: Path, quick: bool, minutes: float = 10) -> str:
    """Let viewers come and go, then compare what was recorded with what was sent; a table."""
    print("making videos with a clock", flush=True)
    cameras, most = (2, 4) if quick else (CAMERAS, VIEWERS)
    with running(folder, cameras, SUB, None) as world:
        with running_browser() as browser:
            came, pictures = _come_and_go(world, browser, most, 10.0 if quick else minutes * 60)
        world.product.stop()
        found = [_audit(world, f"cam{number:02}") for number in range(cameras)]
    rows = [
        (
            "minutes",
            "viewers at a time",
            "came in all",
            "of these saw a picture",
            "recorded",
            "missing, doubled, altered",
        ),
        (
            f"{10 / 60 if quick else minutes:.1f}",
            str(most),
            str(came),
            str(pictures),
            f"{sum(one.video.units for one in found):,} pictures of {cameras} cameras",
            ", ".join(str(sum(getattr(one, what) for one in found)) for what in ("missing", "doubled", "altered")),
        ),
    ]
    return rows_to_table(rows)


def _come_and_go(world: LiveWorld, browser: Browser, most: int, seconds: float) -> tuple[int, int]:
    """How many came, and how many of them saw a picture; half of them over each way."""
    chance = random.Random(1)
    came = pictures = 0
    with ExitStack() as stack:
        pages = [
            stack.enter_context(world.page(browser, "webrtc" if number % 2 else "mse")) for number in range(most)
        ]
        staying: list[_Viewer] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = time.monotonic()
            for viewer in [one for one in staying if one.leaves_at <= now]:
                pictures += bool(viewer.page.evaluate("document.querySelector('video')?.readyState >= 2"))
                viewer.page.goto("about:blank")
                staying.remove(viewer)
            free = [page for page in pages if page not in [viewer.page for viewer in staying]]
            if free:
                page = chance.choice(free)
                came += 1
                page.goto(chance.choice(["/cameras", "/cameras/cam00", "/cameras/cam01"]), wait_until="commit")
                staying.append(_Viewer(page, time.monotonic() + chance.uniform(0, _LONGEST_STAY_S)))
            time.sleep(chance.uniform(0, 0.5))
        pictures += sum(
            bool(viewer.page.evaluate("document.querySelector('video')?.readyState >= 2")) for viewer in staying
        )
    return came, pictures


def _audit(world: LiveWorld, camera: str) -> Audit:
    with world.product.index() as index:
        rows = index.segments(StreamId(CameraId(camera), StreamKind.MAIN))
    files = [RecordedFile(world.product.volume / row.path, row.start) for row in rows]
    return audit(files, world.cameras.control.sequence(camera))
