"""One of two real volumes fails under a real recorder: nothing is lost, and no stream waits for it."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.container.scan import scan_file
from gstnvr.ipc.messages import SegmentOpened
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.faulty_volumes import FaultyVolume, FuseVolume, LoopVolume, LostDeviceVolume, prepared
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.records import Incident, Segment, SegmentState
from gstnvr.model.status import RecordingPhase
from tests.rig.outage import Camera, volume_spec
from tests.rig.recorder_under_test import RecorderUnderTest, stream_spec

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.gst, pytest.mark.timeout(300)]

ORDINARY_GAPS = {GapCause.CONNECTING, GapCause.SHUTDOWN}
STEADY_WITHIN_S = 60.0
SETTINGS = RecordingSettings(segment_s=4, sync_interval_s=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault of the first of two volumes, and how it should be seen."""

    volume: Callable[[Path], FaultyVolume]
    reason: Reason


KINDS = {
    "device lost": Kind(LostDeviceVolume, Reason.IO_ERROR),
    "unmounted": Kind(LoopVolume, Reason.VOLUME_MISSING),
    "hanging": Kind(lambda place: FuseVolume(place, "all hang"), Reason.WRITE_STALLED),
}


@dataclass(frozen=True, slots=True)
class Result:
    """Of one recorder process."""

    audits: Mapping[str, Audit]
    causes: frozenset[GapCause]
    incidents: tuple[Incident, ...]
    segments: tuple[Segment, ...]
    files: Mapping[str, Path]
    """Roots of the volumes."""
    slowest_s: float
    """From the fault until the last stream had a new segment."""
    longest_silence_s: float
    log: str

    def path(self, segment: Segment) -> Path:
        return self.files[segment.volume] / segment.path


async def record_over_failure(
    place: Path, volumes: tuple[FaultyVolume, FaultyVolume], cameras: Mapping[str, Camera], outage_s: float = 3
) -> Result:
    """Record to both in turn; the first one fails and comes back."""
    specs = [stream_spec(camera.name, camera.url) for camera in cameras.values()]
    async with RecorderUnderTest(place) as recorder:
        spaces = [volume_spec(volume) for volume in volumes]
        await recorder.configure(specs, spaces, SETTINGS, policy=VolumePolicy.ROUND_ROBIN)
        await recorder.wait_for_phase(RecordingPhase.RECORDING, STEADY_WITHIN_S)
        await asyncio.sleep(4)
        await asyncio.to_thread(volumes[0].fail)
        began = asyncio.get_running_loop().time()
        await recorder.wait_for("the fault being noticed", lambda: recorder.volumes[0].fault is not None, 20)
        elsewhere = volumes[1].uuid

        def all_elsewhere() -> bool:
            return all(seen[-1].status.volume == elsewhere for seen in recorder.statuses.values())

        await recorder.wait_for("all streams on the other volume", all_elsewhere, 30)
        slowest_s = asyncio.get_running_loop().time() - began
        await asyncio.sleep(outage_s)
        await asyncio.to_thread(volumes[0].mend)
        await recorder.wait_for("the volume", lambda: recorder.volumes[0].fault is None, 10)
        opened = max(len(recorder.heard(SegmentOpened, camera.stream)) for camera in cameras.values())
        await recorder.wait_for_segments(opened + 2, 60)
        await recorder.shutdown()
        assert await recorder.exit_code() == 0
        return await asyncio.to_thread(_draw_up, recorder, volumes, cameras, slowest_s)


