"""``gstnvr storage``: how room is used, how long recordings are kept, and what goes next."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.durations import data_size
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.cli.storage_disks import disks
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.storage_models import (
    Breach,
    PlannedDeletion,
    Storage,
    StoragePlan,
    StorageVolume,
    StoredCamera,
)

_NOTHING = "-"
_CLEARLY = 1.05
"""Above a limit; segments that were finished since the last pass are none of it."""
_REASONS = {
    "age": "its days are over",
    "camera_size": "camera's max_size",
    "volume_size": "volume's max_size",
    "free_space": "no room",
}
_CAUSES = {"age": "its age", "room": "no room"}
_BREAKS = {"days": "short of days", "min_days": "short of min_days"}

app = typer.Typer(help="Volumes, what is kept of every camera, and what will become of it.")


app.command()(disks)


@app.callback(invoke_without_command=True)
def storage(context: typer.Context, *, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """Volumes, what is kept of every camera, and what will become of it."""
    if context.invoked_subcommand is not None:
        return
    with asking(url) as client:
        found = client.storage()
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        Console().print(_volumes(found), _cameras(found), *_warnings(found), sep="\n")


@app.command()
def plan(
    *,
    days: Annotated[int, typer.Option(min=1, max=90, help="So many days ahead.")] = 7,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """What will be deleted and moved, when and why, if all goes on as it does."""
    with asking(url) as client:
        found = client.storage_plan(days)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        Console().print(_deletions(found) if found.deletions else _nothing_goes(found))
        if found.moves:
            Console().print(_moves(found))


def _volumes(found: Storage) -> Table:
    tiers = len({volume.tier for volume in found.volumes} - {None}) > 1
    columns = ["Tier", "To move"] if tiers else []
    table = _new_table(" Volume", "Total", "Free", "Floor", "Recordings", "Full", *columns)
    for volume in found.volumes:
        more = _tier_cells(volume) if tiers else ()
        table.add_row(*_volume_cells(volume, found.forecast_until), *more)
    return table


def _tier_cells(volume: StorageVolume) -> Iterator[Text]:
    yield Text(volume.tier or _NOTHING)
    yield _size(volume.waiting_bytes or None)


def _volume_cells(volume: StorageVolume, until: datetime) -> Iterator[Text]:
    yield Text(printable(f" {volume.path}"))
    if not volume.usable:
        yield Text("cannot be used", style="bold red")
        yield from (Text(_NOTHING), Text(_NOTHING), Text(data_size(volume.recordings_bytes)), Text(_NOTHING))
        return
    tight = (
        volume.free_bytes is not None and volume.floor_bytes is not None and volume.free_bytes < volume.floor_bytes
    )
    yield _size(volume.total_bytes)
    yield Text(data_size(volume.free_bytes or 0), style="bold red" if tight else "")
    yield _size(volume.floor_bytes)
    yield Text(data_size(volume.recordings_bytes))
    yield Text(_day(volume.full_at) if volume.full_at else f"not before {_day(until)}")


def _cameras(found: Storage) -> Table:
    table = _new_table(" Camera", "Stored", "Since", "A day", "Days", "Min. days", "Limit")
    for camera in found.cameras:
        table.add_row(*_camera_cells(camera))
    return table


def _camera_cells(camera: StoredCamera) -> Iterator[Text]:
    yield Text(printable(f" {camera.camera}"), style="" if camera.configured else "dim")
    yield Text(data_size(camera.bytes))
    yield Text(_NOTHING if camera.oldest is None else f"{camera.oldest.astimezone():%Y-%m-%d %H:%M}")
    yield Text(data_size(round(camera.bytes_per_hour * 24)))
    yield Text(f"{camera.days:g}")
    yield Text(f"{camera.min_days:g}" if camera.min_days else _NOTHING)
    yield _size(camera.max_size_bytes)


def _warnings(found: Storage) -> Iterator[Text]:
    for volume in found.volumes:
        yield from _too_much(volume.path, volume.recordings_bytes, volume.max_size_bytes)
    for camera in found.cameras:
        yield from _too_much(camera.camera, camera.bytes, camera.max_size_bytes)
        for breach, wanted, name, style in (
            (camera.min_days_breach, camera.min_days, "min_days", "bold red"),
            (camera.days_breach, camera.days, "days", "yellow"),
        ):
            if breach is not None:
                yield Text(_breach(camera.camera, breach, wanted, name, found.forecast_time), style=style)


def _too_much(name: str, size: int, limit: int | None) -> Iterator[Text]:
    if limit is not None and size > limit * _CLEARLY:
        message = (
            f" {printable(name)}: {data_size(size)} instead of {data_size(limit)} (max_size): the rest may not go"
        )
        yield Text(f"{message}, it is protected or younger than min_days", style="yellow")


def _breach(camera: str, breach: Breach, wanted: float, name: str, now: datetime) -> str:
    when = "now" if breach.at <= now else f"from {_day(breach.at)} on"
    return (
        f" {printable(camera)}: kept {breach.days_kept:.1f} days instead of {wanted:g} ({name}) {when}:"
        f" {_REASONS.get(breach.why, breach.why)}"
    )


def _deletions(found: StoragePlan) -> Table:
    several = len({one.volume for one in found.deletions}) > 1
    table = _new_table(" Day", "Camera", "Recordings from", "to", "Size", "Why", *(["Volume"] if several else []))
    shown = ""
    for one in found.deletions:
        day = _day(one.at)
        place = [Text(printable(one.path))] if several else []
        table.add_row(Text(f" {day}" if day != shown else "", style="bold"), *_deletion_cells(one), *place)
        shown = day
    return table


def _deletion_cells(one: PlannedDeletion) -> Iterator[Text]:
    why = _REASONS.get(one.why, one.why)
    yield Text(printable(one.camera))
    yield Text(f"{one.start.astimezone():%Y-%m-%d %H:%M}")
    yield Text(f"{one.end.astimezone():%Y-%m-%d %H:%M}")
    yield Text(data_size(one.bytes))
    yield Text(why) if one.breaks is None else Text(f"{why}, {_BREAKS.get(one.breaks, one.breaks)}", style="red")


def _moves(found: StoragePlan) -> Table:
    table = _new_table(" Day", "Camera", "Recordings from", "to", "Size", "Moves from", "Moves to", "Why")
    shown = ""
    for one in found.moves:
        day = _day(one.at)
        table.add_row(
            Text(f" {day}" if day != shown else "", style="bold"),
            Text(printable(one.camera)),
            Text(f"{one.start.astimezone():%Y-%m-%d %H:%M}"),
            Text(f"{one.end.astimezone():%Y-%m-%d %H:%M}"),
            Text(data_size(one.bytes)),
            Text(printable(one.path)),
            Text(printable(one.to_path)),
            Text(_CAUSES.get(one.why, one.why)),
        )
        shown = day
    return table


def _nothing_goes(found: StoragePlan) -> Text:
    return Text(f" Nothing will be deleted until {_day(found.until)}.")


def _size(count: int | None) -> Text:
    return Text(_NOTHING if count is None else data_size(count))


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d}"


def _new_table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for name in columns:
        right = name in (
            "Total",
            "Free",
            "Floor",
            "Recordings",
            "Stored",
            "A day",
            "Days",
            "Min. days",
            "Limit",
            "Size",
            "To move",
        )
        table.add_column(name, no_wrap=name != "Why", justify="right" if right else "left")
    return table
