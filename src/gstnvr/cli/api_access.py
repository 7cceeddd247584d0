"""What the commands that ask a running gstnvr have in common."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.moments import parse_moment
from gstnvr.client.client import Client
from gstnvr.client.errors import ApiError, NotRunningError


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
}


def _user() -> str | None:
    """Of the system; None for one without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


@contextmanager
def asking(url: str) -> Iterator[Client]:
    """A client whose errors end the command.

    Raises:
        CommandError: gstnvr does not run, does not answer, or refuses.
    """
    try:
        with Client(url, user=_user()) as client:
            yield client
    except NotRunningError as error:
        raise CommandError(str(error), ExitCode.NOT_RUNNING) from None
    except ApiError as error:
        raise CommandError(error.message, _EXIT_CODES.get(error.code, ExitCode.PROBLEMS)) from None
