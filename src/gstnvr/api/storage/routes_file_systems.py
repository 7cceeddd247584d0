"""File systems of this machine, to choose from where recordings go."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from fastapi import APIRouter, Request

from gstnvr.api.access.rights import needs
from gstnvr.api.common.parameters import Services
from gstnvr.api.storage import disk_schemas
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.disks.file_systems import FileSystem, file_systems
from gstnvr.model.access import Role
from gstnvr.volume.mounts import mountinfo, mounts_in

router = APIRouter(tags=["storage"])

_ANSWERS_WITHIN_S = 1.0

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Places:
    """Asks places that may hang; one that does is not asked again until it has answered, and holds up no other."""

    _calls: dict[str, BlockingCalls] = field(default_factory=dict)

    async def ask(self, place: str, question: Callable[[str], Found]) -> Found | None:
        """What the question has for an answer; None: there is none within a second."""
        calls = self._calls.setdefault(place, BlockingCalls(place, max_hung=1))
        try:
            return await calls.run(question, place, timeout_s=_ANSWERS_WITHIN_S)
        except (StillRunningError, TooManyHungError, OSError):  # not to be chosen, whatever the reason
            return None


@dataclass(frozen=True, slots=True)
class _Room:
    total: int
    free: int
    writable: bool


def _room(place: str) -> _Room:
    usage = shutil.disk_usage(place)
    return _Room(usage.total, usage.free, os.access(place, os.W_OK))


@router.get("/file-systems", summary="File systems of this machine that recordings may go to")
@needs(Role.ADMINISTRATOR)
async def list_file_systems(request: Request, services: Services) -> disk_schemas.FileSystems:
    places = cast(Places, request.app.state.places)
    paths = await _by_real_path([volume.path for volume in services.volumes()], places)
    found = file_systems(mounts_in(mountinfo()), paths)
    return disk_schemas.FileSystems(
        file_systems=await asyncio.gather(*(_view(one, paths, places) for one in found))
    )


async def _by_real_path(paths: Sequence[str], places: Places) -> dict[str, str]:
    """The same, each by where its symbolic links lead."""
    real = await asyncio.gather(*(places.ask(path, os.path.realpath) for path in paths))
    return {path if found is None else found: path for path, found in zip(paths, real, strict=True)}


async def _view(one: FileSystem, paths: Mapping[str, str], places: Places) -> disk_schemas.FileSystem:
    room = await places.ask(one.place, _room)
    return disk_schemas.FileSystem(
        path=one.place,
        device=one.device,
        kind=one.kind,
        total_bytes=room and room.total,
        free_bytes=room and room.free,
        writable=room is not None and room.writable,
        volumes=[paths[volume] for volume in one.volumes],
    )
