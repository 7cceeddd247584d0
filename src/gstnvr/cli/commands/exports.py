"""``gstnvr exports``: exports that are under way, failed or are there; what is needed no more is removed."""

from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.durations import data_size
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.evidence_models import Export
from gstnvr.model.evidence import ExportState


def exports(
    remove: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Stop this one, or delete what it made.")
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List exports, or remove one."""
    with asking(url) as client:
        if remove is not None:
            client.remove_export(remove)
            typer.echo(f"export {remove} is gone")
            return
        found = client.exports()
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif found:
        Console().print(_table(found))
    else:
        typer.echo("there are no exports")


def _table(found: tuple[Export, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in (" Number", "Span"):
        table.add_column(title, no_wrap=True)
    table.add_column("State", overflow="fold")
    for one in found:
        table.add_row(
            Text(f" {one.uid}\n {printable(', '.join(one.cameras))}"),
            f"{date_and_time(one.start)} to\n{date_and_time(one.end)}",
            Text(printable(f"{one.kind} by {one.user}: {_state(one)}")),
        )
    return table


def _state(one: Export) -> str:
    if one.state is ExportState.RUNNING and one.total_bytes:
        return f"{one.step}, {one.done_bytes * 100 // one.total_bytes} %"
    if one.state is ExportState.DONE:
        return f"{data_size(sum(file.bytes for file in one.files))} in {one.folder}"
    return f"failed: {one.message}" if one.state is ExportState.FAILED else one.state.value
