"""The cookie of a session, where a request comes from, and how many passwords are hashed at once."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from gstnvr.access.accounts import Accounts
from gstnvr.access.door import Door, LoggedIn
from gstnvr.api.access.rights import SESSION_COOKIE, known
from gstnvr.api.common.errors import RefusedError

_AT_ONCE = 2
_MOST_WAITING = 50

T = TypeVar("T")


class PasswordWork:
    """Hashing takes 64 MiB and a core: no more than two at once, and no endless queue."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do it on a thread.

        Raises:
            RefusedError: too many wait.
        """
        if self._waiting >= _MOST_WAITING:
            message = "too many logins at once; try again soon"
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too_many_logins", message, {"retry-after": "5"})
        self._waiting += 1
        try:
            async with self._free:
                return await run_in_threadpool(work)
        finally:
            self._waiting -= 1


async def _password_work(request: Request) -> PasswordWork:
    return cast(PasswordWork, request.app.state.password_work)


async def _door(request: Request) -> Door:
    return await known(request)


async def _accounts(request: Request) -> Accounts:
    await known(request)
    return cast(Accounts, request.app.state.services.accounts)


async def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


async def _cookie(request: Request) -> str | None:
    return request.cookies.get(SESSION_COOKIE)


Hashing = Annotated[PasswordWork, Depends(_password_work)]
TheDoor = Annotated[Door, Depends(_door)]
TheAccounts = Annotated[Accounts, Depends(_accounts)]
Address = Annotated[str, Depends(_address)]
SessionCookie = Annotated[str | None, Depends(_cookie)]


def give_cookie(request: Request, response: Response, door: Door, logged_in: LoggedIn) -> None:
    """Have the browser keep a session.

    Strict, not Lax: pages are public and ask for everything with requests of their own, so that a link from
    elsewhere opens a page that is logged in all the same.
    """
    response.set_cookie(
        SESSION_COOKIE,
        logged_in.secret,
        max_age=round(door.limits().longest_s),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def take_cookie(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(
        SESSION_COOKIE, path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )
