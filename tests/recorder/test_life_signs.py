"""Packets are signs of life once nothing waits for the receive mark any more."""

from itertools import count

from gstnvr.recorder.sessions.life_signs import SURE_S, LifeSigns


def test_what_had_waited_for_the_mark_is_no_sign_of_life() -> None:
    signs = LifeSigns()
    assert not signs.found(lambda: 10, SURE_S)
    assert not signs.settled
    assert not signs.found(lambda: 25, SURE_S)
    assert signs.settled
    assert not signs.found(lambda: 25, SURE_S)


def test_packets_that_come_after_that_are() -> None:
    signs = LifeSigns()
    counted = iter((10, 25, 26, 26, 27, 3))
    found = [signs.found(counted.__next__, SURE_S) for _ in range(6)]
    assert found == [False, False, True, False, True, True], "another SSRC counts from its own beginning"


def test_with_frames_it_begins_anew() -> None:
    signs = LifeSigns()
    packets = count()
    assert [signs.found(packets.__next__, SURE_S) for _ in range(3)] == [False, False, True]
    signs.rest()
    assert not signs.settled
    assert [signs.found(packets.__next__, SURE_S) for _ in range(3)] == [False, False, True]


def test_on_a_busy_machine_what_had_waited_may_come_later() -> None:
    signs = LifeSigns()
    packets = count()
    assert not any(signs.found(packets.__next__, SURE_S - 0.1) for _ in range(5))
    assert signs.found(packets.__next__, SURE_S)
