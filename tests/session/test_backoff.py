"""Figures of the back-off: S7 and S11."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.config.settings import SessionSettings
from gstnvr.model.faults import Fault
from gstnvr.session import backoff

SETTINGS = SessionSettings()
NO_JITTER = SessionSettings(reconnect_jitter=False)
draws = st.floats(0, 1, exclude_max=True)


def test_steps_double_up_to_the_cap() -> None:
    assert [backoff.step_s(SETTINGS, attempt) for attempt in range(7)] == [5, 10, 20, 40, 60, 60, 60]


def test_steps_stay_at_the_cap_for_ever() -> None:
    assert backoff.step_s(SETTINGS, 10**9) == 60


@given(attempt=st.integers(0, 100), drawn=draws)
def test_full_jitter_is_between_nearly_zero_and_the_step(attempt: int, drawn: float) -> None:
    delay = backoff.delay_s(SETTINGS, attempt, drawn)

    assert 0.1 <= delay <= backoff.step_s(SETTINGS, attempt)


def test_full_jitter_uses_the_whole_range() -> None:
    assert backoff.delay_s(SETTINGS, 3, 0.0) == 0.1
    assert backoff.delay_s(SETTINGS, 3, 0.5) == 20
    assert backoff.delay_s(SETTINGS, 3, 0.999) == pytest.approx(39.96)


def test_without_jitter_the_step_is_the_delay() -> None:
    assert [backoff.delay_s(NO_JITTER, attempt, 0.3) for attempt in range(5)] == [5, 10, 20, 40, 60]


@given(drawn=draws)
def test_a_refused_password_waits_at_least_the_setting(drawn: float) -> None:
    assert 60 <= backoff.unauthorized_delay_s(SETTINGS, drawn) <= 90
    assert backoff.unauthorized_delay_s(NO_JITTER, drawn) == 60


def test_a_healthy_stream_is_tried_again_at_once_and_then_twice_a_second() -> None:
    first = backoff.after_healthy(SETTINGS, Fault.RTSP_NETWORK, 100.0, 0.5)
    assert first == backoff.Retry(at=100.0, attempts=0, quick_until=110.0)

    second = backoff.after_failure(
        SETTINGS,
        Fault.RTSP_NETWORK,
        attempts=0,
        quick_until=first.quick_until,
        tried_at=100.0,
        now=100.2,
        drawn=0.5,
    )
    assert second == backoff.Retry(at=100.5, attempts=0, quick_until=110.0)


def test_a_quick_attempt_that_took_long_is_followed_at_once() -> None:
    retry = backoff.after_failure(
        SETTINGS, Fault.RTSP_NETWORK, attempts=0, quick_until=110.0, tried_at=104.0, now=105.5, drawn=0.5
    )

    assert retry.at == 105.5


def test_the_back_off_begins_at_its_first_step_after_the_quick_attempts() -> None:
    retry = backoff.after_failure(
        SETTINGS, Fault.RTSP_NETWORK, attempts=0, quick_until=110.0, tried_at=110.0, now=110.1, drawn=0.5
    )

    assert retry == backoff.Retry(at=110.1 + 2.5, attempts=1, quick_until=None)


def test_an_attempt_that_began_in_the_quick_time_is_still_followed_quickly() -> None:
    retry = backoff.after_failure(
        SETTINGS, Fault.RTSP_NETWORK, attempts=0, quick_until=110.0, tried_at=109.5, now=111.0, drawn=0.5
    )

    assert retry == backoff.Retry(at=111.0, attempts=0, quick_until=110.0)


def test_a_refused_password_ends_the_quick_attempts() -> None:
    retry = backoff.after_failure(
        SETTINGS, Fault.AUTHENTICATION, attempts=0, quick_until=110.0, tried_at=101.0, now=101.1, drawn=0.0
    )

    assert retry == backoff.Retry(at=161.1, attempts=1, quick_until=None)


def test_quick_attempts_can_be_turned_off() -> None:
    settings = SessionSettings(quick_retry_s=0)

    retry = backoff.after_healthy(settings, Fault.RTSP_NETWORK, 100.0, 0.5)

    assert retry == backoff.Retry(at=102.5, attempts=1, quick_until=None)


def test_quick_probes_are_shorter_than_others_but_never_longer() -> None:
    assert backoff.probe_timeout_s(SETTINGS, quick=False) == 3
    assert backoff.probe_timeout_s(SETTINGS, quick=True) == 1.5
    assert backoff.probe_timeout_s(SessionSettings(probe_timeout_s=0.5), quick=True) == 0.5
