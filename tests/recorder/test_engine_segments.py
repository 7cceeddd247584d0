"""What an undisturbed recording leaves on the disk and tells of it."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind
from gstnvr.ipc.messages import SegmentClosed, SegmentGrown, SegmentOpened
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.choices import G711, Audio, Container
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.testing.media import fake_audio, fake_video
from tests.rig.engine_rig import EngineRig, play


def lengths(rig: EngineRig, name: str = "door") -> list[float]:
    return [(segment.end - segment.start) / NS_PER_S for segment in rig.closed(name)]


def test_segments_are_cut_at_key_frames_and_follow_without_a_hole(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.until_closed(3)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    closed = rig.closed()
    assert all(before.end == after.start for before, after in itertools.pairwise(closed))
    assert all(rig.numbers_in(segment)[0] % 10 == 0 for segment in closed), "each begins with a key frame"
    assert lengths(rig)[:3] == pytest.approx([2.0, 2.0, 2.0], abs=0.01)
    assert [segment.frames for segment in closed[:3]] == [20, 20, 20]
    assert rig.files() == [rig.root / segment.path for segment in closed]


def test_the_first_and_the_last_gap_frame_what_was_recorded(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    first, last = rig.gaps()
    assert (first.cause, first.end) == (GapCause.CONNECTING, rig.closed()[0].start)
    assert (last.cause, last.end) == (GapCause.SHUTDOWN, None)
    assert last.start >= rig.closed()[-1].end
    assert rig.incidents() == []


def test_events_come_in_order_and_promise_no_more_than_there_is(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=5)
        await rig.until(lambda: [e for e in rig.events() if isinstance(e, SegmentGrown)], "a sync")
        (open_segment,) = rig.segments()
        assert open_segment.state is SegmentState.OPEN
        assert open_segment.size <= (rig.root / open_segment.path).stat().st_size
        assert open_segment.end - open_segment.start <= len(rig.numbers()) * NS_PER_S // 10
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    for path in {segment.path for segment in rig.segments()}:
        mine = [
            type(event)
            for event in rig.events()
            if isinstance(event, SegmentOpened | SegmentGrown | SegmentClosed) and event.segment.path == path
        ]
        assert mine[0] is SegmentOpened
        assert mine[-1] is SegmentClosed
        assert set(mine[1:-1]) <= {SegmentGrown}


def test_the_end_of_the_process_ends_files_properly(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await rig.until(lambda: rig.numbers() and len(rig.numbers()) > 15, "some fragments")

    rig = play(tmp_path, story)
    (segment,) = rig.closed()
    rig.check_closed_files()
    assert segment.frames > 15
    assert rig.engine.status() == []


@pytest.mark.parametrize("container", [Container.MP4, Container.MKV])
@pytest.mark.parametrize("codec", [AudioCodec.AAC, AudioCodec.OPUS])
def test_audio_is_cut_with_the_video_and_none_of_it_is_lost(
    tmp_path: Path, container: Container, codec: AudioCodec
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio(codec), video=fake_video(VideoCodec.H265))
        await rig.configure(container=container)
        await rig.until_closed(3)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    audio = rig.numbers(kind=TrackKind.AUDIO)
    assert audio == list(range(audio[0], audio[0] + len(audio)))
    assert rig.closed()[0].tracks.audio_codec == codec
    assert {path.suffix for path in rig.files()} == {f".{container}"}


def test_a_change_of_format_begins_a_new_segment_and_nothing_else(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await rig.until(lambda: len(rig.numbers()) > 10 if rig.segments() else False, "a first file")
        camera.video = fake_video(VideoCodec.H264, 640, 360)
        await rig.until_closed(1)
        await rig.until(lambda: len(rig.segments()) == 2 and rig.numbers_in(rig.segments()[1]), "a second file")
        assert rig.status().generation == 1

    rig = play(tmp_path, story)
    first, second = rig.closed()
    assert first.end == second.start
    assert [(s.tracks.width, s.tracks.height) for s in (first, second)] == [(1280, 720), (640, 360)]
    rig.check_nothing_missing()


def test_announced_audio_that_never_comes_holds_nothing_up(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio(), audio_mute=True)
        await rig.configure()
        began = rig.clock.monotonic()
        await rig.until(rig.is_recording, "a recording")
        assert rig.clock.monotonic() - began < 5
        await rig.until_closed(2)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    assert {segment.tracks.audio_codec for segment in rig.closed()} == {None}


def test_audio_that_dies_in_mid_segment_leaves_the_video_whole(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add(audio=fake_audio())
        await rig.configure(segment_s=8)
        await rig.until(lambda: rig.segments() and len(rig.numbers()) > 10, "a first fragment")
        camera.audio_mute = True
        await rig.until_closed(2)
        camera.audio_mute = False
        closed = len(rig.closed())
        await rig.until_closed(closed + 2)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    codecs = [segment.tracks.audio_codec for segment in rig.closed()]
    assert codecs[0] == "aac", "the first was begun with audio"
    assert None in codecs, "one was begun without"
    assert codecs[-1] == "aac", "audio that comes back is recorded again"


def test_audio_is_left_out_by_setting(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        rig.specs["door"] = replace(rig.specs["door"], audio=Audio.OFF)
        await rig.configure()
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    assert rig.closed()[0].tracks.audio_codec is None
    assert rig.media.sources[0].spec.audio is None


def test_g711_kept_as_it_is_goes_into_matroska(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio(AudioCodec.PCMA))
        rig.specs["door"] = replace(rig.specs["door"], g711=G711.MKV)
        await rig.configure()
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    assert rig.closed()[0].tracks.audio_codec == "pcma"
    assert rig.files()[0].suffix == ".mkv"


# --- changes while it runs ----------------------------------------------------------------------------


def test_recording_is_switched_off_and_on_without_touching_the_connection_or_another_camera(
    tmp_path: Path,
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        rig.add("yard")
        await rig.configure(segment_s=60)
        await rig.until(lambda: rig.is_recording() and rig.is_recording("yard"), "both recordings")
        await rig.change("door", record=False)
        assert rig.status().recording is RecordingPhase.OFF
        assert rig.status().session is SessionPhase.STREAMING
        await rig.until(lambda: len(rig.closed()) == 1, "a proper end")
        off = rig.gaps()[-1]
        assert (off.cause, off.end) == (GapCause.SWITCHED_OFF, None)
        await rig.change("door", record=True)
        await rig.until(rig.is_recording, "the recording again")
        await rig.until(
            lambda: len(rig.segments()) == 2 and len(rig.numbers_in(rig.segments()[1])) > 5, "pictures"
        )
        assert rig.status().generation == rig.status("yard").generation == 1
        assert len(rig.segments("yard")) == 1

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing("yard")
    assert len(rig.media.sources) == 2


def test_another_segment_length_holds_for_the_segment_that_is_open(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await rig.until(rig.is_recording, "the recording")
        await rig.configure(segment_s=3)
        await rig.until_closed(2)

    rig = play(tmp_path, story)
    assert lengths(rig)[:2] == pytest.approx([3.0, 3.0], abs=0.01)
    rig.check_nothing_missing()


def test_a_camera_that_is_removed_is_ended_and_switched_off(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        rig.add("yard")
        await rig.configure()
        await rig.until(lambda: rig.is_recording() and rig.is_recording("yard"), "both recordings")
        del rig.specs["door"]
        await rig.configure()
        assert [status.stream.camera for status in rig.engine.status()] == ["yard"]
        await rig.until_closed(2, "yard")

    rig = play(tmp_path, story)
    assert all(segment.state is SegmentState.CLOSED for segment in rig.segments())
    assert (rig.gaps()[-1].cause, rig.gaps()[-1].end) == (GapCause.SWITCHED_OFF, None)
    rig.check_nothing_missing("yard")
