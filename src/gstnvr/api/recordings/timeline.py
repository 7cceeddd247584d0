"""Recordings and gaps cut to the span that was asked for, and what they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gstnvr.db.ledger import Span
from gstnvr.db.timeline import Recording
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import Gap


@dataclass(frozen=True, slots=True)
class PresentSpan:
    """As much of a recording as lies in the span."""

    span: Span
    recording: Recording


@dataclass(frozen=True, slots=True)
class MissingSpan:
    """As much of a gap as lies in the span."""

    span: Span
    gap: Gap


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a time line."""

    recordings: Sequence[Recording]
    gaps: Sequence[Gap]
    next: UtcNs | None
    """Where the next page begins; None: that was all."""


def part_of(recordings: Sequence[Recording], gaps: Sequence[Gap], begin: int | None, most: int) -> Part:
    """As many recordings and gaps together as fit on a page, by start.

    Args:
        begin: what starts earlier was on a page before.
    """
    first = 0 if begin is None else begin
    starts = sorted([*(one.start for one in recordings), *(one.start for one in gaps)])
    starts = [start for start in starts if begin is None or start >= first]
    end = next((start for start in starts[most:] if start > starts[0]), None)

    def fits(start: UtcNs) -> bool:
        return (begin is None or start >= first) and (end is None or start < end)

    return Part(
        [recording for recording in recordings if fits(recording.start)],
        [gap for gap in gaps if fits(gap.start)],
        end,
    )


def present_spans(recordings: Iterable[Recording], asked: Span) -> list[PresentSpan]:
    """What of these recordings lies in the span, in their order."""
    cut = ((asked.cut(recording.start, recording.end), recording) for recording in recordings)
    return [PresentSpan(span, recording) for span, recording in cut if span is not None]


def missing_spans(gaps: Iterable[Gap], asked: Span, now: UtcNs) -> list[MissingSpan]:
    """What of these gaps lies in the span, in their order; a gap that lasts ends now."""
    cut = ((asked.cut(gap.start, now if gap.end is None else gap.end), gap) for gap in gaps)
    return [MissingSpan(span, gap) for span, gap in cut if span is not None]
