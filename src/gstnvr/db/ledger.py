"""The gap ledger of a stream: whatever its segments do not cover, cut into pieces with exactly one cause each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from itertools import pairwise

from gstnvr.db.timeline import shortest_gap
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap, Outage

FOR_EVER = UtcNs(1 << 62)
BRIDGE_NS = 10 * NS_PER_S
"""So much beside an outage belongs to it: it is told with the moment at which it was noticed."""
LONG_HOLE_NS = 60 * NS_PER_S
"""What is cut within a longer hole is cut alike whatever video lies beside it."""

_FACTS = {GapCause.CLOCK_JUMP: 0, GapCause.FILE_LOST: 1, GapCause.DELETED: 1, GapCause.NO_PICTURES: 2}
"""By rank, what is known of a moment for certain; all else is in force for a while, and may be so for nothing."""
_WAS_RECORDED = frozenset({GapCause.FILE_LOST, GapCause.DELETED})
"""What is missing on either side of it has to do with each other as little as it had when it was there."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What the row of a segment covers."""

    start: UtcNs
    end: UtcNs
    frames: int
    growing: bool
    """The row is behind the file: how far it reaches is not known yet."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to ``end``."""

    start: UtcNs
    end: UtcNs

    @property
    def length(self) -> int:
        """Nanoseconds."""
        return self.end - self.start

    def cut(self, start: UtcNs, end: UtcNs) -> "Span | None":
        """What of another span lies in this one."""
        first, last = max(start, self.start), min(end, self.end)
        return Span(first, last) if first < last else None


ALWAYS = Span(UtcNs(-FOR_EVER), FOR_EVER)


