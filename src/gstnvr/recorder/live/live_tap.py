"""Streams for those who watch now: other processes connect to a socket and are sent what is in the ring.

Without viewers nothing of this runs. Nothing is queued for a viewer: what it has not taken stays in the ring until
that lets go of it, and who is slow goes on with the newest key frame.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.connection import Listener, listen_for_streams
from gstnvr.ipc.live import (
    LIVE_SUFFIX,
    LIVE_VERSION,
    LiveBatch,
    LiveFormat,
    LiveIdle,
    LiveMessage,
    LiveRefused,
    LiveTrack,
    LiveUnit,
    Watch,
    encode,
    receive_watch,
)
from gstnvr.media.pipelines import UnitReader
from gstnvr.media.units import AudioFormat, Track, VideoFormat
from gstnvr.model.ids import StreamId
from gstnvr.recorder.live.live_cursor import Formats, LiveCursor, Passage
from gstnvr.recorder.ring import Ring

_log = logging.getLogger(__name__)

TICK_S = 0.04
MOST_VIEWERS = 256
_WISH_WITHIN_S = 5.0


class LiveStream(Protocol):
    """What of a stream is needed here."""

    watched: bool

    @property
    def live(self) -> Ring | None:
        """None: nothing comes from the camera."""
        ...

    def drain(self) -> None:
        """Move what has come to the ring."""
        ...


class LiveTap:
    """Of one recorder process."""

    def __init__(
        self, streams: Mapping[StreamId, LiveStream], reader: UnitReader, on_watched: Callable[[], None]
    ) -> None:
        """Nobody can connect yet.

        Args:
            streams: those of now, whenever it is looked at.
            on_watched: called when somebody begins or ends to watch a stream.
        """
        self._streams = streams
        self._reader = reader
        self._on_watched = on_watched
        self._viewers: set[_Viewer] = set()
        self._pumping: asyncio.Task[None] | None = None
        self._listener: Listener | None = None

    async def listen(self, recorder: Path) -> None:
        """Let viewers in, beside the socket for the supervisor.

        Raises:
            OSError: the socket cannot be made.
        """
        self._listener = await listen_for_streams(recorder.with_suffix(LIVE_SUFFIX), self._serve)

    async def close(self) -> None:
        """Send everybody away."""
        if self._listener is not None:
            await self._listener.close()
        for viewer in tuple(self._viewers):
            viewer.hang_up()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_WISH_WITHIN_S):
                wish = await receive_watch(reader)
            refusal = self._refusal(wish)
            if refusal is not None:
                writer.write(encode(LiveRefused(refusal)))
                await writer.drain()
                return
            await self._show(_Viewer(wish, self._reader, writer.transport), reader)
        except (ProtocolError, TimeoutError, ConnectionError) as error:
            _log.info("a viewer is sent away: %s", error)
        finally:
            writer.close()

    def _refusal(self, wish: Watch) -> str | None:
        if wish.version != LIVE_VERSION:
            return f"version {wish.version} of the protocol is asked for, this recorder speaks {LIVE_VERSION}"
        if wish.stream not in self._streams:
            return f"there is no stream {wish.stream} here"
        if len(self._viewers) >= MOST_VIEWERS:
            return f"{MOST_VIEWERS} watch already"
        return None

    async def _show(self, viewer: "_Viewer", reader: asyncio.StreamReader) -> None:
        self._viewers.add(viewer)
        self._note_watched()
        if self._pumping is None:
            self._pumping = asyncio.create_task(self._pump(), name="live")
        else:
            self._send(viewer)
        try:
            while await reader.read(1 << 10):
                pass  # nothing more is to be said; the end is that the viewer goes
        finally:
            self._viewers.discard(viewer)
            self._note_watched()
            if not self._viewers and self._pumping is not None:
                self._pumping.cancel()
                self._pumping = None

    def _note_watched(self) -> None:
        wanted = {viewer.stream for viewer in self._viewers}
        for name, stream in self._streams.items():
            stream.watched = name in wanted
        self._on_watched()

    async def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for name in {viewer.stream for viewer in self._viewers}:
                stream = self._streams.get(name)
                if stream is not None:
                    stream.watched = True  # it may have been added after its viewer came
                    stream.drain()
            for viewer in tuple(self._viewers):
                self._send(viewer)
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())

    def _send(self, viewer: "_Viewer") -> None:
        """A mistake of ours costs one viewer, and no other anything."""
        try:
            viewer.send(self._streams.get(viewer.stream))
        except Exception:  # noqa: BLE001 - whatever is wrong with one viewer, all others are served next
            _log.exception("what %s has cannot be shown; its viewer is sent away", viewer.stream)
            viewer.hang_up()


class _Viewer:
    """One connection."""

    def __init__(self, wish: Watch, reader: UnitReader, transport: asyncio.WriteTransport) -> None:
        self.stream = wish.stream
        self._audio = wish.audio
        self._reader = reader
        self._transport = transport
        self._cursor = LiveCursor()
        self._formats: Formats | None = None
        self._idle = False

    def hang_up(self) -> None:
        self._transport.abort()

    def send(self, stream: LiveStream | None) -> None:
        """What is new, if it has taken what it was sent before; never waits, never queues."""
        if stream is None:
            self.hang_up()
            return
        ring = stream.live
        if ring is None:
            self._tell_idle()
            return
        while self._is_free() and (passage := self._cursor.take(ring)) is not None:
            self._idle = False
            if passage.formats != self._formats:
                self._formats = passage.formats
                self._write(self._describe(passage.formats))
            self._write(self._batch(ring, passage))

    def _tell_idle(self) -> None:
        if not self._idle and self._is_free():
            self._idle = True
            self._formats = None
            self._write(LiveIdle())

    def _is_free(self) -> bool:
        return not self._transport.is_closing() and self._transport.get_write_buffer_size() == 0

    def _write(self, message: LiveMessage) -> None:
        self._transport.write(encode(message))

    def _describe(self, formats: Formats) -> LiveFormat:
        audio = formats.audio if self._audio else None
        return LiveFormat(self._track(formats.video), None if audio is None else self._track(audio))

    def _track(self, form: VideoFormat | AudioFormat) -> LiveTrack:
        config = self._reader.config(form)
        if isinstance(form, VideoFormat):
            return LiveTrack(form.codec, config, width=form.width, height=form.height)
        return LiveTrack(form.codec, config, sample_rate=form.sample_rate, channels=form.channels)

    def _batch(self, ring: Ring, passage: Passage) -> LiveBatch:
        session = ring.session_of(passage.first)
        units = []
        for unit in passage.units:
            audio = unit.track is Track.AUDIO
            if audio and (not self._audio or unit.format != passage.formats.audio):
                continue
            data, dts = self._reader.read(unit)
            times = (unit.pts + session.base_ns, dts + session.base_ns, unit.duration)
            units.append(LiveUnit(audio, *times, unit.key, data))
        return LiveBatch(units, session.timeline.at(passage.units[0].pts), passage.skipped)
