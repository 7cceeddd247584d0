"""What is deleted next, and why: facts in, decisions out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import partial
from heapq import heapify, heappop, heapreplace
from operator import attrgetter

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId


class Why(StrEnum):
    """Why something goes."""

    AGE = "age"
    """Older than its camera's days."""
    CAMERA_SIZE = "camera_size"
    """Its camera takes more room than it may."""
    VOLUME_SIZE = "volume_size"
    """Recordings take more of the volume than they may."""
    FREE_SPACE = "free_space"
    """The volume's free space was at its floor."""


class Stage(IntEnum):
    """What a camera was promised of something; a higher one goes first."""

    BELOW_MINIMUM = 0
    """It should be kept whatever happens."""
    WITHIN_DAYS = 1
    """It should be kept if there is room."""
    OVER_DAYS = 2
    """Nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How long recordings of a camera are kept."""

    days_ns: int
    min_ns: int = 0
    max_size: int | None = None
    """Bytes, on all volumes together that can be used."""
    weight: float = 1.0
    """Twice as much gives up twice as large a share where there is not enough room."""

    def rank(self, age_ns: int) -> tuple[Stage, float]:
        """What of so great an age was promised; the higher of two goes first."""
        if age_ns > self.days_ns:
            return Stage.OVER_DAYS, float(age_ns)
        if age_ns > self.min_ns:
            return Stage.WITHIN_DAYS, self.weight * (age_ns - self.min_ns) / (self.days_ns - self.min_ns)
        return Stage.BELOW_MINIMUM, self.weight * age_ns / max(1, self.min_ns)


@dataclass(frozen=True, slots=True)
class Room:
    """A volume that can be used; all in bytes."""

    volume: str
    free: int
    floor: int
    """With less free than this, something goes until …"""
    resume: int
    """… so much is free."""
    max_size: int | None = None
    """So much may recordings take."""
    making_room: bool = False
    """It was below the floor and has not come up to ``resume`` since."""
    recorded_to: bool = True
    """New recordings may go there."""
    disk: int | None = None
    """Volumes on the same have their free space in common; None: it has it for itself."""

    @property
    def has_room(self) -> bool:
        """Recorders prefer it to a volume that has none."""
        return self.free > (self.floor + self.resume) // 2


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is deleted as a whole or not at all: a segment, or several in a forecast."""

    stream: StreamId
    volume: str
    start: UtcNs
    end: UtcNs
    size: int
    path: str = ""
    """Relative to the volume; empty in a forecast."""
    also_on: str | None = None
    """Volume of its second file, which goes with the first."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What of one stream lies on one volume."""

    volume: str
    stream: StreamId
    size: int
    """Bytes of all closed segments, protected ones included."""
    first: UtcNs
    """Nothing of it begins earlier."""
    pieces: Sequence[Piece] = ()
    """The oldest that may be deleted, by start: neither open nor protected."""
    whole: bool = True
    """There are no others that may be deleted."""
    second: bool = False
    """Only the second files of the pieces lie here; for their cameras they count where the first are."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan depends on."""

    now: UtcNs
    rooms: Sequence[Room]
    """Volumes that are not here cannot be used now, and nothing on them is deleted."""
    holdings: Sequence[Holding]
    promises: Mapping[CameraId, Promise]
    otherwise: Promise
    """Of cameras that are not configured any more."""

    @property
    def usable_holdings(self) -> list[Holding]:
        """Those on volumes that can be used now. What lies elsewhere, maybe lost for good, counts for no limit."""
        usable = {room.volume for room in self.rooms}
        return [holding for holding in self.holdings if holding.volume in usable]

    def promise(self, camera: CameraId) -> Promise:
        """What a camera was promised."""
        return self.promises.get(camera, self.otherwise)


