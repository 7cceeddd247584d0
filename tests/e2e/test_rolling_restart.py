"""Recorders are replaced while they record, and nothing is missing where cameras bear two connections."""

import time
from pathlib import Path

import pytest

from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {
    "h264": "pattern:180p10",
    "h265": "pattern:180p10:h265",
    "aac": "pattern:180p10:h264:aac",
    "pcma": "pattern:180p10:h264:pcma",
    "single": "pattern:180p10",
}
SINGLE = StreamId(CameraId("single"), StreamKind.MAIN)
"""The camera that is never connected twice."""
SETTINGS = {"recording": {"segment_s": 5}}
GOP_NS = 1_000_000_000
CONNECTED_WITHIN_NS = 1_500_000_000
"""Time for a busy machine to let go and connect again."""


def audits(product: Product, cameras: SimulatedCameras) -> dict[str, Audit]:
    found = {}
    with product.index() as index:
        for name in SOURCES:
            rows = index.segments(StreamId(CameraId(name), StreamKind.MAIN))
            files = [RecordedFile(product.volume / row.path, row.start) for row in rows]
            found[name] = audit(files, cameras.control.sequence(name))
    return found


def restart(product: Product) -> float:
    """Replace all recorders; how long it took, in seconds."""
    before = {process.pid for process in product.recorders()}
    began = time.monotonic()
    with product.client(timeout_s=10) as client:
        assert client.restart_recorders() == len(before)
        product.wait_for(
            "all are replaced", lambda: not any(recorder.being_replaced for recorder in client.recorders())
        )
    took = time.monotonic() - began
    product.wait_for("the old ones are gone", lambda: not before & {one.pid for one in product.recorders()})
    product.wait_until_recording()
    return took


def restart_and_audit(folder: Path, times: int) -> None:
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        product = Product(folder, urls, SETTINGS)
        product.settings.cameras["single"]["overlap_connections"] = False
        product.write_settings()
        with product:
            product.wait_until_recording()
            for _ in range(times):
                time.sleep(2)
                print(f"replaced within {restart(product):.1f} s")
            time.sleep(2)
            assert product.stop() == 0
            checked = product.check()
            assert checked.returncode == 0, checked.stdout + checked.stderr
            found = audits(product, cameras)
            for name, result in found.items():
                print(
                    f"{name}: {result.video.units}+{result.audio.units} units, {result.missing} missing,"
                    f" {result.doubled} doubled, holes {[round(hole.seconds, 2) for hole in result.holes]}"
                )
            single = found.pop("single")
            assert all(result.flawless for result in found.values())
            assert (single.doubled, single.altered) == (0, 0)
            assert len(single.holes) <= times
            assert all(hole.seconds * 1e9 < GOP_NS + CONNECTED_WITHIN_NS for hole in single.holes)
            with product.index() as index:
                gaps = [
                    gap for gap in index.gaps() if gap.end is not None and gap.cause is not GapCause.CONNECTING
                ]
                assert {gap.stream for gap in gaps} <= {SINGLE}
                assert {gap.cause for gap in gaps} <= {GapCause.SHUTDOWN}
                longest_unseen_ns = 200_000_000  # one picture may be missing without a gap being told
                assert len(gaps) >= sum(hole.seconds * 1e9 > longest_unseen_ns for hole in single.holes)
                assert index.incidents() == []


def test_nothing_is_missing_or_doubled_when_recorders_are_replaced(tmp_path: Path) -> None:
    restart_and_audit(tmp_path, 1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_missing_or_doubled_when_recorders_are_replaced_again_and_again(tmp_path: Path) -> None:
    restart_and_audit(tmp_path, 10)
