"""Small pictures of what was recorded."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import CameraPath, Services, known_stream
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.common.times import parse_moment
from gstnvr.api.recordings.recorded_at import places_of, segment_at
from gstnvr.api.recordings.thumbnail_ports import (
    NoThumbnailError,
    Thumbnail,
    ThumbnailsBusyError,
    ThumbnailsMissingError,
    ThumbnailWish,
    UnreadableSegmentError,
)
from gstnvr.model.access import Role
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.ids import StreamKind

router = APIRouter(tags=["segments"])

NARROWEST, USUAL, WIDEST = 64, 240, 640
_KEPT_S = 3600
_CODES: dict[type[NoThumbnailError], str] = {
    UnreadableSegmentError: "file_unreadable",
    ThumbnailsMissingError: "thumbnails_missing",
    ThumbnailsBusyError: "thumbnails_busy",
}
_RETRY_AFTER = {"retry-after": "1"}
_At = Annotated[str, Query(description="ISO 8601, such as 2026-11-21T10:02:24Z; without a zone, UTC.")]
_Width = Annotated[int, Query(ge=NARROWEST, le=WIDEST, description="In points; at most that of the video.")]
_HEADERS: dict[str, object] = {
    "Gstnvr-Picture-Time": {"description": "When it was taken.", "schema": {"type": "string"}},
    "ETag": {"description": "Of this picture in this width.", "schema": {"type": "string"}},
}


@router.get(
    "/cameras/{camera}/streams/{kind}/thumbnail",
    summary="The last key frame at or before a moment, as a small JPEG",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}, "headers": _HEADERS},
        304: {"description": "`If-None-Match` holds its ETag."},
        404: {
            "model": schemas.ErrorAnswer,
            "description": "No such stream, nothing was recorded then, it is at another place now"
            " (`segment_remote`), or it cannot be decoded (`no_picture`).",
        },
        503: {"model": schemas.ErrorAnswer, "description": "None can be made now; the message says why."},
    },
)
@needs(Role.VIEWER)
async def thumbnail(
    *,
    request: Request,
    services: Services,
    camera: CameraPath,
    kind: StreamKind,
    at: _At,
    width: _Width = USUAL,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    wish = await run_in_threadpool(_wish, services, camera, kind, parse_moment("at", at), width)
    found = await _take(request, services, wish)
    tag = f'"{wish.segment.id}-{found.time_ns}-{width}"'
    headers = {
        "Cache-Control": f"private, max-age={_KEPT_S}, immutable" if found.settled else "no-store",
        "ETag": tag,
        "Gstnvr-Picture-Time": format_utc(UtcNs(wish.segment.start + found.time_ns)),
    }
    if if_none_match is not None and tag in [known.strip() for known in if_none_match.split(",")]:
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(found.jpeg, media_type="image/jpeg", headers=headers)


def _wish(services: ApiServices, camera: str, kind: StreamKind, at: UtcNs, width: int) -> ThumbnailWish:
    segment = segment_at(services, known_stream(services, camera, kind), at)
    places = places_of(services, segment)
    if not places:
        message = f"what was recorded then is at another place: play segment {segment.id} to bring it back"
        raise RefusedError(HTTPStatus.NOT_FOUND, "segment_remote", message)
    return ThumbnailWish(segment, places, max(0, at - segment.start), width)


async def _take(request: Request, services: ApiServices, wish: ThumbnailWish) -> Thumbnail:
    try:
        return await _while_connected(request, services.thumbnails.take(wish))
    except tuple(_CODES) as error:
        code = _CODES[type(error)]
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, code, str(error), _RETRY_AFTER) from None
    except NoThumbnailError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, "no_picture", str(error)) from None


async def _while_connected(request: Request, taking: Coroutine[None, None, Thumbnail]) -> Thumbnail:
    """Whoever scrubs on does not wait for the picture of a moment ago: it need not be made."""
    taken, gone = asyncio.create_task(taking), asyncio.create_task(_until_gone(request))
    try:
        await asyncio.wait({taken, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not taken.done():
            raise ThumbnailsBusyError("nobody waits for it any more")
        return taken.result()
    finally:
        taken.cancel()
        gone.cancel()
        await asyncio.gather(taken, gone, return_exceptions=True)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
