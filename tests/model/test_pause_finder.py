"""What is a pause, and what is merely a slow or an unsteady camera."""

from collections.abc import Iterable
from itertools import accumulate

from gstnvr.model.clock import NS_PER_MS
from gstnvr.model.pauses import PauseFinder


def pauses(moments_ms: Iterable[int]) -> list[tuple[int, int]]:
    """Start and end in milliseconds."""
    finder = PauseFinder()
    seen = ((finder.see(ms * NS_PER_MS), ms) for ms in moments_ms)
    return [(start // NS_PER_MS, ms) for start, ms in seen if start is not None]


def by_steps(*steps_ms: int) -> list[tuple[int, int]]:
    return pauses(accumulate(steps_ms, initial=0))


def test_a_pause_lasts_from_the_end_of_a_picture_to_the_next_one() -> None:
    assert by_steps(*[40] * 25, 1040, *[40] * 25) == [(1040, 2040)]


def test_unsteady_pictures_in_front_of_a_pause_do_not_shorten_it() -> None:
    assert by_steps(*[100] * 9, 189, 11, 189, 11, 100, 1000) == [(1500, 2400)]


def test_each_of_several_pauses_is_told() -> None:
    assert by_steps(*[40] * 9, 840, *[40] * 9, 840, 40, 840) == [(400, 1200), (1600, 2400), (2480, 3280)]


def test_half_a_second_is_a_pause_and_less_is_not() -> None:
    assert by_steps(*[40] * 9, 539, *[40] * 9) == []
    assert len(by_steps(*[40] * 9, 540, *[40] * 9)) == 1


def test_a_slow_camera_does_not_pause() -> None:
    assert by_steps(*[2000] * 20) == []
    assert by_steps(*[2000] * 9, 4500, *[2000] * 9) == []
    assert len(by_steps(*[2000] * 9, 6000, *[2000] * 9)) == 1


def test_a_camera_that_becomes_slow_for_good_has_paused_twice_at_most() -> None:
    assert len(by_steps(*[40] * 50, *[1000] * 50)) == 2


def test_pictures_that_are_shown_in_another_order_than_they_come_are_no_pause() -> None:
    groups = [
        moment for group in range(0, 4000, 160) for moment in (group + 160, group + 80, group + 40, group + 120)
    ]
    assert pauses(groups) == []
    [(start, end)] = pauses([*groups, *(moment + 5000 for moment in groups)])
    assert end - start == 1000


def test_of_the_first_pictures_nothing_can_be_said_yet() -> None:
    assert by_steps(1000, 40, 40) == []


def test_after_a_clock_was_set_back_pauses_are_found_again() -> None:
    before, after = list(range(0, 400, 40)), list(range(-100_000, -99_600, 40))
    assert pauses([*before, *after]) == []
    assert pauses([*before, *after, -98_000]) == [(-99_600, -98_000)]
