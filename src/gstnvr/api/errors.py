"""Refusals, and the one shape in which every error leaves the API."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from gstnvr.api.evidence_ports import TooManyJobsError


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def error_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """``{"error": {"code", "message"}}`` with this status."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


async def _refused(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RefusedError)
    return error_response(refusal.status, refusal.code, refusal.message, refusal.headers)


async def _too_many_jobs(_request: Request, refusal: Exception) -> JSONResponse:
    return error_response(HTTPStatus.TOO_MANY_REQUESTS, "too_many_jobs", str(refusal))


async def _bad_parameters(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors())
    return error_response(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", problems)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    message = str(error.detail)
    if status is HTTPStatus.NOT_FOUND:
        message = f"there is nothing at {request.url.path}; see /api/v1/openapi.json"
    return error_response(status, status.name.lower(), message, error.headers)


async def _database_failed(_request: Request, _error: Exception) -> JSONResponse:
    message = "the database does not answer; recording goes on without it"
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", message)


async def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    message = f"{request.method} {request.url.path} failed inside gstnvr; its log says why"
    # The server hangs up after what it did not expect: nobody is to send another request on this connection.
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message, {"Connection": "close"})


def install_error_handlers(app: FastAPI) -> None:
    """Give every error of this application the one shape."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(TooManyJobsError, _too_many_jobs)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(SQLAlchemyError, _database_failed)
    app.add_exception_handler(Exception, _unexpected)
