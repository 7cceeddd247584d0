"""Refusals, and the one shape in which every error leaves the API."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gstnvr.access import errors as access
from gstnvr.api.common.security_headers import SECURITY_HEADERS
from gstnvr.api.evidence.ports import TooManyJobsError
from gstnvr.config.sealing import SecretKeyError

REFUSALS: dict[type[access.AccessError], tuple[HTTPStatus, str]] = {
    access.WrongCredentialsError: (HTTPStatus.UNAUTHORIZED, "wrong_credentials"),
    access.CodeNeededError: (HTTPStatus.UNAUTHORIZED, "code_needed"),
    access.WrongPasswordError: (HTTPStatus.FORBIDDEN, "wrong_password"),
    access.WrongCodeError: (HTTPStatus.FORBIDDEN, "wrong_code"),
    access.SetUpError: (HTTPStatus.FORBIDDEN, "setup_refused"),
    access.LockedOutError: (HTTPStatus.TOO_MANY_REQUESTS, "locked_out"),
    access.WeakPasswordError: (HTTPStatus.UNPROCESSABLE_ENTITY, "weak_password"),
    access.BadNameError: (HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter"),
    access.UnknownUserError: (HTTPStatus.NOT_FOUND, "user_not_found"),
    access.UnknownSessionError: (HTTPStatus.NOT_FOUND, "session_not_found"),
    access.NoOneTimeCodesError: (HTTPStatus.CONFLICT, "no_one_time_codes"),
    access.UnknownTokenError: (HTTPStatus.NOT_FOUND, "token_not_found"),
    access.TooManyTokensError: (HTTPStatus.CONFLICT, "too_many_tokens"),
    access.NameTakenError: (HTTPStatus.CONFLICT, "name_taken"),
    access.LastAdministratorError: (HTTPStatus.CONFLICT, "last_administrator"),
}
"""How each is answered to somebody who is not let in, or whose change is not made."""


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


def problems_text(problems: Iterable[Mapping[str, Any]]) -> str:
    """One line that names each field, and what is wrong with it.

    Args:
        problems: as pydantic gives them.
    """
    return "; ".join(map(_problem_text, problems))


def _problem_text(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "json_invalid":
        return f"no JSON: {problem.get('ctx', {}).get('error', problem['msg'])}"
    place = ".".join(str(step) for step in problem["loc"])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])


async def _refused(_connection: HTTPConnection, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RefusedError)
    return error_response(refusal.status, refusal.code, refusal.message, refusal.headers)


async def _too_many_jobs(_connection: HTTPConnection, refusal: Exception) -> JSONResponse:
    return error_response(HTTPStatus.TOO_MANY_REQUESTS, "too_many_jobs", str(refusal))


async def _not_let_in(_connection: HTTPConnection, error: Exception) -> JSONResponse:
    assert isinstance(error, access.AccessError)
    status, code = REFUSALS[type(error)]
    headers = {"retry-after": str(error.retry_after_s)} if isinstance(error, access.LockedOutError) else None
    return error_response(status, code, str(error), headers)


async def _no_key(_connection: HTTPConnection, error: Exception) -> JSONResponse:
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "secret_key", str(error))


async def _bad_parameters(_connection: HTTPConnection, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    # The first step says where: in the query, the path, the header or the body.
    problems = [{**problem, "loc": problem["loc"][1:]} for problem in error.errors()]
    return error_response(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", problems_text(problems))


async def _http_error(connection: HTTPConnection, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if isinstance(error.__cause__, RefusedError):  # while the body came
        return await _refused(connection, error.__cause__)
    if status is HTTPStatus.BAD_REQUEST:  # bytes that are no text
        return error_response(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", "the body is no JSON")
    message = str(error.detail)
    if status is HTTPStatus.NOT_FOUND:
        message = _nothing_at(connection)
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"{connection.url.path} does not take {connection.scope['method']}, but {allowed}"
    return error_response(status, status.name.lower(), message, error.headers)


def _nothing_at(connection: HTTPConnection) -> str:
    return f"there is nothing at {connection.url.path}; see /api/v1/openapi.json"


async def _database_failed(_connection: HTTPConnection, _error: Exception) -> JSONResponse:
    message = "the database does not answer; recording goes on without it"
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", message)


async def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    message = f"{request.method} {request.url.path} failed inside gstnvr; its log says why"
    # This answer leaves in front of all middleware. The server hangs up after what it did not expect: nobody is to
    # send another request on this connection.
    headers = {**SECURITY_HEADERS, "connection": "close"}
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message, headers)


async def _nothing_there(scope: Scope, receive: Receive, send: Send) -> None:
    """Where no route leads, also for a WebSocket."""
    message = _nothing_at(HTTPConnection(scope))
    await error_response(HTTPStatus.NOT_FOUND, "not_found", message)(scope, receive, send)


def install_error_handlers(app: FastAPI) -> None:
    """Give every error of this application the one shape; a WebSocket that is not open yet is refused with it."""
    app.router.default = _nothing_there
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(TooManyJobsError, _too_many_jobs)
    app.add_exception_handler(access.AccessError, _not_let_in)
    app.add_exception_handler(SecretKeyError, _no_key)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(WebSocketRequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(SQLAlchemyError, _database_failed)
    app.add_exception_handler(Exception, _unexpected)
