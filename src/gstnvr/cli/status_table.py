"""The table of streams that ``status`` and ``run`` show."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from gstnvr.cli.durations import duration
from gstnvr.client.models import Stream
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import StreamKind
from gstnvr.model.status import RecordingPhase, StreamStatistics, StreamStatus
from gstnvr.model.stream_state import StreamState, stream_state

LEAST_WIDTH = 100
"""Columns of a terminal in which nothing is cut off but long camera names; in fewer, some figures are left out."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One stream, as much of it as the table shows."""

    camera_name: str
    stream: StreamKind
    state: StreamState
    retry_in_s: float | None
    recording: RecordingPhase
    cause: FaultReport | None
    attempts: int
    statistics: StreamStatistics
    buffered_s: float
    missing_s: float | None = None
    """Seconds missing of the last 24 hours; None when not known."""
    mode: str = ""
    """What decides whether it is recorded, and until when; empty if it simply always is."""

    @property
    def title(self) -> str:
        """Name of the camera, and of the stream where it is not the main one."""
        name = printable(self.camera_name)
        return name if self.stream is StreamKind.MAIN else f"{name} ({self.stream})"


def row_from_api(stream: Stream, missing_s: float | None = None, mode: str = "") -> StatusRow:
    """Row of a stream as the API tells it."""
    return StatusRow(
        camera_name=stream.camera_name,
        stream=stream.stream,
        state=stream.state,
        retry_in_s=stream.next_retry_in_s,
        recording=stream.recording,
        cause=stream.cause,
        attempts=stream.attempts,
        statistics=stream.statistics,
        buffered_s=stream.buffered_s,
        missing_s=missing_s,
        mode=mode,
    )


def row_from_status(
    status: StreamStatus, camera_name: str, now: UtcNs, missing_s: float | None = None
) -> StatusRow:
    """Row of a stream as the supervisor knows it."""
    retry = status.next_retry
    return StatusRow(
        camera_name=camera_name,
        stream=status.stream.kind,
        state=stream_state(status),
        retry_in_s=None if retry is None else max(0.0, (retry - now) / NS_PER_S),
        recording=status.recording,
        cause=status.fault,
        attempts=status.attempts,
        statistics=status.statistics,
        buffered_s=status.buffered_s,
        missing_s=missing_s,
    )


def status_view(rows: Sequence[StatusRow], heading: str, notes: Sequence[str] = ()) -> RenderableType:
    """Heading, table, what is wrong, sums, and further lines of the caller."""
    parts: list[RenderableType] = [Text(f" {printable(heading)}\n", style="bold"), _StreamTable(rows)]
    parts.append(Text())
    parts += [_trouble(row) for row in rows if row.cause is not None]
    parts += [Text(), _sums(rows)]
    parts += [Text(f" {printable(note)}", style="dim") for note in notes]
    return Group(*parts)


