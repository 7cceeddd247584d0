"""``gstnvr incidents``: what went wrong, how long it lasted, and what was tried."""

from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import From, To, Url, Zone, asking
from gstnvr.cli.durations import duration
from gstnvr.cli.incident_statistics import statistics_view
from gstnvr.cli.moments import date_and_time, local_zone
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.models import Incident
from gstnvr.model.faults import Severity

_STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}


def incidents(
    *,
    camera: Annotated[str | None, typer.Option(help="Only those of this camera.")] = None,
    start: From = None,
    end: To = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that last.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many at most.")] = 100,
    stats: Annotated[bool, typer.Option("--stats", help="What they come to, by kind and by day.")] = False,
    zone: Zone = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List incidents, newest first, or what they come to."""
    if stats:
        _show_statistics(camera, start, end, zone or local_zone(), as_json=as_json, url=url)
        return
    with asking(url) as client:
        found = client.incidents(camera, start, end, open_only=open_only, limit=limit)
    if as_json:
        print_json({"incidents": msgspec.to_builtins(found)})
    elif found:
        Console().print(_table(found))
    else:
        typer.echo("no incidents")


def _show_statistics(
    camera: str | None, start: datetime | None, end: datetime | None, zone: str, *, as_json: bool, url: str
) -> None:
    with asking(url) as client:
        found = client.incident_statistics(camera, start, end, zone=zone)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        Console().print(statistics_view(found))


def _table(found: tuple[Incident, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(" Started", no_wrap=True)
    table.add_column("Lasted", no_wrap=True, justify="right")
    table.add_column("Camera", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("Fault", no_wrap=True)
    table.add_column("Tried", justify="right")
    table.add_column("What")
    for incident in found:
        lasts = incident.recovered is None
        table.add_row(
            f" {date_and_time(incident.started)}",
            Text(duration(incident.seconds) + (" …" if lasts else ""), style="bold yellow" if lasts else ""),
            Text(printable(_whose(incident))),
            Text(incident.fault, style=_STYLES[incident.severity]),
            str(incident.attempts),
            Text(printable(incident.message)),
        )
    return table


def _whose(incident: Incident) -> str:
    if incident.camera is None:
        return "-"
    return incident.camera if incident.stream is None else f"{incident.camera}/{incident.stream}"
