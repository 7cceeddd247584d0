"""What the commands that ask a running gstnvr have in common."""

import getpass
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.local_access import TOKEN_VARIABLE, Access, access_to
from gstnvr.cli.moments import parse_moment
from gstnvr.client.client import Client
from gstnvr.client.errors import ApiError, NotRunningError

C = TypeVar("C", bound=Client)
_WHO_ARE_YOU = frozenset({"not_signed_in", "setup_needed"})


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text, datetime.now().astimezone())
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r}; give e.g. 2026-11-21T10:02, 10:02 (today) or 90m (ago)") from None


Url = Annotated[str, typer.Option("--url", envvar="GSTNVR_URL", help="Where gstnvr answers.")]
From = Annotated[
    datetime | None,
    typer.Option("--from", parser=_moment, metavar="TIME", help="Start: 2026-11-21T10:02, 10:02 or 90m (ago)."),
]
Zone = Annotated[
    str | None, typer.Option("--zone", help="Time zone whose days count; the machine's own unless given.")
]
Around = Annotated[
    datetime | None,
    typer.Option("--around", parser=_moment, metavar="TIME", help="What is around this moment, not a span."),
]
To = Annotated[datetime | None, typer.Option("--to", parser=_moment, metavar="TIME", help="End, likewise.")]

_EXIT_CODES = {
    "no_answer": ExitCode.NOT_RUNNING,
    "not_gstnvr": ExitCode.ENVIRONMENT,
    "stream_not_found": ExitCode.USAGE,
    "camera_not_found": ExitCode.USAGE,
    "bad_parameter": ExitCode.USAGE,
    "name_taken": ExitCode.USAGE,
    "token_not_found": ExitCode.USAGE,
    "user_not_found": ExitCode.USAGE,
    "weak_password": ExitCode.USAGE,
}


def _user() -> str | None:
    """Of the system; None for one without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


def asking(url: str) -> AbstractContextManager[Client]:
    """A client whose errors end the command.

    Raises:
        CommandError: gstnvr does not run, does not answer, or refuses.
    """
    return asking_with(Client, url)


@contextmanager
def asking_with(kind: type[C], url: str) -> Iterator[C]:
    """The same with a client of this kind."""
    access = access_to(url)
    try:
        with kind(access.url, user=_user(), token=access.token, certificate=access.certificate) as client:
            yield client
    except NotRunningError as error:
        raise CommandError(str(error), ExitCode.NOT_RUNNING) from None
    except ApiError as error:
        if error.code in _WHO_ARE_YOU:
            raise CommandError(_who_are_you(access), ExitCode.PROBLEMS) from None
        raise CommandError(error.message, _EXIT_CODES.get(error.code, ExitCode.PROBLEMS)) from None


def _who_are_you(access: Access) -> str:
    reason = "the token is not valid" if access.token else access.problem
    return (
        f"gstnvr at {access.url} must know who asks: {reason}; run this as the user that gstnvr runs as, with the"
        f" same GSTNVR_CONFIG, or give a token with --token-file or in {TOKEN_VARIABLE}"
    )
