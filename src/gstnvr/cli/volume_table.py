"""The table of volumes that ``status`` shows."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gstnvr.cli.durations import data_size
from gstnvr.cli.status_table import printable
from gstnvr.client.volume_models import Volume
from gstnvr.model.status import VolumeState

_STYLES = {
    VolumeState.GOOD: "green",
    VolumeState.SLOW: "yellow",
    VolumeState.FAILING: "bold red",
    VolumeState.UNKNOWN: "dim",
}


def volume_table(volumes: Sequence[Volume]) -> RenderableType:
    """One line for each, and below them what is wrong with which."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for title in (" Volume", "State", "Free", "of", "Writing"):
        table.add_column(title, no_wrap=True, justify="right" if title in ("Free", "of") else "left")
    for volume in volumes:
        table.add_row(*_cells(volume))
    causes = [
        Text(f" {printable(volume.path)}: {printable(volume.cause.message)}", style=_STYLES[volume.state])
        for volume in volumes
        if volume.cause is not None
    ]
    return Group(table, *causes)


def _cells(volume: Volume) -> Iterator[Text]:
    yield Text(f" {printable(volume.path)}")
    yield Text(volume.state.value, style=_STYLES[volume.state])
    yield Text("-" if volume.free_bytes is None else data_size(volume.free_bytes))
    yield Text("-" if volume.total_bytes is None else data_size(volume.total_bytes))
    count = len(volume.streams)
    yield Text("-" if not count else f"{count} stream{'s' if count > 1 else ''}")
