"""``gstnvr restart-recorders``: fresh recorder processes, without a camera going unrecorded."""

import time
from typing import Annotated

import typer

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.client.client import DEFAULT_URL, Client

_LOOK_INTERVAL_S = 0.5


def restart_recorders(
    *,
    timeout_s: Annotated[float, typer.Option("--timeout", min=0, help="Seconds to wait for the end of it.")] = 300,
    url: Url = DEFAULT_URL,
) -> None:
    """Replace all recorder processes, one after the other, e.g. after an upgrade."""
    with asking(url) as client:
        before = {recorder.process for recorder in client.recorders()}
        typer.echo(f"recorder processes to replace: {client.restart_recorders()}")
        deadline = time.monotonic() + timeout_s
        while any(recorder.being_replaced for recorder in client.recorders()):
            if time.monotonic() > deadline:
                raise CommandError("they are still being replaced; gstnvr goes on with that", ExitCode.PROBLEMS)
            time.sleep(_LOOK_INTERVAL_S)
        _report(client, before)


def _report(client: Client, before: set[int | None]) -> None:
    kept = [recorder.name for recorder in client.recorders() if recorder.process in before]
    if kept:
        message = f"{', '.join(kept)}: no other process could be started; the log says why"
        raise CommandError(message, ExitCode.PROBLEMS)
    typer.echo("done")
