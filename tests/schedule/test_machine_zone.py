"""The time zone of the machine, by name."""

import pytest

from gstnvr.schedule.zones import machine_zone_name


def test_its_name_is_one_that_others_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    assert machine_zone_name() == "Asia/Seoul"


def test_without_a_name_it_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "<+09>-9")
    assert machine_zone_name() == "UTC"
