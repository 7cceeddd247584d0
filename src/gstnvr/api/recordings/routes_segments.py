"""Segments and their files."""

import os
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.file_response import Conditions, answer_with
from gstnvr.api.common.paging import Page
from gstnvr.api.common.parameters import NO_SUCH_STREAM, Camera, Files, Kind, Services, SpanFilter, known_stream
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.common.views import segment_view
from gstnvr.api.recordings.segment_file import NothingCompleteError, OpenFile, OutsideVolumeError, SegmentFiles
from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.db import copies
from gstnvr.db.mirrors import mirrored, mirrors_of
from gstnvr.model.access import Role
from gstnvr.model.copies import Fetch
from gstnvr.model.ids import StreamKind
from gstnvr.model.records import Segment, SegmentState

router = APIRouter(tags=["segments"])

_FETCH_S = "2"
"""After which it is asked again for what is being brought back."""

SegmentKey = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(
    "/segments",
    summary="Segments of a stream, oldest first, in pages",
    responses=NO_SUCH_STREAM,
)
@needs(Role.VIEWER)
def list_segments(
    *,
    services: Services,
    span: SpanFilter,
    camera: Camera,
    stream: Kind = StreamKind.MAIN,
    page: Page,
) -> schemas.Segments:
    asked = known_stream(services, camera, stream)
    found = services.index.segments(
        asked, start=span.start, end=span.end, limit=page.limit + 1, after=page.after_numbers()
    )
    shown, following = page.cut(found, lambda segment: segment.place)
    return schemas.Segments(segments=[segment_view(segment) for segment in shown], next=following)


_FILE_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "The whole file.", "content": {"video/mp4": {}, "video/x-matroska": {}}},
    206: {"description": "The range that was asked for.", "content": {"video/mp4": {}, "video/x-matroska": {}}},
    304: {"description": "`If-None-Match` holds its ETag."},
    404: {"model": schemas.ErrorAnswer, "description": "No such segment, or its file is not on the volume now."},
    410: {"model": schemas.ErrorAnswer, "description": "The file was lost or deleted."},
    416: {"model": schemas.ErrorAnswer, "description": "No byte of the range exists."},
    503: {
        "model": schemas.ErrorAnswer,
        "description": "The volume does not respond, nothing is complete yet, or it is being"
        " brought back from another place: see Retry-After.",
    },
}


@router.head("/segments/{segment_id}/file", include_in_schema=False)
@router.get(
    "/segments/{segment_id}/file",
    summary="Bytes of a segment; of one that grows, those that can be played",
    response_class=Response,
    responses=_FILE_ANSWERS,
)
@needs(Role.VIEWER)
async def segment_file(
    *, services: Services, files: Files, segment_id: SegmentKey, conditions: Conditions
) -> Response:
    segment, volume = await run_in_threadpool(_locate, services, segment_id)
    try:
        opened = await _open(segment, volume, files)
    except RefusedError:
        moved, elsewhere = await run_in_threadpool(_locate, services, segment_id)
        if (moved.volume, moved.path) == (segment.volume, segment.path):
            second = await run_in_threadpool(_locate_second, services, segment)
            if second is None:
                raise
            moved, elsewhere = second
        segment, opened = moved, await _open(moved, elsewhere, files)
    # A browser may keep a finished file but must ask each time; a growing one it must not keep.
    cache = "no-store" if segment.state is SegmentState.OPEN else "private, no-cache"
    return answer_with(opened, conditions, files, cache=cache, what=f"segment {segment_id}")


def _seen_segment(services: ApiServices, segment_id: int) -> Segment | None:
    segment = services.index.segment(segment_id)
    return segment if segment is not None and segment.stream.camera in services.cameras else None


def _locate(services: ApiServices, segment_id: int) -> tuple[Segment, FilePath]:
    segment = _seen_segment(services, segment_id)
    if segment is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "segment_not_found", f"there is no segment {segment_id}")
    if segment.state is SegmentState.REMOTE:
        return segment, _fetched(services, segment)
    if segment.state not in (SegmentState.OPEN, SegmentState.CLOSED):
        raise RefusedError(
            HTTPStatus.GONE, "segment_gone", f"the file of segment {segment_id} is gone: {segment.state.value}"
        )
    for volume in services.index.volumes():
        if volume.uuid == segment.volume:
            return segment, FilePath(volume.path)
    message = f"segment {segment_id} is on volume {segment.volume}, which is unknown"
    raise RefusedError(HTTPStatus.NOT_FOUND, "file_not_found", message)


def _locate_second(services: ApiServices, segment: Segment) -> tuple[Segment, FilePath] | None:
    """Where the second file of a segment lies whose own file cannot be read now."""
    paths = {volume.uuid: FilePath(volume.path) for volume in services.index.volumes()}
    with services.index.reading() as connection:
        mirrors = mirrors_of(connection, segment.path)
    usable = (one for one in mirrors if one.state is not SegmentState.DELETING and one.volume in paths)
    return next(((mirrored(segment, one), paths[one.volume]) for one in usable), None)


def _fetched(services: ApiServices, segment: Segment) -> FilePath:
    """Where the file lies that was brought back from another place; else it is asked for.

    Raises:
        RefusedError: it is not back yet, or there is no copy of it.
    """
    file = services.fetched / segment.path
    if file.exists():
        os.utime(file)  # what was used longest ago makes room for others
        return services.fetched
    assert segment.id is not None
    with services.index.writing() as writer:
        asked = copies.ask_back(writer, segment.id, Fetch.CACHE)
    if not asked:
        message = f"the file of segment {segment.id} is gone, and so is its copy"
        raise RefusedError(HTTPStatus.GONE, "segment_gone", message)
    message = f"the file of segment {segment.id} is being brought back from another place; ask again soon"
    raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "segment_remote", message, {"retry-after": _FETCH_S})


async def _open(segment: Segment, volume: FilePath, files: SegmentFiles) -> OpenFile:
    where = f"the file of segment {segment.id}"
    try:
        return await files.open(segment, volume)
    except NothingCompleteError:
        message = f"{where} has just been begun; nothing in it can be played yet"
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "segment_empty", message, {"retry-after": "1"}
        ) from None
    except OutsideVolumeError:
        raise RefusedError(HTTPStatus.NOT_FOUND, "file_not_found", f"{where} is not inside its volume") from None
    except (FileNotFoundError, NotADirectoryError):
        message = f"{where} is not on its volume now; is the volume mounted?"
        raise RefusedError(HTTPStatus.NOT_FOUND, "file_not_found", message) from None
    except (StillRunningError, TooManyHungError):
        message = f"{where} cannot be read: its volume does not respond"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "volume_not_responding", message) from None
    except OSError as error:
        message = f"{where} cannot be read: {error.strerror}"
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "file_unreadable", message) from None
