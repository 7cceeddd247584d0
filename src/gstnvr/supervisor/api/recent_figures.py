"""Figures of every stream over the last minutes, for those who have just begun to look."""

import math
from array import array
from collections.abc import Iterable, Sequence

from gstnvr.api.common.ports import FigureSample
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.status import SessionPhase, StreamStatus

KEPT = 300
"""Samples of a stream, of which there is one a second."""
_LEAST_APART_NS = 800 * NS_PER_MS
_COLUMNS = 5


class RecentFigures:
    """A few kilobytes for each stream; nothing is written anywhere."""

    def __init__(self) -> None:
        self._tables: dict[StreamId, array[float]] = {}
        self._latest: dict[StreamId, UtcNs] = {}

    def keep(self, streams: Iterable[StreamId]) -> None:
        """Forget all streams but these."""
        kept = set(streams)
        self._tables = {stream: table for stream, table in self._tables.items() if stream in kept}
        self._latest = {stream: latest for stream, latest in self._latest.items() if stream in kept}

    def add(self, status: StreamStatus, now: UtcNs) -> None:
        """Note the figures of a stream; reports that follow each other within a second count once."""
        stream = status.stream
        if 0 <= now - self._latest.get(stream, UtcNs(0)) < _LEAST_APART_NS:
            return
        self._latest[stream] = now
        table = self._tables.setdefault(stream, array("d"))
        table.extend((now / NS_PER_S, *_figures(status)))
        if len(table) >= 2 * KEPT * _COLUMNS:
            del table[: -KEPT * _COLUMNS]

    def of(self, stream: StreamId) -> Sequence[FigureSample]:
        """The latest, oldest first; none of a stream that was never reported."""
        table = self._tables.get(stream, array("d"))[-KEPT * _COLUMNS :]
        return [
            FigureSample(UtcNs(round(table[first] * 1000) * NS_PER_MS), *map(_known, table[first + 1 : first + 5]))
            for first in range(0, len(table), _COLUMNS)
        ]


def _figures(status: StreamStatus) -> tuple[float, float, float, float]:
    """Frames a second, bits a second, share of packets lost and jitter, as far as they are known."""
    if status.session is not SessionPhase.STREAMING:
        return math.nan, math.nan, math.nan, math.nan
    figures = status.statistics
    link = figures.link
    loss = math.nan if link is None or not link.udp else link.second.loss
    jitter = math.nan if link is None or link.jitter_ms is None else link.jitter_ms
    return figures.fps, figures.bitrate_bps, loss, jitter


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
