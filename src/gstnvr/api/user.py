"""Who asks: as long as there is no login, whoever the program that asks says."""

from typing import Annotated

from fastapi import Depends, Header

UNKNOWN_USER = "api"


async def _user(
    name: Annotated[
        str | None,
        Header(
            alias="Gstnvr-User",
            max_length=64,
            pattern=r"^[\w.@+-]+$",
            description="Who asks, for the audit log; the commands give the name of the system's user.",
        ),
    ] = None,
) -> str:
    return name or UNKNOWN_USER


User = Annotated[str, Depends(_user)]
