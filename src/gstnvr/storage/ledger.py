"""The gap ledger: every moment of a stream is in a segment or in exactly one gap, and has exactly one cause."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from uuid import uuid4

from gstnvr.db.timeline import ADJOINING_NS
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap

Span = tuple[UtcNs, UtcNs]

_FOR_EVER = UtcNs(1 << 62)
_LOST = "the file of a segment is gone"
_start = itemgetter(0)
_end = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the index says of one stream."""

    stream: StreamId
    recorded: Sequence[Span]
    """Segments that are there, by start; they may overlap."""
    lost: Sequence[Span]
    """Segments whose files are gone, by start."""
    gaps: Sequence[Gap]
    """By start."""
    until: UtcNs | None
    """Up to here everything is to be accounted for, and gaps that last end here; None: the ledger ends where it
    ends, and gaps may last."""


class _Coverage:
    """A set of moments, as spans that neither overlap nor touch."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for start, end in spans:
            self.add(start, end)

    def add(self, start: UtcNs, end: UtcNs) -> None:
        """Put a span in, whatever of it is there already."""
        first = bisect_left(self._spans, start, key=_end)
        beyond = bisect_right(self._spans, end, key=_start)
        if first < beyond:
            start = min(start, self._spans[first][0])
            end = max(end, self._spans[beyond - 1][1])
        self._spans[first:beyond] = [(start, end)]

    def free(self, start: UtcNs, end: UtcNs) -> list[Span]:
        """What of a span is not there."""
        first = bisect_right(self._spans, start, key=_end)
        beyond = bisect_left(self._spans, end, key=_start)
        edges = [(start, start), *self._spans[first:beyond], (end, end)]
        return [(before[1], after[0]) for before, after in pairwise(edges) if before[1] < after[0]]


def balance(ledger: Ledger, cause: GapCause = GapCause.PROCESS_DIED, detail: str = "") -> list[Gap]:
    """Changes that make a ledger right: gaps cut, split, removed (their end is their start), ended or added.

    Where a file is lost, the added gap says so; any other hole that no gap explains is given ``cause``. Overlaps
    and holes of up to ``ADJOINING_NS`` are borne. A ledger to which the changes were made needs no further ones.
    """
    coverage = _Coverage(ledger.recorded)
    changes: list[Gap] = []
    for gap in ledger.gaps:
        pieces = _pieces(gap, ledger, coverage)
        for start, end in pieces:
            coverage.add(start, end)
        changes += _as_changes(gap, pieces)
    for span in ledger.lost:
        for start, end in _long(coverage.free(*span)):
            coverage.add(start, end)
            changes.append(
                _new_gap(ledger.stream, (start, end), GapCause.FILE_LOST, "the file of a segment is gone")
            )
    first, last = _knowledge(ledger)
    changes += [_new_gap(ledger.stream, span, cause, detail) for span in _long(coverage.free(first, last))]
    return changes


def _pieces(gap: Gap, ledger: Ledger, coverage: _Coverage) -> list[Span]:
    """What of a gap is neither recorded nor in another gap, bits too short to matter aside."""
    end = gap.end if gap.end is not None else _end_of_open(gap, ledger)
    found = []
    for free_start, free_end in coverage.free(gap.start, end):
        start = gap.start if free_start - gap.start <= ADJOINING_NS else free_start
        stop = end if end - free_end <= ADJOINING_NS else free_end
        if free_end - free_start > ADJOINING_NS or (start, stop) == (gap.start, end):
            found.append((start, stop))
    return found


def _end_of_open(gap: Gap, ledger: Ledger) -> UtcNs:
    """A gap that lasts is over with the next segment, though nobody may have lived to say so."""
    following = bisect_right(ledger.recorded, gap.start, key=_start)
    if following < len(ledger.recorded):
        return ledger.recorded[following][0]
    return _FOR_EVER if ledger.until is None else max(ledger.until, gap.start)


def _as_changes(gap: Gap, pieces: list[Span]) -> list[Gap]:
    if not pieces:
        return [replace(gap, end=gap.start)]
    cut = [replace(gap, start=start, end=None if end == _FOR_EVER else end) for start, end in pieces]
    cut[1:] = [replace(piece, uid=str(uuid4())) for piece in cut[1:]]
    return [] if cut == [gap] else cut


def _knowledge(ledger: Ledger) -> Span:
    """From the first moment that the ledger speaks of to the last for which it is to account."""
    gaps = [(gap.start, gap.start if gap.end is None else gap.end) for gap in ledger.gaps]
    known = [*ledger.recorded, *ledger.lost, *gaps]
    if not known:
        return UtcNs(0), UtcNs(0)
    last = max(end for _, end in known)
    return min(start for start, _ in known), last if ledger.until is None else max(last, ledger.until)


def _long(spans: Iterable[Span]) -> Iterable[Span]:
    return [span for span in spans if span[1] - span[0] > ADJOINING_NS]


def _new_gap(stream: StreamId, span: Span, cause: GapCause, detail: str) -> Gap:
    return Gap(str(uuid4()), stream, span[0], span[1], cause, detail)
