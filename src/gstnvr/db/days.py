"""Days of a time zone; some have 23 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from gstnvr.db.ledger import Span
from gstnvr.model.clock import NS_PER_S, UtcNs


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or as much of it as lies in the span that was asked for."""

    date: date
    span: Span


def days_of(span: Span, zone: tzinfo) -> list[Day]:
    """All days that reach into a span, cut to it, in order."""
    if span.end <= span.start:
        return []
    day = datetime.fromtimestamp(span.start // NS_PER_S, UTC).astimezone(zone).date()
    found = []
    start = span.start
    while start < span.end:
        following = day + timedelta(days=1)
        end = min(_midnight(following, zone), span.end)
        if end > start:
            found.append(Day(day, Span(start, end)))
            start = end
        day = following
    return found


def _midnight(day: date, zone: tzinfo) -> UtcNs:
    """The first moment of a day, also where the clock skips midnight."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    return UtcNs(round(moment.timestamp()) * NS_PER_S)
