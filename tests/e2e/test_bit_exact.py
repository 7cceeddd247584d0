"""What a camera sends is what is in the files: nothing missing, nothing twice, nothing altered."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import StreamSpec
from gstnvr.model.choices import G711, Container, Transport
from gstnvr.model.records import SegmentState
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SEGMENT_S = 3
SOURCES = {
    "h264": "pattern:360p25",
    "h265": "pattern:180p15:h265",
    "aac": "pattern:180p10:h264:aac",
    "pcma": "pattern:180p10:h264:pcma",
    "udp": "pattern:180p10:h264:aac",
    "paced": "pattern:360p25",
    "opus": "pattern:180p10:h265:pcmu",
    "h265_aac": "pattern:180p15:h265:aac",
    "mjpeg_pcma": "pattern:180p5:mjpeg:pcma",
}


@dataclass(frozen=True, slots=True)
class Result:
    """Of one camera, for the table in a report."""

    camera: str
    files: int
    video_units: int
    audio_units: int
    missing: int
    doubled: int
    altered: int


def spec_for(camera: str, rig: Rig) -> StreamSpec:
    spec = replace(stream_spec(camera, rig.cameras.url(camera)), g711=G711.OPUS if camera == "opus" else G711.MKV)
    return replace(spec, transport=Transport.UDP) if camera == "udp" else spec


async def record_and_audit(rig: Rig, seconds: float, settings: RecordingSettings) -> list[Result]:
    """Record all cameras for some time, stop properly, compare."""
    cameras = list(SOURCES)
    rig.cameras.control.do("paced", camera="paced")
    await rig.record([spec_for(camera, rig) for camera in cameras], settings)
    await asyncio.sleep(seconds)
    await rig.recorder.shutdown()
    results = []
    for camera in cameras:
        segments = rig.recorder.ledger.segments_of(main_stream(camera))
        found = rig.audit(camera, audio=camera != "opus")
        assert all(segment.state is SegmentState.CLOSED for segment in segments)
        assert sum(segment.frames for segment in segments) == found.video.units
        results.append(
            Result(
                camera,
                len(segments),
                found.video.units,
                found.audio.units,
                found.missing,
                found.doubled,
                found.altered,
            )
        )
    return results


def check(results: list[Result], seconds: float, *, as_it_is: tuple[str, ...]) -> None:
    for result in results:
        print(result)
    for result in results:
        assert (result.missing, result.doubled, result.altered) == (0, 0, 0), result
        fps = int(SOURCES[result.camera].split(":")[1].split("p")[1])
        assert result.video_units >= (seconds - 1) * fps, result
        assert result.files >= (seconds - 1) // (SEGMENT_S + 1), result
        assert (result.audio_units > (seconds - 1) * 31) == (result.camera in as_it_is), result


WITH_AUDIO = ("aac", "pcma", "udp", "h265_aac", "mjpeg_pcma")


@pytest.mark.parametrize("container", Container)
def test_nothing_is_missing_doubled_or_altered(tmp_path: Path, container: Container) -> None:
    async def scenario() -> list[Result]:
        async with recording_rig(tmp_path, SOURCES) as rig:
            return await record_and_audit(rig, 15, RecordingSettings(segment_s=SEGMENT_S, container=container))

    check(asyncio.run(scenario()), 15, as_it_is=WITH_AUDIO)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_missing_doubled_or_altered_in_ten_minutes(tmp_path: Path) -> None:
    async def scenario() -> list[Result]:
        async with recording_rig(tmp_path, SOURCES) as rig:
            return await record_and_audit(rig, 600, RecordingSettings(segment_s=SEGMENT_S))

    check(asyncio.run(scenario()), 600, as_it_is=WITH_AUDIO)
