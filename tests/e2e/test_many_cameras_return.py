"""Many cameras that come back together are connected a few at a time, and all of them soon."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import Priority
from gstnvr.model.clock import NS_PER_S
from tests.rig.video_files import make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

COUNT = 64
LIMIT = 8
ALL_BACK_WITHIN_S = 20.0
NAMES = [f"cam{number:02}" for number in range(COUNT)]
LOW, HIGH = NAMES[0::4], NAMES[3::4]


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[SimulatedCameras]:
    clip = str(make_video(tmp_path / "light.mp4", seconds=4, fps=5))
    with SimulatedCameras(dict.fromkeys(NAMES, clip)) as running:
        yield running


@pytest.fixture
def product(tmp_path: Path, cameras: SimulatedCameras) -> Iterator[Product]:
    """Two recorders, which must share the limit."""
    sections = {
        "session": {"healthy_after_s": 2},
        "recorder": {"streams_per_process": COUNT // 2, "max_concurrent_connects": LIMIT},
    }
    product = Product(tmp_path, {name: cameras.url(name) for name in NAMES}, sections)
    for name in LOW:
        product.settings.cameras[name]["priority"] = Priority.LOW.value
    for name in HIGH:
        product.settings.cameras[name]["priority"] = Priority.HIGH.value
    product.write_settings()
    with product:
        yield product


def recorded_since(product: Product, moment: float) -> dict[str, float]:
    """By camera: seconds from a moment, by the wall clock, to the first segment after it."""
    with product.index() as index:
        starts = [(segment.stream.camera, segment.start / NS_PER_S - moment) for segment in index.segments()]
    return {camera: after for camera, after in reversed(starts) if after > 0}


def wait_for_all(product: Product, moment: float) -> dict[str, float]:
    product.wait_for("all cameras are recorded again", lambda: len(recorded_since(product, moment)) == COUNT)
    return recorded_since(product, moment)


def check_return(
    product: Product,
    cameras: SimulatedCameras,
    fail: Callable[[], object],
    mend: Callable[[], object],
    away_s: float,
) -> None:
    product.wait_until_recording()
    time.sleep(4)  # long enough to be healthy
    cameras.control.status()
    fail()
    time.sleep(away_s)
    mend()
    back = wait_for_all(product, time.time())
    figures = f"median {median(back.values()):.1f} s, worst {max(back.values()):.1f} s"
    assert max(back.values()) < ALL_BACK_WITHIN_S, figures
    assert cameras.control.status().most_setting_up <= LIMIT, figures
    assert product.stop() == 0
    assert "Traceback" not in product.log


def test_many_cameras_start_together_and_return_after_a_power_cut(
    product: Product, cameras: SimulatedCameras
) -> None:
    started = time.time()
    product.wait_until_recording()
    first = wait_for_all(product, started)
    assert 2 <= cameras.control.status().most_setting_up <= LIMIT
    assert median(first[name] for name in HIGH) < median(first[name] for name in LOW)
    check_return(product, cameras, cameras.kill, cameras.restart, away_s=3)


@pytest.mark.slow
def test_many_cameras_that_froze_are_back_soon(product: Product, cameras: SimulatedCameras) -> None:
    def send(number: signal.Signals) -> None:
        os.kill(cameras.pid, number)

    check_return(product, cameras, lambda: send(signal.SIGSTOP), lambda: send(signal.SIGCONT), away_s=20)
