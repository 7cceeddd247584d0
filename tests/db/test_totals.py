"""Totals by cause and day, and statistics of incidents: by example, over daylight saving, and for anything."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.db.days import days_of
from gstnvr.db.incident_statistics import Duration, incident_statistics
from gstnvr.db.ledger import Span
from gstnvr.db.totals import CauseTotal, GapSpan, add_up, sum_of
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600 * NS_PER_S


def at(text: str, zone: ZoneInfo = BERLIN) -> UtcNs:
    return UtcNs(round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * NS_PER_S)


# --- days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-03-28", 24), ("2026-10-25", 25)])
def test_days_have_as_many_hours_as_they_have(day: str, hours: int) -> None:
    start = at(day)
    found = days_of(Span(start, UtcNs(start + hours * HOUR)), BERLIN)
    assert [(one.date.isoformat(), one.span.length // HOUR) for one in found] == [(day, hours)]


def test_a_day_without_a_midnight_begins_when_it_begins() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # on 2026-04-24 the clock goes from 23:59:59 to 01:00:00
    found = days_of(Span(at("2026-04-23", cairo), at("2026-04-25", cairo)), cairo)
    assert [(one.date.day, one.span.length // HOUR) for one in found] == [(23, 24), (24, 23)]


@given(
    st.integers(0, 4_000_000_000),
    st.integers(0, 40_000_000),
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/St_Johns", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu"]
    ),
)
@settings(max_examples=60)
def test_days_divide_a_span_without_rest(start: int, length: int, zone: str) -> None:
    span = Span(UtcNs(start * NS_PER_S), UtcNs((start + length) * NS_PER_S))
    found = days_of(span, ZoneInfo(zone))
    edges = [(one.span.start, one.span.end) for one in found]
    assert sum(end - begin for begin, end in edges) == span.length
    assert [end for _, end in edges[:-1]] == [begin for begin, _ in edges[1:]]
    for one in found:
        local = datetime.fromtimestamp(one.span.start // NS_PER_S, UTC).astimezone(ZoneInfo(zone))
        assert local.date() == one.date


# --- gaps ---------------------------------------------------------------------------------------------


def test_totals_by_cause_and_day_and_planned_ones_apart() -> None:
    known = [Span(at("2026-10-24T12:00"), at("2026-10-26T12:00"))]
    gaps: list[GapSpan] = [
        (at("2026-10-24T10:00"), at("2026-10-24T14:00"), GapCause.CONNECTING),
        (at("2026-10-24T23:00"), at("2026-10-25T01:00"), GapCause.NETWORK),
        (at("2026-10-25T10:00"), at("2026-10-25T10:30"), GapCause.NETWORK),
        (at("2026-10-26T09:00"), None, GapCause.STORAGE),
    ]
    asked = Span(at("2026-10-24T13:00"), at("2026-10-27"))
    found = add_up(asked, BERLIN, known, gaps, at("2026-10-26T12:00"))
    assert found.whole.causes == {
        GapCause.CONNECTING: CauseTotal(1, HOUR, HOUR),
        GapCause.NETWORK: CauseTotal(2, 5 * HOUR // 2, 2 * HOUR),
        GapCause.STORAGE: CauseTotal(1, 3 * HOUR, 3 * HOUR),
    }
    assert (found.whole.missing, found.whole.planned) == (11 * HOUR // 2, HOUR)
    assert found.whole.recorded == (11 + 25 + 12) * HOUR - 13 * HOUR // 2
    days = {day.date: (totals.recorded, totals.missing, totals.planned) for day, totals in found.days}
    assert days == {
        date(2026, 10, 24): (9 * HOUR, HOUR, HOUR),
        date(2026, 10, 25): (47 * HOUR // 2, 3 * HOUR // 2, 0),
        date(2026, 10, 26): (9 * HOUR, 3 * HOUR, 0),
    }
    assert found.whole.availability == found.whole.recorded / (found.whole.recorded + found.whole.missing)


def test_of_nothing_there_is_no_share() -> None:
    found = add_up(Span(UtcNs(0), UtcNs(HOUR)), UTC, [], [], UtcNs(HOUR))
    assert (found.whole.recorded, found.whole.availability, found.days) == (0, None, ())


def test_several_streams_are_added_up() -> None:
    spans = [Span(UtcNs(0), UtcNs(4 * HOUR))]
    one = add_up(spans[0], UTC, spans, [(UtcNs(0), UtcNs(HOUR), GapCause.NETWORK)], UtcNs(0)).whole
    two = add_up(spans[0], UTC, spans, [(UtcNs(0), UtcNs(2 * HOUR), GapCause.NETWORK)], UtcNs(0)).whole
    both = sum_of([one, two])
    assert (both.recorded, both.causes) == (5 * HOUR, {GapCause.NETWORK: CauseTotal(2, 3 * HOUR, 2 * HOUR)})


GAPS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 100)), max_size=12)


@given(GAPS, st.integers(0, 300), st.integers(1, 300))
@settings(max_examples=100)
def test_days_add_up_to_the_whole(steps: list[tuple[int, int]], first: int, length: int) -> None:
    start, gaps = at("2026-10-20"), []
    reach = start
    for pause, missing in steps:
        begin = UtcNs(reach + pause * NS_PER_S * 60)
        reach = UtcNs(begin + missing * NS_PER_S * 60)
        gaps.append((begin, reach, GapCause.NETWORK))
    known = [Span(start, UtcNs(reach + HOUR))]
    asked = Span(UtcNs(start + first * HOUR // 10), UtcNs(start + (first + length) * HOUR // 10))
    found = add_up(asked, BERLIN, known, gaps, reach)
    assert sum(totals.recorded for _, totals in found.days) == found.whole.recorded
    assert sum(totals.missing for _, totals in found.days) == found.whole.missing
    part = asked.cut(known[0].start, known[0].end)
    assert found.whole.recorded + found.whole.missing == (0 if part is None else part.length)


# --- incidents ----------------------------------------------------------------------------------------


def test_statistics_by_kind_and_day() -> None:
    start = at("2026-10-24T23:00")

    def later(seconds: float) -> UtcNs:
        return UtcNs(start + round(seconds * NS_PER_S))

    stalled = (Fault.RTSP_NETWORK, Reason.VIDEO_STALLED)
    full = (Fault.DISK_FULL, Reason.NO_SPACE)
    records = [
        (*stalled, later(0), later(2), later(12)),
        (*full, later(10), later(10), None),
        (*stalled, later(7200), later(7204), later(7224)),
    ]
    found = incident_statistics(records, Span(UtcNs(start - HOUR), at("2026-10-26T12:00")), BERLIN)
    assert (found.whole.incidents, found.whole.recovered) == (3, 2)
    assert found.whole.detection == Duration(2.0, 4.0)
    assert found.whole.recovery == Duration(15.0, 20.0)
    assert [(kind[:2], kind[2].recovery_rate) for kind in found.kinds] == [(stalled, 1.0), (full, 0.0)]
    assert found.kinds[1][2].recovery is None
    assert [(day.date.day, totals.incidents) for day, totals in found.days] == [(24, 2), (25, 1), (26, 0)]


def test_without_incidents_there_are_no_figures() -> None:
    found = incident_statistics([], Span(UtcNs(0), UtcNs(HOUR)), UTC)
    assert (found.whole.incidents, found.whole.recovery_rate, found.whole.detection) == (0, None, None)
    assert (found.kinds, found.days) == ([], [])
