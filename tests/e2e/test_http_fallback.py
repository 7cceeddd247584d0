"""RTSP fails: recording goes on over HTTP, and goes back when RTSP works again; every second is accounted for."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.container.scan import scan_file
from gstnvr.lab.audit import Audit
from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason
from gstnvr.model.records import Gap, Incident, Segment, SegmentState
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

CAMERA = "door"
SOURCES = {CAMERA: "pattern:180p10", f"{CAMERA}/http": "pattern:180p5:mjpeg"}
SESSION = SessionSettings(
    healthy_after_s=2.0,
    quick_retry_s=10,
    fallback_after_attempts=2,
    fallback_return_s=1,
    reconnect_delay_s=1,
    reconnect_jitter=False,
)
SETTINGS = RecordingSettings(segment_s=600, sync_interval_s=0.5)
FRAME_S = 0.2
FALLS_BACK_WITHIN_S = 8.0
RETURNS_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    broken: UtcNs
    mended: UtcNs
    segments: list[Segment]
    containers: list[Container | None]
    gaps: list[Gap]
    incidents: list[Incident]
    found: Audit


def utc_now() -> UtcNs:
    return UtcNs(time.time_ns())


async def fall_back_and_return(place: Path) -> Outcome:
    async with recording_rig(place, SOURCES, http=True) as rig:
        spec = stream_spec(CAMERA, rig.cameras.url(CAMERA), SESSION)
        await rig.record([replace(spec, http_url=rig.cameras.http_url(CAMERA))], SETTINGS)
        await grows(rig, "h264", utc_now(), 2.0)
        broken = utc_now()
        await asyncio.to_thread(rig.cameras.control.do, "refuse", "*", "rtsp")
        await asyncio.to_thread(rig.cameras.control.do, "disconnect", CAMERA, "rst")
        await grows(rig, "mjpeg", broken, 3.0)
        mended = utc_now()
        await asyncio.to_thread(rig.cameras.control.clear, "*", "refuse")
        await grows(rig, "h264", mended, 2.0)
        await rig.recorder.shutdown()
        segments = rig.recorder.ledger.segments_of(main_stream(CAMERA))
        return Outcome(
            broken,
            mended,
            segments,
            [scan_file(file.path).container for file in rig.files(CAMERA)],
            rig.gaps(CAMERA),
            rig.incidents(CAMERA),
            rig.audit(CAMERA, *(rig.cameras.control.sequence(mount) for mount in SOURCES)),
        )


async def grows(rig: Rig, codec: str, since: UtcNs, seconds: float) -> None:
    """Wait until the newest segment is of this codec, from then or later, and has grown by so much."""

    def grown() -> bool:
        segments = rig.recorder.ledger.segments_of(main_stream(CAMERA))
        newest = segments[-1] if segments else None
        if newest is None or newest.tracks.video_codec != codec:
            return False
        return newest.end - max(since, newest.start) > seconds * 1e9

    await rig.recorder.wait_for(f"{codec} is recorded", grown, RETURNS_WITHIN_S + 15)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    found = asyncio.run(fall_back_and_return(tmp_path_factory.mktemp("fallback")))
    for segment in found.segments:
        print(segment.path, segment.tracks.video_codec, f"{(segment.end - segment.start) / 1e9:.2f} s")
    for gap in found.gaps:
        print(f"gap {((gap.end or gap.start) - gap.start) / 1e9:.2f} s", gap.cause, gap.detail)
    for incident in found.incidents:
        print(incident)
    for hole in found.found.holes:
        print(f"hole {hole.seconds:.2f} s", hole.count)
    return found


def test_segments_are_of_the_route_that_works(outcome: Outcome) -> None:
    assert [segment.tracks.video_codec for segment in outcome.segments] == ["h264", "mjpeg", "h264"]
    assert outcome.containers == [Container.MP4, Container.MKV, Container.MP4]
    assert [Path(segment.path).suffix for segment in outcome.segments] == [".mp4", ".mkv", ".mp4"]
    assert all(segment.state is SegmentState.CLOSED for segment in outcome.segments)
    _, over_http, again = outcome.segments
    assert (over_http.start - outcome.broken) / 1e9 < FALLS_BACK_WITHIN_S
    assert (again.start - outcome.mended) / 1e9 < RETURNS_WITHIN_S


def test_nothing_that_came_is_altered_doubled_or_left_out(outcome: Outcome) -> None:
    assert (outcome.found.doubled, outcome.found.altered) == (0, 0)
    assert sum(segment.frames for segment in outcome.segments) == outcome.found.video.units
    breaks = [(before.end, after.start) for before, after in itertools.pairwise(outcome.segments)]
    for hole in outcome.found.holes:
        end, start = min(breaks, key=lambda one: abs(one[0] - hole.start))
        assert abs(hole.start - end) / 1e9 < FRAME_S
        assert abs(hole.end - start) / 1e9 < FRAME_S


def test_the_ledger_says_what_is_missing(outcome: Outcome) -> None:
    first, *breaks, last = outcome.gaps
    assert (first.cause, last.cause, last.end) == (GapCause.CONNECTING, GapCause.SHUTDOWN, None)
    lost, *returned = breaks
    before, over_http, again = outcome.segments
    assert lost.cause is GapCause.NETWORK
    assert (lost.start, lost.end) == (before.end, over_http.start)
    if not returned:  # too short to count
        assert (again.start - over_http.end) / 1e9 < FRAME_S
    for gap in returned:
        assert (gap.cause, gap.start, gap.end) == (GapCause.SHUTDOWN, over_http.end, again.start)
    assert lost.incident == only(outcome.incidents, lambda one: one.reason in LOST).uid


LOST = (Reason.CONNECTION_LOST, Reason.CLOSED_BY_CAMERA, Reason.REFUSED)


def only(incidents: list[Incident], wanted: Callable[[Incident], bool]) -> Incident:
    (found,) = (one for one in incidents if wanted(one))
    return found


def test_a_notice_lasts_as_long_as_the_other_route_is_taken(outcome: Outcome) -> None:
    notice = only(outcome.incidents, lambda one: one.reason is Reason.FALLEN_BACK)
    _, over_http, again = outcome.segments
    assert abs(notice.started - over_http.start) / 1e9 < 1.0
    assert notice.recovered is not None
    assert over_http.end - 1e9 < notice.recovered < again.start + 1e9
    assert len(outcome.incidents) == 2


def test_the_loss_is_one_incident_that_ends_with_the_first_picture(outcome: Outcome) -> None:
    incident = only(outcome.incidents, lambda one: one.reason in LOST)
    _, over_http, _ = outcome.segments
    assert incident.fault is Fault.RTSP_NETWORK
    assert abs(incident.detected - outcome.broken) / 1e9 < 1.0
    assert incident.recovered is not None
    assert abs(incident.recovered - over_http.start) / 1e9 < 1.0
