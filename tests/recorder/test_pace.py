"""The usual distance of frames."""

import pytest

from gstnvr.recorder.segments.pace import Pace


def test_one_frame_tells_nothing() -> None:
    pace = Pace()
    assert pace.interval_s is None
    pace.note(1, 10.0)
    assert pace.interval_s is None


def test_two_frames_at_once_are_no_slow_stream() -> None:
    pace = Pace()
    pace.note(2, 10.0)
    assert pace.interval_s == 0.0


@pytest.mark.parametrize(("count", "every_s"), [(1, 2.0), (5, 0.2), (60, 1.0)])
def test_the_distance_is_known_from_the_second_drain_on(count: int, every_s: float) -> None:
    pace = Pace()
    pace.note(1, 0.0)
    for number in range(1, 20):
        pace.note(count, number * every_s)
        assert pace.interval_s == pytest.approx(every_s / count)


def test_a_camera_that_becomes_slow_is_followed_and_a_single_pause_is_not() -> None:
    pace = Pace()
    for number in range(100):
        pace.note(5, number * 0.2)
    pace.note(1, 21.7)
    assert pace.interval_s is not None
    assert pace.interval_s < 0.6
    for number in range(20):
        pace.note(1, 23.7 + number * 2)
    assert pace.interval_s == pytest.approx(2.0, abs=0.05)
