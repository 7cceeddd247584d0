"""Two real volumes, a real recorder, the device of one lost for good: the other holds every picture and sound."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.container.scan import scan_file
from gstnvr.ipc.messages import SegmentOpened, SegmentTakenOver
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.faulty_volumes import FaultyVolume, LoopVolume, LostDeviceVolume, prepared
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from tests.rig.outage import Camera, volume_spec
from tests.rig.recorder_under_test import Ledger, RecorderUnderTest, stream_spec

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.gst, pytest.mark.timeout(300)]

ORDINARY_GAPS = {GapCause.CONNECTING, GapCause.SHUTDOWN}
SETTINGS = RecordingSettings(segment_s=4, sync_interval_s=1)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one recorder process."""

    ledger: Ledger
    taken_over: int
    """Segments that went on in their second file."""
    left: FaultyVolume
    log: str


async def lose_one(
    place: Path, lost: FaultyVolume, left: FaultyVolume, cameras: Mapping[str, Camera], order: int
) -> Result:
    """Record to both; one is lost in the middle of the second segment."""
    specs = [stream_spec(camera.name, camera.url) for camera in cameras.values()]
    volumes = [lost, left] if order == 0 else [left, lost]
    async with RecorderUnderTest(place) as recorder:
        await recorder.configure(
            specs, [volume_spec(volume) for volume in volumes], SETTINGS, policy=VolumePolicy.MIRROR
        )
        await recorder.wait_for_phase(RecordingPhase.RECORDING, 60)
        await recorder.wait_for_segments(2, 60)
        await recorder.wait_for("second files", lambda: len(recorder.ledger.mirrors) >= 2 * len(cameras), 60)
        await asyncio.sleep(1)
        await asyncio.to_thread(lost.fail)
        await recorder.wait_for("the fault being noticed", lambda: recorder.volumes[order].fault is not None, 20)
        assert all(seen[-1].status.recording is RecordingPhase.RECORDING for seen in recorder.statuses.values())
        opened = max(len(recorder.heard(SegmentOpened, camera.stream)) for camera in cameras.values())
        await recorder.wait_for_segments(opened + 1, 60)
        await recorder.shutdown()
        assert await recorder.exit_code() == 0
        taken_over = sum(isinstance(one.body, SegmentTakenOver) for one in recorder.events)
        return Result(recorder.ledger, taken_over, left, recorder.log)


@pytest.fixture(scope="module")
def cameras() -> Iterator[Mapping[str, Camera]]:
    mounts = {"cam1": "pattern:360p25:h264:aac", "cam2": "pattern:360p25:h265:none"}
    with SimulatedCameras(mounts) as simulator:
        yield {name: Camera(name, simulator.url(name), simulator.control.sequence(name)) for name in mounts}


def what_is_left(result: Result, camera: Camera) -> Audit:
    """Of all segments of a camera, the files on the volume that is left, picture by picture."""
    rows = result.ledger.segments_of(camera.stream)
    return audit([RecordedFile(result.left.path / row.path, row.start) for row in rows], camera.loop)


@pytest.mark.parametrize(
    "order", [pytest.param(0, id="the first"), pytest.param(1, id="the second", marks=pytest.mark.slow)]
)
def test_the_loss_of_a_device_loses_nothing(cameras: Mapping[str, Camera], order: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        lost = stack.enter_context(prepared(LostDeviceVolume(tmp_path / "lost")))
        left = stack.enter_context(prepared(LoopVolume(tmp_path / "left")))
        result = asyncio.run(lose_one(tmp_path / "recorder", lost, left, cameras, order))
        for camera in cameras.values():
            found = what_is_left(result, camera)
            assert (found.missing, found.doubled, found.altered) == (0, 0, 0), result.log[-4000:]
            assert {gap.cause for gap in result.ledger.gaps_of(camera.stream)} <= ORDINARY_GAPS
        assert result.taken_over == (len(cameras) if order == 0 else 0)
        assert [one.reason for one in result.ledger.incidents.values()] == [Reason.IO_ERROR]
        for row in result.ledger.segments.values():
            scan = scan_file(left.path / row.path)
            assert (scan.video_units, scan.whole) == (row.frames, True), row.path
            assert row.state is SegmentState.CLOSED
