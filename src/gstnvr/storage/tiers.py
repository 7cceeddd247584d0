"""What moves to which tier next, and why: facts in, moves out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gstnvr.model.choices import Tier
from gstnvr.model.clock import UtcNs
from gstnvr.storage.retention import Piece


class MoveCause(StrEnum):
    """Why something moves."""

    AGE = "age"
    """It is as old as the next tier asks for."""
    ROOM = "room"
    """Its volume has no room."""


@dataclass(frozen=True, slots=True)
class Ages:
    """From which age on something belongs to a tier, in nanoseconds; None: at no age."""

    warm: int | None = None
    cold: int | None = None

    def tier(self, age_ns: int) -> Tier:
        """Where something of this age belongs."""
        if self.cold is not None and age_ns > self.cold:
            return Tier.COLD
        if self.warm is not None and age_ns > self.warm:
            return Tier.WARM
        return Tier.HOT


AT_NO_AGE = Ages()


@dataclass(frozen=True, slots=True)
class Level:
    """A volume of a tier that can be used; all in bytes."""

    volume: str
    tier: Tier
    free: int
    held: int
    """What recordings take."""
    wanted_free: int
    """With less free than this, the oldest moves down."""
    floor: int
    """So much stays free of what moves here, …"""
    last_floor: int
    """… or so much, if nothing lies below: what was to be kept the shortest is deleted then, and room is there."""
    max_size: int | None = None
    """So much may recordings take."""
    disk: int | None = None
    """Number of the file system; None: it has one for itself."""

    @property
    def lacks(self) -> int:
        """Bytes that are to move down for lack of room."""
        over = 0 if self.max_size is None else self.held - self.max_size
        return max(0, self.wanted_free - self.free, over)

    @property
    def slack(self) -> int:
        """By so much the last tier may be overfilled before something is deleted there."""
        return self.floor - self.last_floor


@dataclass(frozen=True, slots=True)
class Move:
    """One piece goes to another volume."""

    piece: Piece
    to: str
    cause: MoveCause
    keep_free: int
    """Bytes that stay free there."""


def below(level: Level, levels: Iterable[Level]) -> list[Level]:
    """Volumes to which something may move from one, the nearest tier first."""
    lower = (other for other in levels if other.tier.is_below(level.tier))
    return sorted(lower, key=lambda other: (other.tier.is_below(Tier.WARM), -other.free))


def drains(level: Level, levels: Iterable[Level]) -> bool:
    """Whether moving something down makes room on a volume."""
    return any(_is_elsewhere(level, other) for other in below(level, levels))


def plan_moves(
    now: UtcNs, levels: Sequence[Level], oldest: Mapping[str, Iterable[Piece]], ages: Ages, most: int = 1 << 62
) -> list[Move]:
    """Decide what moves: what is old enough, and what comes first where a volume has no room.

    Lower tiers come first, as they make room for those above. For its age something moves only where there is
    room; for lack of room above, the last tier is filled until retention makes room there.

    Args:
        oldest: by volume, what may be moved from it, the oldest first.
        most: so many from each volume at most.
    """
    planning = _Planning(now, levels, ages)
    for level in sorted(levels, key=lambda one: list(Tier).index(one.tier), reverse=True):
        planning.from_volume(level.volume, oldest.get(level.volume, ()), most)
    return planning.moves


class _Planning:
    def __init__(self, now: UtcNs, levels: Sequence[Level], ages: Ages) -> None:
        self.moves: list[Move] = []
        self._now = now
        self._levels = {level.volume: level for level in levels}
        self._ages = ages

    def from_volume(self, volume: str, pieces: Iterable[Piece], most: int) -> None:
        for number, piece in enumerate(pieces):
            move = self._for_age(piece) or self._for_room(piece)
            if number >= most or move is None:
                return
            self.moves.append(move)
            self._change(volume, -piece.size)
            self._change(move.to, piece.size)

    def _for_age(self, piece: Piece) -> Move | None:
        here = self._levels[piece.volume]
        belongs = self._ages.tier(self._now - piece.end)
        wanted = [one for one in below(here, self._levels.values()) if not one.tier.is_below(belongs)]
        for other in sorted(wanted, key=lambda one: one.tier.is_below(Tier.WARM), reverse=True):
            if _fits(other, piece.size, other.floor, 0):
                return Move(piece, other.volume, MoveCause.AGE, other.floor)
        return None

    def _for_room(self, piece: Piece) -> Move | None:
        here, levels = self._levels[piece.volume], self._levels.values()
        if not here.lacks:
            return None
        for other in (one for one in below(here, levels) if _is_elsewhere(here, one)):
            last = not drains(other, levels)
            keep_free, slack = (other.last_floor, other.slack) if last else (other.floor, 0)
            if _fits(other, piece.size, keep_free, slack):
                return Move(piece, other.volume, MoveCause.ROOM, keep_free)
        return None

    def _change(self, volume: str, size: int) -> None:
        level = self._levels[volume]
        self._levels[volume] = replace(level, held=level.held + size)
        for name, other in self._levels.items():
            if not _is_elsewhere(level, other):
                self._levels[name] = replace(self._levels[name], free=other.free - size)


def _is_elsewhere(one: Level, other: Level) -> bool:
    """On another disk: what moves makes room."""
    return one.volume != other.volume and (one.disk is None or one.disk != other.disk)


def _fits(level: Level, size: int, keep_free: int, slack: int) -> bool:
    limit = level.max_size
    return level.free - size >= keep_free and (limit is None or level.held + size <= limit + slack)
