"""The facts that retention decides on: from settings, volumes and index."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from gstnvr.config.settings import CameraSettings, Settings
from gstnvr.db.index import Index
from gstnvr.db.stored import Stored, oldest_deletable, stored
from gstnvr.model.amounts import levels_in_force
from gstnvr.model.choices import Priority
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId
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
        holdings = [Holding(one.volume, one.stream, one.size, one.first, whole=False) for one in held.values()]
        facts = Facts(now, rooms, holdings, promises(settings), general_promise(settings))
        needed = {(holding.volume, holding.stream) for holding in wanted(facts)}
        filled = [
            _with_pieces(connection, holding, held[holding.volume, holding.stream], pieces)
            if (holding.volume, holding.stream) in needed
            else holding
            for holding in holdings
        ]
    return replace(facts, holdings=filled)


def _with_pieces(connection: Connection, holding: Holding, held: Stored, limit: int) -> Holding:
    segments = oldest_deletable(connection, held, limit)
    return replace(holding, pieces=[_piece(segment) for segment in segments], whole=len(segments) < limit)


def _piece(segment: Segment) -> Piece:
    return Piece(segment.stream, segment.volume, segment.start, segment.end, segment.size, segment.path)


def usable(spaces: Collection[Space], settings: Settings, making_room: Collection[str]) -> list[Room]:
    """Rooms of volumes that answered, in the order of the settings."""
    order = {str(one.path): number for number, one in enumerate(settings.storage.volumes)}
    ordered = sorted(spaces, key=lambda space: order.get(space.volume.path, len(order)))
    return [room(space, settings, making_room=space.volume.uuid in making_room) for space in ordered]
