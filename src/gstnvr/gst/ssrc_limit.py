"""Lets a camera change its SSRC, now and then, and not thousands of times at once.

Each SSRC takes a thread of rtpbin, and rtspsrc does not bear two new ones of a track in the same moment: it may
add one pad twice, and crash. So there may be one more than are linked. What comes with yet another is dropped.
"""

import re

from gstnvr.gst.runtime import Gst

_MOST = 16
"""In one session of a camera; who changes more often is connected anew by its stall."""
_PAD = re.compile(r"recv_rtp_src_([0-9]+)_[0-9]+_[0-9]+")


class SsrcLimit:
    """Watches an rtspsrc from before it connects."""

    def __init__(self, rtspsrc: Gst.Element) -> None:
        self._manager: Gst.Element | None = None
        self._linked: dict[int, int] = {}
        rtspsrc.connect("new-manager", self._take_manager)

    def allow_next(self, pad: Gst.Pad) -> None:
        """A pad of rtspsrc is there and linked; the track that it belongs to may take another SSRC from now on."""
        match = _PAD.fullmatch(pad.get_name() or "")
        if match is None or self._manager is None:
            return
        track = int(match[1])
        self._linked[track] = self._linked.get(track, 0) + 1
        # rtpbin refuses what its demultiplexer lets through if its own limit is reached.
        self._manager.set_property("max-streams", min(_MOST, max(self._linked.values()) + 1))
        demultiplexer = _demultiplexer(self._manager.emit("get-session", track))
        if demultiplexer is not None:
            demultiplexer.set_property("max-streams", min(_MOST, self._linked[track] + 1))

    # On a thread of the element, once.

    def _take_manager(self, _rtspsrc: Gst.Element, manager: Gst.Element) -> None:
        manager.set_property("max-streams", 1)
        self._manager = manager


def _demultiplexer(session: Gst.Element | None) -> Gst.Element | None:
    """The element behind the storage that follows an RTP session."""
    storage = _follower(session, "recv_rtp_src")
    return _follower(storage, "src")


def _follower(element: Gst.Element | None, pad_name: str) -> Gst.Element | None:
    pad = element.get_static_pad(pad_name) if element is not None else None
    peer = pad.get_peer() if pad is not None else None
    return peer.get_parent_element() if peer is not None else None
