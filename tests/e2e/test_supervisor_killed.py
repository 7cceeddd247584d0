"""The supervisor is killed: recorders go on, the next one adopts them, and whatever happened meanwhile is told."""

import random
import time
from pathlib import Path

import pytest

from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.ids import CameraId, StreamId, StreamKind

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {"h264": "pattern:180p10", "aac": "pattern:180p10:h264:aac"}
SETTINGS = {"recording": {"segment_s": 3}}
LONGEST_PAUSE_S = 2.0


def audits(product: Product, cameras: SimulatedCameras) -> dict[str, Audit]:
    found = {}
    with product.index() as index:
        for name in SOURCES:
            rows = index.segments(StreamId(CameraId(name), StreamKind.MAIN))
            files = [RecordedFile(product.volume / row.path, row.start) for row in rows]
            found[name] = audit(files, cameras.control.sequence(name))
    return found


def sessions(cameras: SimulatedCameras) -> dict[str, tuple[str, ...]]:
    """The connections that are being played to, by address and port."""
    return {name: status.clients for name, status in cameras.control.status().cameras.items()}


def end(product: Product) -> None:
    assert product.stop() == 0
    assert product.recorders() == []
    checked = product.check()
    assert checked.returncode == 0, checked.stdout + checked.stderr


def kill_and_adopt(folder: Path, times: int) -> None:
    """Kill the supervisor again and again, at random moments of its life and after random pauses."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        with Product(folder, urls, SETTINGS) as product:
            product.wait_until_recording()
            before = sessions(cameras)
            (recorder,) = [process.pid for process in product.recorders()]
            for number in range(times):
                if number % 3:  # every third one is killed while it starts
                    product.wait_until_recording()
                time.sleep(moments.uniform(0, LONGEST_PAUSE_S))
                product.kill_supervisor()
                time.sleep(moments.uniform(0, LONGEST_PAUSE_S))
                product.start()
            product.wait_until_recording()
            assert [process.pid for process in product.recorders()] == [recorder]
            assert sessions(cameras) == before
            end(product)
            for name, result in audits(product, cameras).items():
                units, missing = result.video.units + result.audio.units, result.missing
                print(f"{name}: {times} supervisors killed, {units} units recorded, {missing} missing")
                assert result.flawless
            with product.index() as index:
                causes = {gap.cause for gap in index.gaps() if gap.end is not None}
            assert causes <= {GapCause.CONNECTING}


def test_a_killed_supervisor_costs_no_frame_and_no_connection(tmp_path: Path) -> None:
    kill_and_adopt(tmp_path, 2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_killed_supervisors_cost_no_frame_and_no_connection(tmp_path: Path) -> None:
    kill_and_adopt(tmp_path, 50)


def test_a_recorder_that_dies_alone_leaves_what_it_had_to_tell(tmp_path: Path) -> None:
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        with Product(tmp_path, urls, SETTINGS) as product:
            product.wait_until_recording()
            (recorder,) = product.recorders()
            product.kill_supervisor()
            spools = tmp_path / "data" / "recorders"
            cameras.control.do("silent", camera="h264", seconds=4)
            product.wait_for(
                "the end of the fault is written down",
                lambda: any(b'"recovered":1' in path.read_bytes() for path in spools.glob("*.events")),
            )
            files = len(list((product.volume / "h264").rglob("*.mp4")))
            product.wait_for(
                "more segments are finished", lambda: len(list(product.volume.rglob("h264*.mp4"))) >= files + 2
            )
            assert product.kill_recorder() == recorder.pid
            product.start()
            product.wait_until_recording(not_by=recorder.pid)
            end(product)
            assert list(spools.glob("*.events")) == []
            with product.index() as index:
                told = [each for each in index.incidents() if each.reason is Reason.VIDEO_STALLED]
                assert len(told) == 1
                assert told[0].recovered is not None
                assert 1.5 < (told[0].detected - told[0].started) / 1e9 < 4
                gaps = index.gaps(StreamId(CameraId("h264"), StreamKind.MAIN))
            causes = [gap.cause for gap in gaps]
            assert causes.count(GapCause.NETWORK) == 1
            assert causes.count(GapCause.PROCESS_DIED) == 1
            for result in audits(product, cameras).values():
                assert (result.doubled, result.altered) == (0, 0)