def _draw_up(
    recorder: RecorderUnderTest,
    volumes: tuple[FaultyVolume, FaultyVolume],
    cameras: Mapping[str, Camera],
    slowest_s: float,
) -> Result:
    roots = {volume.uuid: volume.path for volume in volumes}
    ledger = recorder.ledger
    audits = {}
    for camera in cameras.values():
        rows = ledger.segments_of(camera.stream)
        audits[camera.name] = audit(
            [RecordedFile(roots[row.volume] / row.path, row.start) for row in rows], camera.loop
        )
    gaps = [gap for camera in cameras.values() for gap in ledger.gaps_of(camera.stream)]
    ages = [seen.status.statistics.last_frame_age_s for all_ in recorder.statuses.values() for seen in all_[3:]]
    return Result(
        audits=audits,
        causes=frozenset(gap.cause for gap in gaps),
        incidents=tuple(ledger.incidents.values()),
        segments=tuple(ledger.segments.values()),
        files=roots,
        slowest_s=slowest_s,
        longest_silence_s=max(age for age in ages if age is not None),
        log=recorder.log,
    )


def check(result: Result, reason: Reason) -> None:
    """Nothing lost, doubled or altered; rows and files agree; one incident."""
    for one in result.audits.values():
        assert (one.missing, one.doubled, one.altered) == (0, 0, 0), result.log[-4000:]
    assert result.causes <= ORDINARY_GAPS
    assert [one.reason for one in result.incidents] == [reason]
    assert result.incidents[0].recovered is not None
    assert {one.state for one in result.segments} == {SegmentState.CLOSED}
    for row in result.segments:
        found = scan_file(result.path(row))
        assert (found.video_units, found.size, found.whole) == (row.frames, row.size, True), row.path
    on_disk = {path for root in result.files.values() for path in root.rglob("*.m[pk][4v]")}
    assert on_disk == {result.path(row) for row in result.segments}
    rows = sorted(result.segments, key=lambda row: (row.stream, row.start))
    pairs = [pair for pair in itertools.pairwise(rows) if pair[0].stream == pair[1].stream]
    assert all(before.end == after.start for before, after in pairs)


@pytest.fixture(scope="module")
def cameras() -> Iterator[Mapping[str, Camera]]:
    mounts = {"cam1": "pattern:360p25:h264:aac", "cam2": "pattern:360p25:h265:none"}
    with SimulatedCameras(mounts) as simulator:
        yield {name: Camera(name, simulator.url(name), simulator.control.sequence(name)) for name in mounts}


async def side_by_side(
    place: Path, pairs: Mapping[str, tuple[FaultyVolume, FaultyVolume]], cameras: Mapping[str, Camera]
) -> dict[str, Result]:
    """All kinds at once."""
    jobs = (record_over_failure(place / name, volumes, cameras) for name, volumes in pairs.items())
    return dict(zip(pairs, await asyncio.gather(*jobs), strict=True))


@pytest.fixture(scope="module")
def results(
    cameras: Mapping[str, Camera], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Result]]:
    """Of each kind; the volumes are there still."""
    place = tmp_path_factory.mktemp("volumes")
    with ExitStack() as stack:
        pairs: dict[str, tuple[FaultyVolume, FaultyVolume]] = {
            name: (
                stack.enter_context(prepared(kind.volume(place / f"{name} first"))),
                stack.enter_context(prepared(LoopVolume(place / f"{name} second"))),
            )
            for name, kind in KINDS.items()
        }
        yield asyncio.run(side_by_side(place, pairs, cameras))


@pytest.mark.parametrize("name", KINDS)
def test_one_of_two_volumes_may_fail(name: str, results: dict[str, Result]) -> None:
    check(results[name], KINDS[name].reason)
    assert results[name].longest_silence_s < 1, "the source does not notice"


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_one_of_two_volumes_may_fail_under_sixteen_cameras(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    mounts = {f"cam{number}": "pattern:180p10:h264:aac" for number in range(16)}
    with ExitStack() as stack:
        simulator = stack.enter_context(SimulatedCameras(mounts))
        cameras = {
            camera: Camera(camera, simulator.url(camera), simulator.control.sequence(camera)) for camera in mounts
        }
        first = stack.enter_context(prepared(kind.volume(tmp_path / "first")))
        second = stack.enter_context(prepared(LoopVolume(tmp_path / "second", image_bytes=1 << 29)))
        result = asyncio.run(record_over_failure(tmp_path / "recorder", (first, second), cameras, outage_s=20))
        check(result, kind.reason)
