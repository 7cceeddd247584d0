"""Whether the gap ledger says of one stream what its files say: each hole in a gap, each gap a hole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gstnvr.lab.audit import Audit
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Gap


@dataclass(frozen=True, slots=True)
class Missing:
    """A span of which something says that it is missing."""

    start: UtcNs
    end: UtcNs

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / NS_PER_S

    def shared_s(self, others: Iterable["Missing"]) -> float:
        """Seconds of it that lie in others, which do not overlap each other."""
        return sum(max(0, min(self.end, other.end) - max(self.start, other.start)) / NS_PER_S for other in others)


def ledger_equals_audit(found: Audit, gaps: Sequence[Gap], within_s: float) -> list[str]:
    """Complaints, one line each; none if ledger and audit agree.

    Args:
        gaps: of the stream; those outside of the audit, and time that a clock left out, do not count.
        within_s: by how much each may differ; a group of pictures, and what the moments of arrival waver by.
    """
    holes = holes_of(found)
    told = told_missing(found, gaps)
    return [*_not_told(holes, told, within_s), *_not_missing(told, holes, within_s)]


def holes_of(found: Audit) -> list[Missing]:
    """What is missing as the files say."""
    return [Missing(hole.start, hole.end) for hole in found.holes]


def told_missing(found: Audit, gaps: Iterable[Gap]) -> list[Missing]:
    """What is missing as the ledger says, between the first and the last picture."""
    start, end = found.video.start, found.video.end
    if start is None or end is None:
        return []
    cut = (
        Missing(max(gap.start, start), min(end if gap.end is None else gap.end, end))
        for gap in gaps
        if gap.cause is not GapCause.CLOCK_JUMP
    )
    return [span for span in cut if span.seconds > 0]


def _not_told(holes: Sequence[Missing], told: Sequence[Missing], within_s: float) -> Iterator[str]:
    for hole in holes:
        untold = hole.seconds - hole.shared_s(told)
        if untold > within_s:
            yield f"{untold:.1f} s of the {hole.seconds:.1f} s missing at {format_utc(hole.start)} are in no gap"


def _not_missing(told: Sequence[Missing], holes: Sequence[Missing], within_s: float) -> Iterator[str]:
    for gap in told:
        recorded = gap.seconds - gap.shared_s(holes)
        if recorded > within_s:
            yield f"{recorded:.1f} s of the gap of {gap.seconds:.1f} s at {format_utc(gap.start)} were recorded"
