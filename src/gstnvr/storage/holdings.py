"""The facts that retention decides on: from settings, volumes and index."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from gstnvr.config.settings import CameraSettings, Settings
from gstnvr.config.storage import VolumeSettings
from gstnvr.db.index import Index
from gstnvr.db.mirrors import any_mirrors, mirror_volumes, mirrored_bytes, oldest_mirrored
from gstnvr.db.stored import Stored, oldest_closed, oldest_deletable, stored
from gstnvr.model.amounts import levels_in_force
from gstnvr.model.choices import Priority, Tier
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Segment, Volume
from gstnvr.storage.retention import Facts, Holding, Piece, Promise, Room, wanted
from gstnvr.storage.tiers import Ages, Level, below, drains
from gstnvr.volume.checks import check_identity

DAY_NS = 86_400 * NS_PER_S
SETTLED_NS = 900 * NS_PER_S

_WEIGHTS = {Priority.HIGH: 0.5, Priority.NORMAL: 1.0, Priority.LOW: 2.0}


@dataclass(frozen=True, slots=True)
class Space:
    """How full a volume is, in bytes."""

    volume: Volume
    total: int
    free: int
    disk: int | None = None
    """Number of the file system."""


def measure(volume: Volume) -> Space:
    """Ask the file system; blocks, for ever if the disk hangs.

    Raises:
        VolumeError: the volume is not there, or is another.
        OSError: it cannot be asked.
    """
    path = Path(volume.path)
    disk = check_identity(path, volume.uuid)
    facts = os.statvfs(path)
    return Space(volume, facts.f_blocks * facts.f_frsize, facts.f_bavail * facts.f_frsize, disk)


def room(space: Space, settings: Settings, *, making_room: bool, drained: bool = False) -> Room:
    """What the settings want of a volume. Room is made before recording stops for lack of it.

    Args:
        drained: what lies there can move to a lower tier: nothing is deleted before moving has proved too slow.
    """
    floor, resume = _levels(space, settings)
    there = _settings_of(space, settings)
    limit = _max_size(space, there)
    late = resume - floor
    return Room(
        volume=space.volume.uuid,
        free=space.free,
        floor=_last_floor(floor, settings) if drained else floor,
        resume=floor if drained else resume,
        max_size=limit + late if drained and limit is not None else limit,
        making_room=making_room,
        recorded_to=there is not None and there.tier is Tier.HOT,
        disk=space.disk,
    )


def tier_levels(spaces: Iterable[Space], settings: Settings, held: Mapping[str, int]) -> list[Level]:
    """What moving between tiers needs to know of the volumes of the settings that answered.

    Args:
        held: by volume, what recordings take.
    """
    found = ((space, _settings_of(space, settings)) for space in spaces)
    return [_level(space, there, settings, held) for space, there in found if there is not None]


def _level(space: Space, there: VolumeSettings, settings: Settings, held: Mapping[str, int]) -> Level:
    floor, resume = _levels(space, settings)
    return Level(
        volume=space.volume.uuid,
        tier=there.tier,
        free=space.free,
        held=held.get(space.volume.uuid, 0),
        wanted_free=resume,
        floor=floor,
        last_floor=_last_floor(floor, settings),
        max_size=_max_size(space, there),
        disk=space.disk,
    )


def tier_ages(settings: Settings) -> Ages:
    """From which age on recordings belong to a lower tier."""
    tiers = settings.storage.tiers
    warm, cold = tiers.warm_after_days, tiers.cold_after_days
    return Ages(None if warm is None else _days(warm), None if cold is None else _days(cold))


def _settings_of(space: Space, settings: Settings) -> VolumeSettings | None:
    return next((one for one in settings.storage.volumes if str(one.path) == space.volume.path), None)


def _levels(space: Space, settings: Settings) -> tuple[int, int]:
    retention = settings.storage.retention
    return levels_in_force(retention.floor, retention.resume, space.total, _least(settings))


def _last_floor(floor: int, settings: Settings) -> int:
    return (_least(settings) + floor) // 2


def _least(settings: Settings) -> int:
    return settings.storage.min_free_mb << 20


def _max_size(space: Space, there: VolumeSettings | None) -> int | None:
    return None if there is None or there.max_size is None else there.max_size.of(space.total)


def promises(settings: Settings) -> Mapping[CameraId, Promise]:
    """How long recordings of each configured camera are kept."""
    return {CameraId(camera.id): _promise(camera, settings) for camera in settings.cameras}


def general_promise(settings: Settings) -> Promise:
    """How long recordings of cameras are kept that are not configured any more."""
    general = settings.storage.retention
    return Promise(_days(general.days), _days(general.min_days))


def _promise(camera: CameraSettings, settings: Settings) -> Promise:
    general, own = settings.storage.retention, camera.retention
    return Promise(
        days_ns=_days(general.days if own.days is None else own.days),
        min_ns=_days(general.min_days if own.min_days is None else own.min_days),
        max_size=None if own.max_size is None else own.max_size.size,
        weight=_WEIGHTS[camera.priority],
    )


def _days(days: float) -> int:
    return round(days * DAY_NS)


def gather(index: Index, settings: Settings, rooms: Sequence[Room], now: UtcNs, pieces: int) -> Facts:
    """What a plan needs to know now; blocks.

    Args:
        pieces: so many of the oldest segments of each stream on each volume from which something may have to go.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
    """
    with index.reading() as connection:
        held = {(one.volume, one.stream): one for one in stored(connection)}
        firsts = [Holding(one.volume, one.stream, one.size, one.first, whole=False) for one in held.values()]
        holdings = [*firsts, *_second_files(connection, firsts, rooms, now)]
        facts = Facts(now, rooms, holdings, promises(settings), general_promise(settings))
        needed = {_key(holding) for holding in wanted(facts)}
        usable = {room.volume for room in rooms}
        filled = [
            holding
            if _key(holding) not in needed
            else _with_second(connection, holding, usable, pieces)
            if holding.second
            else _with_pieces(connection, holding, held[holding.volume, holding.stream], pieces)
            for holding in holdings
        ]
    return replace(facts, holdings=filled)


def _key(holding: Holding) -> tuple[str, StreamId, bool]:
    return holding.volume, holding.stream, holding.second


def _second_files(
    connection: Connection, firsts: Collection[Holding], rooms: Sequence[Room], now: UtcNs
) -> list[Holding]:
    """What may lie on volumes whose first files are elsewhere, by stream."""
    if not any_mirrors(connection):
        return []
    limited = any(room.max_size is not None for room in rooms)
    sizes = mirrored_bytes(connection) if limited else {}
    streams = sorted({holding.stream for holding in firsts})
    return [
        Holding(room.volume, stream, sizes.get(room.volume, 0) if not number else 0, now, whole=False, second=True)
        for room in rooms
        for number, stream in enumerate(streams)
    ]


def _with_pieces(connection: Connection, holding: Holding, held: Stored, limit: int) -> Holding:
    segments = oldest_deletable(connection, held, limit)
    second = mirror_volumes(connection, [segment.path for segment in segments])
    pieces = [_piece(segment, second.get(segment.path)) for segment in segments]
    return replace(holding, pieces=pieces, whole=len(segments) < limit)


def _with_second(connection: Connection, holding: Holding, usable: Collection[str], limit: int) -> Holding:
    segments = oldest_mirrored(connection, holding.stream, holding.volume, usable, limit)
    pieces = [_piece(segment, holding.volume) for segment in segments]
    return replace(holding, pieces=pieces, whole=len(segments) < limit)


def _piece(segment: Segment, second: str | None = None) -> Piece:
    return Piece(segment.stream, segment.volume, segment.start, segment.end, segment.size, segment.path, second)


def usable(spaces: Collection[Space], settings: Settings, making_room: Collection[str]) -> list[Room]:
    """Rooms of volumes that answered, in the order of the settings."""
    order = {str(one.path): number for number, one in enumerate(settings.storage.volumes)}
    ordered = sorted(spaces, key=lambda space: order.get(space.volume.path, len(order)))
    levels = tier_levels(spaces, settings, {})
    drained = {level.volume for level in levels if drains(level, levels)}
    return [
        room(
            space,
            settings,
            making_room=space.volume.uuid in making_room,
            drained=space.volume.uuid in drained,
        )
        for space in ordered
    ]


def gather_moves(index: Index, levels: Sequence[Level], now: UtcNs, limit: int) -> Mapping[str, list[Piece]]:
    """What may be moved from each volume above the lowest tier, the oldest first; blocks.

    What was finished just now is left out: its recorder may tell of it again.

    Args:
        limit: so many of each stream.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
    """
    upper = {level.volume for level in levels if below(level, levels)}
    found: dict[str, list[Piece]] = {volume: [] for volume in upper}
    with index.reading() as connection:
        for one in stored(connection):
            if one.volume in upper:
                rows = oldest_closed(connection, one, UtcNs(now - SETTLED_NS), limit)
                found[one.volume] += map(_piece, rows)
    for pieces in found.values():
        pieces.sort(key=lambda piece: piece.start)
    return found
