"""The time line: small drift is slewed, a jump is told, a late burst is none."""

import pytest

from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.recorder.segments.timeline import LONGEST_LATE_NS, MAX_SLEW, MediaTimeline
from gstnvr.testing.clock import BEGINNING

TICK = 200 * NS_PER_MS
MINUTE = 60 * NS_PER_S


class Camera:
    """A time line that is observed at every tick, and corrected every minute."""

    def __init__(self) -> None:
        self.timeline = MediaTimeline(0, BEGINNING, 0)
        self.ticked = 0
        self.pts = 0
        self.true = int(BEGINNING)
        """UTC at which the newest unit was taken."""
        self.segments: list[tuple[UtcNs, UtcNs]] = []

    def run(self, seconds: float, drift: float = 0.0, late: int = 0) -> bool:
        """Whether a jump was told; the camera's clock runs so much slower than ours."""
        for _ in range(int(seconds * NS_PER_S / TICK)):
            self.pts += int(TICK * (1 - drift))
            self.true += TICK
            self.ticked += TICK
            if self.timeline.observe(self.pts, UtcNs(self.true + late), self.ticked + late):
                return True
        return False

    @property
    def error(self) -> int:
        return self.timeline.at(self.pts) - self.true


def test_an_anchored_time_line_maps_linearly() -> None:
    timeline = MediaTimeline(5, UtcNs(BEGINNING), 0)
    assert timeline.at(5) == BEGINNING
    assert timeline.at(7 + NS_PER_S) == BEGINNING + 2 + NS_PER_S


@pytest.mark.parametrize("drift", [0.0002, -0.0002])
def test_drift_is_slewed_between_segments_without_a_jump(drift: float) -> None:
    camera = Camera()
    errors = []
    for _ in range(60):
        before = camera.timeline.at(camera.pts)
        assert not camera.run(60, drift)
        end = camera.timeline.at(camera.pts)
        camera.timeline.correct(camera.pts)
        start = camera.timeline.at(camera.pts)
        assert abs(start - end) <= MINUTE * MAX_SLEW * 1.01
        assert end > before
        errors.append(abs(camera.error))
    assert max(errors) < TICK, "an hour at 0.2 ms a second would be 0.72 s"


@pytest.mark.parametrize("drift", [0.01, -0.01])
def test_a_camera_that_drifts_by_a_hundredth_never_jumps_and_is_right_within_a_segment(drift: float) -> None:
    camera = Camera()
    for _ in range(60):
        assert not camera.run(60, drift)
        assert abs(camera.error) < MINUTE * 0.015
        camera.timeline.correct(camera.pts)
        assert abs(camera.error) < MINUTE * 0.005


def test_within_a_segment_the_offset_stands() -> None:
    camera = Camera()
    camera.run(30, 0.001)
    offset = camera.timeline.at(0)
    camera.run(20, 0.001)
    assert camera.timeline.at(0) == offset


def test_what_came_late_does_not_move_the_time_line() -> None:
    camera = Camera()
    for number in range(100):
        camera.run(0.2, late=(number % 7) * 20 * NS_PER_MS)
    camera.timeline.correct(camera.pts)
    assert abs(camera.error) < NS_PER_MS


@pytest.mark.parametrize("seconds", [-3600, -2, -1.001])
def test_a_clock_that_was_set_back_is_told_at_once(seconds: float) -> None:
    camera = Camera()
    camera.run(20)
    camera.true += int(seconds * NS_PER_S)
    assert camera.timeline.observe(camera.pts, UtcNs(camera.true), camera.ticked)


@pytest.mark.parametrize("seconds", [1.001, 5, 3600])
def test_a_clock_that_was_set_forward_is_told_at_once(seconds: float) -> None:
    camera = Camera()
    camera.run(20)
    camera.true += int(seconds * NS_PER_S)
    assert camera.run(0.2)


def test_a_burst_that_catches_up_after_a_stall_is_no_jump() -> None:
    camera = Camera()
    camera.run(20)
    later = 3 * NS_PER_S
    came, ticked = camera.true + later, camera.ticked + later
    for number in range(1, 16):  # three seconds of media at once, as after a stall of three seconds
        assert not camera.timeline.observe(camera.pts + number * TICK, UtcNs(came), ticked)
    camera.pts += 15 * TICK
    camera.true, camera.ticked = came, ticked
    assert not camera.run(10)
    assert abs(camera.error) < NS_PER_MS


@pytest.mark.parametrize(("late_s", "seconds"), [(12, 20), (3, 29)])
def test_a_slow_link_is_no_jump_however_late_it_is(late_s: float, seconds: float) -> None:
    camera = Camera()
    camera.run(20)
    assert not camera.run(seconds, late=int(late_s * NS_PER_S))
    assert not camera.run(20)
    camera.timeline.correct(camera.pts)
    assert abs(camera.error) < NS_PER_MS


def test_what_comes_late_for_good_is_told_after_a_while() -> None:
    camera = Camera()
    camera.run(20)
    before = camera.pts
    assert camera.run(60, late=2 * NS_PER_S)
    assert LONGEST_LATE_NS <= camera.pts - before <= LONGEST_LATE_NS + 2 * TICK


def test_a_new_anchor_begins_anew() -> None:
    camera = Camera()
    camera.run(20)
    camera.true += 100 * NS_PER_S
    assert camera.run(10)
    camera.timeline.anchor(camera.pts, UtcNs(camera.true), camera.ticked)
    assert camera.error == 0
    assert not camera.run(60)
