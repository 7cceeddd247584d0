"""From the file to what is to be recorded when: every setting of modes and schedules."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gstnvr.config.difference import changes
from gstnvr.config.load import load_text
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.schema import json_schema
from gstnvr.config.settings import Settings
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId
from gstnvr.model.recording import RecordingIntent, RecordMode
from gstnvr.supervisor.recording.manual_orders import ManualOrders
from gstnvr.supervisor.recording.modes import RecordingModes
from gstnvr.testing.clock import SimulatedClock

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def file(schedules: str, camera: str = "record: schedule, schedule: office") -> str:
    return f"""\
storage: {{volumes: [{{path: /srv/video}}]}}
schedules: {schedules}
cameras:
  - {{id: door, {camera}, main: {{url: "rtsp://192.0.2.10/door"}}}}
"""


def settings(schedules: str, camera: str = "record: schedule, schedule: office") -> Settings:
    return load_text(file(schedules, camera), Path("gstnvr.yaml")).settings


def intent(wanted: Settings, moment: str, zone: str = "Europe/Berlin") -> RecordingIntent:
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    clock = SimulatedClock(utc_ns=UtcNs(int(at.timestamp()) * NS_PER_S))
    modes = RecordingModes(clock, ManualOrders(Path("nowhere")))
    modes.configure(wanted)
    return modes.intents[CameraId("door")]


@pytest.mark.parametrize(
    ("value", "mode", "record"),
    [
        ("continuous", RecordMode.CONTINUOUS, True),
        ("true", RecordMode.CONTINUOUS, True),
        ("manual", RecordMode.MANUAL, False),
        ("off", RecordMode.OFF, False),
        ("false", RecordMode.OFF, False),
    ],
)
def test_the_mode_decides(value: str, mode: RecordMode, record: bool) -> None:
    found = intent(settings("{}", f"record: {value}"), "2026-11-20T12:00")
    assert (found.mode, found.record) == (mode, record)
    assert intent(settings("{}", "name: door"), "2026-11-20T12:00").mode is RecordMode.CONTINUOUS


def test_a_camera_goes_by_the_schedule_that_it_names() -> None:
    both = '{early: {hours: {fri: ["06:00-08:00"]}}, late: {hours: {fri: ["20:00-22:00"]}}}'
    for name, times in (("early", {"07:00": True, "21:00": False}), ("late", {"07:00": False, "21:00": True})):
        wanted = settings(both, f"record: schedule, schedule: {name}")
        assert {clock: intent(wanted, f"2026-11-20T{clock}", "UTC").record for clock in times} == times
    kept = settings(both, "record: continuous, schedule: early")
    assert intent(kept, "2026-11-20T12:00").record, "only the mode schedule goes by it"


@pytest.mark.parametrize("day", range(7))
def test_each_day_has_its_own_hours(day: int) -> None:
    wanted = settings(f'{{office: {{zone: Europe/Berlin, hours: {{{DAYS[day]}: ["08:00-18:00"]}}}}}}')
    on = [intent(wanted, f"2026-11-{16 + other}T12:00").record for other in range(7)]
    assert on == [other == day for other in range(7)]


def test_holidays_have_hours_of_their_own() -> None:
    hours = 'hours: {fri: ["08:00-18:00"], holiday: ["20:00-22:00"]}'
    wanted = settings(
        f"{{office: {{zone: Europe/Berlin, {hours}, holidays: [2026-11-20, 2026-12-24..2026-12-27, DE]}}}}"
    )
    found = {
        moment: intent(wanted, moment).record
        for moment in ("2026-11-20T12:00", "2026-11-20T21:00", "2026-11-27T12:00", "2026-11-27T21:00")
    }
    assert list(found.values()) == [False, True, True, False]
    assert intent(wanted, "2026-12-26T21:00").record, "a Saturday within the range"
    assert intent(wanted, "2027-01-01T21:00").record, "a public holiday"
    without = settings(f"{{office: {{zone: Europe/Berlin, {hours}}}}}")
    assert intent(without, "2026-11-20T12:00").record


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_hours_are_those_of_the_zone_else_of_the_machine(in_tokyo: None) -> None:
    hours = 'hours: {fri: ["08:00-18:00"]}'
    own, named = settings(f"{{office: {{{hours}}}}}"), settings(f"{{office: {{zone: Europe/Berlin, {hours}}}}}")
    assert intent(own, "2026-11-20T09:00", "Asia/Tokyo").record
    assert not intent(named, "2026-11-20T09:00", "Asia/Tokyo").record
    assert intent(named, "2026-11-20T09:00", "Europe/Berlin").record


@pytest.mark.parametrize(
    ("schedules", "camera", "complaint"),
    [
        ("{}", "record: schedule", "cameras[0].schedule: is missing; record: schedule needs one"),
        (
            "{}",
            "schedule: office",
            "cameras[0].schedule: is not the name of a schedule under schedules; there is none",
        ),
        ("{a: {hours: {}}}", "schedule: b", "there is a"),
        (
            "{a: {hours: {}}}",
            "record: always",
            "cameras[0].record: must be 'continuous', 'schedule', 'manual' or 'off'",
        ),
        ("{a: {}}", "name: door", "schedules.a.hours: is missing"),
        ("{a: {zone: Berlin, hours: {}}}", "name: door", "schedules.a.zone: 'Berlin' is not a time zone"),
        ('{a: {hours: {mon: ["8-18"]}}}', "name: door", "schedules.a.hours.mon[0]: must be a span of time"),
        ("{a: {hours: {mo: []}}}", "name: door", "schedules.a.hours.mo: unknown key; did you mean 'mon'?"),
        ("{a: {hours: {}, holidays: ['2026-02-30']}}", "name: door", "schedules.a.holidays[0]: '2026-02-30'"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(schedules: str, camera: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(schedules, camera)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(("gstnvr.yaml:2:", "gstnvr.yaml:4:"))


def test_a_machine_without_a_usable_zone_is_told_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    with pytest.raises(ConfigurationError, match=r"has no zone.*TZ"):
        settings("{a: {hours: {}}}", "name: door")


def test_a_change_is_told_to_hold_at_once() -> None:
    old, new = (
        settings("{a: {hours: {}}}", "schedule: a"),
        settings("{a: {hours: {}}}", "record: manual, schedule: a"),
    )
    assert changes(old, new).cameras_at_once == ("door",)
    assert changes(old, settings('{a: {hours: {mon: ["08:00-18:00"]}}}', "schedule: a")).at_once == ("schedules",)
    assert not changes(old, old)


def test_editors_take_the_switch_of_old_for_right() -> None:
    record: Any = json_schema()["$defs"]["CameraSettings"]["properties"]["record"]
    assert {"type": "boolean"} in record["anyOf"]
