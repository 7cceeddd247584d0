"""Every fault of a camera is noticed in time, named right, got over by itself and accounted for."""

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.lab.audit import Audit, audit
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Gap, Incident
from tests.e2e.camera_fault_rows import LONG_LOSSES, LOSSES, Loss
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

GOP_S = 1.0
FRAME_S = 0.1
FPS = 10
SOURCES = {False: "pattern:180p10", True: "pattern:180p10:h264:aac"}
"""Without and with audio. Patterns go on while nobody watches, which tells what is missing."""
SESSION = SessionSettings(healthy_after_s=2.0, keepalive_timeout_s=3)
HEALTHY_WITHIN_S = 5.0
AFTERWARDS_S = 4.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one camera."""

    broken: UtcNs
    """When it was told to break."""
    back: UtcNs
    incidents: list[Incident]
    gaps: list[Gap]
    """But for the first connection and the end."""
    found: Audit
    starts: list[UtcNs]
    """Of all segments."""
    reconnects: int


def utc_now() -> UtcNs:
    return UtcNs(time.time_ns())


async def go_through(rig: Rig, cameras: SimulatedCameras, row: Loss) -> tuple[UtcNs, UtcNs]:
    """Break it, mend it, wait until it is recorded again; the moments of the first two."""
    name = "*" if row.own_simulator else row.name
    broken = utc_now()
    for what, value in row.orders:
        await asyncio.to_thread(cameras.control.do, what, name, value)
    await asyncio.sleep(row.back_after_s - (utc_now() - broken) / 1e9)
    await asyncio.to_thread(cameras.control.clear, name)
    back = utc_now() if row.back_after_s else broken
    recorder, stream = rig.recorder, main_stream(row.name)

    def recorded_again() -> bool:
        segments = recorder.ledger.segments_of(stream)
        return bool(segments) and segments[-1].start > broken and segments[-1].end > back + 2e9

    await recorder.wait_for(f"{row.name} is recorded again", recorded_again, row.again_within_s + 15)
    return broken, back


async def lose_and_recover(place: Path, rows: tuple[Loss, ...]) -> dict[str, Outcome]:
    """All rows side by side in one recorder."""
    sources = {row.name: SOURCES[row.audio] for row in rows if not row.own_simulator}
    with ExitStack() as stack:
        own = {
            row.name: stack.enter_context(SimulatedCameras({row.name: SOURCES[row.audio]}))
            for row in rows
            if row.own_simulator
        }
        async with recording_rig(place, sources) as rig:
            cameras = {row.name: own.get(row.name, rig.cameras) for row in rows}
            specs = [
                replace(stream_spec(row.name, cameras[row.name].url(row.name), SESSION), transport=row.transport)
                for row in rows
            ]
            await rig.record(specs, RecordingSettings(segment_s=600, sync_interval_s=0.5))
            await asyncio.sleep(HEALTHY_WITHIN_S)
            moments = await asyncio.gather(*(go_through(rig, cameras[row.name], row) for row in rows))
            await asyncio.sleep(AFTERWARDS_S)
            reconnects = {
                row.name: rig.recorder.statuses[main_stream(row.name)][-1].status.statistics.reconnects
                for row in rows
            }
            await rig.recorder.shutdown()
            return {
                row.name: outcome(rig, cameras[row.name], row.name, moment, reconnects[row.name])
                for row, moment in zip(rows, moments, strict=True)
            }


def outcome(
    rig: Rig, cameras: SimulatedCameras, name: str, moment: tuple[UtcNs, UtcNs], reconnects: int
) -> Outcome:
    files = rig.files(name)
    ends = (GapCause.CONNECTING, GapCause.SHUTDOWN)
    return Outcome(
        *moment,
        incidents=rig.incidents(name),
        gaps=[gap for gap in rig.gaps(name) if gap.cause not in ends],
        found=audit(files, cameras.control.sequence(name)),
        starts=[file.start for file in files],
        reconnects=reconnects,
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return asyncio.run(lose_and_recover(tmp_path_factory.mktemp("losses"), LOSSES))


def figures(row: Loss, outcome: Outcome) -> str:
    incident, again = outcome.incidents[0], next(start for start in outcome.starts if start > outcome.broken)
    noticed, recorded = (incident.detected - outcome.broken) / 1e9, (again - outcome.back) / 1e9
    gaps = ", ".join(f"{((gap.end or 0) - gap.start) / 1e9:6.2f} s {gap.cause}" for gap in outcome.gaps)
    lost = ", ".join(f"{hole.count} units in {hole.seconds:.2f} s" for hole in outcome.found.holes)
    return (
        f"{row.name:22} noticed {noticed:5.2f} s  {incident.reason:17} again {recorded:5.2f} s  "
        f"gap {gaps}  lost {lost}"
    )


def check(row: Loss, outcome: Outcome) -> None:
    print(figures(row, outcome))
    assert [incident.reason in row.reasons for incident in outcome.incidents] == [True]
    assert outcome.reconnects == 1
    (incident,) = outcome.incidents
    early, late = row.noticed_s
    assert early <= (incident.detected - outcome.broken) / 1e9 <= late
    again = next(start for start in outcome.starts if start > outcome.broken)
    assert (again - outcome.back) / 1e9 <= row.again_within_s
    assert incident.recovered is not None
    if not outcome.gaps:  # it was back within the length of a frame
        assert outcome.found.flawless
        return
    (gap,) = outcome.gaps
    assert (gap.cause, gap.incident) == (GapCause.NETWORK, incident.uid)
    check_hole(gap, outcome.found)


def check_hole(gap: Gap, found: Audit) -> None:
    """What the ledger says is missing is what is missing, and nothing else is."""
    assert (found.doubled, found.altered) == (0, 0)
    assert len(found.holes) <= 1
    assert gap.end is not None
    lost_s = sum(hole.count for hole in found.holes) / FPS
    assert abs((gap.end - gap.start) / 1e9 - lost_s) <= GOP_S + FRAME_S
    for hole in found.holes:
        assert abs(gap.start - hole.start) / 1e9 <= GOP_S
        assert abs(gap.end - hole.end) / 1e9 <= GOP_S


@pytest.mark.parametrize("row", LOSSES, ids=lambda row: row.name)
def test_a_camera_that_breaks_is_recorded_again(row: Loss, outcomes: dict[str, Outcome]) -> None:
    check(row, outcomes[row.name])


@pytest.fixture(scope="module")
def long_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return asyncio.run(lose_and_recover(tmp_path_factory.mktemp("long_losses"), LONG_LOSSES))


@pytest.mark.slow
@pytest.mark.parametrize("row", LONG_LOSSES, ids=lambda row: row.name)
def test_a_camera_that_is_away_for_long_is_recorded_again(row: Loss, long_outcomes: dict[str, Outcome]) -> None:
    check(row, long_outcomes[row.name])
