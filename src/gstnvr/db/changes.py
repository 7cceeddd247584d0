"""What a transaction changed, put into few words."""

from collections.abc import Callable, Iterable, Sequence

from gstnvr.db.ledger import Span, joined
from gstnvr.db.settlement import Disagreement
from gstnvr.model.changes import (
    GapChange,
    GapNews,
    IncidentChange,
    IncidentNews,
    IndexNews,
    RecordingsNews,
    SegmentChange,
    SegmentNews,
)
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap, Incident

MOST_SINGLY = 64
"""With more news of one stream in one transaction, these are told as one."""
_ADJOINING_NS = NS_PER_S

TellNews = Callable[[Sequence[IndexNews]], None]
"""Called after a transaction, on whatever thread it took place."""


class ChangeLog:
    """Collects what one transaction changes."""

    def __init__(self) -> None:
        self._news: dict[StreamId, list[SegmentNews | GapNews]] = {}
        self._gone: dict[StreamId, list[Span]] = {}
        self._incidents: list[IncidentNews] = []

    def segment(self, change: SegmentChange, stream: StreamId, span: Span, key: int) -> None:
        """A segment was begun or has its end."""
        self._news.setdefault(stream, []).append(SegmentNews(change, stream, span.start, span.end, 1, key))

    def gone(self, stream: StreamId, span: Span) -> None:
        """Nothing can be played any more of a segment."""
        self._gone.setdefault(stream, []).append(span)

    def incident(self, incident: Incident, *, new: bool) -> None:
        """An incident was entered, or entered again."""
        change = IncidentChange.OPENED if new else IncidentChange.CHANGED
        if incident.recovered is not None:
            change = IncidentChange.OVER
        self._incidents.append(IncidentNews(change, incident))

    def settled(self, stream: StreamId, found: Disagreement) -> None:
        """Gaps were removed and entered."""
        self._news.setdefault(stream, []).extend(_gap_news(found))

    def news(self) -> list[IndexNews]:
        """All of it, by stream; incidents first, as gaps name them."""
        told: list[IndexNews] = [*self._incidents]
        for stream in dict.fromkeys([*self._gone, *self._news]):
            news = [*_deletions(stream, self._gone.get(stream, ())), *self._news.get(stream, ())]
            told += news if len(news) <= MOST_SINGLY else [_as_one(stream, news)]
        return told


def _deletions(stream: StreamId, gone: Iterable[Span]) -> list[SegmentNews]:
    spans = list(gone)
    return [
        SegmentNews(
            SegmentChange.DELETED,
            stream,
            whole.start,
            whole.end,
            sum(whole.start <= span.start <= whole.end for span in spans),
        )
        for whole in joined(spans, _ADJOINING_NS)
    ]


def _gap_news(found: Disagreement) -> list[GapNews]:
    before = {gap.start: gap for gap in found.wrong}
    now = {gap.start for gap in found.lacking}
    removed = [GapNews(GapChange.REMOVED, gap) for gap in found.wrong if gap.start not in now]
    return [*removed, *(GapNews(_gap_change(gap, before.get(gap.start)), gap) for gap in found.lacking)]


def _gap_change(gap: Gap, before: Gap | None) -> GapChange:
    if before is not None and (before.end is None) == (gap.end is None):
        return GapChange.CHANGED
    return GapChange.OPENED if gap.end is None else GapChange.OVER


def _as_one(stream: StreamId, news: Sequence[SegmentNews | GapNews]) -> RecordingsNews:
    starts: list[UtcNs] = []
    ends: list[UtcNs | None] = []
    for one in news:
        span = one.gap if isinstance(one, GapNews) else one
        starts.append(span.start)
        ends.append(span.end)
    known = [end for end in ends if end is not None]
    return RecordingsNews(stream, min(starts), max(known) if len(known) == len(ends) else None)
