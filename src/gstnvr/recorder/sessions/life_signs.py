"""Signs of life of a camera of which no whole frame comes."""

from collections.abc import Callable

SETTLED_LOOKS = 2
"""Whatever had waited for the receive mark has come by then, and is no sign of life."""
SURE_S = 1.0
"""Without frames. On a busy machine it comes later; until then packets change nothing anyway, for half of the
shortest usual stall limit is left."""


class LifeSigns:
    """Looked for on each tick while frames are awaited."""

    def __init__(self) -> None:
        self._looks = 0
        self._packets = 0

    @property
    def settled(self) -> bool:
        """Whether what comes now comes when it is sent, and did not wait for the receive mark."""
        return self._looks >= SETTLED_LOOKS

    def rest(self) -> None:
        """Frames come; there is no need to look."""
        self._looks = 0

    def found(self, packets: Callable[[], int], silent_s: float) -> bool:
        """Whether pieces of video have come since the last look, so long after the last frame."""
        settled, before = self.settled and silent_s >= SURE_S, self._packets
        self._looks, self._packets = self._looks + 1, packets()
        return settled and self._packets != before
