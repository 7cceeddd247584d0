"""The application: what is served where."""

from pathlib import Path

from fastapi import APIRouter, FastAPI

from gstnvr import __version__
from gstnvr.api import (
    routes_audit,
    routes_copies,
    routes_deletions,
    routes_disks,
    routes_exports,
    routes_protections,
    routes_recorders,
    routes_recording,
    routes_segments,
    routes_server,
    routes_state,
    routes_storage,
    routes_timeline,
    routes_totals,
    routes_volumes,
    schemas,
)
from gstnvr.api.errors import install_error_handlers
from gstnvr.api.guard import LocalOnly
from gstnvr.api.ports import ApiServices
from gstnvr.api.segment_file import SegmentFiles
from gstnvr.api.web import STATIC, WebFiles
from gstnvr.blocking.calls import BlockingCalls

PREFIX = "/api/v1"
FILE_TIMEOUT_S = 10.0
MAX_HUNG_FILE_CALLS = 32
MAX_HUNG_HEALTH_CALLS = 4

_EVERYWHERE: dict[int | str, dict[str, object]] = {
    422: {"model": schemas.ErrorAnswer, "description": "A parameter is wrong; the message says which."},
}


def create_app(services: ApiServices, *, file_timeout_s: float = FILE_TIMEOUT_S, web: Path = STATIC) -> FastAPI:
    """The REST API over these services, and the web client beside it.

    Args:
        file_timeout_s: longest wait for one operation on a segment file.
        web: folder of the web client's files.
    """
    app = bare_app()
    app.router.default = WebFiles(web, app.router.default)
    app.state.services = services
    app.state.files = SegmentFiles(BlockingCalls("segment files", MAX_HUNG_FILE_CALLS), file_timeout_s)
    app.state.health_calls = BlockingCalls("health", MAX_HUNG_HEALTH_CALLS)
    return app


def bare_app() -> FastAPI:
    """The application with nothing behind it: it can be described, not served."""
    app = FastAPI(
        title="gstnvr",
        version=__version__,
        description="What gstnvr records, what is missing, and why.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(LocalOnly)
    install_error_handlers(app)
    versioned = APIRouter(prefix=PREFIX, responses=_EVERYWHERE)
    versioned.include_router(routes_state.router)
    versioned.include_router(routes_state.health_router)
    versioned.include_router(routes_server.router)
    versioned.include_router(routes_recorders.router)
    versioned.include_router(routes_recording.router)
    versioned.include_router(routes_volumes.router)
    versioned.include_router(routes_timeline.router)
    versioned.include_router(routes_totals.router)
    versioned.include_router(routes_segments.router)
    versioned.include_router(routes_copies.router)
    versioned.include_router(routes_protections.router)
    versioned.include_router(routes_exports.router)
    versioned.include_router(routes_deletions.router)
    versioned.include_router(routes_audit.router)
    versioned.include_router(routes_storage.router)
    versioned.include_router(routes_disks.router)
    app.include_router(versioned)
    app.include_router(routes_state.health_router, include_in_schema=False)
    return app
