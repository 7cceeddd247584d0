"""What retention is going to do if cameras go on recording as they do: its own plan, played forward."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from operator import attrgetter

from gstnvr.db.protections import ProtectedSpans
from gstnvr.db.stored import HOUR_NS, StoredHour
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.storage.retention import Decision, Facts, Holding, Piece, Promise, Room, Stage, Why, beside, plan
from gstnvr.storage.tiers import AT_NO_AGE, Ages, Level, MoveCause, plan_moves

STEP_NS = 6 * HOUR_NS
"""What happens within one step is taken as one."""
HORIZON_NS = 90 * 24 * HOUR_NS

_BOTTOMLESS = -(1 << 62)
_DAY_HOURS = 24
_WEEK_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies of one stream on one volume, and what comes."""

    volume: str
    stream: StreamId
    size: int
    """Bytes, protected ones included."""
    pieces: Sequence[Piece]
    """What may be deleted, by start."""
    per_hour: float
    """Bytes that come of the stream, by the last 24 hours or the last 7 days, whichever is more; 0 on all volumes
    but the one that took the last of it."""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that will be deleted."""

    at: UtcNs
    camera: CameraId
    volume: str
    why: Why
    stage: Stage
    start: UtcNs
    end: UtcNs
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class UpcomingMove:
    """Something that will be moved to a lower tier."""

    at: UtcNs
    camera: CameraId
    volume: str
    to: str
    cause: MoveCause
    start: UtcNs
    end: UtcNs
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Tiering:
    """What moving between tiers depends on."""

    levels: Sequence[Level] = ()
    """Of volumes that can be used."""
    ages: Ages = AT_NO_AGE


NO_TIERS = Tiering()


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that cannot be kept for lack of room."""

    at: UtcNs
    """When it is broken for the first time; the moment of the forecast if it is broken now."""
    why: Why
    kept_ns: int
    """So long recordings are kept then, at the worst."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will happen, from ``at`` to ``until``."""

    at: UtcNs
    until: UtcNs
    full: Mapping[str, UtcNs]
    """By volume: when something goes before its time there, for lack of room. Not in it: not until the end."""
    days: Mapping[CameraId, Breach]
    """Cameras whose recordings will not be kept for their days."""
    minimum: Mapping[CameraId, Breach]
    """Cameras whose recordings will not even be kept for their least days."""
    upcoming: Sequence[Upcoming]
    """What goes, in order."""
    per_hour: Mapping[CameraId, float]
    """Bytes that come of each camera."""
    moves: Sequence[UpcomingMove] = ()
    """What moves, in order."""


def stocks(hours: Iterable[StoredHour], protected: ProtectedSpans, now: UtcNs) -> list[Stock]:
    """What there is, from sums by hour in order of time."""
    collected: defaultdict[tuple[str, StreamId], list[StoredHour]] = defaultdict(list)
    of_stream: defaultdict[StreamId, list[StoredHour]] = defaultdict(list)
    for hour in hours:
        collected[hour.volume, hour.stream].append(hour)
        of_stream[hour.stream].append(hour)
    return [
        Stock(
            volume,
            stream,
            sum(hour.size for hour in found),
            _pieces(found, protected),
            bytes_per_hour(of_stream[stream], now) if of_stream[stream][-1].volume == volume else 0.0,
        )
        for (volume, stream), found in collected.items()
    ]


def _pieces(hours: Sequence[StoredHour], protected: ProtectedSpans) -> list[Piece]:
    pieces: dict[int, Piece] = {}
    for hour in hours:
        end = UtcNs(hour.start + HOUR_NS)
        if protected.covers(hour.stream, hour.start, end):
            continue
        number = hour.start // STEP_NS
        before = pieces.get(number)
        if before is None:
            pieces[number] = Piece(hour.stream, hour.volume, hour.start, end, hour.size)
        else:
            pieces[number] = replace(before, end=end, size=before.size + hour.size)
    return list(pieces.values())


def bytes_per_hour(hours: Sequence[StoredHour], now: UtcNs) -> float:
    """The rate of one stream: that of the last day or the last week, whichever is more.

    What began to be recorded later than that counts from then; what began this hour, by the length of its video.
    """
    return max(bytes_per_hour_of(hours, now, _DAY_HOURS), bytes_per_hour_of(hours, now, _WEEK_HOURS))


