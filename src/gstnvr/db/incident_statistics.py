"""What incidents come to: how many of which kind, how soon they were noticed and over, day by day."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from gstnvr.db.days import Day, days_of
from gstnvr.db.ledger import Span
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, Reason

IncidentRecord = tuple[str, str, UtcNs, UtcNs, UtcNs | None]
"""Fault, reason, and when it started, was detected and was over (None while it lasts)."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, over several incidents."""

    mean_s: float
    worst_s: float


@dataclass(frozen=True, slots=True)
class IncidentTotals:
    """Of several incidents."""

    incidents: int
    recovered: int
    detection: Duration | None
    """From the beginning of the trouble until it was noticed."""
    recovery: Duration | None
    """From then until it was over; None: none is over."""

    @property
    def recovery_rate(self) -> float | None:
        """Share of those that are over."""
        return self.recovered / self.incidents if self.incidents else None


@dataclass(frozen=True, slots=True)
class IncidentStatistics:
    """Of a span; incidents count where they started."""

    whole: IncidentTotals
    kinds: Sequence[tuple[Fault, Reason, IncidentTotals]]
    """The most frequent first."""
    days: Sequence[tuple[Day, IncidentTotals]]
    """From that of the first incident on, also those without any."""


@dataclass(slots=True)
class _Lengths:
    count: int = 0
    total: int = 0
    worst: int = 0

    def add(self, length: int) -> None:
        self.count += 1
        self.total += length
        if length > self.worst:  # noqa: PLR1730 - this runs a million times
            self.worst = length

    def merge(self, other: "_Lengths") -> None:
        self.count += other.count
        self.total += other.total
        self.worst = max(self.worst, other.worst)

    def duration(self) -> Duration | None:
        if self.count == 0:
            return None
        return Duration(self.total / self.count / NS_PER_S, self.worst / NS_PER_S)


@dataclass(slots=True)
class _Count:
    detection: _Lengths = field(default_factory=_Lengths)
    recovery: _Lengths = field(default_factory=_Lengths)

    def merge(self, other: "_Count") -> None:
        self.detection.merge(other.detection)
        self.recovery.merge(other.recovery)

    def totals(self) -> IncidentTotals:
        return IncidentTotals(
            self.detection.count, self.recovery.count, self.detection.duration(), self.recovery.duration()
        )


def incident_statistics(records: Sequence[IncidentRecord], asked: Span, zone: tzinfo) -> IncidentStatistics:
    """Add up incidents that started within a span.

    Args:
        zone: whose days count.
    """
    first = min((record[2] for record in records), default=asked.end)
    days = days_of(Span(first, asked.end), zone)
    counts = _count(records, [day.span.start for day in days])
    whole = _Count()
    kinds: dict[tuple[str, str], _Count] = {}
    by_day = [_Count() for _ in days]
    for (fault, reason, number), count in counts.items():
        for total in (whole, kinds.setdefault((fault, reason), _Count()), by_day[number]):
            total.merge(count)
    found = [(Fault(fault), Reason(reason), count.totals()) for (fault, reason), count in kinds.items()]
    found.sort(key=lambda kind: (-kind[2].incidents, kind[0], kind[1]))
    return IncidentStatistics(
        whole.totals(), found, [(day, count.totals()) for day, count in zip(days, by_day, strict=True)]
    )


def _count(records: Sequence[IncidentRecord], starts: Sequence[UtcNs]) -> dict[tuple[str, str, int], _Count]:
    """By fault, reason and number of the day."""
    counts: dict[tuple[str, str, int], _Count] = {}
    for fault, reason, started, detected, recovered in records:
        key = (fault, reason, bisect_right(starts, started) - 1)
        count = counts.get(key)
        if count is None:
            count = counts[key] = _Count()
        count.detection.add(max(0, detected - started))
        if recovered is not None:
            count.recovery.add(max(0, recovered - detected))
    return counts
