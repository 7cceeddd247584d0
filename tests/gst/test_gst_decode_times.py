"""Times of decoding for pictures out of order."""

import itertools

import pytest

from gstnvr.gst.decode_times import DecodeTimes
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_MS
from tests.rig.ring_units import packet, picture

STEP_NS = 40 * NS_PER_MS
ORDERS = {
    "in order": [0, 1, 2, 3],
    "one overtakes": [0, 2, 1, 3],
    "two": [0, 3, 1, 2],
    "a pyramid": [0, 4, 2, 1, 3, 8, 6, 5, 7, 9],
    "leading pictures": [3, 1, 0, 2, 7, 5, 4, 6, 9, 8],
}
"""Showing numbers of the pictures of a group, in order of decoding."""


def coming(order: list[int], groups: int, start: int = 0) -> list[AccessUnit]:
    """Groups of pictures one after the other."""
    numbers = [group * len(order) + number for group in range(groups) for number in order]
    return [picture(place, pts=start + number * STEP_NS) for place, number in enumerate(numbers)]


def decode_times(times: DecodeTimes, units: list[AccessUnit], batch: int = 5) -> list[int]:
    found = []
    for begin in range(0, len(units), batch):
        several = units[begin : begin + batch]
        told = {unit.pts: moment for unit, moment in times.of(several)}
        found += [told.get(unit.pts, unit.pts) for unit in several]
    return found


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_the_nth_is_decoded_when_the_nth_is_shown(order: list[int], batch: int) -> None:
    units = coming(order, groups=30)
    found = decode_times(DecodeTimes(), units, batch)
    assert all(before < after for before, after in itertools.pairwise(found))
    settled = 50
    assert found[settled:] == pytest.approx(sorted(unit.pts for unit in units)[settled:], abs=NS_PER_MS)


def test_pictures_in_order_are_left_alone() -> None:
    assert list(DecodeTimes().of(coming(ORDERS["in order"], groups=10))) == []


def test_sound_is_left_alone() -> None:
    units = [picture(0, pts=0), picture(1, pts=2 * STEP_NS), packet(0, pts=0), picture(2, pts=STEP_NS)]
    assert [unit.pts for unit, _ in DecodeTimes().of(units)] == [STEP_NS]


@pytest.mark.parametrize("jump_s", [60, -60, 2, -5])
def test_times_begin_anew_where_a_clock_jumps(jump_s: int) -> None:
    times = DecodeTimes()
    order = ORDERS["a pyramid"]
    before = coming(order, groups=20)
    decode_times(times, before)
    after = coming(order, groups=20, start=200 * STEP_NS + jump_s * 1000 * NS_PER_MS)
    found = decode_times(times, after)
    assert found == pytest.approx(sorted(unit.pts for unit in after), abs=2 * NS_PER_MS)


def test_a_lost_picture_does_not_set_back_the_rest() -> None:
    units = coming(ORDERS["a pyramid"], groups=30)
    del units[101:105]
    found = decode_times(DecodeTimes(), units)
    assert all(before < after for before, after in itertools.pairwise(found))
    assert all(abs(unit.pts - moment) <= 10 * STEP_NS for unit, moment in zip(units, found, strict=True))
    shown = sorted(unit.pts for unit in units)
    assert found[150:] == pytest.approx(shown[150:], abs=STEP_NS // 4)
