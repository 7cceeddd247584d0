"""The figures of a stream."""

import pytest

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.recorder.reporting.statistics import StatisticsCounter
from gstnvr.testing.media import fake_video
from tests.rig.ring_units import packet, picture


def test_figures_are_those_of_the_last_whole_second() -> None:
    counter = StatisticsCounter(100.0)
    counter.count([picture(number) for number in range(20)])
    counter.roll(100.9)
    assert counter.figures(None, 0).fps == 0
    counter.roll(101.0)
    figures = counter.figures(0.12345, 3)
    assert (figures.fps, figures.bitrate_bps) == (20.0, 20 * 100 * 8)
    assert (figures.frames, figures.bytes, figures.reconnects) == (20, 2000, 3)
    assert figures.last_frame_age_s == 0.123
    counter.roll(102.0)
    assert counter.figures(None, 0).fps == 0.0
    assert counter.figures(None, 0).frames == 20


def test_the_frame_rate_does_not_waver_with_the_batches() -> None:
    counter = StatisticsCounter(0.0)
    pictures = [picture(number, pts=number * 40_000_000) for number in range(72)]
    counter.count(pictures[:20])
    counter.roll(1.0)
    for moment, end in ((2.0, 46), (3.0, 72)):
        counter.count(pictures[:end][int(counter.figures(None, 0).frames) :])
        counter.roll(moment)
        assert counter.figures(None, 0).fps == pytest.approx(25.0)
    counter.roll(4.0)
    assert counter.figures(None, 0).fps == 0.0


def test_audio_counts_as_bytes_not_as_frames() -> None:
    counter = StatisticsCounter(0.0)
    counter.count([picture(0), packet(0), packet(1)])
    counter.roll(2.0)
    figures = counter.figures(None, 0)
    assert (figures.frames, figures.bytes) == (1, 120)
    assert figures.bitrate_bps == pytest.approx(480)
    assert (figures.video_codec, figures.audio_codec) == (VideoCodec.H264, AudioCodec.AAC)


def test_a_change_of_format_is_seen_and_a_new_session_has_none_yet() -> None:
    counter = StatisticsCounter(0.0)
    counter.count([picture(0)])
    counter.count([picture(1, form=fake_video(VideoCodec.H265, 640, 480))])
    figures = counter.figures(None, 0)
    assert (figures.video_codec, figures.width, figures.height) == (VideoCodec.H265, 640, 480)
    counter.begin_session()
    assert counter.figures(None, 0).video_codec is None


def test_means_of_a_minute_forget_what_is_older() -> None:
    counter = StatisticsCounter(0.0)
    counter.count([picture(number) for number in range(600)])
    counter.roll(1.0)
    assert counter.figures(None, 0).fps_minute == 600
    for second in range(2, 61):
        counter.count([picture(0)])
        counter.roll(float(second))
    figures = counter.figures(None, 0)
    assert (figures.fps_minute, figures.bitrate_minute_bps) == (10.98, 8787)
    counter.roll(61.0)
    figures = counter.figures(None, 0)
    assert (figures.fps_minute, figures.bitrate_minute_bps) == (0.98, 787)
