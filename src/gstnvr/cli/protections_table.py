"""Protected spans as a table."""

from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from gstnvr.cli.moments import date_and_time
from gstnvr.cli.status_table import printable
from gstnvr.client.evidence_models import Protection


def protections_table(found: Iterable[Protection]) -> Table:
    """One row each."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in (" Number", "Camera", "Span"):
        table.add_column(title, no_wrap=True)
    table.add_column("Why", overflow="fold")
    for one in found:
        released = f" (released by {one.released_by})" if one.released is not None else ""
        table.add_row(
            f" {one.uid}",
            Text(printable(one.camera)),
            f"{date_and_time(one.start)} to\n{date_and_time(one.end)}",
            Text(printable(f"{one.user}: {one.reason}{released}")),
        )
    return table
