"""``gstnvr delete``: recordings that somebody wants to be gone."""

import time
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.durations import data_size, duration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.client.client import DEFAULT_URL, Client
from gstnvr.client.evidence_models import Deletion
from gstnvr.model.evidence import DeletionState
from gstnvr.model.ids import StreamKind

_LOOK_EVERY_S = 0.3


def delete(
    camera: Annotated[str, typer.Argument(help="Id of the camera.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")],
    start: From = None,
    end: To = None,
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Delete the segments that lie within a span, for good; what is protected or being written stays."""
    if start is None or end is None:
        raise typer.BadParameter("give --from and --to")
    span = f"{date_and_time(start)} to {date_and_time(end)}"
    if not yes:
        typer.confirm(f"Delete the recordings of {camera} from {span} for good?", abort=True)
    with asking(url) as client:
        ended = _wait(client, client.delete(camera, start, end, reason, stream))
    if as_json:
        print_json(msgspec.to_builtins(ended))
    else:
        _tell(ended)
    if ended.state is DeletionState.FAILED:
        raise CommandError(f"the deletion failed: {ended.message}", ExitCode.PROBLEMS)


def _wait(client: Client, deletion: Deletion) -> Deletion:
    with Console(stderr=True).status("deleting") as shown:
        while deletion.state is DeletionState.RUNNING:
            time.sleep(_LOOK_EVERY_S)
            deletion = client.deletion(deletion.uid)
            shown.update(f"deleted {deletion.deleted} of {deletion.segments} segments")
    return deletion


def _tell(ended: Deletion) -> None:
    typer.echo(f"deleted: {ended.deleted} segments, {data_size(ended.deleted_bytes)}")
    for kept in ended.kept:
        typer.echo(f"kept: {kept.segments} segments, {duration(kept.seconds)}: {kept.why}")
