"""When nothing is struck, so that figures of processes may be compared with each other.

In the middle of a fault they say what the fault is: descriptors count the cameras that are connected, memory what
waits for a disk.
"""

from gstnvr.lab.soak.plan import SETTLES_S, PlannedFault


class Calm:
    """Follows the faults of a soak; times are seconds since its beginning."""

    def __init__(self) -> None:
        self._going_on: set[PlannedFault] = set()
        self._since_s = 0.0

    def begin(self, fault: PlannedFault) -> None:
        """It strikes."""
        self._going_on.add(fault)

    def end(self, fault: PlannedFault, now_s: float) -> None:
        """It is over."""
        self._going_on.discard(fault)
        self._since_s = now_s

    def has_come(self, now_s: float) -> bool:
        """Nothing is struck, and what was has settled."""
        return not self._going_on and now_s >= self._since_s + SETTLES_S
