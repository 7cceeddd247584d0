"""What streams are doing now, and whether gstnvr itself is well."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gstnvr.api.access.rights import needs, public
from gstnvr.api.common import schemas
from gstnvr.api.common.parameters import (
    NO_SUCH_STREAM,
    CameraPath,
    HealthCalls,
    Kind,
    Services,
    known_stream,
)
from gstnvr.api.common.ports import ApiServices, ComponentHealth
from gstnvr.api.common.views import component_view, stream_view
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.model.access import ALL_CAMERAS, Role
from gstnvr.model.clock import format_utc
from gstnvr.model.ids import StreamKind

DATABASE_TIMEOUT_S = 2.0

router = APIRouter(tags=["state"])
health_router = APIRouter(tags=["state"])


@router.get("/streams", summary="State, cause and figures of every configured stream")
@needs(Role.VIEWER)
async def list_streams(services: Services) -> schemas.Streams:
    now = services.clock.utc_ns()
    return schemas.Streams(time=format_utc(now), streams=[stream_view(live, now) for live in services.streams()])


@router.get(
    "/cameras/{camera}/statistics",
    summary="Figures of a stream, second by second, over the last minutes",
    responses=NO_SUCH_STREAM,
)
@needs(Role.VIEWER)
def recent_statistics(
    services: Services, camera: CameraPath, stream: Kind = StreamKind.MAIN
) -> schemas.RecentStatistics:
    wanted = known_stream(services, camera, stream)
    samples = [
        schemas.StatisticsSample(
            time=format_utc(one.at),
            fps=one.fps,
            bitrate_bps=one.bitrate_bps,
            loss=one.loss,
            jitter_ms=one.jitter_ms,
        )
        for one in services.recent_figures(wanted)
    ]
    return schemas.RecentStatistics(camera=camera, stream=stream, samples=samples)


@health_router.get(
    "/healthz",
    summary="Whether supervisor, database and every recorder respond",
    response_model=schemas.Health,
    responses={503: {"model": schemas.Unhealthy, "description": "One of them does not; the message says which."}},
)
@public("whoever watches over gstnvr asks it; which part does not respond, only those learn who see all cameras")
async def health(request: Request, services: Services, calls: HealthCalls) -> schemas.Health | JSONResponse:
    components = [*services.components(), await _database_health(services, calls)]
    told = request.state.caller is not None and services.cameras == ALL_CAMERAS
    views = [component_view(component) for component in components] if told else []
    failing = [f"{component.name}: {component.detail}" for component in components if not component.healthy]
    if failing and not told:
        failing = ["a part of gstnvr does not respond; log in to see which"]
    if not failing:
        return schemas.Health(components=views)
    error = schemas.ErrorDetail(code="unhealthy", message="; ".join(failing))
    body = schemas.Unhealthy(error=error, components=views)
    return JSONResponse(body.model_dump(mode="json"), HTTPStatus.SERVICE_UNAVAILABLE)


async def _database_health(services: ApiServices, calls: BlockingCalls) -> ComponentHealth:
    try:
        await calls.run(services.index.volumes, timeout_s=DATABASE_TIMEOUT_S)
    except (StillRunningError, TooManyHungError):
        return ComponentHealth("database", False, f"no answer within {DATABASE_TIMEOUT_S:g} s")
    except SQLAlchemyError as error:
        return ComponentHealth("database", False, str(error.orig if isinstance(error, DBAPIError) else error))
    return ComponentHealth("database", True)
