"""Clocks of cameras that are none."""

import itertools
from collections.abc import Callable

import pytest

from gstnvr.gst.clock_watch import ClockWatch
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_S
from tests.rig.ring_units import picture

FPS = 25
TICK_S = 0.2


def retimed(unit: AccessUnit, pts: int) -> AccessUnit:
    return unit._replace(pts=pts)


def times(
    clock: Callable[[float], float], seconds: float, late: Callable[[float], float] = lambda _: 0.0
) -> list[tuple[float, float]]:
    """For each picture: when it came and the time it was given, of a camera with this clock, in seconds.

    Args:
        late: by how much a picture comes late.
    """
    watch = ClockWatch(retimed)
    found: list[tuple[float, float]] = []
    coming = [number / FPS for number in range(round(seconds * FPS))]
    now = 0.0
    while coming:
        now += TICK_S
        batch = [true for true in coming if true + late(true) <= now]
        coming = coming[len(batch) :]
        units = [picture(0, pts=round(clock(true) * NS_PER_S)) for true in batch]
        found += [(true, unit.pts / NS_PER_S) for true, unit in zip(batch, watch.check(units, now), strict=True)]
    return found


def worst(found: list[tuple[float, float]], after_s: float) -> float:
    return max(abs(given - true) for true, given in found if true > after_s)


@pytest.mark.parametrize(
    "clock",
    [
        lambda true: true,
        lambda true: true * 1.01,
        lambda true: true * 0.99,
        lambda true: true + (60 if true > 30 else 0),
        lambda true: true - (10 if true > 30 else 0),
        lambda true: true - (10 if true > 30 else 0) + (3600 if true > 50 else 0),
    ],
    ids=["right", "a little fast", "a little slow", "set forward", "set back", "set twice"],
)
def test_a_clock_is_believed(clock: Callable[[float], float]) -> None:
    assert all(given == pytest.approx(clock(true)) for true, given in times(clock, 120))


@pytest.mark.parametrize(
    ("speed", "within_s"), [(0.0, 1), (-1.0, 1), (10.0, 1), (2.0, 5), (1.5, 10), (1.1, 40), (0.5, 80)]
)
def test_a_clock_that_is_none_is_replaced_by_arrival(speed: float, within_s: float) -> None:
    found = times(lambda true: true * speed, within_s + 20)
    assert worst(found, within_s) < 0.3
    late = [given for true, given in found if true > within_s]
    assert all(before < after for before, after in itertools.pairwise(late))


def test_a_clock_that_jumps_all_the_time_is_replaced() -> None:
    found = times(lambda true: true + 100 * (int(true * 5) % 7), 60)
    assert worst(found, 10) < 0.3


def test_a_clock_that_stands_still_is_replaced_within_a_second() -> None:
    assert worst(times(lambda _: 0.0, 30), 1.0) < 0.3


def test_a_clock_that_is_right_again_is_believed_again() -> None:
    found = times(lambda true: true * 2 if true < 20 else 20 + true, 120)
    assert [given for true, given in found if true > 100] == pytest.approx(
        [20 + true for true, _ in found if true > 100]
    )


def test_a_slow_link_is_no_fault_of_the_clock() -> None:
    found = times(lambda true: true, 300, late=lambda true: min(20.0, true % 100 / 2))
    assert all(given == pytest.approx(true) for true, given in found)


def test_a_network_that_holds_up_everything_for_a_while_is_no_fault_of_the_clock() -> None:
    def late(true: float) -> float:
        return max(0.0, 3.0 - true % 30) if true >= 30 else 0.0

    assert all(given == pytest.approx(true) for true, given in times(lambda true: true, 300, late))


def test_what_was_kept_and_comes_at_once_in_the_beginning_is_no_fault_of_the_clock() -> None:
    found = times(lambda true: true, 60, late=lambda true: max(0.0, 3.0 - true))
    assert all(given == pytest.approx(true) for true, given in found)


def test_arrival_goes_on_evenly() -> None:
    late = [given for true, given in times(lambda _: 0.0, 30) if true > 5]
    steps = [after - before for before, after in itertools.pairwise(late)]
    assert max(abs(step - 1 / FPS) for step in steps) < 0.011
