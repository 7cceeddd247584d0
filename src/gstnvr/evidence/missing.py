"""Which parts of a span no video shows, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gstnvr.evidence.order import SourceGap
from gstnvr.model.clock import NS_PER_MS, UtcNs

SHORTEST_NS = 5 * NS_PER_MS
"""Less than this is no more than times that were rounded."""
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MissingSpan:
    """One cause, one span."""

    start: UtcNs
    end: UtcNs
    cause: str
    planned: bool
    detail: str


def missing_spans(
    asked: tuple[UtcNs, UtcNs], shown: Iterable[tuple[UtcNs, UtcNs]], causes: Iterable[SourceGap]
) -> list[MissingSpan]:
    """What is asked and not shown, with the causes that are known; where two are known, that which began first."""
    in_order = sorted(causes, key=lambda gap: gap.start)
    return [piece for hole in _holes(asked, shown) for piece in _explained(hole, in_order)]


def _holes(asked: tuple[UtcNs, UtcNs], shown: Iterable[tuple[UtcNs, UtcNs]]) -> Iterator[tuple[UtcNs, UtcNs]]:
    at = asked[0]
    for start, end in sorted(shown):
        if start - at >= SHORTEST_NS:
            yield at, min(start, asked[1])
        at = max(at, end)
    if asked[1] - at >= SHORTEST_NS:
        yield at, asked[1]


def _explained(hole: tuple[UtcNs, UtcNs], causes: Sequence[SourceGap]) -> Iterator[MissingSpan]:
    at, end = hole
    for gap in causes:
        start, stop = max(at, gap.start), min(end, gap.end)
        if stop - start < SHORTEST_NS:
            continue
        if start - at >= SHORTEST_NS:
            yield _unexplained(at, start)
        yield MissingSpan(start, stop, gap.cause, gap.planned, gap.detail)
        at = stop
    if end - at >= SHORTEST_NS:
        yield _unexplained(at, end)


def _unexplained(start: UtcNs, end: UtcNs) -> MissingSpan:
    return MissingSpan(
        start, end, UNKNOWN, planned=False, detail="nothing was recorded, and the ledger has no cause"
    )
