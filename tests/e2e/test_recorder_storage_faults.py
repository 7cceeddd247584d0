"""Real recorder processes on real volumes that fail: nothing lost, nothing doubled, and the ledger is right."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from _pytest.capture import CaptureManager
from _pytest.terminal import TerminalReporter

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import SegmentOpened
from gstnvr.lab.faulty_volumes import (
    DeletedVolume,
    FaultyVolume,
    FullVolume,
    FuseVolume,
    ImmutableVolume,
    LoopVolume,
    LostDeviceVolume,
    ReadOnlyVolume,
    RemountedFuseVolume,
    TemporaryVolume,
    prepared,
)
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import Fault, GapCause, Reason
from gstnvr.model.status import RecordingPhase
from tests.rig.outage import TITLE, Camera, Outage, Outcome, draw_up, record_over_outage, volume_spec
from tests.rig.recorder_under_test import RecorderUnderTest, stream_spec

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.gst, pytest.mark.timeout(180)]

OUTAGE_S = 10
BETWEEN_STARTS_S = 0.7
ORDINARY_GAPS = {GapCause.CONNECTING, GapCause.SHUTDOWN}
DISCONNECTED = Fault.STORAGE_DISCONNECTED
MOUNTS = {"cam1": "pattern:360p25:h264:aac", "cam2": "pattern:360p25:h265:none"}

RESUMED_WITHIN_S = 2.0
"""It takes less than one, as the laboratory measures, where nothing else takes the processor away."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault, and how it should be seen."""

    volume: Callable[[Path], FaultyVolume]
    fault: Fault | None
    """None: it is ridden out without an incident."""
    reason: Reason | None


KINDS = {
    "no space": Kind(FullVolume, Fault.DISK_FULL, Reason.NO_SPACE),
    "no space on tmpfs": Kind(TemporaryVolume, Fault.DISK_FULL, Reason.NO_SPACE),
    "device gone": Kind(LostDeviceVolume, DISCONNECTED, Reason.IO_ERROR),
    "read-only": Kind(ReadOnlyVolume, DISCONNECTED, Reason.READ_ONLY),
    "unmounted": Kind(LoopVolume, DISCONNECTED, Reason.VOLUME_MISSING),
    "deleted": Kind(DeletedVolume, DISCONNECTED, Reason.VOLUME_MISSING),
    "permission": Kind(ImmutableVolume, DISCONNECTED, Reason.PERMISSION),
    "FUSE error": Kind(
        lambda place: FuseVolume(place, "write EIO\nopen EIO\nfsync EIO"), DISCONNECTED, Reason.IO_ERROR
    ),
    "FUSE error at sync": Kind(lambda place: FuseVolume(place, "fsync EIO"), DISCONNECTED, Reason.IO_ERROR),
    "FUSE hang": Kind(lambda place: FuseVolume(place, "all hang"), DISCONNECTED, Reason.WRITE_STALLED),
    "FUSE slow": Kind(lambda place: FuseVolume(place, "write slow 0.3"), None, None),
    "one file of two": Kind(lambda place: ImmutableVolume(place, "cam1"), DISCONNECTED, Reason.PERMISSION),
}

_table: list[str] = []


@pytest.fixture(scope="module")
def cameras() -> Iterator[Mapping[str, Camera]]:
    with SimulatedCameras(MOUNTS) as simulator:
        yield {name: Camera(name, simulator.url(name), simulator.control.sequence(name)) for name in MOUNTS}


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print what was measured at the end."""
    yield
    plugins = request.config.pluginmanager
    capture = cast(CaptureManager | None, plugins.get_plugin("capturemanager"))
    reporter = cast(TerminalReporter | None, plugins.get_plugin("terminalreporter"))
    if capture is not None and reporter is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line("")
            for line in (TITLE, *_table):
                reporter.write_line(line)


async def side_by_side(jobs: Mapping[str, Callable[[], Awaitable[Outcome]]]) -> dict[str, Outcome]:
    """Run them at once, started one after another."""

    async def late(index: int, job: Callable[[], Awaitable[Outcome]]) -> Outcome:
        await asyncio.sleep(index * BETWEEN_STARTS_S)
        return await job()

    outcomes = await asyncio.gather(*(late(index, job) for index, job in enumerate(jobs.values())))
    _table.extend(outcome.line() for outcome in outcomes)
    return dict(zip(jobs, outcomes, strict=True))


@pytest.fixture(scope="module")
def outcomes(cameras: Mapping[str, Camera], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Of ten seconds of each kind of fault."""
    place = tmp_path_factory.mktemp("faults")
    with ExitStack() as stack:
        jobs = {}
        for name, kind in KINDS.items():
            volume = stack.enter_context(prepared(kind.volume(place / name)))
            jobs[name] = _job(name, volume, cameras, place / f"{name} recorder")
        return asyncio.run(side_by_side(jobs))


