"""Tells a camera again and again that somebody watches."""

import asyncio

from gstnvr.gst.runtime import Gst


class KeepAlive:
    """Sends an empty GET_PARAMETER on the connection of an rtspsrc that plays.

    rtspsrc does so by itself, but as rarely as the camera's announced time-out allows, and some cameras hang up
    sooner than they say. A camera that still owes an answer is not asked again: some never give one.
    """

    def __init__(self, rtspsrc: Gst.Element, interval_s: float) -> None:
        self._rtspsrc = rtspsrc
        self._interval_s = interval_s
        self._timer: asyncio.TimerHandle | None = None
        self._answer: Gst.Promise | None = None

    def start(self) -> None:
        """Begin; does nothing if it has begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._beat)

    def stop(self) -> None:
        """Send no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._answer is not None:
            self._answer.expire()

    def _beat(self) -> None:
        self._timer = None
        if self._answer is None or self._answer.get_reply() is not None:
            self._answer = Gst.Promise.new()
            if not self._rtspsrc.emit("get-parameters", [], None, self._answer):
                self._answer.expire()
                self._answer = None
        self.start()
