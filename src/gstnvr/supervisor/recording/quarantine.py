"""Which streams to part from others after a recorder crashed again: one that kills its recorder is to be alone."""

from collections.abc import Collection, Sequence

from gstnvr.model.ids import StreamId

MEMORY_S = 600.0
"""Crashes that lie further back are forgotten."""
_BORNE = 1
"""A single crash may have any reason."""


class Suspicion:
    """Remembers who was there when recorders crashed."""

    def __init__(self) -> None:
        self._crashes: dict[StreamId, list[float]] = {}

    def note(self, streams: Collection[StreamId], now: float) -> None:
        """A recorder that had these streams has crashed.

        Args:
            now: monotonic seconds.
        """
        for stream in streams:
            self._crashes.setdefault(stream, []).append(now)

    def crashes(self, stream: StreamId, now: float) -> int:
        """How often a recorder crashed of late while it had this stream."""
        return sum(now - at <= MEMORY_S for at in self._crashes.get(stream, ()))

    def suspects(self, now: float) -> frozenset[StreamId]:
        """Streams that nobody else should be put together with."""
        recent = {stream: [at for at in times if now - at <= MEMORY_S] for stream, times in self._crashes.items()}
        self._crashes = {stream: times for stream, times in recent.items() if times}
        return frozenset(stream for stream, times in self._crashes.items() if len(times) > _BORNE)


def to_part(
    streams: Sequence[StreamId], suspects: Collection[StreamId], steady: Collection[StreamId]
) -> list[StreamId]:
    """Streams of a recorder that has just crashed which are to go on in another one; empty: it stays as it is.

    Most crashes come of a stream that has just begun, so those that were not steady go, if they are the fewer.
    Else it is one half, by order alone: whichever half has the culprit crashes again, and is halved again.

    Args:
        steady: streams that had been streaming for some time.
    """
    suspected = [stream for stream in streams if stream in suspects]
    if not suspected or len(streams) < 2:
        return []
    unsteady = [stream for stream in suspected if stream not in steady]
    if 0 < len(unsteady) <= len(streams) // 2:
        return unsteady
    half = suspected[len(suspected) // 2 :]
    return half if len(half) < len(streams) else half[1:]