def joined(spans: Iterable[Span], adjoining_ns: int) -> list[Span]:
    """Those that follow each other within so many nanoseconds as one, in order."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end + adjoining_ns:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


@dataclass(frozen=True, slots=True)
class _Hole:
    start: UtcNs
    end: UtcNs
    shortest: int
    """A piece that is shorter lacks no frame."""
    growing: bool
    """The segment in front of it may reach into it."""


@dataclass(frozen=True, slots=True)
class _Why:
    cause: GapCause
    detail: str
    incident: str | None


_NOBODY = _Why(GapCause.UNKNOWN, "nobody was there to say why", None)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: UtcNs
    end: UtcNs
    outage: Outage | None
    """The one that counts here."""


@dataclass(frozen=True, slots=True)
class _Explained:
    start: UtcNs
    end: UtcNs
    why: _Why


def ledger_gaps(
    stream: StreamId, covered: Sequence[Covered], outages: Sequence[Outage], within: Span = ALWAYS
) -> list[Gap]:
    """The gaps of a stream, by start: the complement of its segments from the first to the last that is known.

    What a segment has no pictures of, although it goes on, it does not cover. Behind one that grows, only what an
    outage explains is a gap yet. Where several outages are in force, the one that began first counts, and after
    its end the next.

    Args:
        covered: by start; they may overlap.
        outages: in any order.
        within: begins and ends where a segment begins, if not for ever; no gap lies outside.
    """
    valid = sorted((outage for outage in outages if _end(outage) > outage.start), key=lambda one: one.start)
    explained = _Explanations(valid)
    pictured = _with_pictures(covered, valid, within.end)
    return [
        _gap(stream, piece)
        for hole in _holes(pictured, _known(covered, valid, within))
        for piece in _join(_attribute(hole, explained.pieces(hole)), hole.shortest)
    ]


def _gap(stream: StreamId, piece: _Explained) -> Gap:
    end = None if piece.end == FOR_EVER else piece.end
    return Gap(stream, piece.start, end, piece.why.cause, piece.why.detail, piece.why.incident)


def _end(outage: Outage) -> UtcNs:
    return FOR_EVER if outage.end is None else outage.end


def _known(covered: Sequence[Covered], outages: Sequence[Outage], within: Span) -> Span:
    """From the first moment of which anything is known to the last."""
    starts = [one[0].start for one in (covered, outages) if one]
    ends = [segment.end for segment in covered] + [_end(outage) for outage in outages]
    if not starts:
        return Span(UtcNs(0), UtcNs(0))
    return Span(max(within.start, min(starts)), min(within.end, max(ends)))


def _with_pictures(covered: Sequence[Covered], outages: Sequence[Outage], until: UtcNs) -> Sequence[Covered]:
    """Segments in pieces, without the pauses in them; those that begin by ``until``."""
    pauses = [
        Span(one.start, one.end) for one in outages if one.cause is GapCause.NO_PICTURES and one.end is not None
    ]
    if not pauses:
        return covered
    pieces = [piece for segment in covered for piece in _without(pauses, segment)]
    return sorted((piece for piece in pieces if piece.start <= until), key=lambda piece: piece.start)


def _without(pauses: Sequence[Span], segment: Covered) -> Iterator[Covered]:
    within = Span(segment.start, segment.end)
    cuts = [cut for pause in pauses if (cut := within.cut(pause.start, pause.end)) is not None]
    if not cuts:
        yield segment
        return
    pieces = [Span(within.start, cuts[0].start)]
    """The first may be empty: gaps never reach over the start of a segment."""
    reach = cuts[0].end
    for cut in cuts[1:]:
        if cut.start > reach:
            pieces.append(Span(reach, cut.start))
        reach = max(reach, cut.end)
    if reach < within.end:
        pieces.append(Span(reach, within.end))
    pictured = sum(piece.length for piece in pieces)
    for piece in pieces:
        frames = round(segment.frames * piece.length / pictured) if pictured else 0
        yield Covered(piece.start, piece.end, frames, segment.growing and piece is pieces[-1])


def _holes(covered: Sequence[Covered], known: Span) -> Iterator[_Hole]:
    reach = known.start
    before: Covered | None = None
    for segment in covered:
        shortest = shortest_gap(before, segment)
        if segment.start - reach >= shortest:
            yield _hole(reach, segment.start, shortest, before)
        if segment.end >= reach:
            reach, before = segment.end, segment
    shortest = shortest_gap(before, None)
    if known.end - reach >= shortest:
        yield _hole(reach, known.end, shortest, before)


def _hole(start: UtcNs, end: UtcNs, shortest: int, before: Covered | None) -> _Hole:
    if end - start > LONG_HOLE_NS:
        shortest = shortest_gap(None, None)
    return _Hole(start, end, shortest, before is not None and before.growing)


class _Explanations:
    """Outages, asked for holes in order of time."""

    def __init__(self, outages: Sequence[Outage]) -> None:
        """Take them by start."""
        self._outages = outages
        self._next = 0
        self._in_force: list[tuple[int, UtcNs, int]] = []
        """A heap of rank, start and number; those that are over are dropped when they come to its top."""

    def pieces(self, hole: _Hole) -> list[_Piece]:
        """A hole, cut wherever an outage begins or ends."""
        first = self._next
        self._in_force = [entry for entry in self._in_force if _end(self._outages[entry[2]]) > hole.start]
        heapify(self._in_force)
        while self._next < len(self._outages) and self._outages[self._next].start < hole.end:
            self._next += 1
        moments = {hole.start, hole.end}
        candidates = [number for _, _, number in self._in_force] + list(range(first, self._next))
        for outage in (self._outages[number] for number in candidates):
            moments |= {at for at in (outage.start, _end(outage)) if hole.start < at < hole.end}
        waiting = iter(range(first, self._next))
        found = []
        upcoming = next(waiting, None)
        for start, end in pairwise(sorted(moments)):
            while upcoming is not None and self._outages[upcoming].start <= start:
                self._enter(upcoming)
                upcoming = next(waiting, None)
            found.append(_Piece(start, end, self._first_in_force(start)))
        return found

    def _enter(self, number: int) -> None:
        outage = self._outages[number]
        heappush(self._in_force, (_rank(outage.cause), outage.start, number))

    def _first_in_force(self, at: UtcNs) -> Outage | None:
        while self._in_force:
            outage = self._outages[self._in_force[0][2]]
            if _end(outage) > at:
                return outage
            heappop(self._in_force)
        return None


def _rank(cause: GapCause) -> int:
    return _FACTS.get(cause, len(_FACTS))


def _attribute(hole: _Hole, pieces: Sequence[_Piece]) -> list[_Explained]:
    """Give each piece its cause; what may be recorded yet is left out."""
    found: list[_Explained] = []
    origin: _Why | None = None
    growing = hole.growing
    for number, piece in enumerate(pieces):
        if piece.outage is None and growing:
            continue
        growing &= piece.outage is not None and piece.outage.cause is GapCause.NO_PICTURES
        if piece.outage is None:
            following = pieces[number + 1].outage if number + 1 < len(pieces) else None
            why = origin = _bridge(piece, origin, following)
        elif piece.outage.cause is GapCause.CONNECTING and origin is not None:
            why = origin
        else:
            why = _why(piece.outage)
            if piece.outage.cause in _WAS_RECORDED:
                origin = None
            elif _is_ordinary(piece.outage.cause):
                origin = why
        found.append(_Explained(piece.start, piece.end, why))
    return found


def _why(outage: Outage) -> _Why:
    return _Why(outage.cause, outage.detail, outage.incident)


def _is_ordinary(cause: GapCause) -> bool:
    return cause not in _FACTS and cause is not GapCause.CONNECTING


def _bridge(piece: _Piece, origin: _Why | None, following: Outage | None) -> _Why:
    """Why something is missing beside an outage; far from any, nobody knows."""
    if piece.end - piece.start > BRIDGE_NS:
        return _NOBODY
    if origin is not None:
        return origin
    return _why(following) if following is not None and _is_ordinary(following.cause) else _NOBODY


def _join(pieces: Sequence[_Explained], shortest: int) -> list[_Explained]:
    """Pieces in a row with the same cause are one gap, and one without a frame is none of its own."""
    joined: list[_Explained] = []
    for piece in pieces:
        if not joined:
            joined.append(piece)
        elif piece.why.cause is joined[-1].why.cause or piece.end - piece.start < shortest:
            joined[-1] = replace(joined[-1], end=piece.end)
        elif joined[-1].end - joined[-1].start < shortest:
            joined[-1] = replace(piece, start=joined[-1].start)
        else:
            joined.append(piece)
    return [piece for piece in joined if piece.end - piece.start >= shortest]
