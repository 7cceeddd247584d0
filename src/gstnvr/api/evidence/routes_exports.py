"""Recordings in files of their own, signed; and time-lapses."""

from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from gstnvr.api.access.rights import User, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.file_response import Conditions, answer_with
from gstnvr.api.common.paging import Page, asked_at, newest_first
from gstnvr.api.common.parameters import Files, Services, known_stream
from gstnvr.api.common.times import parse_span
from gstnvr.api.common.zip_response import Packed, ZipResponse
from gstnvr.api.evidence import schemas as evidence_schemas
from gstnvr.api.evidence.ports import ExportedFile, ExportView, ExportWish, VerificationView
from gstnvr.api.recordings.segment_file import OpenFile, OutsideVolumeError, SegmentFiles
from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.model.access import Role
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.evidence import ExportState

router = APIRouter(tags=["evidence"])

Uid = Annotated[str, Path(pattern="^[0-9TZa-f-]{1,64}$")]
_NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": schemas.ErrorAnswer, "description": "There is no such export, or no such file in it."}
}

_NOT_MADE: dict[int | str, dict[str, object]] = {
    409: {"model": schemas.ErrorAnswer, "description": "It is not made yet, or failed."}
}


@router.post(
    "/exports",
    summary="Have recordings put into files of their own",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        404: {"model": schemas.ErrorAnswer, "description": "There is no such camera."},
        429: {"model": schemas.ErrorAnswer, "description": "Too many exports wait already."},
        507: {"model": schemas.ErrorAnswer, "description": "The order cannot be written down."},
    },
)
@needs(Role.OPERATOR)
async def add_export(
    *, services: Services, user: User, wanted: evidence_schemas.NewExport
) -> evidence_schemas.Export:
    wish = await run_in_threadpool(_wish, services, user, wanted)
    try:
        return export_view(await services.exports.begin(wish))
    except OSError as error:
        message = f"the order cannot be written down: {error.strerror or error}"
        raise RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, "not_written", message) from None


def _wish(services: Services, user: str, wanted: evidence_schemas.NewExport) -> ExportWish:
    span = parse_span(wanted.start, wanted.end)
    end = min(span.end, services.clock.utc_ns())
    if end <= span.start:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", "from: lies in the future")
    try:
        ZoneInfo(wanted.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"zone: {wanted.zone!r} is not a time zone that this machine knows, such as Europe/Berlin"
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", message) from None
    cameras = dict.fromkeys(wanted.cameras)
    return ExportWish(
        kind=wanted.kind,
        streams=tuple(known_stream(services, camera, wanted.stream) for camera in cameras),
        start=span.start,
        end=end,
        zone=wanted.zone,
        reason=wanted.reason,
        user=user,
        pictures=wanted.pictures,
        every_s=wanted.every_s,
        fps=wanted.fps,
    )


@router.get(
    "/exports", summary="Exports that wait, are under way, failed or are there, the newest first, in pages"
)
@needs(Role.OPERATOR)
async def list_exports(services: Services, page: Page) -> evidence_schemas.Exports:
    found = newest_first(services.exports.all(), page.after_moment())
    shown, following = page.cut(found, asked_at)
    return evidence_schemas.Exports(exports=[export_view(one) for one in shown], next=following)


@router.get("/exports/{uid}", summary="An export, and how far it is", responses=_NOT_FOUND)
@needs(Role.OPERATOR)
async def show_export(services: Services, uid: Uid) -> evidence_schemas.Export:
    return export_view(_known(services, uid))


@router.delete(
    "/exports/{uid}",
    summary="Stop an export, or delete what it made",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND | {503: {"model": schemas.ErrorAnswer, "description": "The disk does not let go of it."}},
)
@needs(Role.OPERATOR)
async def remove_export(*, services: Services, user: User, uid: Uid) -> None:
    _known(services, uid)
    try:
        await services.exports.remove(uid, user)
    except (StillRunningError, TooManyHungError):
        message = f"export {uid} cannot be deleted: its disk does not respond"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "disk_not_responding", message) from None
    except OSError as error:
        message = f"export {uid} cannot be deleted: {error.strerror or error}"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "not_deleted", message) from None


