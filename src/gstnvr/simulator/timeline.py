"""Where in its endless loop a simulated camera is, and which unit a viewer gets first."""

from bisect import bisect_left
from dataclasses import dataclass

from gstnvr.simulator.packets import PreparedClip, PreparedTrack


@dataclass(frozen=True, slots=True)
class Position:
    """A unit of a track in one round of the loop."""

    round: int
    index: int


class MediaClock:
    """The clock of a camera's RTP timestamps, which may run too fast, too slowly or backwards."""

    def __init__(self) -> None:
        self._speed = 1.0
        self._true = 0
        self._shown = 0

    def reading(self, true: int, speed: float) -> int:
        """What it shows at ``true`` ticks; never jumps when its speed changes.

        Readings are asked for in rising order, so that each can be where the next speed begins.
        """
        if speed != self._speed:
            self._true, self._shown, self._speed = true, self.reading(true, self._speed), speed
        return self._shown + round((true - self._true) * speed)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Maps a clip onto the monotonic clock."""

    origin: int
    """Monotonic nanoseconds at which round 0 begins."""
    length: int

    def due(self, track: PreparedTrack, position: Position) -> int:
        """Monotonic nanoseconds at which the unit is sent."""
        return self.origin + position.round * self.length + track.units[position.index].send_at

    def first_at_or_after(self, track: PreparedTrack, moment: int, *, key: bool = False) -> Position:
        """The first unit that is due then; with ``key``, the first at which decoding can begin."""
        rounds, within = divmod(moment - self.origin, self.length)
        index = bisect_left(track.units, within, key=lambda unit: unit.send_at)
        while True:
            if index == len(track.units):
                rounds, index = rounds + 1, 0
            if not key or track.units[index].key:
                return Position(rounds, index)
            index += 1


def timeline_for(clip: PreparedClip, start: int, utc_minus_monotonic: int) -> Timeline:
    """Lay a clip out so that it can begin to play at ``start``.

    A clip with a clock in its picture is laid in phase with UTC, so its next key frame comes when the clock in
    it says so. Any other clip is laid so that a key frame is due at ``start``; which one depends on the moment,
    so that many viewers do not all play the same place of it.
    """
    if clip.phase is not None:
        behind = (start + utc_minus_monotonic - clip.phase) % clip.length
        return Timeline(start - behind, clip.length)
    units = clip.video.units
    nearest = bisect_left(units, start % clip.length, key=lambda unit: unit.send_at) % len(units)
    while not units[nearest].key:
        nearest -= 1
    return Timeline(start - units[nearest].send_at, clip.length)
