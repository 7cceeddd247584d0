"""What gstnvr logged, and everything at once for whoever is asked for help."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.paging import Page
from gstnvr.api.common.parameters import CameraFilter, Services, SpanFilter
from gstnvr.api.operation.diagnostics import bundle, gather, texts
from gstnvr.api.operation.schemas import (
    DiagnosticsContents,
    DiagnosticsFile,
    Examination,
    HealthCheck,
    Log,
    LogLevel,
    LogLine,
    LogProcess,
    LogProcesses,
)
from gstnvr.logs.reading import LogWish
from gstnvr.logs.redaction import redact
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc
from gstnvr.model.findings import CheckState

BEGINNING = 20_000
"""Characters of a file of the bundle that are shown before it is made."""
_UNREADABLE: dict[int | str, dict[str, object]] = {
    507: {"model": schemas.ErrorAnswer, "description": "The files cannot be read."}
}

router = APIRouter(tags=["settings"])


@router.get(
    "/logs",
    summary="Lines that the processes of gstnvr logged, the newest first, in pages",
    responses=_UNREADABLE,
)
@needs(Role.ADMINISTRATOR)
async def search_logs(
    *,
    services: Services,
    span: SpanFilter,
    text: Annotated[str | None, Query(min_length=1, max_length=200, description="Somewhere in the line.")] = None,
    level: Annotated[LogLevel, Query(description="The least severe.")] = LogLevel.DEBUG,
    process: Annotated[str | None, Query(max_length=64, description="Such as supervisor or recorder-0.")] = None,
    camera: CameraFilter = None,
    page: Page,
) -> Log:
    wish = LogWish(text, level.name, process, camera, span.start, span.end)
    try:
        found = await services.maintenance.search_logs(wish, page.limit + 1, page.after_numbers())
    except OSError as error:
        raise _unreadable(error) from None
    shown, following = page.cut(found, lambda placed: placed[0])
    lines = [
        LogLine(
            time=format_utc(line.at),
            level=LogLevel(line.level.lower()),
            process=line.process,
            source=line.source,
            camera=line.camera,
            message=line.message,
        )
        for _, line in shown
    ]
    return Log(lines=lines, next=following)


@router.get("/logs/processes", summary="Processes whose lines can be searched", responses=_UNREADABLE)
@needs(Role.ADMINISTRATOR)
async def list_processes(services: Services) -> LogProcesses:
    try:
        found = await services.maintenance.logging_processes()
    except OSError as error:
        raise _unreadable(error) from None
    return LogProcesses(processes=[LogProcess(name=one.process, bytes=one.size) for one in found])


def _unreadable(error: OSError) -> RefusedError:
    message = f"the log files cannot be read: {error.strerror or error}"
    return RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, "logs_unreadable", message)


@router.get(
    "/diagnostics",
    summary="State, settings, incidents and logs without secrets, as a ZIP file for whoever is asked for help",
    response_class=Response,
    responses={200: {"description": "A ZIP file.", "content": {"application/zip": {}}}},
)
@needs(Role.ADMINISTRATOR)
async def diagnostics(services: Services) -> Response:
    found = await gather(services)
    content = await run_in_threadpool(lambda: bundle(texts(found)))
    day = format_utc(services.clock.utc_ns())[:19].replace("-", "").replace(":", "")
    headers = {"content-disposition": f'attachment; filename="gstnvr-diagnostics-{day}Z.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


@router.get(
    "/diagnostics/checks", summary="Check installation, clock, folders, disks, port and limits; takes some seconds"
)
@needs(Role.ADMINISTRATOR)
async def examination(services: Services) -> Examination:
    found = await services.maintenance.examine()
    checks = [
        HealthCheck(name=one.name, state=one.state, found=redact(one.found), remedy=one.remedy, advice=one.advice)
        for one in found
    ]
    return Examination(ok=all(one.state is not CheckState.FAILED for one in found), checks=checks)


@router.get("/diagnostics/contents", summary="What the bundle would hold now, for whoever wants to read it first")
@needs(Role.ADMINISTRATOR)
async def diagnostics_contents(services: Services) -> DiagnosticsContents:
    found = await run_in_threadpool(texts, await gather(services))
    return DiagnosticsContents(
        files=[
            DiagnosticsFile(name=name, bytes=len(text.encode()), beginning=text[:BEGINNING])
            for name, text in found.items()
        ]
    )
