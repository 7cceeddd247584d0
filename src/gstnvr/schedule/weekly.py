"""Weekly hours on the wall clock of a time zone, and what they mean in UTC.

A span holds whenever the clock on the wall shows a time in it. So an hour that is skipped has no part in it, and
one that comes twice belongs to it twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.schedule.holidays import Holidays
from gstnvr.schedule.hours import DAY_MINUTES, DaySpan

HORIZON_DAYS = 400
"""So far ahead the next change is looked for: a schedule may be on for holidays only."""
DAY_NS = 86_400 * NS_PER_S

_MINUTE_NS = 60 * NS_PER_S
_CHUNK_S = 6 * 3600
"""No zone changes its offset twice within."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class OnSpan:
    """From ``start`` up to ``end``, in UTC."""

    start: UtcNs
    end: UtcNs


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is to be on."""

    zone: tzinfo
    week: tuple[tuple[DaySpan, ...], ...]
    """Spans of the seven days from Monday on; each belongs to the day on which it begins."""
    holiday: tuple[DaySpan, ...] = ()
    """Instead of the day's own on holidays."""
    holidays: Holidays = field(default_factory=Holidays)

    def hours_of(self, day: date) -> tuple[DaySpan, ...]:
        """Spans that begin on a day."""
        return self.holiday if self.holidays.has(day) else self.week[day.weekday()]


def is_on(schedule: Schedule, at: UtcNs) -> bool:
    """Whether the clock on the wall shows a time within the hours."""
    wall = datetime.fromtimestamp(at // NS_PER_S, schedule.zone)
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    return _covers(schedule.hours_of(today), minute) or _covers(
        schedule.hours_of(today - timedelta(days=1)), minute + DAY_MINUTES
    )


def next_change(schedule: Schedule, at: UtcNs) -> UtcNs | None:
    """The first moment after ``at`` from which on it is different; None: there is none within 400 days."""
    horizon = UtcNs(at + HORIZON_DAYS * DAY_NS)
    span = next(on_spans(schedule, at, horizon), None)
    if span is None:
        return None
    change = span.start if span.start > at else span.end
    return change if change < horizon else None


def last_change(schedule: Schedule, at: UtcNs, within_days: int = 8) -> UtcNs | None:
    """The last moment, ``at`` or before, since which it is as it is; None: it was so all these days."""
    begin = UtcNs(at - within_days * DAY_NS)
    last = None
    for last in on_spans(schedule, begin, UtcNs(at + 1)):  # noqa: B007 - only the last one is asked for
        pass
    if last is None:
        return None
    change = last.start if last.end > at else last.end
    return change if change > begin else None


def on_spans(schedule: Schedule, start: UtcNs, end: UtcNs) -> Iterator[OnSpan]:
    """What of a span of time is on, in order; the pieces neither touch nor overlap."""
    joined: OnSpan | None = None
    for span in _pieces(schedule, start, end):
        if joined is None:
            joined = span
        elif span.start == joined.end:
            joined = OnSpan(joined.start, span.end)
        else:
            yield joined
            joined = span
    if joined is not None:
        yield joined


def _covers(spans: tuple[DaySpan, ...], minute: int) -> bool:
    return any(span.start <= minute < span.end for span in spans)


def _pieces(schedule: Schedule, start: UtcNs, end: UtcNs) -> Iterator[OnSpan]:
    for first, last, offset_ns in _of_one_offset(schedule.zone, start, end):
        for wall_start, wall_end in _on_the_wall(schedule, first + offset_ns, last + offset_ns):
            yield OnSpan(UtcNs(wall_start - offset_ns), UtcNs(wall_end - offset_ns))


def _on_the_wall(schedule: Schedule, start: int, end: int) -> Iterator[tuple[int, int]]:
    """On-time between two moments of the wall clock, in nanoseconds from 1970 on it; in order, without overlap."""
    for day in range(start // DAY_NS, -(-end // DAY_NS)):
        midnight = day * DAY_NS
        reach = max(start, midnight)
        for first, last in _minutes_of(schedule, date.fromordinal(_EPOCH_DAY + day)):
            on = max(reach, midnight + first * _MINUTE_NS)
            off = min(end, midnight + last * _MINUTE_NS)
            if on < off:
                yield on, off
                reach = off


def _minutes_of(schedule: Schedule, day: date) -> list[tuple[int, int]]:
    """On-time within a day, what is left of the day before included; sorted by start."""
    before = (
        (0, span.end - DAY_MINUTES)
        for span in schedule.hours_of(day - timedelta(days=1))
        if span.end > DAY_MINUTES
    )
    today = ((span.start, min(span.end, DAY_MINUTES)) for span in schedule.hours_of(day))
    return sorted([*before, *today])


def _of_one_offset(zone: tzinfo, start: UtcNs, end: UtcNs) -> Iterator[tuple[int, int, int]]:
    """A span of time in short pieces, each with the one offset of the wall clock that holds in it."""
    edges = [start, *range((start // NS_PER_S + _CHUNK_S) * NS_PER_S, end, _CHUNK_S * NS_PER_S), end]
    for first, last in pairwise(edges):
        before, after = _offset_s(zone, first // NS_PER_S), _offset_s(zone, (last - 1) // NS_PER_S)
        if before == after:
            yield first, last, before * NS_PER_S
        else:
            jump = _first_second_of(zone, after, first // NS_PER_S, (last - 1) // NS_PER_S) * NS_PER_S
            yield first, jump, before * NS_PER_S
            yield jump, last, after * NS_PER_S


def _first_second_of(zone: tzinfo, offset_s: int, before: int, there: int) -> int:
    while there - before > 1:
        middle = (before + there) // 2
        if _offset_s(zone, middle) == offset_s:
            there = middle
        else:
            before = middle
    return there


def _offset_s(zone: tzinfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())
