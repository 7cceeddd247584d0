"""The audit finds what is missing, doubled or altered; otherwise it would prove nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.gst.clip_reader import GstClipReader
from gstnvr.lab.audit import RecordedFile, audit
from gstnvr.media.clips import access_unit_digest, audio_unit_digest
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.simulator.control import UnitSequence
from tests.rig.video_files import make_video

pytestmark = pytest.mark.gst

START = UtcNs(1_700_000_000 * NS_PER_S)
SECONDS, FPS = 4, 10
STEP_NS = NS_PER_S // FPS


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("audit") / "video.mkv", seconds=SECONDS, fps=FPS, audio="aac")


@pytest.fixture(scope="module")
def loop(video: Path) -> UnitSequence:
    """What a camera would play that sends just this file."""
    clip = GstClipReader().read(video)
    assert clip.audio is not None
    return UnitSequence(
        video_codec=clip.video.codec,
        audio_codec=clip.audio.codec,
        length_ns=clip.length,
        video=tuple(access_unit_digest(clip.video.codec, unit.data) for unit in clip.video.units),
        keys=tuple(unit.key for unit in clip.video.units),
        audio=tuple(audio_unit_digest(unit.data[0]) for unit in clip.audio.units),
    )


def test_what_is_the_same_is_flawless(video: Path, loop: UnitSequence) -> None:
    found = audit([RecordedFile(video, START)], loop)
    assert found.flawless
    assert found.video.units == SECONDS * FPS
    assert found.audio.units == len(loop.audio)
    assert found.video.start == START
    assert found.video.end == START + SECONDS * NS_PER_S


def test_rounds_of_the_loop_follow_each_other(video: Path, loop: UnitSequence) -> None:
    files = [RecordedFile(video, UtcNs(START + number * SECONDS * NS_PER_S)) for number in range(3)]
    assert audit(files, loop, audio=False).flawless


def test_a_lost_unit_is_missing_in_its_place(video: Path, loop: UnitSequence) -> None:
    video_units = (*loop.video[:17], b"lost", *loop.video[17:])
    sent = replace(loop, video=video_units, length_ns=len(video_units) * STEP_NS)
    found = audit([RecordedFile(video, START)], sent, audio=False)
    assert (found.missing, found.doubled, found.altered) == (1, 0, 0)
    assert found.holes[0].end == START + 17 * STEP_NS


def test_lost_rounds_count(video: Path, loop: UnitSequence) -> None:
    away = 2 * SECONDS * NS_PER_S
    found = audit([RecordedFile(video, START), RecordedFile(video, UtcNs(START + away + away // 2))], loop)
    assert found.video.missing == 2 * SECONDS * FPS
    assert [hole.seconds for hole in found.holes] == [2 * SECONDS]


def test_a_unit_that_was_never_sent_is_altered(video: Path, loop: UnitSequence) -> None:
    sent = replace(loop, video=(*loop.video[:17], b"other", *loop.video[18:]))
    found = audit([RecordedFile(video, START)], sent)
    assert (found.missing, found.doubled, found.altered) == (0, 0, 1)


def test_units_that_are_recorded_twice_are_doubled(video: Path, loop: UnitSequence) -> None:
    found = audit([RecordedFile(video, START), RecordedFile(video, UtcNs(START + STEP_NS))], loop, audio=False)
    assert (found.missing, found.doubled, found.altered) == (0, SECONDS * FPS, 0)


def test_lost_sound_is_missing(video: Path, loop: UnitSequence) -> None:
    sent = replace(loop, audio=(*loop.audio[:50], b"lost", *loop.audio[50:]))
    found = audit([RecordedFile(video, START)], sent)
    assert (found.video.missing, found.audio.missing) == (0, 1)
