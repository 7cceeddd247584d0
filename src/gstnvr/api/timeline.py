"""Recordings and gaps cut to the span that was asked for, and what they add up to."""

from collections.abc import Iterable
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


def present_spans(recordings: Iterable[Recording], asked: Span) -> list[PresentSpan]:
    """What of these recordings lies in the span, in their order."""
    cut = ((asked.cut(recording.start, recording.end), recording) for recording in recordings)
    return [PresentSpan(span, recording) for span, recording in cut if span is not None]


def missing_spans(gaps: Iterable[Gap], asked: Span, now: UtcNs) -> list[MissingSpan]:
    """What of these gaps lies in the span, in their order; a gap that lasts ends now."""
    cut = ((asked.cut(gap.start, now if gap.end is None else gap.end), gap) for gap in gaps)
    return [MissingSpan(span, gap) for span, gap in cut if span is not None]
