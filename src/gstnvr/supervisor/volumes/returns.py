"""Volumes that were away for a while, as recorders tell of them."""

from collections.abc import Collection, Sequence

from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.status import VolumeStatus

_SETTLED_AFTER_S = 15.0
"""A recorder ends its own files sooner than this once a volume is back; what is left then, nobody ends."""


class Returns:
    """Which volumes are away, and which are back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._away: dict[str, UtcNs] = {}
        self._back_at: dict[str, float] = {}

    @property
    def away(self) -> Collection[str]:
        """Volumes that fail, or whose return has not been attended to."""
        return self._away.keys()

    def note(self, reported: Collection[Sequence[VolumeStatus]]) -> None:
        """What recorders say now."""
        statuses = [status for one in reported for status in one]
        failing = {status.uuid for status in statuses if status.fault is not None}
        now = self._clock.monotonic()
        for uuid in failing:
            self._away.setdefault(uuid, self._clock.utc_ns())
            self._back_at.pop(uuid, None)
        for uuid in self._away.keys() & {status.uuid for status in statuses} - failing:
            self._back_at.setdefault(uuid, now)

    def due(self) -> dict[str, UtcNs]:
        """Volumes that have been back for a while, and since when they had been away."""
        now = self._clock.monotonic()
        return {uuid: self._away[uuid] for uuid, since in self._back_at.items() if now - since >= _SETTLED_AFTER_S}

    def attended(self, uuid: str) -> None:
        """All is in order on this one."""
        self._away.pop(uuid, None)
        self._back_at.pop(uuid, None)
