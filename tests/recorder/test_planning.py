"""Where segments begin and end when a camera's clock was wrong."""

import pytest

from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.planning import SHORTEST_NS, Planner, Position, SegmentPlan
from gstnvr.recorder.segments.timeline import MediaTimeline
from gstnvr.testing.clock import BEGINNING
from tests.rig.ring_units import picture, timeline

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
SECOND = 10
"""Pictures."""


def moment(seconds: float) -> UtcNs:
    return UtcNs(BEGINNING + round(seconds * NS_PER_S))


def jump_after_a_second(right: MediaTimeline, follows: float | None) -> tuple[Planner, SegmentPlan]:
    """A segment of a second, and the key frame after it, from which on this is the right time line.

    Args:
        follows: seconds at which the segment in front of it ended.
    """
    ring = Ring()
    ring.begin_session(0, timeline())
    ring.append([picture(number) for number in range(SECOND)])
    ring.begin_session(0, right)
    ring.append([picture(number) for number in range(SECOND, SECOND + 2)])
    planner = Planner(YARD, ring)
    position = Position(0, 0, None if follows is None else moment(follows))
    return planner, planner.plan(0, position, Container.MP4, 1000)


def right_by(seconds: float, *, clock_was_set: bool = False) -> MediaTimeline:
    """A time line by which the next segment begins so many seconds after the beginning."""
    at = moment(seconds)
    return MediaTimeline(NS_PER_S, at, 0 if clock_was_set else at - BEGINNING)


def test_a_segment_that_was_led_too_far_ends_where_the_next_begins() -> None:
    planner, plan = jump_after_a_second(right_by(0.5), None)
    assert planner.end_before_jump(plan, moment(1), SECOND) == moment(0.5)


@pytest.mark.parametrize("next_at", [0.3, 0.2997, -0.5])
def test_the_next_segment_begins_after_one_whose_beginning_was_led_too_far(next_at: float) -> None:
    planner, plan = jump_after_a_second(right_by(next_at), 0.3)
    end = planner.end_before_jump(plan, moment(1.3), SECOND)
    assert end == plan.start + SHORTEST_NS
    following = planner.plan(SECOND, Position(SECOND, SECOND, end), Container.MP4, 1000)
    assert following.start == moment(0.3) + NS_PER_MS


@pytest.mark.parametrize(("apart_ms", "taken_ms"), [(40, 40), (5000, 500)])
def test_a_picture_takes_as_long_as_those_before_but_no_pause(apart_ms: int, taken_ms: int) -> None:
    ring = Ring()
    ring.begin_session(0, timeline())
    ring.append([picture(0), picture(1, pts=apart_ms * NS_PER_MS), picture(10, pts=2 * apart_ms * NS_PER_MS)])
    plan = Planner(YARD, ring).plan(2, Position(2, 2), Container.MP4, 1000)
    assert plan.picture_ns == taken_ms * NS_PER_MS


def test_a_pause_stays_a_pause() -> None:
    planner, plan = jump_after_a_second(right_by(5), None)
    assert planner.end_before_jump(plan, moment(1), SECOND) is None


def test_when_the_wall_clock_was_set_back_both_times_count() -> None:
    planner, plan = jump_after_a_second(right_by(-3600, clock_was_set=True), None)
    assert planner.end_before_jump(plan, moment(1), SECOND) is None