@router.head("/exports/{uid}/files/{name}", include_in_schema=False)
@router.get(
    "/exports/{uid}/files/{name}",
    summary="A file of a finished export, or a part of it",
    response_class=Response,
    responses=_NOT_FOUND
    | {
        200: {"description": "The whole file.", "content": {"video/mp4": {}, "text/html": {}}},
        206: {"description": "The range that was asked for.", "content": {"video/mp4": {}}},
        304: {"description": "`If-None-Match` holds its ETag."},
        416: {"model": schemas.ErrorAnswer, "description": "No byte of the range exists."},
        503: {"model": schemas.ErrorAnswer, "description": "The disk does not respond."},
    },
)
@needs(Role.OPERATOR)
async def export_file(
    *, services: Services, files: Files, uid: Uid, name: Annotated[str, Path()], conditions: Conditions
) -> Response:
    export = _known(services, uid)
    if name not in {made.name for made in export.files}:
        raise RefusedError(HTTPStatus.NOT_FOUND, "file_not_found", f"export {uid} has no file {name!r}")
    opened = await _open(export, name, files)
    return answer_with(opened, conditions, files, cache="private, no-cache", what=name)


@router.head("/exports/{uid}/zip", include_in_schema=False)
@router.get(
    "/exports/{uid}/zip",
    summary="All files of a finished export as one ZIP archive",
    response_class=Response,
    responses=_NOT_FOUND | {200: {"description": "The archive.", "content": {"application/zip": {}}}} | _NOT_MADE,
)
@needs(Role.OPERATOR)
async def export_archive(*, services: Services, files: Files, uid: Uid) -> Response:
    export = _made(_known(services, uid))
    folder = f"export_{uid}"
    packed = [Packed(f"{folder}/{made.name}", made.size) for made in export.files]
    names = [made.name for made in export.files]
    return ZipResponse(export.folder, names, packed, files, f"{folder}.zip")


@router.post(
    "/exports/{uid}/verification",
    summary="Begin to look whether a finished export is as it was signed; the export tells what came of it",
    status_code=HTTPStatus.ACCEPTED,
    responses=_NOT_FOUND | _NOT_MADE,
)
@needs(Role.OPERATOR)
async def verify_export(*, services: Services, uid: Uid) -> evidence_schemas.Export:
    view = await services.exports.verify(_made(_known(services, uid)).uid)
    return export_view(_known(services, uid) if view is None else view)


def _made(export: ExportView) -> ExportView:
    if export.state is not ExportState.DONE:
        message = f"export {export.uid} has no files: it is {export.state}"
        raise RefusedError(HTTPStatus.CONFLICT, "not_made", message)
    return export


async def _open(export: ExportView, name: str, files: SegmentFiles) -> OpenFile:
    try:
        return await files.open_in(export.folder, name)
    except (StillRunningError, TooManyHungError):
        message = f"{name} of export {export.uid} cannot be read: its disk does not respond"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "disk_not_responding", message) from None
    except (OSError, OutsideVolumeError):
        message = f"{name} of export {export.uid} is not there any more"
        raise RefusedError(HTTPStatus.NOT_FOUND, "file_not_found", message) from None


def _known(services: Services, uid: str) -> ExportView:
    found = services.exports.one(uid)
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "export_not_found", f"there is no export {uid}")
    return found


def export_view(export: ExportView) -> evidence_schemas.Export:
    """An export as the API tells of it."""
    wish = export.wish
    return evidence_schemas.Export(
        uid=export.uid,
        kind=wish.kind,
        state=export.state,
        step=export.step,
        done_bytes=export.done,
        total_bytes=export.total,
        cameras=[stream.camera for stream in wish.streams],
        stream=wish.streams[0].kind,
        start=format_utc(wish.start),
        end=format_utc(wish.end),
        reason=wish.reason,
        user=wish.user,
        asked=format_utc(export.asked),
        ended=_optional(export.ended),
        message=export.message,
        missing_s=round(export.missing_s, 3),
        folder=str(export.folder) if export.state is ExportState.DONE else "",
        files=[_file(export.uid, made) for made in export.files],
        verification=_verification(export.verification),
    )


def _verification(view: VerificationView | None) -> evidence_schemas.Verification | None:
    if view is None:
        return None
    return evidence_schemas.Verification(
        state=view.state,
        ended=_optional(view.ended),
        done_bytes=view.done,
        total_bytes=view.total,
        problems=list(view.problems),
        fingerprint=view.fingerprint,
        message=view.message,
    )


def _file(uid: str, made: ExportedFile) -> evidence_schemas.ExportFile:
    url = f"/api/v1/exports/{uid}/files/{made.name}"
    return evidence_schemas.ExportFile(name=made.name, bytes=made.size, url=url)


def _optional(at: UtcNs | None) -> str | None:
    return None if at is None else format_utc(at)
