"""Tells a camera again and again that somebody watches."""

import asyncio
import threading

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
        self._question: _Question | None = None

    def start(self) -> None:
        """Begin; does nothing if it has begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._beat)

    def stop(self) -> None:
        """Send no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._question is not None:
            self._question.give_up()

    def _beat(self) -> None:
        self._timer = None
        if self._question is None or self._question.is_settled:
            self._question = _Question(self._rtspsrc)
        self.start()


class _Question:
    """One GET_PARAMETER and its answer.

    A promise can only be waited for. Asked for an answer that it does not have yet, it complains in the log; of
    one that calls back, Python crashes when rtspsrc lets it expire.
    """

    def __init__(self, rtspsrc: Gst.Element) -> None:
        self._answer = Gst.Promise.new()
        self._waiting = threading.Thread(target=self._answer.wait, name="keep-alive answer", daemon=True)
        self._waiting.start()
        if not rtspsrc.emit("get-parameters", [], None, self._answer):
            self.give_up()

    @property
    def is_settled(self) -> bool:
        """Whether there is an answer, or there will be none."""
        return not self._waiting.is_alive()

    def give_up(self) -> None:
        """Wait no longer; it may be answered yet, which it may not once it has expired."""
        if self._waiting.is_alive():
            self._answer.interrupt()
            self._waiting.join()
