"""``gstnvr gaps``: what is missing, why, and how much that comes to."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import From, To, Url, Zone, asking
from gstnvr.cli.durations import duration
from gstnvr.cli.moments import clock_time, date_and_time, local_zone
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.models import AllGaps, CameraGaps, CauseTotal, Gap, GapTotals
from gstnvr.model.ids import StreamKind

_NOTHING = "-"


class By(StrEnum):
    """What is added up."""

    DAY = "day"
    CAUSE = "cause"


def gaps(
    camera: Annotated[str | None, typer.Argument(help="Id of the camera; without it, totals of all.")] = None,
    *,
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    start: From = None,
    end: To = None,
    by: Annotated[By | None, typer.Option(help="Totals by this, not every gap.")] = None,
    zone: Zone = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List what is missing, with causes and totals; by default of the last 24 hours."""
    if camera is None and by is By.DAY:
        raise typer.BadParameter("--by day is for one camera: give its id")
    with asking(url) as client:
        if camera is None:
            found: AllGaps | CameraGaps = client.gaps(start, end)
        else:
            found = client.camera_gaps(camera, stream, start, end, zone=zone or local_zone())
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        Console().print(_heading(found), _table(found, by), _sentence(found.totals), sep="\n")


def _heading(found: AllGaps | CameraGaps) -> Text:
    whose = "all cameras" if isinstance(found, AllGaps) else f"{found.camera} ({found.stream})"
    span = f"{date_and_time(found.start)} to {date_and_time(found.end)} {found.end.astimezone():%Z}"
    return Text.assemble((f" {whose}", "bold"), f"  {span}\n")


def _table(found: AllGaps | CameraGaps, by: By | None) -> Table:
    if by is By.CAUSE:
        return _by_cause(found.totals.causes)
    if isinstance(found, AllGaps):
        return _totals_table("Camera", ((one.camera, one.totals) for one in found.cameras))
    if by is By.DAY:
        return _totals_table("Day", ((one.date.isoformat(), one) for one in found.days))
    return _list(found.gaps)


def _totals_table(title: str, rows: Iterable[tuple[str, GapTotals]]) -> Table:
    table = _new_table()
    table.add_column(f" {title}", no_wrap=True)
    for name in ("Recorded", "Missing", "Planned", "Available"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("Causes")
    for name, totals in rows:
        missing = duration(totals.missing_s) if totals.missing_s else _NOTHING
        table.add_row(
            Text(printable(f" {name}")),
            duration(totals.recorded_s),
            Text(missing, style="bold red" if totals.missing_s else "dim"),
            duration(totals.planned_s) if totals.planned_s else _NOTHING,
            _percent(totals.availability),
            ", ".join(f"{cause.cause} {duration(cause.seconds)}" for cause in totals.causes),
        )
    return table


def _by_cause(causes: Iterable[CauseTotal]) -> Table:
    table = _new_table()
    table.add_column(" Cause", no_wrap=True)
    for name in ("Gaps", "Missing", "Longest"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("")
    for cause in causes:
        table.add_row(
            f" {cause.cause}",
            str(cause.gaps),
            duration(cause.seconds),
            duration(cause.longest_s),
            Text("planned" if cause.planned else "", style="dim"),
        )
    return table


def _list(found: Iterable[Gap]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column()
    shown: date | None = None
    for gap in found:
        day = gap.start.astimezone().date()
        if day != shown:
            table.add_row(Text(f" {day:%Y-%m-%d}", style="bold"))
            shown = day
        table.add_row(*_cells(gap))
    return table


def _cells(gap: Gap) -> Iterator[Text]:
    end = "now" if gap.ongoing else clock_time(gap.end)
    yield Text(f"   {clock_time(gap.start)} - {end:8}")
    yield Text(duration(gap.seconds))
    yield Text(gap.cause, style="dim" if gap.planned else "bold red")
    yield Text(printable(gap.detail))


def _sentence(totals: GapTotals) -> Text:
    planned = f" · {duration(totals.planned_s)} planned" if totals.planned_s else ""
    share = "" if totals.availability is None else f" · {_percent(totals.availability)} available"
    return Text(
        f"\n {duration(totals.recorded_s)} recorded · {duration(totals.missing_s)} missing{planned}{share}"
    )


def _percent(share: float | None) -> str:
    """Never rounded up to a hundred."""
    return _NOTHING if share is None else f"{int(share * 100_000) / 1000:.3f} %"


def _new_table() -> Table:
    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
