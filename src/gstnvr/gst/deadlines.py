"""Keeps the patience of jitter buffers right for as long as a session lasts."""

from dataclasses import dataclass

from gstnvr.gst.jitter_buffers import JitterBuffers
from gstnvr.gst.runtime import Gst
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_S

WINDOW_NS = NS_PER_S
"""The soonest arrival within it stands for all."""
JUMP_NS = NS_PER_S


@dataclass(slots=True)
class _Window:
    since: int
    least: int
    """From the camera's clock to ours, by the soonest arrival."""


class Deadlines:
    """Tells jitter buffers what time it is on the camera's clock.

    A jitter buffer waits for a missing packet until ``latency`` after the time that is written on it, and takes
    the camera's clock to go exactly as this machine's does. It never does: a camera that is fast by 50 parts in a
    million makes it hold up everything behind a lost packet for four seconds after a day, a slow one makes it give
    up after an hour what was merely overtaken, and after a jump it may wait for an hour.
    """

    def __init__(self, buffers: JitterBuffers) -> None:
        self._buffers = buffers
        self._windows: dict[int, _Window] = {}

    def follow(self, number: int | None, units: list[AccessUnit]) -> None:
        """Take note of what was drained now.

        Args:
            number: of the track in the camera's description; None: not known yet.
            units: of this track, as they came.
        """
        if number is None or not units:
            return
        buffer = self._buffers.newest.get(number)
        clock = buffer.get_clock() if buffer is not None else None
        if buffer is None or clock is None:
            return
        now = clock.get_time()
        offset = now - units[-1].pts
        window = self._windows.get(number)
        if window is None or abs(offset - window.least) > JUMP_NS:
            self._windows[number] = _Window(now, offset)
            _set_base_time(buffer, offset)
            return
        window.least = min(window.least, offset)
        if now - window.since >= WINDOW_NS:
            _set_base_time(buffer, window.least)
            self._windows[number] = _Window(now, offset)


def _set_base_time(buffer: Gst.Element, base_time: int) -> None:
    buffer.set_base_time(max(0, base_time))