def _job(
    name: str, volume: FaultyVolume, cameras: Mapping[str, Camera], place: Path
) -> Callable[[], Awaitable[Outcome]]:
    return lambda: record_over_outage(name, volume, cameras, place, outage_s=OUTAGE_S)


def check_ledger_fits_disk(outcome: Outcome) -> None:
    assert not outcome.files_unknown
    assert not outcome.files_lost
    assert not any(balance.open_paths for balance in outcome.streams.values())


def check_flawless(outcome: Outcome) -> None:
    assert (outcome.missing, outcome.doubled, outcome.altered) == (0, 0, 0), outcome.log[-4000:]


def check_no_gap(outcome: Outcome) -> None:
    for balance in outcome.streams.values():
        assert {gap.cause for gap in balance.gaps} == ORDINARY_GAPS


def interrupted(name: str) -> list[str]:
    """Cameras that a fault of this kind interrupts."""
    if KINDS[name].fault is None:
        return []
    return ["cam1"] if name == "one file of two" else list(MOUNTS)


@pytest.mark.parametrize("name", KINDS)
def test_no_access_unit_is_lost_doubled_or_altered(name: str, outcomes: dict[str, Outcome]) -> None:
    check_flawless(outcomes[name])


@pytest.mark.parametrize("name", KINDS)
def test_frames_keep_coming_while_the_volume_fails(name: str, outcomes: dict[str, Outcome]) -> None:
    for balance in outcomes[name].streams.values():
        assert balance.longest_silence_s < 0.7
        assert abs(balance.frames_missed) <= 13


@pytest.mark.parametrize("name", KINDS)
def test_recording_goes_on_as_soon_as_the_volume_is_back(name: str, outcomes: dict[str, Outcome]) -> None:
    for camera in interrupted(name):
        resumed = outcomes[name].streams[camera].resumed_s
        assert resumed is not None
        assert resumed <= RESUMED_WITHIN_S


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_is_one_incident_with_its_reason(name: str, outcomes: dict[str, Outcome]) -> None:
    kind, incidents = KINDS[name], outcomes[name].incidents
    assert [(one.fault, one.reason) for one in incidents] == ([(kind.fault, kind.reason)] if kind.fault else [])
    assert all(one.recovered is not None and one.recovered > one.detected for one in incidents)


@pytest.mark.parametrize("name", KINDS)
def test_an_outage_without_loss_is_no_gap(name: str, outcomes: dict[str, Outcome]) -> None:
    check_no_gap(outcomes[name])


@pytest.mark.parametrize("name", KINDS)
def test_status_goes_from_recording_to_blocked_and_back(name: str, outcomes: dict[str, Outcome]) -> None:
    for camera, balance in outcomes[name].streams.items():
        phases = [phase for phase in balance.phases if phase is not RecordingPhase.WAITING]
        blocked = [RecordingPhase.BLOCKED, RecordingPhase.RECORDING] if camera in interrupted(name) else []
        assert phases == [RecordingPhase.RECORDING, *blocked]


@pytest.mark.parametrize("name", [name for name in KINDS if name != "deleted"])
def test_index_and_disk_agree_afterwards(name: str, outcomes: dict[str, Outcome]) -> None:
    check_ledger_fits_disk(outcomes[name])