def printable(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


class _StreamTable:
    """The table, with fewer figures where there is less room."""

    def __init__(self, rows: Sequence[StatusRow]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        modes = any(row.mode for row in self._rows)
        least = LEAST_WIDTH + (_MODE_WIDTH if modes else 0)
        yield _table(self._rows, narrow=options.max_width < least, modes=modes)


_FIGURES = (("Video", 14), ("fps", 4), ("Mbit/s", 6), ("Frame", 5), ("Reconn", 6))
_NARROW_FIGURES = ("Video", "fps")


_MODE_WIDTH = 24


def _table(rows: Sequence[StatusRow], narrow: bool, modes: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(" Camera", max_width=24)  # the only one that may become narrower
    for title, width in (("State", 22), ("Recording", 11)):
        table.add_column(title, width=width, no_wrap=True)
    if modes:
        table.add_column("Mode", width=_MODE_WIDTH, no_wrap=True)
    shown = [narrow is False or title in _NARROW_FIGURES for title, _ in _FIGURES]
    for title, width in compress(_FIGURES, shown):
        table.add_column(title, width=width, justify="left" if title == "Video" else "right", no_wrap=True)
    table.add_column("Missing", width=7, justify="right", no_wrap=True)
    for row in rows:
        camera = Text(f" {row.title}", no_wrap=True, overflow="ellipsis")
        figures = compress(_figures(row), shown)
        mode = (Text(row.mode or "continuous", style="dim"),) if modes else ()
        table.add_row(camera, _state(row), _recording(row), *mode, *figures, _missing(row.missing_s))
    return table


_STATES = {
    StreamState.OFF: ("- off", "dim"),
    StreamState.CONNECTING: ("◌ connecting", "yellow"),
    StreamState.CONNECTED: ("● connected", "green"),
    StreamState.RECONNECTING: ("↻ reconnecting", "yellow"),
    StreamState.ERROR: ("✖ error", "bold red"),
    StreamState.STOPPING: ("◌ stopping", "dim"),
}

_ERRORS = {
    Reason.UNAUTHORIZED: "✖ wrong password",
    Reason.NOT_FOUND: "✖ no such stream",
    Reason.NOT_RTSP: "✖ no RTSP",
    Reason.NOT_HTTP: "✖ no HTTP",
    Reason.NO_TLS: "✖ no TLS",
    Reason.CERTIFICATE: "✖ certificate",
    Reason.REDIRECTED: "✖ redirected",
    Reason.TRANSPORT_REFUSED: "✖ transport",
    Reason.UNSUPPORTED_CODEC: "✖ codec",
    Reason.MISSING_ELEMENT: "✖ plugin missing",
}


def _state(row: StatusRow) -> Text:
    text, style = _STATES[row.state]
    if row.state is StreamState.ERROR and row.cause is not None:
        text = _ERRORS.get(row.cause.reason, text)
    if row.retry_in_s is not None and row.state in (StreamState.RECONNECTING, StreamState.ERROR):
        joint = " in" if row.state is StreamState.RECONNECTING else ","
        text = f"{text}{joint} {row.retry_in_s:.0f} s"
    return Text(text, style=style)


_RECORDINGS = {
    RecordingPhase.OFF: ("- off", "dim"),
    RecordingPhase.WAITING: ("○ waiting", "yellow"),
    RecordingPhase.RECORDING: ("● rec", "bold red"),
    RecordingPhase.BLOCKED: ("▲ blocked", "bold yellow"),
}


def _recording(row: StatusRow) -> Text:
    text, style = _RECORDINGS[row.recording]
    if row.recording is RecordingPhase.BLOCKED and row.cause is not None:
        text = {Fault.DISK_FULL: "▲ disk full", Fault.STORAGE_DISCONNECTED: "▲ storage"}.get(row.cause.fault, text)
    return Text(text, style=style)


def _figures(row: StatusRow) -> tuple[str, ...]:
    figures = row.statistics
    reconnects = str(figures.reconnects)
    if row.state is not StreamState.CONNECTED or figures.last_frame_age_s is None:
        return ("-", "-", "-", "-", reconnects)
    size = f"{figures.width}x{figures.height}"
    return (
        f"{size} {figures.video_codec or ''}",
        f"{figures.fps:.1f}",
        f"{figures.bitrate_bps / 1e6:.2f}",
        f"{figures.last_frame_age_s:.1f}s",
        reconnects,
    )


def _missing(seconds: float | None) -> Text:
    if seconds is None:
        return Text("-", style="dim")
    return Text(duration(seconds), style="green" if seconds == 0 else "yellow")


def _trouble(row: StatusRow) -> Text:
    assert row.cause is not None
    line = Text.assemble((f" {row.title}: ", "bold"), printable(row.cause.message))
    remarks = []
    if row.attempts > 1 and row.state is not StreamState.CONNECTED:
        remarks.append(f"attempt {row.attempts}")
    if row.recording is RecordingPhase.BLOCKED:
        remarks.append(f"{row.buffered_s:.0f} s kept in memory")
    if remarks:
        line.append(f" ({', '.join(remarks)})", style="dim")
    return line


def _sums(rows: Sequence[StatusRow]) -> Text:
    connected = sum(row.state is StreamState.CONNECTED for row in rows)
    recording = sum(row.recording is RecordingPhase.RECORDING for row in rows)
    megabits = sum(row.statistics.bitrate_bps for row in rows if row.state is StreamState.CONNECTED) / 1e6
    streams = "1 stream" if len(rows) == 1 else f"{len(rows)} streams"
    text = f" {streams} · {connected} connected · {recording} recording · {megabits:.1f} Mbit/s"
    known = [row.missing_s for row in rows if row.missing_s is not None]
    if known:
        text += f" · {duration(sum(known))} missing in the last 24 h"
    return Text(text, style="dim")
