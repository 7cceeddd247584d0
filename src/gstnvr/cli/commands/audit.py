"""``gstnvr audit``: who protected, released, exported and deleted what."""

from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.evidence_models import AuditLine


def audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many lines at most.")] = 50,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List who did what, the newest first."""
    with asking(url) as client:
        lines = client.audit(limit)
    if as_json:
        print_json(msgspec.to_builtins(lines))
    elif lines:
        Console().print(_table(lines))
    else:
        typer.echo("nobody did anything yet")


def _table(lines: tuple[AuditLine, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in (" Time", "User", "Action", "Subject", "Detail"):
        table.add_column(title, no_wrap=title != "Detail")
    for line in lines:
        detail = ", ".join(f"{name} {value}" for name, value in line.detail.items() if value and name != "uid")
        table.add_row(
            f" {date_and_time(line.at)}",
            Text(printable(line.user)),
            line.action,
            Text(printable(line.subject)),
            Text(printable(detail)),
        )
    return table
