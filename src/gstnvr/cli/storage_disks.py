"""``gstnvr storage disks``: how the disks beneath the volumes are."""

from collections.abc import Iterator

import msgspec
import typer
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.durations import duration
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.disk_models import Array, Disk, DiskProblem, Disks
from gstnvr.model.faults import Severity

_NOTHING = "-"


def disks(*, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """Show how disks and arrays are; the exit code is 1 if something is wrong with one."""
    with asking(url) as client:
        found = client.disks()
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        Console().print(*_parts(found), sep="\n")
    if _problems(found):
        raise typer.Exit(ExitCode.PROBLEMS)


def _parts(found: Disks) -> Iterator[RenderableType]:
    if found.disks:
        yield _disks(found.disks)
    if found.arrays:
        yield _arrays(found.arrays)
    if not found.disks and not found.arrays:
        yield Text(" No disks are known beneath the volumes.", style="dim")
    if found.unwatched is not None:
        yield Text(f" Disks are not asked how they are: {printable(found.unwatched)}", style="dim")
    for disk in found.disks:
        if disk.detail:
            yield Text(f" {disk.name}: {printable(disk.detail)}", style="dim")
    for problem in _problems(found):
        style = "bold red" if problem.severity is Severity.HIGH else "yellow"
        yield Text(f" {printable(problem.message)}", style=style)


def _problems(found: Disks) -> list[DiskProblem]:
    of_arrays = [array.problem for array in found.arrays if array.problem is not None]
    return [*of_arrays, *(problem for disk in found.disks for problem in disk.problems)]


def _disks(found: tuple[Disk, ...]) -> Table:
    table = _table("Disk", "Model", "State", "°C", "Hours", "Replaced", "Pending", "Lost", "Worn", "Folders")
    for disk in found:
        lost = _sum(disk.uncorrectable, disk.media_errors)
        table.add_row(
            disk.name,
            printable(disk.model or _NOTHING),
            _state(disk),
            *map(_count, (disk.temperature_c, disk.power_on_hours, disk.reallocated, disk.pending, lost)),
            _NOTHING if disk.wear_percent is None else f"{disk.wear_percent} %",
            printable(", ".join(disk.folders)),
        )
    return table


def _state(disk: Disk) -> Text:
    if any(problem.severity is Severity.HIGH for problem in disk.problems):
        return Text("failing", style="bold red")
    if disk.problems:
        return Text("look at it", style="yellow")
    if disk.state == "read":
        return Text("well", style="green")
    return Text(disk.state or _NOTHING, style="dim")


def _arrays(found: tuple[Array, ...]) -> Table:
    table = _table("Array", "Level", "Disks", "State", "Folders")
    for array in found:
        counts = _NOTHING if array.wanted is None else f"{array.working} of {array.wanted}"
        table.add_row(
            array.name, array.level or _NOTHING, counts, _array_state(array), printable(", ".join(array.folders))
        )
    return table


def _array_state(array: Array) -> Text:
    words = ["well" if array.problem is None else "look at it"]
    if array.action is not None:
        words.append(f"{array.action} waits" if array.percent is None else f"{array.action} {array.percent:g} %")
    if array.finish_s is not None:
        words.append(f"{duration(array.finish_s)} left")
    return Text(", ".join(words), style="green" if array.problem is None else "yellow")


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in titles:
        right = title in ("°C", "Hours", "Replaced", "Pending", "Lost", "Worn")
        table.add_column(title, justify="right" if right else "left")
    return table


def _count(count: int | None) -> str:
    return _NOTHING if count is None else str(count)


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
