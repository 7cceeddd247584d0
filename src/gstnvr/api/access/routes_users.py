"""Users and their tokens."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool

from gstnvr.access.accounts import TokenWish, UserChange
from gstnvr.access.names import PATTERN, user_name
from gstnvr.access.recovery_codes import left
from gstnvr.api.access import schemas as access_schemas
from gstnvr.api.access.rights import Asking, needs
from gstnvr.api.access.sessions import Hashing, TheAccounts
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.model.access import ALL_CAMERAS, ApiToken, Cameras, Role, User, Via
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc

router = APIRouter(tags=["access"])

_DAY_NS = 86_400 * NS_PER_S
_NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": schemas.ErrorAnswer, "description": "There is none of this name."}
}
_CONFLICT: dict[int | str, dict[str, object]] = {
    409: {"model": schemas.ErrorAnswer, "description": "The name is taken, or it is the last administrator."}
}
UserName = Annotated[str, Path(pattern=PATTERN)]


@router.get("/users", summary="All users, by name")
@needs(Role.ADMINISTRATOR)
async def list_users(accounts: TheAccounts) -> access_schemas.Users:
    return access_schemas.Users(users=[_user_view(user) for user in accounts.users()])


@router.post("/users", summary="Add a user", status_code=HTTPStatus.CREATED, responses=_CONFLICT)
@needs(Role.ADMINISTRATOR)
async def add_user(
    *, accounts: TheAccounts, hashing: Hashing, caller: Asking, wanted: access_schemas.NewUser
) -> access_schemas.User:
    cameras = Cameras.of(wanted.cameras)
    work = partial(accounts.add, caller, wanted.name, wanted.role, cameras, wanted.password)
    return _user_view(await hashing.run(work))


@router.patch("/users/{name}", summary="Change a user", responses=_NOT_FOUND | _CONFLICT)
@needs(Role.ADMINISTRATOR)
async def change_user(
    *, accounts: TheAccounts, hashing: Hashing, caller: Asking, name: UserName, wanted: access_schemas.ChangedUser
) -> access_schemas.User:
    cameras = None if wanted.cameras is None else Cameras.of(wanted.cameras)
    change = UserChange(
        role=wanted.role,
        cameras=ALL_CAMERAS if wanted.all_cameras else cameras,
        enabled=wanted.enabled,
        password=wanted.password,
    )
    return _user_view(await hashing.run(partial(accounts.change, caller, user_name(name), change)))


@router.delete(
    "/users/{name}",
    summary="Remove a user with his sessions and tokens",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND | _CONFLICT,
)
@needs(Role.ADMINISTRATOR)
async def remove_user(accounts: TheAccounts, caller: Asking, name: UserName) -> None:
    await run_in_threadpool(accounts.remove, caller, user_name(name))


@router.delete(
    "/users/{name}/one-time-codes",
    summary="Let a user log in without his authenticator app",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND,
)
@needs(Role.ADMINISTRATOR)
async def remove_codes(accounts: TheAccounts, caller: Asking, name: UserName) -> None:
    await run_in_threadpool(accounts.remove_codes, caller, user_name(name))


@router.get("/sessions", summary="Browsers that are logged in: the own; of all users for an administrator")
@needs(Role.VIEWER)
async def list_sessions(accounts: TheAccounts, caller: Asking) -> access_schemas.Sessions:
    return access_schemas.Sessions(
        sessions=[
            access_schemas.Session(
                uid=one.uid,
                user=one.user,
                created=format_utc(one.created),
                seen=format_utc(one.seen),
                address=one.address,
                own=one.digest == caller.key,
            )
            for one in accounts.sessions(caller)
        ]
    )


@router.delete(
    "/sessions/{uid}",
    summary="Log a browser out",
    status_code=HTTPStatus.NO_CONTENT,
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is none, or it is somebody else's."}},
)
@needs(Role.VIEWER)
async def end_session(
    accounts: TheAccounts, caller: Asking, uid: Annotated[str, Path(pattern="^[0-9a-f]{1,64}$")]
) -> None:
    await run_in_threadpool(accounts.end_session, caller, uid)


@router.get("/tokens", summary="The own tokens; of all users for an administrator")
@needs(Role.VIEWER)
async def list_tokens(accounts: TheAccounts, caller: Asking) -> access_schemas.Tokens:
    return access_schemas.Tokens(
        tokens=[access_schemas.Token(**_token_facts(one)) for one in accounts.tokens(caller)]
    )


@router.post(
    "/tokens",
    summary="Make a token for a program",
    status_code=HTTPStatus.CREATED,
    responses=_NOT_FOUND
    | {
        403: {"model": schemas.ErrorAnswer, "description": "For somebody else, or asked with a token."},
        409: {"model": schemas.ErrorAnswer, "description": "The user has as many as anybody may have."},
    },
)
@needs(Role.VIEWER)
async def add_token(
    *, accounts: TheAccounts, caller: Asking, wanted: access_schemas.NewToken
) -> access_schemas.MadeToken:
    if caller.via is Via.TOKEN:
        # What was stolen would otherwise make itself a successor before it expires.
        message = "a token makes no tokens; log in"
        raise RefusedError(HTTPStatus.FORBIDDEN, "login_needed", message)
    owner = caller.name if wanted.user is None else user_name(wanted.user)
    if owner != caller.name and caller.role is not Role.ADMINISTRATOR:
        message = "only an administrator makes tokens for others"
        raise RefusedError(HTTPStatus.FORBIDDEN, "not_allowed", message)
    expires = UtcNs(accounts.now() + wanted.days * _DAY_NS)
    wish = TokenWish(owner, wanted.label, wanted.scope, Cameras.of(wanted.cameras), expires)
    token, secret = await run_in_threadpool(accounts.add_token, caller, wish)
    return access_schemas.MadeToken(**_token_facts(token), token=secret)


@router.delete(
    "/tokens/{uid}",
    summary="Make a token worthless",
    status_code=HTTPStatus.NO_CONTENT,
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is none, or it is somebody else's."}},
)
@needs(Role.VIEWER)
async def remove_token(
    accounts: TheAccounts, caller: Asking, uid: Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")]
) -> None:
    await run_in_threadpool(accounts.remove_token, caller, uid)


def _user_view(user: User) -> access_schemas.User:
    return access_schemas.User(
        name=user.name,
        role=user.role,
        cameras=user.sees.listed(),
        enabled=user.enabled,
        one_time_codes=user.totp is not None,
        recovery_codes=left(user.recovery),
        created=format_utc(user.created),
    )


def _token_facts(token: ApiToken) -> dict[str, object]:
    return {
        "uid": token.uid,
        "user": token.user,
        "label": token.label,
        "scope": token.scope,
        "cameras": token.cameras.listed(),
        "created": format_utc(token.created),
        "expires": format_utc(token.expires),
    }
