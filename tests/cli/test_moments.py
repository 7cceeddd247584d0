"""Moments as people type them, lengths and sizes as they read them."""

from datetime import datetime, timedelta, timezone

import pytest

from gstnvr.cli.durations import data_size, duration
from gstnvr.cli.moments import parse_moment

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=timezone(timedelta(hours=9)))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("10:02", "2026-11-21T10:02:00+09:00"),
        ("10:02:24", "2026-11-21T10:02:24+09:00"),
        ("2026-11-20", "2026-11-20T00:00:00+09:00"),
        (" 2026-11-20 10:02 ", "2026-11-20T10:02:00+09:00"),
        ("2026-11-20T10:02:00Z", "2026-11-20T10:02:00+00:00"),
        ("2026-11-20T10:02:00-05:00", "2026-11-20T10:02:00-05:00"),
        ("90m", "2026-11-21T11:00:00+09:00"),
        ("30 s", "2026-11-21T12:29:30+09:00"),
        ("2d", "2026-11-19T12:30:00+09:00"),
    ],
)
def test_a_moment(text: str, moment: str) -> None:
    assert parse_moment(text, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "now", "25:00", "3 weeks", "-2h", "2026-13-01"])
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (9.99, "10s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (3599, "59m 59s"),
        (3600, "1h 00m"),
        (86_399.9, "1d 0h"),
        (100_000, "1d 3h"),
    ],
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (7_912_345_678, "7.9 GB"), (2_500_000_000_000, "2.5 TB")],
)
def test_an_amount_of_data(count: int, text: str) -> None:
    assert data_size(count) == text
