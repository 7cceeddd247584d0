"""``gstnvr recordings``: what is there of a camera, what is missing, and why."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.durations import data_size, duration
from gstnvr.cli.moments import clock_time, date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.models import Gap, Recording, Recordings
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamKind


def recordings(
    camera: Annotated[str, typer.Argument(help="Id of the camera.")],
    *,
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    start: From = None,
    end: To = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """List recordings and gaps of a camera, with causes and totals; by default of the last 24 hours."""
    with asking(url) as client:
        found = client.recordings(camera, stream, start, end)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    console = Console()
    console.print(_heading(found), _timeline(found), _totals(found), sep="\n")


def _heading(found: Recordings) -> Text:
    span = f"{date_and_time(found.start)} to {date_and_time(found.end)} {found.end.astimezone():%Z}"
    return Text.assemble((f" {found.camera} ({found.stream})", "bold"), f"  {span}\n")


def _timeline(found: Recordings) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column()
    shown: date | None = None
    entries: list[Recording | Gap] = [*found.recordings, *found.gaps]
    for entry in sorted(entries, key=lambda entry: entry.start):
        day = entry.start.astimezone().date()
        if day != shown:
            table.add_row(Text(f" {day:%Y-%m-%d}", style="bold"))
            shown = day
        table.add_row(*_cells(entry))
    return table


def _cells(entry: Recording | Gap) -> Iterator[Text]:
    lasts = entry.growing if isinstance(entry, Recording) else entry.ongoing
    end = "now" if lasts else clock_time(entry.end)
    yield Text(f"   {clock_time(entry.start)} - {end:8}")
    yield Text(duration(entry.seconds))
    if isinstance(entry, Recording):
        yield Text("● recording" if entry.growing else "● recorded", style="green")
        count = "1 segment" if entry.segments == 1 else f"{entry.segments} segments"
        yield Text(f"{count}, {data_size(entry.bytes)}", style="dim")
    else:
        yield Text("○ off", style="dim") if entry.planned else Text("✖ missing", style="bold red")
        yield Text(printable(f"{entry.cause}: {entry.detail}" if entry.detail else entry.cause))


def _totals(found: Recordings) -> Text:
    totals = found.totals
    text = Text(f"\n {duration(totals.recorded_s)} recorded · {duration(totals.missing_s)} missing")
    text.append(_causes(totals.missing_s_by_cause))
    if totals.planned_s:
        text.append(f" · {duration(totals.planned_s)} planned{_causes(totals.planned_s_by_cause)}")
    return text


def _causes(seconds_by_cause: Mapping[GapCause, float]) -> str:
    causes = sorted(seconds_by_cause.items(), key=lambda item: item[1], reverse=True)
    return f" ({', '.join(f'{cause} {duration(seconds)}' for cause, seconds in causes)})" if causes else ""
