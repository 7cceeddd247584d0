"""The jitter buffers of an rtspsrc: how many packets came, and new ones when a camera changes its SSRC."""

from contextlib import nullcontext
from typing import cast

from gstnvr.gst.runtime import Gst

_OF_THE_FIRST_SSRC = ("seqnum-base", "clock-base")


class JitterBuffers:
    """Watches an rtspsrc from before it connects.

    All callbacks run on threads of rtspsrc, while an SSRC is new, and of its packets for the first alone.
    """

    def __init__(self, rtspsrc: Gst.Element) -> None:
        self._newest: dict[int, Gst.Element] = {}
        rtspsrc.connect("new-manager", self._take_manager)

    @property
    def newest(self) -> dict[int, Gst.Element]:
        """Of the present SSRC of each track, by number of the track in the camera's description."""
        return dict(self._newest)

    def packets(self, track: int | None) -> int:
        """RTP packets of the present SSRC that have come; 0 before the first.

        Args:
            track: its number in the camera's description, from 0; None: not known yet.
        """
        jitter_buffer = None if track is None else self._newest.get(track)
        if jitter_buffer is None:
            return 0
        found, packets = jitter_buffer.get_property("stats").get_uint64("num-pushed")
        return packets if found else 0

    def _take_manager(self, _rtspsrc: Gst.Element, manager: Gst.Element) -> None:
        manager.connect("new-jitterbuffer", self._take)

    def _take(self, _manager: Gst.Element, jitter_buffer: Gst.Element, track: int, _ssrc: int) -> None:
        pad = jitter_buffer.get_static_pad("sink")
        if pad is not None:
            _date_first_packet(pad)
            if track in self._newest:
                pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _forget_first_ssrc)
        self._newest[track] = jitter_buffer


def _date_first_packet(pad: Gst.Pad) -> None:
    """Take the first packet for one that came when it did.

    Over TCP rtspsrc gives the first packet of each track the time of the first packet of all, and no other packet
    has one: without a time it is taken for one that came just now. Many a camera sends sound at once and pictures
    from its next key frame on: they would lie too early by up to a group of pictures, until the first report of
    the sender puts them right with a jump, or for ever beyond 3 s (``max-ts-offset``). Over UDP packets have the
    times at which they came.
    """

    def date(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        pad.remove_probe(number)  # before anything can fail: each packet would be dropped
        packet = info.get_buffer()
        if packet is not None and packet.dts == Gst.CLOCK_TIME_NONE:
            # From GStreamer 1.28 on what others see, too, may be changed in this way alone.
            with info.writable_object() if hasattr(info, "writable_object") else nullcontext(packet) as writable:
                cast(Gst.Buffer, writable).pts = Gst.CLOCK_TIME_NONE
        return Gst.PadProbeReturn.OK

    number = pad.add_probe(Gst.PadProbeType.BUFFER, date)


def _forget_first_ssrc(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    """What the camera said about its first SSRC would make a jitter buffer drop the packets of the next."""
    event = info.get_event()
    if event is None or event.type is not Gst.EventType.CAPS:
        return Gst.PadProbeReturn.OK
    structure = event.parse_caps().get_structure(0).copy()
    if not any(structure.has_field(field) for field in _OF_THE_FIRST_SSRC):
        return Gst.PadProbeReturn.OK
    for field in _OF_THE_FIRST_SSRC:
        structure.remove_field(field)
    caps = Gst.Caps.new_empty()
    caps.append_structure(structure)
    pad.send_event(Gst.Event.new_caps(caps))
    return Gst.PadProbeReturn.DROP