def test_an_outage_longer_than_the_buffer_leaves_exactly_the_gap_that_the_ledger_tells(
    cameras: Mapping[str, Camera], tmp_path: Path
) -> None:
    settings = RecordingSettings(segment_s=4, ring_s=2, outage_buffer_s=5, sync_interval_s=1)
    with prepared(FullVolume(tmp_path / "full")) as full, prepared(LostDeviceVolume(tmp_path / "lost")) as lost:
        outcomes = asyncio.run(
            side_by_side(
                {
                    "long: no space": lambda: record_over_outage(
                        "long: no space", full, cameras, tmp_path / "r1", outage_s=14, recording=settings
                    ),
                    "long: device gone": lambda: record_over_outage(
                        "long: device gone", lost, cameras, tmp_path / "r2", outage_s=14, recording=settings
                    ),
                }
            )
        )
    for name, cause in (("long: no space", GapCause.DISK_FULL), ("long: device gone", GapCause.STORAGE)):
        check_ledger_fits_disk(outcomes[name])
        for camera, balance in outcomes[name].streams.items():
            gaps = [gap for gap in balance.gaps if gap.cause not in ORDINARY_GAPS]
            assert [gap.cause for gap in gaps] == [cause]
            assert gaps[0].end is not None
            gop_s = cameras[camera].loop.length_ns / 1e9 / sum(cameras[camera].loop.keys)
            assert len(balance.audit.holes) == 1
            assert (gaps[0].end - gaps[0].start) / 1e9 == pytest.approx(balance.audit.holes[0].seconds, abs=gop_s)
            assert 5 < balance.audit.holes[0].seconds < 14
            assert (balance.audit.doubled, balance.audit.altered) == (0, 0)


def test_faults_at_any_moment_of_a_change_of_segments_lose_nothing(
    cameras: Mapping[str, Camera], tmp_path: Path
) -> None:
    volumes = {
        "again and again: space": FullVolume(tmp_path / "full"),
        "again and again: error": FuseVolume(tmp_path / "error", "write EIO\nopen EIO\nfsync EIO"),
        "again and again: sync": FuseVolume(tmp_path / "sync", "fsync EIO"),
        "again and again: hang": FuseVolume(tmp_path / "hang", "all hang"),
        "again and again: slow": FuseVolume(tmp_path / "slow", "write slow 0.3"),
    }
    settings = RecordingSettings(segment_s=2)

    def job(name: str, outage_s: float) -> Callable[[], Awaitable[Outcome]]:
        place = tmp_path / f"{name} recorder"
        return lambda: record_over_outage(
            name,
            volumes[name],
            cameras,
            place,
            outage_s=outage_s,
            before_s=3,
            after_s=1.7,
            rounds=8,
            recording=settings,
        )

    with ExitStack() as stack:
        for volume in volumes.values():
            stack.enter_context(prepared(volume))
        jobs = {name: job(name, 0.3 + 0.4 * index) for index, name in enumerate(volumes)}
        outcomes = asyncio.run(side_by_side(jobs))
    for outcome in outcomes.values():
        check_flawless(outcome)
        check_no_gap(outcome)
        check_ledger_fits_disk(outcome)


def test_a_write_that_hung_over_a_new_mount_comes_through_without_harm(
    cameras: Mapping[str, Camera], tmp_path: Path
) -> None:
    async def story(volume: RemountedFuseVolume) -> Outcome:
        outcome = Outcome("write that comes too late")
        async with RecorderUnderTest(tmp_path / "recorder") as recorder:
            outage = Outage(volume, recorder)
            specs = [stream_spec(camera.name, camera.url) for camera in cameras.values()]
            await recorder.configure(specs, volume_spec(volume), RecordingSettings(segment_s=4))
            await recorder.wait_for_phase(RecordingPhase.RECORDING, 40)
            await asyncio.sleep(3)
            await outage.begin()
            await recorder.wait_for_phase(RecordingPhase.BLOCKED, 15)
            await outage.end()
            await recorder.wait_for_phase(RecordingPhase.RECORDING, 15)
            opened = max(len(recorder.heard(SegmentOpened, camera.stream)) for camera in cameras.values())
            await recorder.wait_for_segments(opened + 1, 15)
            volume.let_through()
            await recorder.wait_for_segments(opened + 2, 15)
            outcome.stopped_s = await recorder.shutdown()
            assert await recorder.exit_code() == 0
            draw_up(outcome, outage, cameras)
        _table.append(outcome.line())
        return outcome

    with prepared(RemountedFuseVolume(tmp_path / "volume", "all hang")) as volume:
        outcome = asyncio.run(story(volume))
    assert [one.reason for one in outcome.incidents] == [Reason.WRITE_STALLED]
    assert outcome.resumed_s is not None
    assert outcome.resumed_s < 6
    check_flawless(outcome)
    check_no_gap(outcome)
    check_ledger_fits_disk(outcome)


