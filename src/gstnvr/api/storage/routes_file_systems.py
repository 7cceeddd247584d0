"""File systems of this machine, to choose from where recordings go."""

import asyncio
import shutil
from typing import cast

from fastapi import APIRouter, Request

from gstnvr.api.access.rights import needs
from gstnvr.api.common.parameters import Services
from gstnvr.api.storage import disk_schemas
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.disks.file_systems import FileSystem, file_systems, mounted
from gstnvr.model.access import Role

router = APIRouter(tags=["storage"])

_ROOM_WITHIN_S = 1.0


@router.get("/file-systems", summary="File systems of this machine that recordings may go to")
@needs(Role.ADMINISTRATOR)
async def list_file_systems(request: Request, services: Services) -> disk_schemas.FileSystems:
    calls = cast(BlockingCalls, request.app.state.room_calls)
    found = file_systems(mounted(), (volume.path for volume in services.volumes()))
    return disk_schemas.FileSystems(file_systems=await asyncio.gather(*(_view(one, calls) for one in found)))


async def _view(one: FileSystem, calls: BlockingCalls) -> disk_schemas.FileSystem:
    total = free = None
    try:
        room = await calls.run(shutil.disk_usage, one.place, timeout_s=_ROOM_WITHIN_S)
        total, free = room.total, room.free
    except (StillRunningError, TooManyHungError, OSError):  # a disk that does not answer is not to be chosen
        pass
    return disk_schemas.FileSystem(
        path=one.place,
        device=one.device,
        kind=one.kind,
        total_bytes=total,
        free_bytes=free,
        volumes=list(one.volumes),
    )
