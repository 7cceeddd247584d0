"""``gstnvr protections``: what is kept from being deleted, by whom and why."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.protections_table import protections_table
from gstnvr.client.client import DEFAULT_URL
from gstnvr.model.ids import StreamKind


def protections(
    camera: Annotated[str | None, typer.Argument(help="Id of the camera; without it, all.")] = None,
    *,
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    start: From = None,
    end: To = None,
    released: Annotated[bool, typer.Option("--released", help="Also those that were released.")] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List what is kept from being deleted."""
    with asking(url) as client:
        found = client.protections(camera, stream, start, end, released=released)
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif found:
        Console().print(protections_table(found))
    else:
        typer.echo("nothing is protected there")