def bytes_per_hour_of(hours: Sequence[StoredHour], now: UtcNs, last: int) -> float:
    """The rate of the last so many whole hours."""
    this_hour = now // HOUR_NS
    recent = [hour for hour in hours if this_hour - last <= hour.start // HOUR_NS < this_hour]
    if recent:
        since = max(this_hour - last, min(hours, key=lambda hour: hour.start).start // HOUR_NS)
        return sum(hour.size for hour in recent) / (this_hour - since)
    fresh = [hour for hour in hours if hour.start // HOUR_NS >= this_hour]
    length = sum(hour.length_ns for hour in fresh)
    return sum(hour.size for hour in fresh) * HOUR_NS / length if length else 0.0


def forecast(
    now: UtcNs,
    rooms: Sequence[Room],
    there: Sequence[Stock],
    *,
    promises: Mapping[CameraId, Promise],
    otherwise: Promise,
    policy: VolumePolicy = VolumePolicy.FILL,
    tiering: Tiering = NO_TIERS,
) -> Forecast:
    """Play the plan forward, step by step, while every stream goes on as it does.

    A promise counts as broken once something goes a whole step before its time: what happens is not known better.
    """
    play = _Play(Facts(now, rooms, (), promises, otherwise), there, policy, tiering)
    for number in range(HORIZON_NS // STEP_NS + 1):
        play.step(UtcNs(now + number * STEP_NS))
    until = UtcNs(now + HORIZON_NS)
    per_hour: defaultdict[CameraId, float] = defaultdict(float)
    for stream, rate in _rates(there).items():
        per_hour[stream.camera] += rate
    return Forecast(now, until, play.full, play.days, play.minimum, play.upcoming, per_hour, play.moves)


def _rates(there: Sequence[Stock]) -> Mapping[StreamId, float]:
    """Bytes that come of each stream in an hour, wherever to."""
    rates: defaultdict[StreamId, float] = defaultdict(float)
    for stock in there:
        rates[stock.stream] += stock.per_hour
    return rates


@dataclass(slots=True)
class _Pile:
    """What lies of one stream on one volume in the course of a forecast."""

    volume: str
    stream: StreamId
    size: int = 0
    pieces: list[Piece] = field(default_factory=list)

    def holdings(self, now: UtcNs) -> list[Holding]:
        """On its volume, and on the one with the second files if there are any."""
        first = self.pieces[0].start if self.pieces else now
        mine = Holding(self.volume, self.stream, self.size, first, self.pieces)
        others = {piece.also_on for piece in self.pieces[:1]} - {None}
        return [mine, *(replace(mine, volume=other, second=True) for other in others if other is not None)]


class _Play:
    """The state of things in the course of a forecast."""

    def __init__(self, facts: Facts, there: Sequence[Stock], policy: VolumePolicy, tiering: Tiering) -> None:
        self.full: dict[str, UtcNs] = {}
        self.days: dict[CameraId, Breach] = {}
        self.minimum: dict[CameraId, Breach] = {}
        self.upcoming: list[Upcoming] = []
        self.moves: list[UpcomingMove] = []
        self._facts = facts
        self._ages = tiering.ages
        # What a step brings passes through the last tier in small portions; here it goes there as one, and the
        # plan makes room for it in the same step.
        self._levels = [replace(level, last_floor=_BOTTOMLESS) for level in tiering.levels]
        self._policy = policy
        self._rooms = {room.volume: room for room in facts.rooms}
        self._beside = beside(facts.rooms)
        self._rates = _rates(there)
        self._piles = {
            (stock.volume, stock.stream): _Pile(
                stock.volume,
                stock.stream,
                stock.size,
                [replace(piece, also_on=self._beside_it(stock.volume)) for piece in stock.pieces],
            )
            for stock in there
        }

    def step(self, now: UtcNs) -> None:
        """What is decided at a moment, after what was recorded since the step before."""
        if now > self._facts.now:
            for stream, rate in self._rates.items():
                self._record(stream, round(rate * STEP_NS / HOUR_NS), now)
        if self._levels:
            self._move(now)
        holdings = [holding for pile in self._piles.values() for holding in pile.holdings(now)]
        done = plan(replace(self._facts, now=now, rooms=list(self._rooms.values()), holdings=holdings))
        for decision in done.decisions:
            self._note(now, decision)
        self._take_away([decision.piece for decision in done.decisions])
        for volume, room in self._rooms.items():
            self._rooms[volume] = replace(room, making_room=volume in done.making_room)

    def _move(self, now: UtcNs) -> None:
        held: defaultdict[str, int] = defaultdict(int)
        oldest: defaultdict[str, list[list[Piece]]] = defaultdict(list)
        for pile in self._piles.values():
            held[pile.volume] += pile.size
            oldest[pile.volume].append(pile.pieces)
        levels = [
            replace(level, free=self._rooms[level.volume].free, held=held[level.volume]) for level in self._levels
        ]
        pieces = {volume: merge(*piles, key=attrgetter("start")) for volume, piles in oldest.items()}
        moves = plan_moves(now, levels, pieces, self._ages)
        self._take_away([move.piece for move in moves])
        for move in moves:
            piece = replace(move.piece, volume=move.to)
            pile = self._piles.setdefault((move.to, piece.stream), _Pile(move.to, piece.stream))
            insort(pile.pieces, piece, key=attrgetter("start"))
            pile.size += piece.size
            self._add_free(move.to, -piece.size)
            camera, source = piece.stream.camera, move.piece.volume
            self.moves.append(
                UpcomingMove(now, camera, source, move.to, move.cause, piece.start, piece.end, piece.size)
            )

    def _record(self, stream: StreamId, size: int, end: UtcNs) -> None:
        """To the volumes that recorders would choose."""
        volumes = self._chosen() if size else []
        for volume in volumes:
            share = size // len(volumes)
            pile = self._piles.setdefault((volume, stream), _Pile(volume, stream))
            second = self._beside_it(volume)
            piece = Piece(stream, volume, UtcNs(end - STEP_NS), end, share, also_on=second)
            pile.pieces.append(piece)
            pile.size += share
            self._free_both(piece, -share)

    def _beside_it(self, volume: str) -> str | None:
        """Where the second files are of what is on a volume, if it is mirrored."""
        if self._policy is not VolumePolicy.MIRROR:
            return None
        others = (room for room in self._rooms.values() if room.recorded_to and room.volume != volume)
        return max(others, key=lambda room: (room.has_room, room.free)).volume if len(self._rooms) > 1 else None

    def _free_both(self, piece: Piece, size: int) -> None:
        self._add_free(piece.volume, size)
        if piece.also_on is not None:
            self._add_free(piece.also_on, size)

    def _chosen(self) -> list[str]:
        recorded_to = [room for room in self._rooms.values() if room.recorded_to]
        with_room = [room.volume for room in recorded_to if room.has_room]
        if not with_room:
            return [room.volume for room in sorted(recorded_to, key=lambda room: -room.free)[:1]]
        return with_room if self._policy is VolumePolicy.ROUND_ROBIN else with_room[:1]

    def _take_away(self, pieces: Sequence[Piece]) -> None:
        """The first ones of their piles."""
        count: defaultdict[tuple[str, StreamId], int] = defaultdict(int)
        for piece in pieces:
            count[piece.volume, piece.stream] += 1
            self._piles[piece.volume, piece.stream].size -= piece.size
            self._free_both(piece, piece.size)
        for key, number in count.items():
            del self._piles[key].pieces[:number]

    def _add_free(self, volume: str, size: int) -> None:
        for name in self._beside[volume]:
            room = self._rooms[name]
            self._rooms[name] = replace(room, free=room.free + size)

    def _note(self, now: UtcNs, decision: Decision) -> None:
        piece, why = decision.piece, decision.why
        camera, age = piece.stream.camera, now - piece.end
        upcoming = Upcoming(now, camera, piece.volume, why, decision.stage, piece.start, piece.end, piece.size)
        self.upcoming.append(upcoming)
        if why is Why.AGE:
            return
        if why is not Why.CAMERA_SIZE:
            self.full.setdefault(piece.volume, now)
        promise = self._facts.promise(camera)
        if age < promise.days_ns - STEP_NS:
            _worsen(self.days, camera, Breach(now, why, age))
        if age < promise.min_ns - STEP_NS:
            _worsen(self.minimum, camera, Breach(now, why, age))


def _worsen(breaches: dict[CameraId, Breach], camera: CameraId, breach: Breach) -> None:
    before = breaches.setdefault(camera, breach)
    breaches[camera] = replace(before, kept_ns=min(before.kept_ns, breach.kept_ns))
