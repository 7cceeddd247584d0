"""Live streams for any number of viewers: one connection to the recorder for each stream, and no work twice."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from gstnvr.container.facts import MalformedError
from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveIdle, LiveRefused, Tap, open_tap
from gstnvr.live.muxer import LiveMuxer, LivePiece, TimeOrigin, origin_of
from gstnvr.live.viewer import LiveViewer
from gstnvr.model.ids import StreamId
from gstnvr.model.live import TooManyViewersError, Waiting, WaitReason

_log = logging.getLogger(__name__)

MOST_VIEWERS = 256
RETRY_S = 0.25
MOST_KEPT_BYTES = 32 << 20
"""Of what came since the last key frame; beyond that those who come later wait for the next one."""

FindRecorder = Callable[[StreamId], Path | None]
"""Live socket of the recorder that has a stream; None: there is none now."""


class LiveHub:
    """Of one process."""

    def __init__(self, find: FindRecorder) -> None:
        self._find = find
        self._channels: dict[tuple[StreamId, bool], _Channel] = {}
        self._viewers = 0

    @contextlib.asynccontextmanager
    async def watch(self, stream: StreamId, *, audio: bool) -> AsyncIterator[LiveViewer]:
        """A viewer, for as long as this is entered.

        Raises:
            TooManyViewersError: there are as many as can be.
        """
        if self._viewers >= MOST_VIEWERS:
            raise TooManyViewersError(f"{MOST_VIEWERS} watch already; try again later")
        self._viewers += 1
        key = (stream, audio)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(stream, audio, self._find)
        viewer = LiveViewer()
        channel.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers -= 1
            if channel.remove(viewer):
                del self._channels[key]


class _Channel:
    """One stream, with or without sound, for as long as anybody watches it."""

    def __init__(self, stream: StreamId, audio: bool, find: FindRecorder) -> None:
        self._stream = stream
        self._audio = audio
        self._find = find
        self._viewers: set[LiveViewer] = set()
        self._origin: TimeOrigin | None = None
        self._format: LiveFormat | None = None
        self._muxer: LiveMuxer | None = None
        self._waiting: Waiting | None = None
        self._since_key: list[LivePiece] = []
        self._kept_bytes = 0
        self._running = asyncio.create_task(self._run(), name=f"live {stream}")

    def add(self, viewer: LiveViewer) -> None:
        """Show it at once what there is."""
        self._viewers.add(viewer)
        if self._waiting is not None:
            viewer.tell_waiting(self._waiting)
        elif self._muxer is not None:
            viewer.tell_format(self._muxer.shown, self._muxer.initialisation)
            viewer.catch_up(self._since_key)

    def remove(self, viewer: LiveViewer) -> bool:
        """True: it was the last one, and this has ended."""
        self._viewers.discard(viewer)
        if not self._viewers:
            self._running.cancel()
        return not self._viewers

    async def _run(self) -> None:
        while True:
            path = self._find(self._stream)
            try:
                if path is not None:
                    await self._follow(await open_tap(path, self._stream, audio=self._audio))
            except (OSError, ProtocolError) as error:
                _log.info("stream %s cannot be shown now: %s", self._stream, error)
            except MalformedError as error:
                _log.warning("stream %s is shown from a new beginning: %s", self._stream, error)
                self._origin = None
            self._wait_for(WaitReason.RECORDER_AWAY)
            await asyncio.sleep(RETRY_S)

    async def _follow(self, tap: Tap) -> None:
        """Until the recorder is gone."""
        try:
            while (message := await tap.receive()) is not None:
                match message:
                    case LiveFormat():
                        self._format = message
                    case LiveBatch(units) if units:
                        self._take(message)
                    case LiveIdle():
                        self._wait_for(WaitReason.NOT_CONNECTED)
                    case LiveRefused(reason):
                        raise ProtocolError(reason)
        finally:
            tap.close()

    def _take(self, batch: LiveBatch) -> None:
        if self._origin is None:
            self._origin = origin_of(batch)
        fresh = self._format is not None
        if self._format is not None:
            self._muxer, self._format = LiveMuxer(self._format, self._origin), None
            self._waiting = None
            self._forget()
            for viewer in self._viewers:
                viewer.tell_format(self._muxer.shown, self._muxer.initialisation)
        if self._muxer is None:
            return
        skipped = batch.skipped and not fresh
        for piece in self._muxer.pieces(batch):
            self._keep(piece)
            for viewer in self._viewers:
                viewer.show(piece, skipped=skipped)
            skipped = False

    def _keep(self, piece: LivePiece) -> None:
        if piece.key:
            self._forget()
        elif not self._since_key:
            return
        self._since_key.append(piece)
        self._kept_bytes += len(piece.data)
        if self._kept_bytes > MOST_KEPT_BYTES:
            self._forget()

    def _forget(self) -> None:
        self._since_key = []
        self._kept_bytes = 0

    def _wait_for(self, reason: WaitReason) -> None:
        waiting = Waiting(reason)
        if waiting != self._waiting:
            self._waiting, self._muxer, self._format = waiting, None, None
            self._forget()
            for viewer in self._viewers:
                viewer.tell_waiting(waiting)
