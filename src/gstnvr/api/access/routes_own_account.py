"""What everybody may change about his own account."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from gstnvr.access.one_time_codes import qr_code
from gstnvr.api.access import schemas as access_schemas
from gstnvr.api.access.rights import Asking, needs
from gstnvr.api.access.sessions import Address, Hashing, TheAccounts
from gstnvr.api.common import schemas
from gstnvr.model.access import Role

router = APIRouter(
    tags=["access"],
    responses={429: {"model": schemas.ErrorAnswer, "description": "Too many attempts: see Retry-After."}},
)


@router.put(
    "/me/password",
    summary="Change the own password, and end all other sessions",
    status_code=HTTPStatus.NO_CONTENT,
)
@needs(Role.VIEWER, by_person=True)
async def change_password(
    *,
    accounts: TheAccounts,
    hashing: Hashing,
    caller: Asking,
    address: Address,
    wanted: access_schemas.NewPassword,
) -> None:
    await hashing.run(partial(accounts.change_own_password, caller, wanted.current, wanted.new, address))


@router.post("/me/one-time-codes", summary="Begin to use an authenticator app; a code has to confirm it")
@needs(Role.VIEWER, by_person=True)
async def begin_enrolment(
    *,
    accounts: TheAccounts,
    hashing: Hashing,
    caller: Asking,
    address: Address,
    wanted: access_schemas.OwnPassword,
) -> access_schemas.Enrolment:
    begun = await hashing.run(partial(accounts.begin_enrolment, caller, wanted.password, address))
    return access_schemas.Enrolment(secret=begun.secret, uri=begun.uri, qr=qr_code(begun.uri))


@router.post(
    "/me/one-time-codes/confirmation",
    summary="From now on the app is needed to log in",
    status_code=HTTPStatus.NO_CONTENT,
)
@needs(Role.VIEWER, by_person=True)
async def confirm_enrolment(*, accounts: TheAccounts, caller: Asking, wanted: access_schemas.Confirmation) -> None:
    await run_in_threadpool(accounts.confirm_enrolment, caller, wanted.code)


@router.post(
    "/me/one-time-codes/removal", summary="Log in without the app again", status_code=HTTPStatus.NO_CONTENT
)
@needs(Role.VIEWER, by_person=True)
async def remove_codes(
    *,
    accounts: TheAccounts,
    hashing: Hashing,
    caller: Asking,
    address: Address,
    wanted: access_schemas.OwnPassword,
) -> None:
    await hashing.run(partial(accounts.remove_own_codes, caller, wanted.password, address))


@router.post(
    "/me/recovery-codes",
    summary="Ten new codes, each good for one login without the app; those from before are void",
    responses={409: {"model": schemas.ErrorAnswer, "description": "No authenticator app is set up."}},
)
@needs(Role.VIEWER, by_person=True)
async def make_recovery_codes(
    *,
    accounts: TheAccounts,
    hashing: Hashing,
    caller: Asking,
    address: Address,
    wanted: access_schemas.OwnPassword,
) -> access_schemas.RecoveryCodes:
    codes = await hashing.run(partial(accounts.make_recovery_codes, caller, wanted.password, address))
    return access_schemas.RecoveryCodes(codes=codes)
