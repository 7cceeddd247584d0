"""Spans of a day as people write them: ``08:00-18:00``, ``22:00-06:00``, ``00:00-24:00``."""

import re
from dataclasses import dataclass

DAY_MINUTES = 1440

_SPAN = re.compile(r"(\d\d?):(\d\d) ?- ?(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """From ``start`` up to ``end``, in minutes since the midnight at which the day begins; beyond 1440 it is the
    next day's morning."""

    start: int
    end: int

    def __str__(self) -> str:
        end = self.end if self.end <= DAY_MINUTES else self.end - DAY_MINUTES
        return f"{_clock(self.start)}-{_clock(end)}"


def parse_span(text: str) -> DaySpan:
    """Read a span; one that ends before it starts goes on until the next day.

    Raises:
        ValueError: this is no span of a day; the message says what would be right.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a span of time such as 08:00-18:00, not {text!r}")
    start, end = _minutes(match[1], match[2], text), _minutes(match[3], match[4], text)
    if start == DAY_MINUTES:
        raise ValueError(f"{text!r} begins at 24:00; write 00:00 under the next day")
    if start == end:
        raise ValueError(f"{text!r} begins and ends at the same time; a whole day is 00:00-24:00")
    return DaySpan(start, end if end > start else end + DAY_MINUTES)


def _minutes(hours: str, minutes: str, text: str) -> int:
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > DAY_MINUTES:
        raise ValueError(f"{text!r} has a time that no clock shows; times are from 00:00 to 24:00")
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
