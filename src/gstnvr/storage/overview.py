"""What is stored, how long it is kept, and what will become of it: for people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.db.mirrors import mirrored_bytes
from gstnvr.db.protections import ProtectedSpans, protections
from gstnvr.db.stored import oldest_start, stored, stored_before, stored_hours
from gstnvr.model.choices import Tier
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Volume
from gstnvr.storage.forecast import Breach, Forecast, Tiering, Upcoming, UpcomingMove, forecast, stocks
from gstnvr.storage.holdings import DAY_NS, Space, general_promise, promises, tier_ages
from gstnvr.storage.retention import Promise, Room
from gstnvr.storage.tiers import AT_NO_AGE, Ages, Level, below, drains


@dataclass(frozen=True, slots=True)
class VolumeUse:
    """A volume as it is now; sizes in bytes."""

    volume: Volume
    recordings: int
    """Of closed segments, second files included."""
    total: int | None = None
    """None, as what follows: the volume cannot be used now."""
    room: Room | None = None
    full_at: UtcNs | None = None
    """When something goes before its time, for lack of room; None: not within the forecast."""
    tier: Tier | None = None
    """None: it is none of the settings any more, or cannot be used."""
    waiting: int = 0
    """Bytes that are to move to a lower tier now."""


@dataclass(frozen=True, slots=True)
class CameraUse:
    """What is kept of a camera, all its streams together."""

    camera: CameraId
    configured: bool
    promise: Promise
    size: int
    """Bytes of closed segments."""
    oldest: UtcNs | None
    """Start of the oldest closed segment."""
    per_hour: float
    """Bytes that come."""
    days_breach: Breach | None
    minimum_breach: Breach | None


@dataclass(frozen=True, slots=True)
class StorageOverview:
    """All of it at one moment."""

    at: UtcNs
    volumes: Sequence[VolumeUse]
    cameras: Sequence[CameraUse]
    forecast: Forecast


def look_ahead(
    index: Index, settings: Settings, rooms: Sequence[Room], levels: Sequence[Level], now: UtcNs
) -> Forecast:
    """The forecast by what the index says; blocks, for seconds if there is much.

    Args:
        levels: what they hold does not matter.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
    """
    with index.reading() as connection:
        hours = stored_hours(connection)
        protected = ProtectedSpans(protections(connection))
    return forecast(
        now,
        rooms,
        stocks(hours, protected, now),
        promises=promises(settings),
        otherwise=general_promise(settings),
        policy=settings.storage.policy,
        tiering=Tiering(levels, tier_ages(settings)),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What an overview is put together from, besides the index."""

    volumes: Sequence[Volume]
    spaces: Mapping[str, Space]
    rooms: Mapping[str, Room]
    """By volume, those that can be used now."""
    promises: Mapping[CameraId, Promise]
    otherwise: Promise
    forecast: Forecast
    levels: Sequence[Level] = ()
    """Of volumes that can be used; what they hold does not matter."""
    ages: Ages = AT_NO_AGE


def overview(index: Index, known: Known, now: UtcNs) -> StorageOverview:
    """Put it together; blocks.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
    """
    by_camera: defaultdict[CameraId, int] = defaultdict(int)
    by_volume: defaultdict[str, int] = defaultdict(int)
    oldest: dict[CameraId, UtcNs] = {}
    with index.reading() as connection:
        for held in stored(connection):
            camera = held.stream.camera
            by_camera[camera] += held.size
            by_volume[held.volume] += held.size
            start = oldest_start(connection, held)
            if start is not None:
                oldest[camera] = min(start, oldest.get(camera, start))
        levels = [replace(level, held=by_volume[level.volume]) for level in known.levels]
        for volume, size in mirrored_bytes(connection).items():
            by_volume[volume] += size
        waiting = {level.volume: _waiting(connection, level, levels, known.ages, now) for level in levels}
    cameras = [*known.promises, *sorted(by_camera.keys() - known.promises.keys())]
    return StorageOverview(
        now,
        [
            _volume_use(volume, by_volume[volume.uuid], known, waiting.get(volume.uuid, 0))
            for volume in known.volumes
        ],
        [_camera_use(camera, by_camera[camera], oldest.get(camera), known) for camera in cameras],
        known.forecast,
    )


def _waiting(connection: Connection, level: Level, levels: Sequence[Level], ages: Ages, now: UtcNs) -> int:
    """Bytes that are to move down for their age or for lack of room."""
    lower = {other.tier for other in below(level, levels)}
    wanted = [(Tier.WARM, ages.warm), (Tier.COLD, ages.cold)]
    days = [age for tier, age in wanted if age is not None and tier in lower]
    old = stored_before(connection, level.volume, UtcNs(now - min(days))) if days else 0
    return max(old, level.lacks if drains(level, levels) else 0)


def _volume_use(volume: Volume, size: int, known: Known, waiting: int) -> VolumeUse:
    space = known.spaces.get(volume.uuid)
    if space is None:
        return VolumeUse(volume, size)
    tier = next((level.tier for level in known.levels if level.volume == volume.uuid), None)
    room, full_at = known.rooms[volume.uuid], known.forecast.full.get(volume.uuid)
    return VolumeUse(volume, size, space.total, room, full_at, tier, waiting)


def _camera_use(camera: CameraId, size: int, oldest: UtcNs | None, known: Known) -> CameraUse:
    return CameraUse(
        camera,
        camera in known.promises,
        known.promises.get(camera, known.otherwise),
        size,
        oldest,
        known.forecast.per_hour.get(camera, 0.0),
        known.forecast.days.get(camera),
        known.forecast.minimum.get(camera),
    )


def by_day(upcoming: Iterable[Upcoming], until: UtcNs) -> list[Upcoming]:
    """What will be deleted until a moment, all of a day, camera, volume and reason taken together."""
    days: dict[tuple[object, ...], Upcoming] = {}
    for one in upcoming:
        if one.at > until:
            break
        key = (one.at // DAY_NS, one.camera, one.volume, one.why, one.stage)
        there = days.get(key)
        days[key] = one if there is None else _together(there, one)
    return list(days.values())


def moves_by_day(moves: Iterable[UpcomingMove], until: UtcNs) -> list[UpcomingMove]:
    """What will be moved until a moment, all of a day, camera, pair of volumes and cause taken together."""
    days: dict[tuple[object, ...], UpcomingMove] = {}
    for one in moves:
        if one.at > until:
            break
        key = (one.at // DAY_NS, one.camera, one.volume, one.to, one.cause)
        there = days.get(key)
        days[key] = one if there is None else _together(there, one)
    return list(days.values())


_Together = TypeVar("_Together", Upcoming, UpcomingMove)


def _together(first: _Together, then: _Together) -> _Together:
    return replace(
        first,
        start=min(first.start, then.start),
        end=max(first.end, then.end),
        size=first.size + then.size,
    )
