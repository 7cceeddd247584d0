"""What ``gstnvr run --demo`` shows while it runs."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.live import Live
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.cli.status_table import StatusRow, row_from_status, status_view
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.status import RecordingPhase, StreamStatus
from gstnvr.model.stream_state import StreamState
from gstnvr.supervisor.supervisor import Supervisor

_REFRESH_S = 1.0
_PLAIN_EVERY_S = 10.0
_HISTORY_EVERY_S = 10.0

NamedStatus = tuple[str, StreamStatus]
"""Name of the camera, and what its stream does."""

_DAY_NS = 86_400 * NS_PER_S


class RunScreen:
    """Draws on a thread of its own: a terminal that does not take our lines must not hold up the supervisor."""

    def __init__(self, supervisor: Supervisor, notes: Callable[[], Sequence[str]], console: Console) -> None:
        self._supervisor = supervisor
        self._notes = notes
        self._console = console
        self._clock = SystemClock()
        self._pictures: queue.Queue[Sequence[NamedStatus] | None] = queue.Queue(1)
        self._missing: dict[StreamId, float] = {}
        self._history_due = 0.0

    async def show(self) -> None:
        """Until cancelled."""
        await self._supervisor.started.wait()
        drawing = threading.Thread(target=self._draw, name="status table", daemon=True)
        drawing.start()
        try:
            while True:
                self._offer([(live.camera_name, live.status) for live in self._supervisor.picture.streams()])
                await asyncio.sleep(_REFRESH_S)
        finally:
            self._offer(None)
            drawing.join(_REFRESH_S)  # leaves the terminal as it was

    def _offer(self, picture: Sequence[NamedStatus] | None) -> None:
        with contextlib.suppress(queue.Empty):
            self._pictures.get_nowait()
        self._pictures.put_nowait(picture)

    def _draw(self) -> None:
        if self._console.is_terminal:
            with Live(console=self._console, auto_refresh=False) as live:
                for rows in self._rows():
                    live.update(status_view(rows, self._heading(), self._notes()), refresh=True)
        else:
            self._draw_plainly()

    def _draw_plainly(self) -> None:
        due = 0.0
        for rows in self._rows():
            if time.monotonic() >= due:
                due = time.monotonic() + _PLAIN_EVERY_S
                self._console.print(plain_line(rows))

    def _rows(self) -> Iterator[list[StatusRow]]:
        while (picture := self._pictures.get()) is not None:
            now = self._clock.utc_ns()
            self._read_history(picture, now)
            yield [
                row_from_status(status, name, now, self._missing.get(status.stream)) for name, status in picture
            ]

    def _read_history(self, picture: Sequence[NamedStatus], now: UtcNs) -> None:
        if time.monotonic() < self._history_due:
            return
        self._history_due = time.monotonic() + _HISTORY_EVERY_S
        try:
            for _, status in picture:
                self._missing[status.stream] = missing_s(self._supervisor.index, status.stream, now)
        except SQLAlchemyError:
            self._missing = {}

    def _heading(self) -> str:
        return f"gstnvr · {datetime.now():%H:%M:%S}"


def missing_s(index: Index, stream: StreamId, now: UtcNs) -> float:
    """Seconds missing of the last 24 hours, other than on purpose."""
    since = UtcNs(now - _DAY_NS)
    gaps = [gap for gap in index.gaps(stream, since, now) if not gap.cause.planned]
    spans = [(max(gap.start, since), gap.end or now) for gap in gaps]
    return sum(max(0, end - start) for start, end in spans) / NS_PER_S


def plain_line(rows: Sequence[StatusRow]) -> str:
    """All streams in one line, for logs and pipes."""
    recording = sum(row.recording is RecordingPhase.RECORDING for row in rows)
    troubled = [f"{row.title}: {_trouble(row)}" for row in rows if _trouble(row)]
    return "; ".join([f"{recording} of {len(rows)} cameras are recording", *troubled])


def _trouble(row: StatusRow) -> str:
    if row.cause is not None:
        return row.cause.message
    return "" if row.state is StreamState.CONNECTED else row.state.value