@pytest.mark.parametrize("order", ["all hang", "write EIO\nopen EIO\nfsync EIO"], ids=["hang", "error"])
def test_a_recorder_stops_in_time_while_its_volume_fails(
    order: str, cameras: Mapping[str, Camera], tmp_path: Path
) -> None:
    async def story(volume: FaultyVolume) -> Outcome:
        outcome = Outcome(f"stop while blocked: {order.split()[1]}")
        async with RecorderUnderTest(tmp_path / "recorder") as recorder:
            outage = Outage(volume, recorder)
            specs = [stream_spec(camera.name, camera.url) for camera in cameras.values()]
            await recorder.configure(specs, volume_spec(volume), RecordingSettings(segment_s=4))
            await recorder.wait_for_segments(2, 40)
            await outage.begin()
            await recorder.wait_for_phase(RecordingPhase.BLOCKED, 15)
            outcome.stopped_s = await recorder.shutdown()
            await outage.end()
            assert await recorder.exit_code() == 0
            draw_up(outcome, outage, cameras)
        _table.append(outcome.line())
        return outcome

    with prepared(FuseVolume(tmp_path / "volume", order)) as volume:
        outcome = asyncio.run(story(volume))
    assert outcome.stopped_s < 14
    assert (outcome.missing, outcome.doubled, outcome.altered) == (0, 0, 0)
    for balance in outcome.streams.values():
        causes = [cause for cause, _ in itertools.groupby(gap.cause for gap in balance.gaps)]
        assert causes == [GapCause.CONNECTING, GapCause.STORAGE, GapCause.SHUTDOWN]


def test_a_camera_that_drops_out_during_an_outage_has_its_own_gap(tmp_path: Path) -> None:
    async def story(simulator: SimulatedCameras, volume: FaultyVolume) -> Outcome:
        camera = Camera("cam1", simulator.url("cam1"), simulator.control.sequence("cam1"))
        outcome = Outcome("camera drops out, too")
        async with RecorderUnderTest(tmp_path / "recorder") as recorder:
            outage = Outage(volume, recorder)
            await recorder.configure(
                [stream_spec(camera.name, camera.url)], volume_spec(volume), RecordingSettings(segment_s=4)
            )
            await recorder.wait_for_segments(2, 40)
            await outage.begin()
            await recorder.wait_for_phase(RecordingPhase.BLOCKED, 15)
            await asyncio.to_thread(simulator.control.do, "disconnect", "cam1")
            await recorder.wait_for("the camera again", lambda: _generation(recorder, camera) > 1, 20)
            await asyncio.sleep(2)
            await outage.end()
            opened = len(recorder.heard(SegmentOpened, camera.stream))
            await recorder.wait_for_segments(opened + 3, 20)
            outcome.stopped_s = await recorder.shutdown()
            assert await recorder.exit_code() == 0
            draw_up(outcome, outage, {"cam1": camera})
        _table.append(outcome.line())
        return outcome

    with (
        SimulatedCameras({"cam1": MOUNTS["cam1"]}) as simulator,
        prepared(LoopVolume(tmp_path / "volume")) as volume,
    ):
        outcome = asyncio.run(story(simulator, volume))
    balance = outcome.streams["cam1"]
    check_ledger_fits_disk(outcome)
    assert [gap.cause for gap in balance.gaps] == [GapCause.CONNECTING, GapCause.NETWORK, GapCause.SHUTDOWN]
    gap = balance.gaps[1]
    assert gap.end is not None
    assert len(balance.audit.holes) == 1
    assert (gap.end - gap.start) / 1e9 == pytest.approx(balance.audit.holes[0].seconds, abs=0.3)
    assert (balance.audit.doubled, balance.audit.altered) == (0, 0)


def _generation(recorder: RecorderUnderTest, camera: Camera) -> int:
    seen = [one.status for one in recorder.statuses[camera.stream] if one.status.statistics.fps > 0]
    return seen[-1].generation if seen else 0
