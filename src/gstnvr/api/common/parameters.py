"""Parameters that several requests share, and what they are answered with.

Coroutines, as FastAPI gives plain functions to a pool of threads, which a database that hangs can use up.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Depends, Path, Query, Request
from starlette.requests import HTTPConnection

from gstnvr.api.access.narrow import narrowed
from gstnvr.api.access.rights import camera_not_found
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.common.times import parse_moment
from gstnvr.api.recordings.segment_file import SegmentFiles
from gstnvr.blocking.calls import BlockingCalls
from gstnvr.db.ledger import Span
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CAMERA_ID_PATTERN, CameraId, StreamId, StreamKind

_MOMENT = "ISO 8601, such as 2026-11-21T10:02:24Z; without a zone, UTC."
_ID = f"^{CAMERA_ID_PATTERN}$"

Camera = Annotated[str, Query(pattern=_ID, description="Id of a camera.")]
CameraFilter = Annotated[str | None, Query(pattern=_ID, description="Id of a camera; without it, all cameras.")]
CameraPath = Annotated[str, Path(pattern=_ID, description="Id of a camera.")]
Kind = Annotated[StreamKind, Query(description="Which of the camera's streams.")]


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """The span of a request, as far as it gives one."""

    start: UtcNs | None
    end: UtcNs | None

    def full(self, now: UtcNs, default_ns: int) -> Span:
        """With an end, which is now unless given, and a start so long before it.

        Raises:
            RefusedError: the start is not before the end.
        """
        end = now if self.end is None else self.end
        start = UtcNs(max(0, end - default_ns)) if self.start is None else self.start
        if start >= end:
            message = "from: must be before to, which is now unless given"
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", message)
        return Span(start, end)


async def _zone(
    zone: Annotated[str, Query(description="Time zone whose days count, such as Europe/Berlin.")] = "UTC",
) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"zone: {zone!r} is not a time zone that this machine knows, such as Europe/Berlin"
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", message) from None


async def _services(connection: HTTPConnection) -> ApiServices:
    return narrowed(cast(ApiServices, connection.app.state.services), connection.state.caller)


async def _files(request: Request) -> SegmentFiles:
    return cast(SegmentFiles, request.app.state.files)


async def _health_calls(request: Request) -> BlockingCalls:
    return cast(BlockingCalls, request.app.state.health_calls)


async def _span(
    start: Annotated[str | None, Query(alias="from", description=_MOMENT)] = None,
    end: Annotated[str | None, Query(alias="to", description=_MOMENT)] = None,
) -> AskedSpan:
    first = None if start is None else parse_moment("from", start)
    last = None if end is None else parse_moment("to", end)
    if first is not None and last is not None and first >= last:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", "from: must be before to")
    return AskedSpan(first, last)


Services = Annotated[ApiServices, Depends(_services)]
Files = Annotated[SegmentFiles, Depends(_files)]
HealthCalls = Annotated[BlockingCalls, Depends(_health_calls)]
SpanFilter = Annotated[AskedSpan, Depends(_span)]
Zone = Annotated[ZoneInfo, Depends(_zone)]


NO_SUCH_STREAM: dict[int | str, dict[str, object]] = {
    404: {"model": schemas.ErrorAnswer, "description": "There is no such camera, or no such stream of it."}
}
"""For whatever asks ``known_stream``."""


def known_stream(services: ApiServices, camera: str, kind: StreamKind) -> StreamId:
    """The stream, which must be configured or have been recorded at some time.

    Raises:
        RefusedError: there is no such stream, or the caller may not see its camera.
    """
    if camera not in services.cameras:
        raise camera_not_found(camera)
    asked = StreamId(CameraId(camera), kind)
    known = {live.status.stream for live in services.streams()}
    if asked in known or asked in services.index.streams():
        return asked
    raise RefusedError(
        HTTPStatus.NOT_FOUND, "stream_not_found", f"there is no camera {camera!r} with a stream {kind.value!r}"
    )
