"""Hours on the wall clock: every minute of a year in the zones of the world, and days on which clocks are set."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.schedule.holidays import DateRange, Holidays
from gstnvr.schedule.hours import DAY_MINUTES, DaySpan, parse_span
from gstnvr.schedule.weekly import OnSpan, Schedule, is_on, last_change, next_change, on_spans

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE_NS = 60 * NS_PER_S
HOUR_NS = 60 * MINUTE_NS
ODD_ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",  # half an hour
    "Antarctica/Troll",  # two hours
    "America/Havana",  # at midnight
    "Africa/Casablanca",  # twice more for Ramadan
)
ALL_ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def at(text: str, zone: ZoneInfo = BERLIN, *, fold: int = 0) -> UtcNs:
    moment = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
    return UtcNs(int(moment.timestamp()) * NS_PER_S)


def week_of(*spans: str, days: str = "0123456") -> tuple[tuple[DaySpan, ...], ...]:
    hours = tuple(map(parse_span, spans))
    return tuple(hours if str(day) in days else () for day in range(7))


def berlin(*spans: str, days: str = "0123456") -> Schedule:
    return Schedule(BERLIN, week_of(*spans, days=days))


BUSY = Schedule(
    BERLIN,
    (
        (DaySpan(7 * 60 + 30, 12 * 60), DaySpan(13 * 60, 18 * 60)),
        (DaySpan(22 * 60, 30 * 60),),
        (),
        (DaySpan(0, DAY_MINUTES),),
        (DaySpan(30, 2 * 60 + 15), DaySpan(23 * 60, 25 * 60)),
        (DaySpan(1 * 60 + 30, 3 * 60), DaySpan(20 * 60, 26 * 60 + 30)),
        (DaySpan(2 * 60 + 10, 2 * 60 + 50), DaySpan(0, 45)),
    ),
    holiday=(DaySpan(9 * 60, 10 * 60),),
    holidays=Holidays((DateRange(date(2026, 12, 24), date(2027, 1, 2)),)),
)


# --- every minute -------------------------------------------------------------------------------------


def minutes_on(schedule: Schedule) -> dict[bool, list[bytearray]]:
    """For the oracle: whether a minute of a day is on, without what the day before left; by the kind of day."""
    kinds: dict[bool, list[bytearray]] = {False: [], True: []}
    for weekday in range(7):
        for holiday, spans in ((False, schedule.week[weekday]), (True, schedule.holiday)):
            table = bytearray(2 * DAY_MINUTES)
            for span in spans:
                table[span.start : span.end] = b"\1" * (span.end - span.start)
            kinds[holiday].append(table)
    return kinds


def walk(schedule: Schedule, year: int) -> Iterator[tuple[UtcNs, bool]]:
    """Every minute of a year, by nothing but what a clock on the wall shows."""
    tables = minutes_on(schedule)
    zone = schedule.zone
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    holidays = [day for one in schedule.holidays.ranges for day in days_of(one)]
    day, today, before = date.min, tables[False][0], tables[False][0]
    for second in range(start, int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()), 60):
        wall = datetime.fromtimestamp(second, zone)
        if wall.date() != day:
            day = wall.date()
            yesterday = day - timedelta(days=1)
            today = tables[day in holidays][day.weekday()]
            before = tables[yesterday in holidays][yesterday.weekday()]
        minute = wall.hour * 60 + wall.minute
        yield UtcNs(second * NS_PER_S), bool(today[minute] or before[minute + DAY_MINUTES])


def days_of(one: DateRange) -> list[date]:
    return [one.first + timedelta(days=number) for number in range((one.last - one.first).days + 1)]


def agrees_with_every_minute(zone: str, year: int) -> None:
    schedule = Schedule(ZoneInfo(zone), BUSY.week, BUSY.holiday, BUSY.holidays)
    minutes = list(walk(schedule, year))
    first, on = minutes[0]
    changes = [moment for (_, was), (moment, now) in pairwise(minutes) if was != now]
    found, moment = [], first
    while (following := next_change(schedule, moment)) is not None and following <= minutes[-1][0]:
        found.append(following)
        moment = following
    assert found == changes
    assert is_on(schedule, first) is on
    for number, change in enumerate(changes):
        assert is_on(schedule, UtcNs(change - 1)) is (on ^ bool(number % 2))
        assert is_on(schedule, change) is not is_on(schedule, UtcNs(change - 1))
        assert last_change(schedule, change) == change
    ons = list(on_spans(schedule, first, UtcNs(minutes[-1][0] + MINUTE_NS)))
    assert sum(span.end - span.start for span in ons) == sum(now for _, now in minutes) * MINUTE_NS


@pytest.mark.parametrize("zone", [*ODD_ZONES, *random.Random(20261121).sample(ALL_ZONES, 2)])
def test_every_minute_of_a_year_is_as_the_clock_on_the_wall_says(zone: str) -> None:
    agrees_with_every_minute(zone, 2026)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ALL_ZONES)
def test_the_same_in_every_zone_there_is(zone: str) -> None:
    agrees_with_every_minute(zone, 2026)


# --- the days on which clocks are set -----------------------------------------------------------------


def on_time(schedule: Schedule, start: UtcNs, end: UtcNs) -> float:
    return sum(span.end - span.start for span in on_spans(schedule, start, end)) / HOUR_NS


def test_a_time_that_is_skipped_in_spring_means_from_the_jump_on() -> None:
    schedule = berlin("02:30-05:00")
    assert next_change(schedule, at("2027-03-28T01:00")) == at("2027-03-28T03:00")
    assert next_change(schedule, at("2027-03-28T03:00")) == at("2027-03-28T05:00")
    assert on_time(schedule, at("2027-03-28T00:00"), at("2027-03-29T00:00")) == 2


def test_a_span_that_ends_in_the_skipped_hour_ends_with_the_jump() -> None:
    schedule = berlin("01:00-02:30")
    assert next_change(schedule, at("2027-03-28T01:00")) == at("2027-03-28T03:00")
    assert on_time(schedule, at("2027-03-28T00:00"), at("2027-03-29T00:00")) == 1


def test_in_autumn_a_span_covers_the_hour_that_comes_twice_both_times() -> None:
    schedule = berlin("02:00-03:00")
    day = at("2026-10-25T00:00"), at("2026-10-26T00:00")
    assert list(on_spans(schedule, *day)) == [OnSpan(at("2026-10-25T02:00"), at("2026-10-25T03:00"))]
    assert on_time(schedule, *day) == 2
    parts = list(on_spans(berlin("02:15-02:45"), *day))
    assert parts == [
        OnSpan(at("2026-10-25T02:15"), at("2026-10-25T02:45")),
        OnSpan(at("2026-10-25T02:15", fold=1), at("2026-10-25T02:45", fold=1)),
    ]


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2026-10-25", 25), ("2026-11-21", 24)])
def test_a_whole_day_is_on_for_as_long_as_it_lasts(day: str, hours: int) -> None:
    end = date.fromisoformat(day) + timedelta(days=1)
    assert on_time(berlin("00:00-24:00"), at(f"{day}T00:00"), at(f"{end}T00:00")) == hours


def test_a_night_in_which_the_clock_is_set_is_as_long_as_it_is() -> None:
    schedule = berlin("22:00-06:00", days="5")
    assert on_time(schedule, at("2027-03-27T12:00"), at("2027-03-28T12:00")) == 7
    assert on_time(schedule, at("2026-10-24T12:00"), at("2026-10-25T12:00")) == 9


def test_a_day_that_a_zone_left_out_takes_nothing_along() -> None:
    apia = ZoneInfo("Pacific/Apia")  # there was no 30 December 2011
    schedule = Schedule(apia, week_of("09:00-17:00"))
    friday = list(on_spans(schedule, at("2011-12-29T00:00", apia), at("2012-01-01T00:00", apia)))
    assert friday == [
        OnSpan(at("2011-12-29T09:00", apia), at("2011-12-29T17:00", apia)),
        OnSpan(at("2011-12-31T09:00", apia), at("2011-12-31T17:00", apia)),
    ]


# --- weeks, nights, holidays --------------------------------------------------------------------------


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    schedule = berlin("22:00-06:00", days="4")
    friday, saturday = at("2026-11-20T22:00"), at("2026-11-21T06:00")
    assert next_change(schedule, at("2026-11-18T00:00")) == friday
    assert next_change(schedule, friday) == saturday
    assert is_on(schedule, at("2026-11-21T05:59"))
    assert not is_on(schedule, at("2026-11-22T05:59"))
    assert next_change(schedule, saturday) == friday + 7 * 24 * HOUR_NS


def test_spans_that_touch_or_overlap_are_one() -> None:
    schedule = berlin("08:00-12:00", "12:00-14:00", "13:00-15:00", "13:30-13:40")
    assert next_change(schedule, at("2026-11-21T08:00")) == at("2026-11-21T15:00")
    assert next_change(berlin("00:00-24:00"), at("2026-11-21T08:00")) is None


def test_a_schedule_without_hours_is_never_on() -> None:
    assert not is_on(berlin(), at("2026-11-21T08:00"))
    assert next_change(berlin(), at("2026-11-21T08:00")) is None
    assert last_change(berlin(), at("2026-11-21T08:00")) is None


def test_on_holidays_other_hours_hold() -> None:
    days = Holidays((DateRange(date(2026, 12, 25), date(2026, 12, 26)),))
    schedule = Schedule(BERLIN, week_of("08:00-18:00"), (parse_span("10:00-11:00"),), days)
    expected = [
        OnSpan(at(f"2026-12-{day}T{first}:00"), at(f"2026-12-{day}T{last}:00"))
        for day, first, last in [(24, "08", "18"), (25, "10", "11"), (26, "10", "11"), (27, "08", "18")]
    ]
    assert list(on_spans(schedule, at("2026-12-24T00:00"), at("2026-12-28T00:00"))) == expected


def test_the_next_change_may_be_a_year_away() -> None:
    schedule = Schedule(BERLIN, week_of(), (parse_span("00:00-24:00"),), Holidays((), ("DE",)))
    assert next_change(schedule, at("2026-12-27T00:00")) == at("2027-01-01T00:00")
    once = Holidays((DateRange(date(2027, 11, 30), date(2027, 11, 30)),))
    far = Schedule(BERLIN, week_of(), (parse_span("00:00-24:00"),), once)
    assert next_change(far, at("2026-12-01T00:00")) == at("2027-11-30T00:00")


def test_after_years_the_clock_on_the_wall_still_shows_the_same_time() -> None:
    schedule = berlin("08:15-17:45", days="01234")
    moment, shown = at("2026-01-01T00:00"), set()
    while moment < at("2036-01-01T00:00"):
        change = next_change(schedule, moment)
        assert change is not None
        shown.add(f"{datetime.fromtimestamp(change / NS_PER_S, BERLIN):%H:%M:%S.%f}")
        moment = change
    assert shown == {"08:15:00.000000", "17:45:00.000000"}


SPANS = st.lists(
    st.tuples(st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES)).map(
        lambda pair: DaySpan(pair[0], pair[0] + pair[1])
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=150)
@given(
    st.sampled_from(ALL_ZONES),
    st.lists(SPANS, min_size=7, max_size=7).map(tuple),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_between_two_changes_nothing_changes(
    zone: str, week: tuple[tuple[DaySpan, ...], ...], moment: datetime
) -> None:
    schedule = Schedule(ZoneInfo(zone), week)
    start = UtcNs(int(moment.timestamp() * 1e6) * 1000)
    change = next_change(schedule, start)
    on = is_on(schedule, start)
    end = change if change is not None else UtcNs(start + 14 * 24 * HOUR_NS)
    for step in range(64):
        assert is_on(schedule, UtcNs(start + (end - start) * step // 64)) is on
    if change is not None:
        assert is_on(schedule, UtcNs(change - 1)) is on
        assert is_on(schedule, change) is not on
        assert last_change(schedule, UtcNs(change + NS_PER_S)) == change
