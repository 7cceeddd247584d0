"""How much of a stream was recorded and how much is missing: in all, by cause and by day."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from gstnvr.db.days import Day, days_of
from gstnvr.db.ledger import Span
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """Gaps of one cause; lengths in nanoseconds."""

    gaps: int
    length: int
    longest: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one span; lengths in nanoseconds."""

    recorded: int
    causes: Mapping[GapCause, CauseTotal]
    """Only those that occur."""

    @property
    def missing(self) -> int:
        """By faults."""
        return sum(total.length for cause, total in self.causes.items() if not cause.planned)

    @property
    def planned(self) -> int:
        """On purpose."""
        return sum(total.length for cause, total in self.causes.items() if cause.planned)

    @property
    def availability(self) -> float | None:
        """Share of what should have been recorded that was; None: nothing should have been."""
        wanted = self.recorded + self.missing
        return self.recorded / wanted if wanted > 0 else None


@dataclass(frozen=True, slots=True)
class StreamTotals:
    """Of one stream."""

    whole: Totals
    days: Sequence[tuple[Day, Totals]]
    """Those of which anything is known."""


def sum_of(several: Iterable[Totals]) -> Totals:
    """Of several streams together."""
    recorded = 0
    causes: dict[GapCause, CauseTotal] = {}
    for totals in several:
        recorded += totals.recorded
        for cause, more in totals.causes.items():
            before = causes.get(cause, CauseTotal(0, 0, 0))
            longest = max(before.longest, more.longest)
            causes[cause] = CauseTotal(before.gaps + more.gaps, before.length + more.length, longest)
    return Totals(recorded, causes)


GapSpan = tuple[UtcNs, UtcNs | None, GapCause]
"""Start, end (None while it lasts) and cause of a gap."""


@dataclass(slots=True)
class _Sum:
    span: Span
    known: int = 0
    lengths: dict[GapCause, list[int]] = field(default_factory=dict)
    """By cause: number, sum and longest."""

    def add(self, start: UtcNs, end: UtcNs, cause: GapCause) -> None:
        length = min(end, self.span.end) - max(start, self.span.start)
        if length <= 0:
            return
        total = self.lengths.setdefault(cause, [0, 0, 0])
        total[0] += 1
        total[1] += length
        total[2] = max(total[2], length)

    def totals(self) -> Totals:
        missing = sum(total[1] for total in self.lengths.values())
        causes = {cause: CauseTotal(*total) for cause, total in self.lengths.items()}
        return Totals(max(0, self.known - missing), causes)


def add_up(asked: Span, zone: tzinfo, known: Sequence[Span], gaps: Iterable[GapSpan], now: UtcNs) -> StreamTotals:
    """Add up what lies in a span.

    Args:
        zone: whose days count.
        known: the spans that segments and gaps tile, so that what is not missing was recorded.
        gaps: that reach into the span; those that last end now.
    """
    parts = [part for span in known if (part := asked.cut(span.start, span.end)) is not None]
    if not parts:
        return StreamTotals(Totals(0, {}), ())
    days = days_of(Span(min(part.start for part in parts), max(part.end for part in parts)), zone)
    whole = _Sum(asked)
    by_day = [_Sum(day.span) for day in days]
    for part in parts:
        for total in (whole, *by_day):
            total.known += max(0, min(part.end, total.span.end) - max(part.start, total.span.start))
    starts = [day.span.start for day in days]
    for start, end, cause in gaps:
        stop = now if end is None else end
        whole.add(start, stop, cause)
        number = max(0, bisect_right(starts, start) - 1)
        while number < len(by_day) and starts[number] < stop:
            by_day[number].add(start, stop, cause)
            number += 1
    summed = [(day, total.totals()) for day, total in zip(days, by_day, strict=True) if total.known]
    return StreamTotals(whole.totals(), summed)
