"""A real recorder pauses a real stream by its schedule: the files lack what the ledger says, and nothing else."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

FPS = 10
SOURCES = {"till": f"pattern:180p{FPS}:h264:aac", "yard": f"pattern:180p{FPS}"}
SETTINGS = RecordingSettings(segment_s=3)
WITHIN_S = 20.0


async def pause_and_go_on(rig: Rig) -> UtcNs:
    """Record both, pause the first for some seconds; the moment from which on it was to be recorded again."""
    till, yard = (stream_spec(camera, rig.cameras.url(camera)) for camera in SOURCES)
    recorder, stream = rig.recorder, main_stream("till")
    await rig.record([till, yard], SETTINGS)
    await recorder.wait_for_segments(2, WITHIN_S)
    await recorder.configure(
        [replace(till, record=False, off_cause=GapCause.SCHEDULE), yard], rig.volume, SETTINGS
    )
    await recorder.wait_for(
        "the pause", lambda: any(gap.cause is GapCause.SCHEDULE for gap in rig.gaps("till")), WITHIN_S
    )
    await asyncio.sleep(4)
    since = SystemClock().utc_ns()
    before = len(recorder.ledger.segments_of(stream))
    await recorder.configure([replace(till, record_since=since), yard], rig.volume, SETTINGS)
    await recorder.wait_for(
        "two files more", lambda: len(recorder.ledger.segments_of(stream)) >= before + 2, WITHIN_S
    )
    await recorder.shutdown()
    return since


def test_a_pause_costs_what_it_is_to_cost_and_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with recording_rig(tmp_path, SOURCES) as rig:
            since = await pause_and_go_on(rig)
            (pause,) = (gap for gap in rig.gaps("till") if gap.cause is GapCause.SCHEDULE)
            assert pause.end is not None
            assert since - 3 * NS_PER_S < pause.end <= since, "with the key frame in front of the moment"
            found, other = rig.audit("till"), rig.audit("yard")
            assert (found.video.doubled, found.video.altered) == (0, 0)
            assert (found.audio.doubled, found.audio.altered) == (0, 0)
            assert found.video.missing == pytest.approx((pause.end - pause.start) / NS_PER_S * FPS, abs=1.5)
            assert (other.missing, other.doubled, other.altered) == (0, 0, 0)
            segments = rig.recorder.ledger.segments_of(main_stream("till"))
            assert {segment.end for segment in segments} >= {pause.start}
            assert {segment.start for segment in segments} >= {pause.end}
            assert all(segment.state is SegmentState.CLOSED for segment in segments)
            for camera in SOURCES:
                generations = {seen.status.generation for seen in rig.recorder.statuses[main_stream(camera)]}
                assert max(generations) == 1, "nobody was connected anew"

    asyncio.run(asyncio.wait_for(scenario(), 110))
