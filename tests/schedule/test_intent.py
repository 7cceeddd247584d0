"""Mode, schedule and order put together: who wins, since when, and until when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId
from gstnvr.model.recording import ManualOrder, RecordingIntent, RecordMode
from gstnvr.schedule.hours import parse_span
from gstnvr.schedule.intent import LOOK_BACK_NS, Recording, Stretch
from gstnvr.schedule.weekly import DAY_NS, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Schedule(BERLIN, ((parse_span("08:00-18:00"),),) * 5 + ((), ()))
SCHEDULED = Recording(RecordMode.SCHEDULE, OFFICE)


def at(text: str) -> UtcNs:
    """A moment in November 2026; the 20th is a Friday."""
    moment = datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=BERLIN)
    return UtcNs(int(moment.timestamp()) * NS_PER_S)


def order(
    record: bool, since: str, until: str | None = None, mode: RecordMode = RecordMode.SCHEDULE
) -> ManualOrder:
    return ManualOrder(CameraId("gate"), record, at(since), None if until is None else at(until), "eve", mode)


@pytest.mark.parametrize(
    ("mode", "record"), [(RecordMode.CONTINUOUS, True), (RecordMode.MANUAL, False), (RecordMode.OFF, False)]
)
def test_without_a_schedule_it_is_for_ever_as_the_mode_says(mode: RecordMode, record: bool) -> None:
    assert Recording(mode).intent(None, at("20T12:00")) == RecordingIntent(mode, record, GapCause.SWITCHED_OFF)


def test_a_schedule_tells_since_when_and_until_when() -> None:
    busy, free = SCHEDULED.intent(None, at("20T12:00")), SCHEDULED.intent(None, at("20T20:00"))
    assert (busy.record, busy.since, busy.until) == (True, at("20T08:00"), at("20T18:00"))
    assert (free.record, free.since, free.until) == (False, at("20T18:00"), at("23T08:00"))
    assert free.cause is GapCause.SCHEDULE


def test_an_order_wins_until_its_end() -> None:
    start = order(True, "20T20:00", "20T22:00")
    during = SCHEDULED.intent(start, at("20T21:00"))
    assert (during.record, during.since, during.until) == (True, at("20T20:00"), at("20T22:00"))
    assert during.order == start
    over = SCHEDULED.intent(start, at("20T22:00"))
    assert (over.record, over.since, over.until) == (False, at("20T22:00"), at("23T08:00"))
    assert over.order is None


def test_a_recording_that_goes_on_after_an_order_began_before_it() -> None:
    start = order(True, "20T07:00", "20T08:00")
    assert SCHEDULED.intent(start, at("20T09:00")).since == at("20T08:00")
    longer = order(True, "20T07:00", "20T10:00")
    assert SCHEDULED.intent(longer, at("20T09:00")).since == at("20T07:00")


def test_who_stops_within_the_hours_switches_off_and_outside_nothing_changes() -> None:
    inside = SCHEDULED.intent(order(False, "20T09:00", "20T18:00"), at("20T12:00"))
    assert (inside.record, inside.cause) == (False, GapCause.SWITCHED_OFF)
    outside = SCHEDULED.intent(order(False, "20T19:00", "20T22:00"), at("20T20:00"))
    assert (outside.record, outside.cause) == (False, GapCause.SCHEDULE)


def test_an_order_of_another_mode_counts_no_more() -> None:
    stop = order(False, "20T09:00", mode=RecordMode.CONTINUOUS)
    assert SCHEDULED.intent(stop, at("20T12:00")).record
    assert not Recording(RecordMode.CONTINUOUS).intent(stop, at("20T12:00")).record


def test_after_a_stop_that_ended_it_is_wanted_since_that_end() -> None:
    stop = order(False, "20T09:00", "20T11:00", mode=RecordMode.CONTINUOUS)
    again = Recording(RecordMode.CONTINUOUS).intent(stop, at("20T12:00"))
    assert (again.record, again.since) == (True, at("20T11:00"))


def test_stretches_tile_the_time_that_was_asked_for() -> None:
    start, end = at("20T17:00"), at("24T09:00")
    stretches = SCHEDULED.stretches(order(True, "21T10:00", "21T11:00"), start, end)
    assert [(one.start, one.intent.record) for one in stretches] == [
        (start, True),
        (at("20T18:00"), False),
        (at("21T10:00"), True),
        (at("21T11:00"), False),
        (at("23T08:00"), True),
        (at("23T18:00"), False),
        (at("24T08:00"), True),
    ]
    assert [one.end for one in stretches] == [*(one.start for one in stretches[1:]), end]
    assert SCHEDULED.stretches(None, end, start) == []


def test_of_what_is_long_ago_no_stretch_is_told() -> None:
    end = at("20T12:00")
    stretches = SCHEDULED.stretches(None, UtcNs(end - 10 * LOOK_BACK_NS), end)
    assert stretches[0].start == end - 10 * LOOK_BACK_NS
    assert len(stretches) < 3 * LOOK_BACK_NS // DAY_NS
    assert isinstance(stretches[-1], Stretch)
    assert stretches[-1].end == end
