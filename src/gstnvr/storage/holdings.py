"""The facts that retention decides on: from settings, volumes and index."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from gstnvr.config.settings import CameraSettings, Settings
from gstnvr.db.index import Index
from gstnvr.db.mirrors import any_mirrors, mirror_volumes, mirrored_bytes, oldest_mirrored
from gstnvr.db.stored import Stored, oldest_deletable, stored
from gstnvr.model.amounts import levels_in_force
from gstnvr.model.choices import Priority
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Segment, Volume
from gstnvr.storage.retention import Facts, Holding, Piece, Promise, Room, wanted
from gstnvr.volume.checks import check_identity

DAY_NS = 86_400 * NS_PER_S

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


def room(space: Space, settings: Settings, *, making_room: bool) -> Room:
    """What the settings want of a volume. Room is made before recording stops for lack of it."""
    retention = settings.storage.retention
    least = settings.storage.min_free_mb << 20
    floor, resume = levels_in_force(retention.floor, retention.resume, space.total, least)
    there = next((one for one in settings.storage.volumes if str(one.path) == space.volume.path), None)
    limit = None if there is None else there.max_size
    return Room(
        volume=space.volume.uuid,
        free=space.free,
        floor=floor,
        resume=resume,
        max_size=None if limit is None else limit.of(space.total),
        making_room=making_room,
        recorded_to=there is not None,
        disk=space.disk,
    )


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


def _piece(segment: Segment, second: str | None) -> Piece:
    return Piece(segment.stream, segment.volume, segment.start, segment.end, segment.size, segment.path, second)


def usable(spaces: Collection[Space], settings: Settings, making_room: Collection[str]) -> list[Room]:
    """Rooms of volumes that answered, in the order of the settings."""
    order = {str(one.path): number for number, one in enumerate(settings.storage.volumes)}
    ordered = sorted(spaces, key=lambda space: order.get(space.volume.path, len(order)))
    return [room(space, settings, making_room=space.volume.uuid in making_room) for space in ordered]
