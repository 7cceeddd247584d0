"""Live pictures that a test makes up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from gstnvr.api.live.ports import NoPictureError, RestreamView, Snapshot, WebRtcSession
from gstnvr.model.ids import StreamId
from gstnvr.model.live import ShownFormat, Skipped, TooManyViewersError, Waiting

Shown = ShownFormat | Waiting | Skipped | bytes


class FakeViewer:
    """Implements ``api.live.ports.Viewer``."""

    def __init__(self, shown: list[Shown]) -> None:
        self._shown = iter(shown)

    async def next(self) -> Shown:
        for item in self._shown:
            return item
        await asyncio.Event().wait()
        raise AssertionError


class FakeLive:
    """Implements ``api.live.ports.Live``."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        """What every viewer is shown."""
        self.picture: Snapshot | None = None
        self.full = False
        self.watched: list[tuple[StreamId, bool]] = []
        """Streams, and whether with sound, in order of asking."""
        self.watching = 0
        self.obstacle: Exception | None = None
        """Why there is no session over WebRTC."""
        self.offers: list[tuple[StreamId, str]] = []
        self.restream = RestreamView(None, None, encrypted=False, watching=0, problem=None)
        self.session_lives = False
        self.closed: list[tuple[StreamId, str]] = []

    @contextlib.asynccontextmanager
    async def watch(self, stream: StreamId, *, audio: bool) -> AsyncIterator[FakeViewer]:
        if self.full:
            raise TooManyViewersError("256 watch already; try again later")
        self.watched.append((stream, audio))
        self.watching += 1
        try:
            yield FakeViewer(self.shown)
        finally:
            self.watching -= 1

    async def open_session(self, stream: StreamId, offer: str) -> WebRtcSession:
        if self.obstacle is not None:
            raise self.obstacle
        self.offers.append((stream, offer))
        self.session_lives = True
        return WebRtcSession("made-up", "v=0\r\n")

    def has_session(self, stream: StreamId, name: str) -> bool:
        return self.session_lives

    def close_session(self, stream: StreamId, name: str) -> bool:
        self.closed.append((stream, name))
        self.session_lives = False
        return name == "made-up"

    def restreamed(self, stream: StreamId) -> RestreamView:
        return self.restream

    async def snapshot(self, stream: StreamId, width: int | None) -> Snapshot:
        if self.picture is None:
            raise NoPictureError(f"{stream} sends no picture now")
        return self.picture
