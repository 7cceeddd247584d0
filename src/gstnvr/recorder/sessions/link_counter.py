"""Packets of a stream by second, minute and session, from sums that are read once a second."""

from collections import deque

from gstnvr.media.link import LinkStatistics
from gstnvr.model.status import LinkStatus, PacketCounts

MINUTE_S = 60


class LinkCounter:
    """Remembers the sums of the last minute, over the ends of sessions."""

    def __init__(self) -> None:
        self._newest: LinkStatistics | None = None
        self._second = PacketCounts()
        self._sum = PacketCounts()
        self._sums: deque[PacketCounts] = deque([self._sum], maxlen=MINUTE_S + 1)
        """Over all sessions, one for each second."""

    def end_session(self) -> None:
        """The next one counts from zero again."""
        self._newest = None

    def note(self, found: LinkStatistics | None) -> None:
        """Called once a second with what the source counted."""
        before = self._newest.packets if self._newest is not None else PacketCounts()
        self._newest = found
        self._second = found.packets - before if found is not None else PacketCounts()
        self._sum += self._second
        self._sums.append(self._sum)

    def status(self, *, in_batches: bool) -> LinkStatus | None:
        """For the status; None: there is nothing to tell.

        Args:
            in_batches: packets wait for each other before they are read.
        """
        found = self._newest
        if found is None:
            return None
        return LinkStatus(
            udp=found.udp,
            jitter_ms=None if in_batches and not found.udp else round(found.jitter_s * 1000, 3),
            second=self._second,
            minute=self._sum - self._sums[0],
            session=found.packets,
        )
