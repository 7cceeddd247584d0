"""Guessing passwords is slow, and nobody locks others out for good."""

from collections.abc import Iterable

import pytest

from gstnvr.access.errors import LockedOutError
from gstnvr.access.throttle import LoginThrottle
from gstnvr.testing.clock import SimulatedClock

LIMIT, LOCKOUT_S = 5, 900.0


class Attempts:
    """Logins with a wrong password, under a simulated clock."""

    def __init__(self) -> None:
        self.throttle = LoginThrottle()
        self.clock = SimulatedClock()

    def begin(self, name: str = "kim", address: str = "192.0.2.1") -> None:
        self.throttle.begin(name, address, self.clock.monotonic(), LIMIT, LOCKOUT_S)

    def count(self, tries: Iterable[tuple[str, str]]) -> int:
        """How many of these are let through."""
        passed = 0
        for name, address in tries:
            try:
                self.begin(name, address)
            except LockedOutError:
                continue
            passed += 1
        return passed


@pytest.fixture
def attempts() -> Attempts:
    return Attempts()


def test_after_so_many_failures_nothing_is_tried_until_the_time_is_over(attempts: Attempts) -> None:
    assert attempts.count([("kim", "192.0.2.1")] * 20) == LIMIT
    with pytest.raises(LockedOutError) as locked:
        attempts.begin()
    assert locked.value.retry_after_s == LOCKOUT_S
    attempts.clock.advance(LOCKOUT_S - 0.5)
    with pytest.raises(LockedOutError) as locked:
        attempts.begin()
    assert locked.value.retry_after_s == 1
    attempts.clock.advance(0.5)
    assert attempts.count([("kim", "192.0.2.1")] * 20) == LIMIT


def test_a_lock_out_is_new_once(attempts: Attempts) -> None:
    attempts.count([("kim", "192.0.2.1")] * LIMIT)
    told = []
    for _ in range(3):
        with pytest.raises(LockedOutError) as locked:
            attempts.begin()
        told.append(locked.value.first)
    assert told == [True, False, False]


def test_the_right_password_forgives_what_was_mistyped(attempts: Attempts) -> None:
    for _ in range(10):
        for _ in range(LIMIT - 1):
            attempts.begin()
        attempts.begin()
        attempts.throttle.succeeded("kim", "192.0.2.1")


def test_the_right_password_of_one_forgives_nothing_of_others(attempts: Attempts) -> None:
    """Otherwise whoever has an account could guess the passwords of all others."""
    guessed = 0
    for number in range(100):
        try:
            attempts.begin("eve", "192.0.2.1")
            attempts.throttle.succeeded("eve", "192.0.2.1")
            attempts.begin(f"user{number}", "192.0.2.1")
        except LockedOutError:
            break
        guessed += 1
    assert guessed <= 4 * LIMIT


def test_the_right_password_without_its_code_forgives_nothing(attempts: Attempts) -> None:
    """Otherwise codes could be guessed for ever by whoever has the password."""
    guessed = 0
    for _ in range(100):
        try:
            attempts.begin()
            attempts.throttle.take_back("kim", "192.0.2.1")
            attempts.begin()
        except LockedOutError:
            break
        guessed += 1
    assert guessed < LIMIT + 1


def test_others_are_not_locked_out_by_one(attempts: Attempts) -> None:
    attempts.count([("kim", "192.0.2.1")] * 20)
    attempts.begin("lee", "192.0.2.1")
    attempts.begin("kim", "192.0.2.2")


def test_an_address_that_tries_many_names_is_locked(attempts: Attempts) -> None:
    assert attempts.count((f"user{number}", "192.0.2.1") for number in range(500)) == 4 * LIMIT
    with pytest.raises(LockedOutError):
        attempts.begin("kim", "192.0.2.1")
    attempts.begin("kim", "192.0.2.2")


def test_a_name_that_is_tried_from_many_addresses_is_locked(attempts: Attempts) -> None:
    assert attempts.count(("kim", f"192.0.2.{number}") for number in range(250)) == 10 * LIMIT


def test_all_addresses_of_one_ipv6_network_are_one(attempts: Attempts) -> None:
    assert attempts.count(("kim", f"2001:db8::{number:x}") for number in range(100)) == LIMIT
    attempts.begin("kim", "2001:db8:0:1::1")


def test_memory_is_bounded_whatever_is_tried(attempts: Attempts) -> None:
    attempts.count((f"user{number}", f"address{number}") for number in range(12_000))
    assert len(attempts.throttle._failures) <= 10_000
