"""What people write, and what is told of it when it is wrong."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gstnvr.schedule.holidays import parse_holidays
from gstnvr.schedule.hours import DaySpan, parse_span
from gstnvr.schedule.zones import machine_zone, named_zone


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("08:00-18:00", DaySpan(480, 1080)),
        ("8:00 - 18:30", DaySpan(480, 1110)),
        ("00:00-24:00", DaySpan(0, 1440)),
        ("22:00-06:00", DaySpan(1320, 1800)),
        ("22:00-00:00", DaySpan(1320, 1440)),
        ("00:01-00:00", DaySpan(1, 1440)),
    ],
)
def test_spans_as_people_write_them(text: str, span: DaySpan) -> None:
    assert parse_span(text) == span


def test_a_span_is_shown_as_it_is_written() -> None:
    for text in ("08:00-18:00", "00:00-24:00", "22:00-06:00"):
        assert str(parse_span(text)) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("8-18", "such as 08:00-18:00"),
        ("", "such as 08:00-18:00"),
        ("25:00-26:00", "no clock shows"),
        ("08:00-12:60", "no clock shows"),
        ("24:00-06:00", "write 00:00 under the next day"),
        ("24:01-06:00", "no clock shows"),
        ("08:00-08:00", "a whole day is 00:00-24:00"),
    ],
)
def test_wrong_spans_are_refused_with_what_would_be_right(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_span(text)


def test_dates_ranges_and_regions_are_holidays() -> None:
    found = parse_holidays(["2026-05-04", "2026-12-28", "2026-12-30..2027-01-05", "DE-BY"])
    named = ["2026-05-04", "2026-12-28", "2026-12-30", "2027-01-05", "2026-01-06", "2031-12-25"]
    assert all(found.has(date.fromisoformat(day)) for day in named)
    assert not any(found.has(date.fromisoformat(day)) for day in ("2026-05-05", "2027-01-07", "2026-12-29"))


def test_parts_of_a_country_have_holidays_of_their_own() -> None:
    epiphany = date(2026, 1, 6)
    assert parse_holidays(["DE-BY"]).has(epiphany)
    assert not parse_holidays(["DE-BE"]).has(epiphany)
    assert not parse_holidays(["DE"]).has(epiphany)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("Christmas", "neither a date"),
        ("2026-02-30", "neither a date"),
        ("2026-12-24..2026-12-20", "ends before it begins"),
        ("XX", "not a region"),
        ("DE-QQ", "not a region"),
    ],
)
def test_wrong_holidays_are_refused_with_what_would_be_right(entry: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_holidays([entry])


def test_who_names_no_region_does_not_pay_for_them() -> None:
    program = (
        "import sys, gstnvr.config.settings; from gstnvr.schedule.holidays import parse_holidays;"
        " parse_holidays(['2026-12-24']); sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_zone_of_the_machine_is_that_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert machine_zone(link) == ZoneInfo("Asia/Tokyo")
    assert machine_zone(tmp_path / "missing") == ZoneInfo("UTC")
    monkeypatch.setenv("TZ", ":Europe/Lisbon")
    assert machine_zone(link) == ZoneInfo("Europe/Lisbon")
    with pytest.raises(ValueError, match="not a time zone"):
        named_zone("Europe/Bielefeld")
