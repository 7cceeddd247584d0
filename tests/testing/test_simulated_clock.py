"""The simulated clock keeps the promises of ``Clock`` and moves only when told to."""

import pytest

from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.testing.clock import BEGINNING, SimulatedClock


def test_stands_still_until_advanced() -> None:
    clock: Clock = SimulatedClock(monotonic=5.0)

    assert [clock.monotonic(), clock.monotonic()] == [5.0, 5.0]
    assert clock.utc_ns() == clock.utc_ns() == BEGINNING


def test_both_readings_advance_together() -> None:
    clock = SimulatedClock()

    clock.advance(1.5)

    assert clock.monotonic() == 1.5
    assert clock.utc_ns() - BEGINNING == 1.5 * NS_PER_S


def test_advance_to_reaches_the_moment_exactly() -> None:
    clock = SimulatedClock(monotonic=0.1)

    clock.advance_to(0.3)

    assert clock.monotonic() == 0.3


def test_a_jump_of_the_wall_clock_leaves_the_monotonic_one() -> None:
    clock = SimulatedClock()
    clock.advance(10)

    clock.set_utc(UtcNs(BEGINNING - 3600 * NS_PER_S))

    assert clock.monotonic() == 10
    assert clock.utc_ns() == BEGINNING - 3600 * NS_PER_S


def test_time_does_not_go_back() -> None:
    clock = SimulatedClock(monotonic=2.0)

    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-0.1)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance_to(1.9)
