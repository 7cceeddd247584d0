"""A wall clock that leaps ahead deletes nothing for a day."""

import pytest

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.supervisor.volumes.believed_clock import BelievedClock
from gstnvr.testing.clock import BEGINNING, SimulatedClock

DAY_S = 86_400


def ahead(clock: SimulatedClock, seconds: float) -> None:
    clock.set_utc(UtcNs(clock.utc_ns() + round(seconds * NS_PER_S)))


def test_a_clock_that_goes_on_is_believed() -> None:
    clock = SimulatedClock(monotonic=12.5)
    believed = BelievedClock(clock)
    clock.advance(400 * DAY_S)
    assert believed.now() == clock.utc_ns()


@pytest.mark.parametrize("seconds", [3599, 60, -1, -400 * DAY_S])
def test_a_small_step_and_any_step_back_are_believed_at_once(seconds: float) -> None:
    clock = SimulatedClock()
    believed = BelievedClock(clock)
    ahead(clock, seconds)
    assert believed.now() == clock.utc_ns()
    assert not believed.doubted


def test_a_leap_ahead_is_believed_after_a_day() -> None:
    clock = SimulatedClock()
    believed = BelievedClock(clock)
    ahead(clock, 365 * DAY_S)
    assert believed.now() == BEGINNING
    clock.advance(DAY_S - 1)
    assert believed.now() == BEGINNING + (DAY_S - 1) * NS_PER_S
    assert believed.doubted
    clock.advance(1)
    assert believed.now() == clock.utc_ns()
    assert not believed.doubted


def test_a_leap_that_is_taken_back_never_was() -> None:
    clock = SimulatedClock()
    believed = BelievedClock(clock)
    ahead(clock, 365 * DAY_S)
    believed.now()
    ahead(clock, -365 * DAY_S)
    clock.advance(DAY_S // 2)
    assert believed.now() == clock.utc_ns()
    ahead(clock, 365 * DAY_S)
    believed.now()
    clock.advance(DAY_S - 1)
    assert believed.doubted, "the day counts from the second leap"
    believed.now()
    assert believed.doubted
