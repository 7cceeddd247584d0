"""Days on which other hours hold: dates, ranges of dates, and the public holidays of a region."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

_REGION = re.compile(r"[A-Z]{2}(?:-[A-Za-z0-9]{1,10})?", re.ASCII)
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d) ?(?:\.\.|/) ?(\d{4}-\d\d-\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Both ends belong to it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Holidays:
    """Of one schedule."""

    ranges: tuple[DateRange, ...] = ()
    regions: tuple[str, ...] = ()
    """Countries, or parts of them, by ISO 3166: ``DE``, ``DE-BY``."""

    def has(self, day: date) -> bool:
        """Whether a day is one."""
        return any(one.first <= day <= one.last for one in self.ranges) or any(
            day in public_holidays(region, day.year) for region in self.regions
        )


def parse_holidays(entries: Iterable[str]) -> Holidays:
    """Read a list of dates, of ranges such as ``2026-12-24..2027-01-02``, and of regions such as ``DE-BY``.

    Raises:
        ValueError: an entry is none of these, or its region is not known.
    """
    ranges: list[DateRange] = []
    regions: list[str] = []
    for entry in entries:
        if _REGION.fullmatch(entry.strip()):
            public_holidays(entry.strip(), 2026)
            regions.append(entry.strip())
        else:
            ranges.append(_range(entry))
    return Holidays(tuple(ranges), tuple(regions))


@cache
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Public holidays of a country or a part of it; takes a tenth of a second the first time.

    Raises:
        ValueError: the region is not known.
    """
    import holidays  # noqa: PLC0415 - takes 14 MB of memory, and most schedules do without

    country, _, part = region.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        message = f"{region!r} is not a region whose holidays are known; write e.g. DE, DE-BY, US-CA, or dates"
        raise ValueError(message) from None


def _range(text: str) -> DateRange:
    match = _RANGE.fullmatch(text.strip())
    try:
        first, last = map(date.fromisoformat, match.groups() if match else (text.strip(), text.strip()))
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a date (2026-12-24), nor a range of dates (2026-12-24..2027-01-02), nor a region"
            " (DE-BY)"
        ) from None
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return DateRange(first, last)
