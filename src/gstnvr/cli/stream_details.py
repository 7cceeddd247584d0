"""All figures of one stream, for ``status CAMERA``."""

from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gstnvr.cli.status_table import printable
from gstnvr.client.models import Stream
from gstnvr.model.ids import StreamKind
from gstnvr.model.status import LinkStatus, PacketCounts

_COLUMNS = ("last second", "last 60 s", "this session")
_UNKNOWN = "-"


def stream_details(stream: Stream) -> RenderableType:
    """A block for one stream: what it sends, how fast, and what became of its packets."""
    name = printable(stream.camera_name)
    title = name if stream.stream is StreamKind.MAIN else f"{name} ({stream.stream})"
    return Group(Text(f" {title}", style="bold"), _figures(stream), Text(f" {_remarks(stream)}\n", style="dim"))


def _figures(stream: Stream) -> Table:
    figures, link = stream.statistics, stream.statistics.link
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(" ", no_wrap=True)
    for title in _COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_row(" frames a second", f"{figures.fps:.1f}", f"{figures.fps_minute:.1f}", "")
    megabits = (figures.bitrate_bps / 1e6, figures.bitrate_minute_bps / 1e6)
    table.add_row(" Mbit/s", *(f"{rate:.2f}" for rate in megabits), "")
    table.add_row(" packets", *_each(link, lambda counts: f"{counts.received:,}"))
    table.add_row(" lost", *_each(link, _lost))
    table.add_row(" late", *_each(link, lambda counts: f"{counts.late:,}"))
    table.add_row(" twice", *_each(link, lambda counts: f"{counts.duplicate:,}"))
    table.add_row(" asked for again", *_each(link, lambda counts: f"{counts.retransmissions_asked:,}"))
    table.add_row(" came again", *_each(link, lambda counts: f"{counts.retransmissions_received:,}"))
    return table


def _each(link: LinkStatus | None, show: Callable[[PacketCounts], str]) -> tuple[str, ...]:
    if link is None:
        return (_UNKNOWN,) * len(_COLUMNS)
    return show(link.second), show(link.minute), show(link.session)


def _lost(counts: PacketCounts) -> str:
    return f"{counts.lost:,} ({counts.loss:.2%})" if counts.lost else "0"


def _remarks(stream: Stream) -> str:
    figures, link = stream.statistics, stream.statistics.link
    remarks = []
    if figures.video_codec is not None:
        codecs = " + ".join(codec for codec in (figures.video_codec, figures.audio_codec) if codec)
        remarks.append(f"{figures.width}x{figures.height} {codecs}")
    if link is not None:
        remarks.append("by UDP" if link.udp else "by TCP")
        remarks.append(f"jitter {_UNKNOWN if link.jitter_ms is None else f'{link.jitter_ms:.1f} ms'}")
    if figures.last_frame_age_s is not None:
        remarks.append(f"newest frame {figures.last_frame_age_s:.1f} s ago")
    remarks.append(f"{figures.frames_dropped} frames dropped here")
    remarks.append(f"{figures.reconnects} reconnects")
    return " · ".join(remarks)
