"""Disks beneath the volumes, and software RAID."""

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common.parameters import Services
from gstnvr.api.storage import disk_schemas
from gstnvr.disks.judgement import Problem
from gstnvr.disks.overview import ArrayView, DiskView
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["storage"])


@router.get("/disks", summary="What disks and arrays say of themselves, and what is wrong with them")
@needs(Role.OPERATOR)
async def list_disks(services: Services) -> disk_schemas.Disks:
    found = services.disks()
    return disk_schemas.Disks(
        unwatched=found.unwatched,
        disks=[_disk(view) for view in found.disks],
        arrays=[_array(view) for view in found.arrays],
    )


def _disk(view: DiskView) -> disk_schemas.Disk:
    known = view.known
    return disk_schemas.Disk(
        name=view.name,
        folders=list(view.folders),
        state=None if view.report is None else view.report.state,
        detail="" if view.report is None else view.report.problem,
        read_at=None if view.known_at is None else format_utc(view.known_at),
        model=known and known.model,
        serial=known and known.serial,
        passed=None if known is None else known.passed,
        temperature_c=known and known.temperature_c,
        power_on_hours=known and known.power_on_hours,
        reallocated=known and known.reallocated,
        pending=known and known.pending,
        uncorrectable=known and known.uncorrectable,
        media_errors=known and known.media_errors,
        wear_percent=known and known.wear_percent,
        problems=[_problem(problem) for problem in view.problems],
    )


def _array(view: ArrayView) -> disk_schemas.Array:
    array, sync = view.array, view.array.sync
    return disk_schemas.Array(
        name=array.name,
        level=array.level,
        folders=list(view.folders),
        members=[member.device for member in array.members],
        failed=list(array.failed),
        wanted=array.wanted,
        working=array.working,
        action=sync and sync.action,
        percent=sync and sync.percent,
        finish_s=sync and sync.finish_s,
        problem=None if view.problem is None else _problem(view.problem),
    )


def _problem(problem: Problem) -> disk_schemas.DiskProblem:
    return disk_schemas.DiskProblem(reason=problem.reason, severity=problem.severity, message=problem.message)
