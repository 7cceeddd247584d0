"""Which volume one stream writes to: not the one that refused its file although it is well."""

from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.recorder.storage.volumes import Volumes

AVOID_S = 30.0
"""So long another volume is preferred to one on which a file of this stream failed and no check."""


class VolumeChoice:
    """Of one stream."""

    def __init__(self, stream: StreamId, volumes: Volumes, clock: Clock) -> None:
        self._stream = stream
        self._volumes = volumes
        self._clock = clock
        self._avoided: dict[VolumeGuard, float] = {}

    def avoid(self, guard: VolumeGuard) -> None:
        """Prefer any other for a while."""
        self._avoided[guard] = self._clock.monotonic() + AVOID_S

    def next(self) -> VolumeGuard | None:
        """For the next segment; None: all fail."""
        return self._volumes.choose(self._stream, self._now_avoided())

    def second(self, first: VolumeGuard) -> VolumeGuard | None:
        """For the second file of a segment; None: there is to be none now."""
        return self._volumes.second(first, self._now_avoided())

    def is_out_of_reach(self, guard: VolumeGuard) -> bool:
        """Whether to go on elsewhere instead of waiting for what a volume says to a broken file."""
        if guard.fault is not None:
            return True
        avoided = self._now_avoided()
        return guard in avoided and any(
            other.fault is None and other not in avoided for other in self._volumes.guards
        )

    def _now_avoided(self) -> frozenset[VolumeGuard]:
        now = self._clock.monotonic()
        self._avoided = {guard: until for guard, until in self._avoided.items() if until > now}
        return frozenset(self._avoided)
