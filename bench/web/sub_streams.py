"""What sub streams save: the CPU that a browser takes for a grid."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from bench.report import rows_to_table
from bench.web.clock_clip import MAIN, SUB
from bench.web.live_world import WITHIN_MS, running
from tests.rig.browser import running_browser

TILES = 4


def sub_streams(folder: Path, quick: bool) -> str:
    """What a browser spends on a small grid with and without sub streams; a table.

    Raises:
        BenchError: something that is needed is not there.
    """
    found: dict[bool, float] = {}
    for with_sub in (False, True):
        print(f"{TILES} cameras {'with' if with_sub else 'without'} sub streams", flush=True)
        home = folder / ("sub" if with_sub else "main")
        home.mkdir()
        sub = SUB if with_sub else None
        with (
            running(home, TILES, MAIN, sub) as world,
            _own_browser() as (browser, processes),
            world.page(browser, "webrtc") as page,
        ):
            page.goto("/cameras")
            page.locator(".tile .picture[data-live=playing]").nth(TILES - 1).wait_for(timeout=WITHIN_MS)
            time.sleep(2)
            found[with_sub] = _cpu_share(processes, 4 if quick else 20)
    rows = [
        (f"grid of {TILES}, CPU of the browser", "share of a core", "less by", "wanted"),
        ("main streams, 1920x1080", f"{100 * found[False]:.0f} %", "", ""),
        (
            "sub streams, 640x360",
            f"{100 * found[True]:.0f} %",
            f"{100 * (1 - found[True] / found[False]):.0f} %",
            "30 %",
        ),
    ]
    return rows_to_table(rows)


@contextmanager
def _own_browser() -> Iterator[tuple[Browser, list[psutil.Process]]]:
    """A browser, and what was started for it."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    with running_browser() as browser:
        browser.new_page().close()
        started = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
        yield browser, [one for one in started if "chrom" in one.name()][:1]


def _cpu_share(processes: Sequence[psutil.Process], seconds: float) -> float:
    """Cores that a process and all that it started take."""
    before, began = _cpu_s(processes), time.monotonic()
    time.sleep(seconds)
    return (_cpu_s(processes) - before) / (time.monotonic() - began)


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    family = [one for process in processes for one in (process, *process.children(recursive=True))]
    return sum(sum(one.cpu_times()[:2]) for one in family)
