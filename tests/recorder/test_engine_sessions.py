"""What the loss of a camera does to its recording, to its gaps and to the other cameras."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecorderSettings
from gstnvr.ipc.messages import Configure, OutageChanged, SegmentOpened
from gstnvr.media.messages import ErrorDomain, FramesDropped, PipelineError, ResourceCode, Role
from gstnvr.model.choices import Priority
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.recorder.sessions.slots import LONGEST_HOLD_S
from gstnvr.testing.media import FakeCamera, fake_audio
from tests.rig.engine_rig import QUICK, EngineRig, play


async def recording(rig: EngineRig, pictures: int = 15) -> None:
    await rig.until(lambda: rig.segments() and len(rig.numbers()) >= pictures, "some fragments")


async def again(rig: EngineRig) -> None:
    files = len(rig.segments())
    await rig.until(lambda: len(rig.segments()) > files and rig.numbers_in(rig.segments()[-1]), "another file")


def test_a_camera_that_closes_the_connection_costs_a_gap_with_its_cause(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await recording(rig)
        camera.close()
        await rig.until(lambda: len(rig.closed()) == 1, "the end of the file")
        await again(rig)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    before, after = rig.closed()
    _, gap, _ = rig.gaps()
    assert (gap.start, gap.end, gap.cause) == (before.end, after.start, GapCause.NETWORK)
    (incident,) = rig.incidents()
    assert (incident.fault, incident.reason) == (Fault.RTSP_NETWORK, Reason.CLOSED_BY_CAMERA)
    assert gap.incident == incident.uid
    assert incident.recovered is not None
    assert incident.attempts == 1
    first, second = (rig.numbers_in(segment) for segment in (before, after))
    assert second[0] > first[-1]
    missing = (second[0] - first[-1] - 1) / 10
    assert (after.start - before.end) / NS_PER_S == pytest.approx(missing, abs=0.35), "two ticks and a bit"


def test_a_camera_that_goes_silent_is_noticed_by_its_frames(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await recording(rig)
        camera.mute = True
        await rig.until(lambda: rig.status().session is SessionPhase.BACKING_OFF, "the stall being noticed")
        camera.mute = False
        await again(rig)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    (incident,) = rig.incidents()
    assert incident.reason is Reason.VIDEO_STALLED
    assert (incident.detected - incident.started) / NS_PER_S == pytest.approx(2.0, abs=0.5)
    before, after = rig.closed()
    gap = rig.gaps()[1]
    assert (gap.start, gap.end) == (before.end, after.start), (
        "the gap begins with the last picture, not with the stall"
    )


def test_a_blip_shorter_than_the_limit_loses_nothing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await recording(rig)
        camera.late = True
        await rig.until(lambda: (rig.status().statistics.last_frame_age_s or 0.0) > 1.2, "a blip")
        camera.late = False
        await recording(rig, 60)
        assert rig.status().generation == 1

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    assert rig.incidents() == []
    assert len(rig.closed()) == 1


async def pause(rig: EngineRig, camera: FakeCamera, pictures: int) -> None:
    """The camera stays connected and sends nothing, for less than makes a stall of it."""
    await recording(rig, pictures)
    camera.mute = True
    await rig.until(lambda: (rig.status().statistics.last_frame_age_s or 0.0) > 1.2, "a pause")
    camera.mute = False


def pause_in(rig: EngineRig) -> tuple[int, float]:
    """Number of the last picture before it, and its seconds."""
    numbers = rig.numbers()
    [(before, after)] = [(one, other) for one, other in itertools.pairwise(numbers) if other != one + 1]
    return numbers.index(before) + 1, (after - before - 1) / 10


def test_a_pause_of_the_camera_is_a_gap_within_the_segment(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await pause(rig, camera, 15)
        await recording(rig, 40)
        assert rig.status().generation == 1

    rig = play(tmp_path, story)
    rig.check_closed_files()
    (segment,) = rig.closed()
    _, gap, _ = rig.gaps()
    recorded, paused_s = pause_in(rig)
    assert gap.cause is GapCause.NO_PICTURES
    assert gap.end is not None
    assert (gap.end - gap.start) / NS_PER_S == pytest.approx(paused_s, abs=0.001)
    assert (gap.start - segment.start) / NS_PER_S == pytest.approx(recorded / 10, abs=0.001)


def test_a_segment_that_a_pause_follows_ends_with_its_last_picture(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        camera.key_every = 1
        await rig.configure(segment_s=2)
        await pause(rig, camera, 15)
        await rig.until_closed(2)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    recorded, paused_s = pause_in(rig)
    before, after = rig.closed()[:2]
    assert (before.end - before.start) / NS_PER_S == pytest.approx(recorded / 10, abs=0.001)
    assert (after.start - before.end) / NS_PER_S == pytest.approx(paused_s, abs=0.001)
    assert [(gap.start, gap.end, gap.cause) for gap in rig.gaps()[1:2]] == [
        (before.end, after.start, GapCause.NO_PICTURES)
    ]


def test_the_log_tells_of_a_camera_that_stays_away_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure()
        for _ in range(2):
            await recording(rig)
            camera.refusal = PipelineError(ErrorDomain.RESOURCE, ResourceCode.NOT_FOUND, Role.SOURCE, "no")
            camera.close()
            await rig.until(lambda: rig.status().attempts >= 4, "several attempts")
            camera.refusal = None
            await again(rig)

    rig = play(tmp_path, story)
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    refused = rig.incidents()[0].message
    assert said.count(refused) == 2, "once for each time that it was away"


def test_the_first_connection_that_fails_gives_the_gap_its_cause(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        camera.refusal = PipelineError(
            ErrorDomain.RESOURCE, ResourceCode.NOT_AUTHORIZED, Role.SOURCE, "no", rtsp_status=401
        )
        await rig.configure()
        await rig.until(rig.incidents, "an incident")
        assert rig.status().recording is RecordingPhase.WAITING

    rig = play(tmp_path, story)
    first, last = rig.gaps()
    assert (first.cause, first.incident) == (GapCause.AUTHENTICATION, rig.incidents()[0].uid)
    assert (last.cause, first.end) == (GapCause.SHUTDOWN, last.start)
    assert rig.segments() == []


def test_a_probe_that_is_turned_away_builds_no_source(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.describing.refusal = 404
        rig.add()
        await rig.configure()
        await rig.until(rig.incidents, "an incident")
        assert rig.media.sources == []
        rig.describing.refusal = None
        await recording(rig)

    rig = play(tmp_path, story)
    assert rig.incidents()[0].reason is Reason.NOT_FOUND


def test_a_missing_element_is_a_fault_of_the_stream_that_needs_it(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.media.missing = "rtspsrc"
        rig.add()
        await rig.configure()
        await rig.until(rig.incidents, "an incident")
        rig.media.missing = None
        await recording(rig)

    rig = play(tmp_path, story)
    incident = rig.incidents()[0]
    assert incident.reason is Reason.MISSING_ELEMENT
    assert "rtspsrc" in incident.message


def test_sources_that_hang_wear_the_process_out(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        cameras = [rig.add("door"), rig.add("yard")]
        await rig.configure()
        await rig.until(lambda: rig.is_recording() and rig.is_recording("yard"), "both recordings")
        first, second = cameras
        first.hangs = second.hangs = True
        first.close()
        await rig.until(
            lambda: rig.status("door").generation == 2 and rig.is_recording("door"), "its next session"
        )
        assert not rig.engine.worn_out.is_set(), "one that hangs is borne"
        second.close()
        await rig.until(rig.engine.worn_out.is_set, "the process being worn out")
        first.hangs = second.hangs = False

    play(tmp_path, story)


@pytest.mark.parametrize("shift_s", [3600, -3600])
def test_a_clock_that_is_set_cuts_the_segment_and_loses_nothing(tmp_path: Path, shift_s: int) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await recording(rig)
        rig.clock.shift_ns = shift_s * NS_PER_S
        await again_by_name(rig)
        assert rig.status().generation == 1

    async def again_by_name(rig: EngineRig) -> None:
        await rig.until(lambda: len(rig.segments()) == 2, "another file")
        await rig.until(lambda: all(rig.numbers_in(segment) for segment in rig.segments()), "pictures in it")

    rig = play(tmp_path, story)
    rig.check_closed_files()
    ordered = sorted(rig.closed(), key=lambda segment: rig.numbers_in(segment)[0])
    first, second = ordered
    numbers = [number for segment in ordered for number in rig.numbers_in(segment)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert (second.start - first.start) / NS_PER_S == pytest.approx(shift_s + first.frames / 10, abs=0.5)
    assert all(before.end <= after.start for before, after in itertools.pairwise(rig.closed()))
    jumps = [(gap.start, gap.end) for gap in rig.gaps() if gap.cause is GapCause.CLOCK_JUMP]
    assert jumps == ([(first.end, second.start)] if shift_s > 0 else [])
    told = [one for one in rig.outages() if one.cause is GapCause.CLOCK_JUMP]
    assert [one.end is not None and one.end < one.start for one in told] == [shift_s < 0]
    bodies = rig.events()
    opened = [body for body in bodies if isinstance(body, SegmentOpened)]
    assert bodies.index(OutageChanged(told[0])) < bodies.index(opened[1]), "a new epoch begins before its segments"


# --- mistakes of our own ------------------------------------------------------------------------------


def test_a_mistake_with_one_camera_restarts_its_session_and_disturbs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        rig.add("yard")
        await rig.configure(segment_s=60)
        await recording(rig)
        await rig.until(lambda: rig.is_recording("yard"), "the other recording")
        camera.failure = ZeroDivisionError("a mistake")
        await rig.until(lambda: len(rig.closed()) == 1, "the end of the file")
        await again(rig)
        assert rig.status("yard").generation == 1

    rig = play(tmp_path, story)
    rig.check_closed_files()
    (incident,) = rig.incidents()
    assert (incident.fault, incident.camera) == (Fault.UNKNOWN, "door")
    assert incident.recovered is not None
    gap = rig.gaps()[1]
    assert (gap.cause, gap.incident) == (GapCause.INTERNAL, incident.uid)
    rig.check_nothing_missing("yard")
    assert len(rig.closed("yard")) == 1
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert logged.exc_info is not None
    assert logged.exc_info[0] is ZeroDivisionError


async def configure_one_at_a_time(rig: EngineRig) -> None:
    settings = RecorderSettings(tick_ms=100, max_concurrent_connects=1)
    await rig.engine.configure(Configure(list(rig.specs.values()), rig.recording, settings, [rig.volume], "info"))


def test_the_more_important_camera_is_connected_first(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        for name in ("first", "low", "normal", "high"):
            rig.add(name)
        for priority in (Priority.LOW, Priority.HIGH):
            rig.specs[priority] = replace(rig.specs[priority], priority=priority)
        await configure_one_at_a_time(rig)
        await rig.until(lambda: len(rig.media.sources) == 4, "all connections")

    rig = play(tmp_path, story)
    order = [source.spec.url.rpartition("/")[2] for source in rig.media.sources]
    assert order == ["first", "high", "normal", "low"]


def test_cameras_that_agree_to_play_and_send_nothing_hold_up_nobody(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        for number in range(8):
            rig.add(f"mute-{number}").mute = True
        rig.add("well")
        began = rig.clock.monotonic()
        await configure_one_at_a_time(rig)
        await rig.until(lambda: rig.is_recording("well"), "the recording")
        assert rig.clock.monotonic() - began < LONGEST_HOLD_S

    play(tmp_path, story)


def slow_link(tmp_path: Path, grace_s: float) -> EngineRig:
    """A link over which only pieces of frames come for 5 s, after which all of them are there."""

    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        session = QUICK.model_copy(update={"buffering_grace_s": grace_s})
        rig.specs["door"] = replace(rig.specs["door"], session=session)
        await rig.configure(segment_s=60)
        await recording(rig)
        camera.trickle = True
        ends = rig.clock.monotonic() + 5
        await rig.until(lambda: rig.clock.monotonic() > ends, "the end of the slow time")
        camera.trickle = False
        seen = len(rig.numbers())
        await rig.until(lambda: len(rig.numbers()) > seen + 20 and rig.is_recording(), "more of it")

    return play(tmp_path, story)


def test_a_slow_link_is_borne_as_long_as_the_setting_says(tmp_path: Path) -> None:
    rig = slow_link(tmp_path, 10)
    rig.check_nothing_missing()
    assert len(rig.media.sources) == 1
    (incident,) = rig.incidents()
    assert (incident.reason, incident.severity) == (Reason.SLOW_LINK, Severity.LOW)


def test_without_grace_a_slow_link_is_a_stall(tmp_path: Path) -> None:
    rig = slow_link(tmp_path, 0)
    assert len(rig.media.sources) == 2
    assert [incident.reason for incident in rig.incidents()] == [Reason.VIDEO_STALLED]


def test_sound_that_dies_is_an_incident_of_its_own_and_no_reason_to_reconnect(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add(audio=fake_audio())
        await rig.configure(segment_s=60)
        await recording(rig)
        camera.audio_mute = True
        await rig.until(rig.incidents, "the silence being noticed")
        camera.audio_mute = False
        await rig.until(lambda: rig.incidents()[0].recovered, "the sound being noticed")
        await recording(rig, len(rig.numbers()) + 5)

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    assert len(rig.media.sources) == 1
    (incident,) = rig.incidents()
    assert (incident.reason, incident.severity) == (Reason.AUDIO_STALLED, Severity.LOW)
    assert (incident.detected - incident.started) / NS_PER_S == pytest.approx(10, abs=1)


def test_dropped_frames_are_counted_and_told(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await recording(rig)
        for _ in range(10):
            camera.tell(FramesDropped(Role.SOURCE_SINK))
        assert rig.incidents() == []
        camera.tell(FramesDropped(Role.SOURCE_SINK))
        await rig.until(rig.incidents, "the incident")
        (stream,) = rig.engine._streams.values()
        assert stream.runner.frames_dropped == 11
        await recording(rig, len(rig.numbers()) + 5)

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    assert len(rig.media.sources) == 1
    (incident,) = rig.incidents()
    assert (incident.reason, incident.severity) == (Reason.FRAMES_DROPPED, Severity.LOW)
    assert incident.recovered is not None, "with the session"
