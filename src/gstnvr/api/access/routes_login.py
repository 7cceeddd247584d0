"""Set-up, login and logout."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from gstnvr.access.door import Door
from gstnvr.access.recovery_codes import left
from gstnvr.api.access import schemas as access_schemas
from gstnvr.api.access.rights import Asking, needs, public
from gstnvr.api.access.sessions import Address, Hashing, SessionCookie, TheDoor, give_cookie, take_cookie
from gstnvr.api.common import schemas
from gstnvr.model.access import Caller, Role, Via

router = APIRouter(tags=["access"])

_SETUP_REFUSED: dict[int | str, dict[str, object]] = {
    403: {"model": schemas.ErrorAnswer, "description": "It is done already, or the secret is wrong."},
}
_THROTTLED: dict[int | str, dict[str, object]] = {
    429: {"model": schemas.ErrorAnswer, "description": "Too many attempts failed, or run now; see Retry-After."},
}


@router.get("/setup", summary="Whether gstnvr has to be set up")
@public("the page must know whether to ask for a login or for the first password")
async def show_setup(door: TheDoor) -> access_schemas.SetUp:
    return access_schemas.SetUp(needed=door.setup_needed)


@router.post(
    "/setup",
    summary="Make the first administrator, and log him in",
    status_code=HTTPStatus.CREATED,
    responses=_SETUP_REFUSED | _THROTTLED,
)
@public("no user exists yet; it takes the secret that gstnvr run printed")
async def set_up(
    *,
    request: Request,
    response: Response,
    door: TheDoor,
    hashing: Hashing,
    address: Address,
    wanted: access_schemas.NewSetUp,
) -> access_schemas.Me:
    work = partial(door.set_up, wanted.secret, wanted.name, wanted.password, address)
    logged_in = await hashing.run(work)
    give_cookie(request, response, door, logged_in)
    return me(door, logged_in.caller)


@router.post(
    "/login",
    summary="Log in with a password, and a one-time code where one is needed",
    responses=_THROTTLED,
)
@public("it is how one gets in")
async def log_in(
    *,
    request: Request,
    response: Response,
    door: TheDoor,
    hashing: Hashing,
    address: Address,
    before: SessionCookie,
    wanted: access_schemas.Login,
) -> access_schemas.Me:
    work = partial(door.log_in, wanted.name, wanted.password, wanted.code, address, before)
    logged_in = await hashing.run(work)
    give_cookie(request, response, door, logged_in)
    return me(door, logged_in.caller)


@router.post("/logout", summary="End this session", status_code=HTTPStatus.NO_CONTENT)
@needs(Role.VIEWER, by_person=True)
async def log_out(request: Request, response: Response, door: TheDoor, caller: Asking) -> None:
    await run_in_threadpool(door.log_out, caller)
    take_cookie(request, response)


@router.get("/me", summary="Who is logged in, and what he may do")
@needs(Role.VIEWER)
async def show_me(door: TheDoor, caller: Asking) -> access_schemas.Me:
    return me(door, caller)


def me(door: Door, caller: Caller) -> access_schemas.Me:
    """A caller as the API tells of him."""
    user = None if caller.via is Via.LOCAL else door.book.user(caller.name)
    return access_schemas.Me(
        name=caller.name,
        role=caller.role,
        cameras=caller.cameras.listed(),
        via=caller.via,
        one_time_codes=user is not None and user.totp is not None,
        recovery_codes=0 if user is None else left(user.recovery),
    )