@dataclass(frozen=True, slots=True)
class Decision:
    """One piece goes."""

    piece: Piece
    why: Why
    stage: Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes, in this order."""

    decisions: Sequence[Decision]
    making_room: frozenset[str]
    """Volumes that have not come up to ``resume`` yet."""
    stuck: frozenset[str]
    """Volumes whose free space stays below the floor, as nothing is left there that may be deleted."""
    complete: bool
    """False: once this is done, plan again at once, with the pieces that come then."""


def wanted(facts: Facts) -> list[Holding]:
    """The holdings from which something may have to go: a plan needs the pieces of no others."""
    holdings = facts.usable_holdings
    sizes = _sizes(_firsts(holdings), _camera_of)
    held = _sizes(holdings, attrgetter("volume"))
    one_must_give = _are_full(facts.rooms)
    tight = {
        room.volume
        for room in facts.rooms
        if room.making_room
        or room.free < room.floor
        or _above(held[room.volume], room.max_size)
        or (one_must_give and room.recorded_to)
    }

    def is_wanted(holding: Holding) -> bool:
        camera = holding.stream.camera
        promise = facts.promise(camera)
        if holding.volume in tight or holding.second:
            return holding.volume in tight
        return facts.now - holding.first > promise.days_ns or _above(sizes[camera], promise.max_size)

    return [holding for holding in holdings if is_wanted(holding)]


def plan(facts: Facts, most: int = 1 << 62) -> Plan:
    """Decide what goes: by age, by size of cameras, by size of volumes, by free space.

    Where there is not enough room, the camera gives first that has most beyond its minimum in relation to what it
    was promised beyond it, by weight. Nothing goes below a minimum but for a floor, and then by the same rule; no
    more goes than must. Where none of several volumes has room, it is made on the one where what goes first lies,
    before all are at their floors: recorders go on there.

    Args:
        most: so many decisions for each volume at most; one that is being emptied does not keep another waiting.
    """
    planning = _Planning(facts, most)
    planning.by_age()
    planning.by_camera_size()
    planning.by_volume_size()
    planning.choose_who_gives()
    planning.by_free_space()
    return Plan(
        tuple(planning.decisions),
        frozenset(planning.making_room),
        frozenset(planning.stuck) if planning.complete else frozenset(),
        planning.complete,
    )


class _Shelf:
    """The pieces of a holding that are not yet to go."""

    def __init__(self, holding: Holding, promise: Promise, gone: set[Piece] | None) -> None:
        """Something lies on two shelves if it has two files: what goes is known to all; None: nothing does."""
        self.holding = holding
        self._gone = gone
        self.volume = holding.volume
        self.camera = holding.stream.camera
        self.promise = promise
        self._next = 0

    @property
    def oldest(self) -> Piece | None:
        pieces = self.holding.pieces
        while self._gone and self._next < len(pieces) and pieces[self._next] in self._gone:
            self._next += 1
        return pieces[self._next] if self._next < len(pieces) else None

    @property
    def known(self) -> bool:
        """Whether it is known what its oldest piece is, if there is one."""
        return self.oldest is not None or self.holding.whole

    def take(self, piece: Piece) -> None:
        self._next += 1
        if self._gone is not None:
            self._gone.add(piece)


class _Planning:
    def __init__(self, facts: Facts, most: int) -> None:
        self.decisions: list[Decision] = []
        self.making_room = {room.volume for room in facts.rooms if room.making_room}
        self.stuck: set[str] = set()
        self.complete = True
        self._facts = facts
        self._most = most
        self._decided: defaultdict[str, int] = defaultdict(int)
        self._cut_short: set[str] = set()
        """Volumes of which more has to go for an earlier reason than could be decided now."""
        self._free = {room.volume: room.free for room in facts.rooms}
        self._beside = beside(facts.rooms)
        holdings = facts.usable_holdings
        gone: set[Piece] | None = set() if any(holding.second for holding in holdings) else None
        self._shelves = [_Shelf(holding, facts.promise(holding.stream.camera), gone) for holding in holdings]
        self._firsts = [shelf for shelf in self._shelves if not shelf.holding.second]
        self._sizes = _sizes(_firsts(holdings), _camera_of)
        self._held = _sizes(holdings, attrgetter("volume"))

    def by_age(self) -> None:
        for shelf in self._firsts:
            if self._facts.now - shelf.holding.first > shelf.promise.days_ns:
                self._give([shelf], Why.AGE, lambda stage: stage is not Stage.OVER_DAYS)

    def by_camera_size(self) -> None:
        for camera, promise in self._facts.promises.items():
            limit = promise.max_size
            if limit is not None and self._sizes[camera] > limit:
                shelves = self._not_cut_short(shelf for shelf in self._firsts if shelf.camera == camera)
                self._give(shelves, Why.CAMERA_SIZE, partial(self._fits, self._sizes, camera, limit))

    def by_volume_size(self) -> None:
        for room in self._facts.rooms:
            limit = room.max_size
            if limit is not None and self._held[room.volume] > limit:
                fits = partial(self._fits, self._held, room.volume, limit)
                self._give(self._on(room.volume), Why.VOLUME_SIZE, fits)

    def choose_who_gives(self) -> None:
        rooms = [replace(room, free=self._free[room.volume]) for room in self._facts.rooms]
        if not self.complete or self.making_room or not _are_full(rooms):
            return
        shelves = [shelf for room in rooms if room.recorded_to for shelf in self._on(room.volume)]
        self.complete = all(shelf.known for shelf in shelves)
        turns = [self._turn(shelves, number) for number, shelf in enumerate(shelves) if shelf.oldest is not None]
        if self.complete and turns:
            self.making_room.add(shelves[min(turns)[2]].volume)

    def by_free_space(self) -> None:
        for room in self._facts.rooms:
            volume = room.volume
            if volume in self._cut_short:
                continue
            if self._free[volume] < room.floor:
                self.making_room.add(volume)
            if volume in self.making_room:
                self._give(self._on(volume), Why.FREE_SPACE, partial(self._enough, room))
            if self._free[volume] >= room.resume:
                self.making_room.discard(volume)
            if self._free[volume] < room.floor:
                self.stuck.add(volume)

    def _on(self, volume: str) -> list[_Shelf]:
        return self._not_cut_short(shelf for shelf in self._shelves if shelf.volume == volume)

    def _not_cut_short(self, shelves: Iterable[_Shelf]) -> list[_Shelf]:
        return [shelf for shelf in shelves if shelf.volume not in self._cut_short]

    def _fits(self, sizes: Mapping[str, int], key: str, limit: int, stage: Stage) -> bool:
        return stage is Stage.BELOW_MINIMUM or sizes[key] <= limit

    def _enough(self, room: Room, stage: Stage) -> bool:
        return self._free[room.volume] >= (room.floor if stage is Stage.BELOW_MINIMUM else room.resume)

    def _give(self, shelves: Sequence[_Shelf], why: Why, enough: Callable[[Stage], bool]) -> None:
        """What goes first from these, one by one, until it is enough for what would be next."""
        waiting = [self._turn(shelves, number) for number, shelf in enumerate(shelves) if shelf.oldest is not None]
        heapify(waiting)
        known = all(shelf.known for shelf in shelves)
        while waiting and known:
            stage, _, number = waiting[0]
            if enough(Stage(-stage)):
                return
            if self._decided[shelves[number].volume] >= self._most:
                known = False
                break
            self._decide(shelves[number], why, Stage(-stage))
            if shelves[number].oldest is not None:
                heapreplace(waiting, self._turn(shelves, number))
            else:
                heappop(waiting)
                known = shelves[number].known
        if not known:
            self.complete = False
            self._cut_short |= {shelf.volume for shelf in shelves}

    def _turn(self, shelves: Sequence[_Shelf], number: int) -> tuple[int, float, int]:
        """Sorts as shelves take turns."""
        shelf = shelves[number]
        assert shelf.oldest is not None
        stage, share = shelf.promise.rank(self._facts.now - shelf.oldest.end)
        return -stage, -share, number

    def _decide(self, shelf: _Shelf, why: Why, stage: Stage) -> None:
        piece = shelf.oldest
        assert piece is not None
        shelf.take(piece)
        self.decisions.append(Decision(piece, why, stage))
        self._decided[shelf.volume] += 1
        for place in (piece.volume, piece.also_on):
            for volume in self._beside.get(place or "", ()):
                self._free[volume] += piece.size
            self._held[place or ""] -= piece.size
        self._sizes[piece.stream.camera] -= piece.size


def beside(rooms: Sequence[Room]) -> Mapping[str, Sequence[str]]:
    """By volume: those whose free space grows when something is deleted there, itself included."""
    return {
        room.volume: [
            other.volume
            for other in rooms
            if other.volume == room.volume or (room.disk is not None and other.disk == room.disk)
        ]
        for room in rooms
    }


def _are_full(rooms: Sequence[Room]) -> bool:
    """None of several volumes that are recorded to has room."""
    recorded_to = [room for room in rooms if room.recorded_to]
    return len(recorded_to) > 1 and not any(room.has_room for room in recorded_to)


def _firsts(holdings: Iterable[Holding]) -> list[Holding]:
    return [holding for holding in holdings if not holding.second]


def _camera_of(holding: Holding) -> str:
    return holding.stream.camera


def _sizes(holdings: Sequence[Holding], key: Callable[[Holding], str]) -> defaultdict[str, int]:
    sizes: defaultdict[str, int] = defaultdict(int)
    for holding in holdings:
        sizes[key(holding)] += holding.size
    return sizes


def _above(size: int, limit: int | None) -> bool:
    return limit is not None and size > limit
