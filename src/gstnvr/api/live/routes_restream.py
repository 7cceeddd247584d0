"""Where other programs watch a stream over RTSP."""

from fastapi import APIRouter, Request

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.parameters import CameraPath, Services
from gstnvr.api.live import schemas as live_schemas
from gstnvr.api.live.ports import RestreamView
from gstnvr.api.live.routes_live import configured_stream
from gstnvr.config.listening import is_loopback
from gstnvr.model.access import Role
from gstnvr.model.ids import StreamId, StreamKind

router = APIRouter(tags=["live"])

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what it is compared with
_HERE = {"localhost": "127.0.0.1"}


@router.get(
    "/cameras/{camera}/streams/{kind}/restream",
    summary="Where other programs watch the stream over RTSP, and how many do",
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is no such camera, or no such stream."}},
)
@needs(Role.VIEWER)
async def restream(
    request: Request, services: Services, camera: CameraPath, kind: StreamKind
) -> live_schemas.Restream:
    stream = configured_stream(services, camera, kind)
    view = services.live.restreamed(stream)
    return live_schemas.Restream(
        url=_address(view, stream, request.url.hostname or ""),
        only_this_machine=view.host is not None and is_loopback(view.host),
        encrypted=view.encrypted,
        watching=view.watching,
        problem=view.problem,
    )


def _address(view: RestreamView, stream: StreamId, asked: str) -> str | None:
    """As the one who asks would write it, who calls this machine by this name."""
    if view.host is None:
        return None
    host = asked if view.host in _EVERYWHERE and asked else _HERE.get(view.host, view.host)
    host = f"[{host}]" if ":" in host else host
    return f"{'rtsps' if view.encrypted else 'rtsp'}://{host}:{view.port}/{stream}"
