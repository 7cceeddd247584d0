"""The application: what is served where."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute

from gstnvr import __version__
from gstnvr.api.access import routes_audit, routes_login, routes_own_account, routes_users
from gstnvr.api.access.guard import LOOPBACK, Guard, Reach
from gstnvr.api.access.proxies import ForwardedFrom
from gstnvr.api.access.rights import SESSION_COOKIE, authorise, need_of, needs
from gstnvr.api.access.sessions import PasswordWork
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import install_error_handlers
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.events import routes_events
from gstnvr.api.events.listener import Telling
from gstnvr.api.evidence import routes_deletions, routes_exports, routes_protections
from gstnvr.api.incidents import routes_incidents, routes_totals
from gstnvr.api.layouts import routes_layouts
from gstnvr.api.live import routes_live, routes_restream, routes_whep
from gstnvr.api.operation import (
    routes_about,
    routes_logs,
    routes_recorders,
    routes_recording,
    routes_server,
    routes_settings,
    routes_state,
)
from gstnvr.api.recordings import routes_segments, routes_thumbnails, routes_timeline
from gstnvr.api.recordings.segment_file import SegmentFiles
from gstnvr.api.storage import routes_copies, routes_disks, routes_file_systems, routes_storage, routes_volumes
from gstnvr.api.web import STATIC, WebFiles
from gstnvr.blocking.calls import BlockingCalls
from gstnvr.model.access import Role

PREFIX = "/api/v1"
FILE_TIMEOUT_S = 10.0
MAX_HUNG_FILE_CALLS = 32
MAX_HUNG_HEALTH_CALLS = 4
MAX_HUNG_ACCESS_CALLS = 4

_EVERYWHERE: dict[int | str, dict[str, object]] = {
    401: {"model": schemas.ErrorAnswer, "description": "Nobody is logged in, or what was sent is not valid."},
    403: {"model": schemas.ErrorAnswer, "description": "Whoever asks may not do this."},
    413: {"model": schemas.ErrorAnswer, "description": "More than 1 MiB was sent."},
    422: {"model": schemas.ErrorAnswer, "description": "A parameter is wrong; the message says which."},
    503: {"model": schemas.ErrorAnswer, "description": "The database does not answer."},
}


def create_app(
    services: ApiServices,
    telling: Telling,
    reach: Reach = LOOPBACK,
    *,
    file_timeout_s: float = FILE_TIMEOUT_S,
    web: Path = STATIC,
) -> FastAPI:
    """The REST API over these services, and the web client beside it.

    Args:
        reach: from where it may be asked.
        file_timeout_s: longest wait for one operation on a segment file.
        web: folder of the web client's files.
    """
    app = bare_app()
    app.add_middleware(Guard, reach=reach)
    app.add_middleware(ForwardedFrom, trusted=reach.proxies)
    app.router.default = WebFiles(web, app.router.default)
    app.state.services = services
    app.state.telling = telling
    app.state.files = SegmentFiles(BlockingCalls("segment files", MAX_HUNG_FILE_CALLS), file_timeout_s)
    app.state.access_calls = BlockingCalls("users", MAX_HUNG_ACCESS_CALLS)
    app.state.password_work = PasswordWork()
    app.state.watching_rights = set()
    app.state.places = routes_file_systems.Places()
    app.state.health_calls = BlockingCalls("health", MAX_HUNG_HEALTH_CALLS)
    return app


def bare_app() -> FastAPI:
    """The application with nothing behind it: it can be described, not served."""
    app = FastAPI(
        title="gstnvr",
        version=__version__,
        description="What gstnvr records, what is missing, and why.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to wherever the Host header says
        dependencies=[Depends(authorise)],
    )
    install_error_handlers(app)
    versioned = APIRouter(prefix=PREFIX, responses=_EVERYWHERE)
    versioned.include_router(routes_state.router)
    versioned.include_router(routes_state.health_router)
    versioned.include_router(routes_server.router)
    versioned.include_router(routes_recorders.router)
    versioned.include_router(routes_recording.router)
    versioned.include_router(routes_layouts.router)
    versioned.include_router(routes_live.router)
    versioned.include_router(routes_whep.router)
    versioned.include_router(routes_restream.router)
    versioned.include_router(routes_volumes.router)
    versioned.include_router(routes_file_systems.router)
    versioned.include_router(routes_timeline.router)
    versioned.include_router(routes_totals.router)
    versioned.include_router(routes_incidents.router)
    versioned.include_router(routes_segments.router)
    versioned.include_router(routes_thumbnails.router)
    versioned.include_router(routes_copies.router)
    versioned.include_router(routes_protections.router)
    versioned.include_router(routes_exports.router)
    versioned.include_router(routes_deletions.router)
    versioned.include_router(routes_audit.router)
    versioned.include_router(routes_storage.router)
    versioned.include_router(routes_disks.router)
    versioned.include_router(routes_login.router)
    versioned.include_router(routes_own_account.router)
    versioned.include_router(routes_users.router)
    versioned.add_api_route("/openapi.json", _description, include_in_schema=False)
    versioned.include_router(routes_events.router)
    versioned.include_router(routes_settings.router)
    versioned.include_router(routes_about.router)
    versioned.include_router(routes_logs.router)
    app.include_router(versioned)
    app.webhooks.include_router(routes_events.messages)
    app.include_router(routes_state.health_router, include_in_schema=False)
    _describe_rights(app)
    return app


@needs(Role.VIEWER)
async def _description(request: Request) -> JSONResponse:
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


def _describe_rights(app: FastAPI) -> None:
    """Say in the description who may call what, and how callers show who they are."""
    for route in endpoints(app.routes):
        if isinstance(route, APIWebSocketRoute):
            continue
        need = need_of(route.endpoint)
        if need is not None and need.role is not None:
            ways: list[dict[str, list[str]]] = [{"session": []}]
            ways += [] if need.by_person else [{"token": []}]
            route.openapi_extra = {"x-needs": need.role.value, "security": ways}
        elif need is not None:
            route.openapi_extra = {"x-needs": "nothing"}
    make = app.openapi

    def openapi() -> dict[str, Any]:
        described = make()
        described["components"]["securitySchemes"] = {
            "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            "token": {"type": "http", "scheme": "bearer"},
        }
        return described

    app.openapi = openapi  # type: ignore[method-assign]


def endpoints(routes: Iterable[BaseRoute]) -> Iterator[APIRoute | APIWebSocketRoute]:
    """All that answer requests, also those of routers within routers."""
    for route in routes:
        within = getattr(route, "original_router", None)
        if within is not None:
            yield from endpoints(within.routes)
        elif isinstance(route, APIRoute | APIWebSocketRoute):
            yield route
