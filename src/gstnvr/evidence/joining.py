"""Which segments follow each other without a hole and in one format, and which spans of them are shown.

Everything here is about time: samples come in ``assembly``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gstnvr.evidence.source import Source, in_order
from gstnvr.model.clock import NS_PER_S, UtcNs

LONGEST_FILE_NS = 4 * 3600 * NS_PER_S
"""What is longer becomes several files that adjoin to the frame."""
_OF_A_FRAME = 0.75
"""A hole of so much of a frame lacks a picture."""
_LONGEST_FRAME_NS = NS_PER_S


@dataclass(frozen=True, slots=True)
class Link:
    """A segment in a chain."""

    source: Source
    position: int
    """Of its first picture on the time line of the chain, nanoseconds."""

    def position_of(self, at: UtcNs) -> int:
        """Where a moment of the wall clock lies on the time line of the chain."""
        return self.position + self.source.moment(at)

    def utc(self, position: int) -> UtcNs:
        """The wall clock at a place of the chain."""
        return self.source.utc(position - self.position)


@dataclass(frozen=True, slots=True)
class Span:
    """On the time line of a chain."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What becomes one file: a span of a chain without a pause in it."""

    links: tuple[Link, ...]
    """All that reach into the span, and the one in front of them, from which pictures may need others."""
    span: Span


def chains(sources: Iterable[Source]) -> list[list[Link]]:
    """Sources as chains: each continues the one before without a hole, in one format."""
    found: list[list[Link]] = []
    for source in in_order(sources):
        last = found[-1][-1] if found else None
        if last is None or not _continues(last.source, source):
            found.append([Link(source, 0)])
        else:
            hole = max(0, source.start - last.source.end)
            found[-1].append(Link(source, last.position + last.source.length + hole - source.first))
    return found


def _continues(before: Source, after: Source) -> bool:
    frame = min(max(before.frame, after.frame), _LONGEST_FRAME_NS)
    hole = after.start - before.end
    goes_on = after.start > before.utc(before.last)
    return before.formats == after.formats and goes_on and abs(hole) < frame * _OF_A_FRAME


def stretches(chain: Sequence[Link], start: UtcNs, end: UtcNs) -> list[Stretch]:
    """What of a chain lies between two moments, parted at pauses and where a file would become too long."""
    first = next((link for link in chain if link.source.end > start), None)
    last = next((link for link in reversed(chain) if link.source.start < end), None)
    if first is None or last is None or first.position > last.position:
        return []
    whole = Span(
        max(first.position_of(start), chain[0].position + chain[0].source.first),
        min(last.position_of(end), last.position + last.source.length),
    )
    return [_stretch(chain, piece) for span in _without_pauses(chain, whole) for piece in _of_length(span)]


def _without_pauses(chain: Sequence[Link], whole: Span) -> Iterator[Span]:
    at = whole.start
    for link in chain:
        for pause in link.source.pauses:
            start, end = link.position + pause.start, link.position + pause.end
            if start < whole.end and end > at:
                if start > at:
                    yield Span(at, start)
                at = end
    if at < whole.end:
        yield Span(at, whole.end)


def _of_length(span: Span) -> Iterator[Span]:
    at = span.start
    while at < span.end:
        yield replace(span, start=at, end=min(span.end, at + LONGEST_FILE_NS))
        at += LONGEST_FILE_NS


def _stretch(chain: Sequence[Link], span: Span) -> Stretch:
    reaching = [
        number
        for number, link in enumerate(chain)
        if link.position + link.source.first < span.end and link.position + link.source.length > span.start
    ]
    return Stretch(tuple(chain[max(0, reaching[0] - 1) : reaching[-1] + 1]), span)
