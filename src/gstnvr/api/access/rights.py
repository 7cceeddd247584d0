"""The one place where it is decided whether a request may be answered; ``docs/design/access.md``.

Every end point says with ``@needs`` or ``@public`` who may call it. One that says nothing is refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_network
from typing import Annotated, Any, Final, TypeVar, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from gstnvr.access.door import Door
from gstnvr.access.names import PATTERN
from gstnvr.api.access.proxies import is_within
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.ports import ApiServices
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.model.access import Caller, Role, Via

SESSION_COOKIE: Final = "gstnvr_session"
CAMERA_PARAMETERS: Final = ("camera", "cameras")
"""Parameters of address and query that name a camera are called so, and are checked here."""
LOAD_TIMEOUT_S = 2.0

_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_USER_NAME = re.compile(PATTERN)
_NEED = "__gstnvr_need__"
_E = TypeVar("_E", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Need:
    """What an end point asks of its callers."""

    role: Role | None
    """None: everybody may call it."""
    by_person: bool = False
    """Only somebody who logged in: neither an API token nor the token of this machine has a password."""
    why: str = ""
    """Why everybody may call it."""


def needs(role: Role, *, by_person: bool = False) -> Callable[[_E], _E]:
    """Declare that an end point is for this role and those above; stands below ``@router.get`` and its like."""
    return _declare(Need(role, by_person))


def public(why: str) -> Callable[[_E], _E]:
    """Declare that everybody may call an end point, and why."""
    return _declare(Need(None, why=why))


def _declare(need: Need) -> Callable[[_E], _E]:
    def mark(endpoint: _E) -> _E:
        setattr(endpoint, _NEED, need)
        return endpoint

    return mark


def need_of(endpoint: Callable[..., Any]) -> Need | None:
    """What was declared; None: nothing."""
    return cast(Need | None, getattr(endpoint, _NEED, None))


async def authorise(connection: HTTPConnection) -> None:
    """Let a request or a WebSocket through to its end point, or not.

    Raises:
        RefusedError: it may not be answered.
    """
    connection.state.caller = await _authorised(connection)


async def still_allowed(connection: HTTPConnection) -> bool:
    """Whether a request that was let through would be let through now; for those that last."""
    try:
        connection.state.caller = await _authorised(connection)
    except RefusedError:
        return False
    return True


async def _authorised(connection: HTTPConnection) -> Caller | None:
    need = need_of(connection.scope["route"].endpoint)
    if need is None:
        message = f"nobody said who may call {connection.url.path}; please report it"
        raise RefusedError(HTTPStatus.FORBIDDEN, "no_rights_declared", message)
    caller = await _identified(connection)
    if need.role is None:
        return caller
    if caller is None:
        raise await _not_signed_in(connection)
    check(caller, need, _cameras_named(connection))
    return caller


def check(caller: Caller, need: Need, cameras: Iterable[str]) -> None:
    """That a caller may do what needs this, with these cameras; also of what comes another way than over HTTP.

    Raises:
        RefusedError: he may not. A camera that he does not see is answered as one that does not exist.
    """
    if need.role is not None and not caller.role.covers(need.role):
        message = f"{caller.name} is {caller.role}; this takes {need.role}"
        raise RefusedError(HTTPStatus.FORBIDDEN, "not_allowed", message)
    if need.by_person and caller.via is not Via.SESSION:
        message = "this takes somebody who logged in with a password; a token is not enough"
        raise RefusedError(HTTPStatus.FORBIDDEN, "login_needed", message)
    for camera in cameras:
        if camera not in caller.cameras:
            raise camera_not_found(camera)


def _cameras_named(connection: HTTPConnection) -> list[str]:
    found = []
    for name in CAMERA_PARAMETERS:
        in_path = connection.path_params.get(name)
        found += connection.query_params.getlist(name) + ([] if in_path is None else [str(in_path)])
    return found


def camera_not_found(camera: str) -> RefusedError:
    """The answer for cameras that do not exist, and for those that the caller may not see."""
    return RefusedError(HTTPStatus.NOT_FOUND, "camera_not_found", f"there is no camera {camera!r}")


async def _identified(connection: HTTPConnection) -> Caller | None:
    door = door_of(connection)
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        local = door.caller_of_local(token, _system_user(connection))
        if local is not None and _is_of_this_machine(connection):
            return local
        await known(connection)
        return door.caller_of_token(token)
    secret = connection.cookies.get(SESSION_COOKIE)
    if secret is None:
        return None
    await known(connection)
    return door.caller_of_session(secret)


def _is_of_this_machine(connection: HTTPConnection) -> bool:
    """The token of programs on this machine is worth nothing elsewhere, should it ever get there."""
    return connection.client is not None and is_within(connection.client.host, _THIS_MACHINE)


def _system_user(connection: HTTPConnection) -> str | None:
    name = connection.headers.get("gstnvr-user")
    if name is not None and _USER_NAME.fullmatch(name) is None:
        message = "Gstnvr-User: has 1 to 64 letters, digits and . @ + - _"
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", message)
    return name


async def _not_signed_in(connection: HTTPConnection) -> RefusedError:
    door = await known(connection)
    headers = {"www-authenticate": "Bearer"}
    if door.setup_needed:
        message = "gstnvr has no administrator yet; open the link that gstnvr run printed"
        return RefusedError(HTTPStatus.UNAUTHORIZED, "setup_needed", message, headers)
    message = "log in, or send a token that is valid: Authorization: Bearer TOKEN"
    return RefusedError(HTTPStatus.UNAUTHORIZED, "not_signed_in", message, headers)


def door_of(connection: HTTPConnection) -> Door:
    """Of the application."""
    return cast(ApiServices, connection.app.state.services).door


async def known(connection: HTTPConnection) -> Door:
    """The door, once it knows users, sessions and tokens.

    Raises:
        RefusedError: the database does not tell them now.
        sqlalchemy.exc.SQLAlchemyError: it is not open, or fails.
    """
    door = door_of(connection)
    if not door.book.loaded:
        calls = cast(BlockingCalls, connection.app.state.access_calls)
        try:
            await calls.run(door.book.load, timeout_s=LOAD_TIMEOUT_S)
        except (StillRunningError, TooManyHungError):
            message = "users are not known yet: the database does not answer; recording goes on without it"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", message) from None
    return door


async def _caller(connection: HTTPConnection) -> Caller:
    caller = connection.state.caller
    assert isinstance(caller, Caller), "only of end points that need a role"
    return caller


async def _user(connection: HTTPConnection) -> str:
    return (await _caller(connection)).name


Asking = Annotated[Caller, Depends(_caller)]
"""Who sends the request."""
User = Annotated[str, Depends(_user)]
"""His name, for the audit log."""
