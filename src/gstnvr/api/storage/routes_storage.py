"""How room is used, how long recordings are kept, and what goes next."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import Services
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.storage.schemas import Breach as BreachView
from gstnvr.api.storage.schemas import (
    Breaks,
    PlannedDeletion,
    PlannedMove,
    Storage,
    StoragePlan,
    StorageVolume,
    StoredCamera,
)
from gstnvr.model.access import Role
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.storage.forecast import Breach, Upcoming, UpcomingMove
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.overview import CameraUse, StorageOverview, VolumeUse, by_day, moves_by_day
from gstnvr.storage.retention import Stage

LONGEST_PLAN_DAYS = 90
_BREAKS = {Stage.OVER_DAYS: None, Stage.WITHIN_DAYS: Breaks.DAYS, Stage.BELOW_MINIMUM: Breaks.MIN_DAYS}

router = APIRouter(
    tags=["storage"],
    responses={503: {"model": schemas.ErrorAnswer, "description": "Not known yet; ask again in a few seconds."}},
)


@router.get("/storage", summary="Volumes, what is kept of every camera, and which promises will not be kept")
@needs(Role.OPERATOR)
async def storage(services: Services) -> Storage:
    found = _overview(services)
    return Storage(
        time=format_utc(found.at),
        forecast_time=format_utc(found.forecast.at),
        forecast_until=format_utc(found.forecast.until),
        volumes=[_volume_view(use) for use in found.volumes],
        cameras=[_camera_view(use) for use in found.cameras],
    )


@router.get(
    "/storage/plan",
    summary="What will be deleted and moved within the next days, when and why, if all goes on so",
)
@needs(Role.OPERATOR)
async def storage_plan(
    services: Services,
    days: Annotated[int, Query(ge=1, le=LONGEST_PLAN_DAYS, description="So far ahead.")] = 7,
) -> StoragePlan:
    found = _overview(services)
    until = UtcNs(found.forecast.at + days * DAY_NS)
    paths = {use.volume.uuid: use.volume.path for use in found.volumes}
    return StoragePlan(
        time=format_utc(found.forecast.at),
        until=format_utc(until),
        deletions=[_planned(one, paths.get(one.volume, "")) for one in by_day(found.forecast.upcoming, until)],
        moves=[_planned_move(one, paths) for one in moves_by_day(found.forecast.moves, until)],
    )


def _overview(services: ApiServices) -> StorageOverview:
    found = services.storage()
    if found is None:
        message = "how room is used is not known yet; ask again in a few seconds"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "not_known_yet", message)
    return found


def _volume_view(use: VolumeUse) -> StorageVolume:
    room = use.room
    return StorageVolume(
        volume=use.volume.uuid,
        path=use.volume.path,
        usable=room is not None,
        tier=use.tier,
        waiting_bytes=use.waiting,
        recordings_bytes=use.recordings,
        total_bytes=use.total,
        free_bytes=None if room is None else room.free,
        floor_bytes=None if room is None else room.floor,
        resume_bytes=None if room is None else room.resume,
        max_size_bytes=None if room is None else room.max_size,
        making_room=room is not None and room.making_room,
        full_at=_optional(use.full_at),
    )


def _camera_view(use: CameraUse) -> StoredCamera:
    return StoredCamera(
        camera=use.camera,
        configured=use.configured,
        bytes=use.size,
        oldest=_optional(use.oldest),
        bytes_per_hour=round(use.per_hour),
        days=use.promise.days_ns / DAY_NS,
        min_days=use.promise.min_ns / DAY_NS,
        max_size_bytes=use.promise.max_size,
        days_breach=_breach_view(use.days_breach),
        min_days_breach=_breach_view(use.minimum_breach),
    )


def _breach_view(breach: Breach | None) -> BreachView | None:
    if breach is None:
        return None
    return BreachView(at=format_utc(breach.at), days_kept=round(breach.kept_ns / DAY_NS, 2), why=breach.why)


def _planned(one: Upcoming, path: str) -> PlannedDeletion:
    return PlannedDeletion(
        at=format_utc(one.at),
        camera=one.camera,
        volume=one.volume,
        path=path,
        why=one.why,
        breaks=_BREAKS[one.stage],
        start=format_utc(one.start),
        end=format_utc(one.end),
        bytes=one.size,
    )


def _planned_move(one: UpcomingMove, paths: Mapping[str, str]) -> PlannedMove:
    return PlannedMove(
        at=format_utc(one.at),
        camera=one.camera,
        volume=one.volume,
        path=paths.get(one.volume, ""),
        to_volume=one.to,
        to_path=paths.get(one.to, ""),
        why=one.cause,
        start=format_utc(one.start),
        end=format_utc(one.end),
        bytes=one.size,
    )


def _optional(at: UtcNs | None) -> str | None:
    return None if at is None else format_utc(at)
