"""Reads what GStreamer's RTP elements have counted."""

from gstnvr.gst.jitter_buffers import JitterBuffers
from gstnvr.gst.runtime import Gst
from gstnvr.media.link import LinkStatistics
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.status import PacketCounts


class LinkReader:
    """Sums up the jitter buffers of an rtspsrc.

    A jitter buffer is where it shows what became of a packet: handed on, too late, there already, or never come.
    """

    def __init__(self, buffers: JitterBuffers) -> None:
        self._buffers = buffers
        self._known: dict[int, Gst.Element] = {}
        self._former = PacketCounts()
        """Of SSRCs that the camera has given up."""
        self._udp = False

    def read(self, video: int | None) -> LinkStatistics | None:
        """What was counted so far; None: nothing has come.

        Args:
            video: number of the video track in the camera's description; None: not known yet.
        """
        newest = self._buffers.newest
        if not newest:
            return None
        if newest != self._known:
            self._note_change(newest)
        packets = self._former
        for buffer in newest.values():
            packets += _packets(_figures(buffer))
        jitter_ns = 0
        if video is not None and video in newest:
            jitter_ns = _count(_figures(newest[video]), "avg-jitter")
        return LinkStatistics(self._udp, jitter_ns / NS_PER_S, packets)

    def _note_change(self, newest: dict[int, Gst.Element]) -> None:
        for track, buffer in self._known.items():
            if newest[track] is not buffer:
                self._former += _packets(_figures(buffer))
        self._known = newest
        self._udp = _comes_by_udp(next(iter(newest.values())))


def _figures(buffer: Gst.Element) -> Gst.Structure:
    figures = buffer.get_property("stats")
    assert isinstance(figures, Gst.Structure)
    return figures


def _packets(figures: Gst.Structure) -> PacketCounts:
    return PacketCounts(
        received=_count(figures, "num-pushed"),
        lost=_count(figures, "num-lost"),
        late=_count(figures, "num-late"),
        duplicate=_count(figures, "num-duplicates"),
        retransmissions_asked=_count(figures, "rtx-count"),
        retransmissions_received=_count(figures, "rtx-success-count"),
    )


def _count(figures: Gst.Structure, name: str) -> int:
    return figures.get_uint64(name)[1]


def _comes_by_udp(buffer: Gst.Element) -> bool:
    """Whether the rtspsrc around it has sockets of its own for media."""
    manager = buffer.get_parent()
    rtspsrc = manager.get_parent() if manager is not None else None
    if not isinstance(rtspsrc, Gst.Bin):
        return False
    factories = (element.get_factory() for element in rtspsrc.children)
    return any(factory is not None and factory.get_name() == "udpsrc" for factory in factories)
