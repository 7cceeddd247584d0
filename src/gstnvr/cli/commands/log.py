"""``gstnvr log``: what the processes of a running gstnvr logged."""

from typing import Annotated

import msgspec
import typer

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.config.settings import LogLevel


def log(
    text: Annotated[str | None, typer.Argument(help="Only lines with this somewhere in them.")] = None,
    *,
    camera: Annotated[str | None, typer.Option(metavar="ID", help="Only lines about this camera.")] = None,
    level: Annotated[LogLevel, typer.Option(help="The least severe.")] = LogLevel.INFO,
    start: From = None,
    end: To = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many lines at most, the newest.")] = 100,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Print what all processes of gstnvr logged, the newest line last."""
    with asking(url) as client:
        found = client.log(start, end, text=text, level=level, camera=camera, limit=limit)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for line in reversed(found):
        about = f" {line.camera}" if line.camera else ""
        place = f"{date_and_time(line.time)} {line.level.upper()} {line.process}{about}"
        typer.echo(printable(f"{place}: {line.message}"))
