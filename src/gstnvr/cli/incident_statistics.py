"""What incidents come to, as a table."""

from collections.abc import Iterable

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from gstnvr.cli.durations import duration
from gstnvr.cli.moments import date_and_time
from gstnvr.client.models import Duration, IncidentStatistics, IncidentTotals


def statistics_view(found: IncidentStatistics) -> Group:
    """By kind, then by day."""
    span = f"{date_and_time(found.start)} to {date_and_time(found.end)} {found.end.astimezone():%Z}"
    heading = Text.assemble((f" {found.camera or 'all cameras'}", "bold"), f"  {span}\n")
    kinds = _table("Fault", ((f"{kind.fault} {kind.reason}", kind) for kind in found.kinds), found.totals)
    days = _table("Day", ((day.date.isoformat(), day) for day in found.days))
    return Group(heading, kinds, Text(), days)


def _table(title: str, rows: Iterable[tuple[str, IncidentTotals]], whole: IncidentTotals | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(f" {title}")
    for name in ("Number", "Over", "Noticed after", "worst", "Over after", "worst"):
        table.add_column(name, no_wrap=True, justify="right")
    for name, totals in rows:
        table.add_row(f" {name}", *_figures(totals))
    if whole is not None:
        table.add_row(" all", *_figures(whole), style="bold")
    return table


def _figures(totals: IncidentTotals) -> tuple[str, ...]:
    rate = "-" if totals.recovery_rate is None else f"{int(totals.recovery_rate * 100)} %"
    return (str(totals.incidents), rate, *_lengths(totals.detection), *_lengths(totals.recovery))


def _lengths(found: Duration | None) -> tuple[str, str]:
    return ("-", "-") if found is None else (duration(found.mean_s), duration(found.worst_s))
