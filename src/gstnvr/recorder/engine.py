"""All streams of one recorder process, drained on one tick."""

import asyncio
import gc
import logging
from collections.abc import Mapping

from gstnvr.config.settings import LogLevel, RecorderSettings
from gstnvr.ipc.messages import Configure, Place, StreamSpec
from gstnvr.logs.redaction import register_secret
from gstnvr.logs.setup import set_level
from gstnvr.media.pipelines import MediaFactory
from gstnvr.model.clock import Clock
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.status import StreamStatus, VolumeStatus
from gstnvr.recorder.context import StreamContext
from gstnvr.recorder.live.live_tap import LiveTap
from gstnvr.recorder.reporting.outbox import Outbox
from gstnvr.recorder.sessions import receive_mark
from gstnvr.recorder.sessions.demand import Demand
from gstnvr.recorder.sessions.receive_mark import OFF, Peer
from gstnvr.recorder.sessions.shared_slots import SharedSlots
from gstnvr.recorder.sessions.slots import ConnectSlots
from gstnvr.recorder.storage.volumes import Volumes
from gstnvr.recorder.stream import Stream

_log = logging.getLogger(__name__)

MOST_HUNG = 1
"""Sources that may hang before the process is to be replaced."""
MARK_INTERVAL_S = 2.0
TIDY_INTERVAL_S = 10.0


class Engine:
    """Made once for a process; ``configure`` brings it to life."""

    def __init__(self, media: MediaFactory, clock: Clock, slots: SharedSlots | None = None) -> None:
        """Take what it shares with the other recorders, if there are any."""
        self.outbox = Outbox()
        self.worn_out = asyncio.Event()
        """So much hangs that another process must take over."""
        self._media = media
        self._clock = clock
        self._settings = RecorderSettings()
        self._slots = ConnectSlots(self._settings.max_concurrent_connects, slots)
        self._streams: dict[StreamId, Stream] = {}
        self.live = LiveTap(self._streams, media.reader(), self._follow_viewers)
        """For those who watch."""
        self._demand = Demand(clock)
        self._volumes = Volumes(self.outbox.tell, clock)
        self._marks: Mapping[Peer, int] = {}
        self._marked_at = 0.0
        self._ended = 0
        self._tidied_at = 0.0
        self._ticking: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    async def configure(self, wanted: Configure) -> None:
        """Make what runs the same as what is wanted; streams that did not change notice nothing."""
        async with self._changing:
            set_level(LogLevel(wanted.log_level))
            for spec in wanted.streams:
                register_secret(spec.password)
            self._settings = wanted.recorder
            self._slots.set_limit(wanted.recorder.max_concurrent_connects)
            self._volumes.configure(wanted.volumes, wanted.policy)
            await self._change_streams(wanted)
            if self._ticking is None:
                self._ticking = asyncio.create_task(self._tick(), name="tick")

    async def _change_streams(self, wanted: Configure) -> None:
        specs = {spec.stream: spec for spec in wanted.streams}
        gone = [stream for stream in self._streams if stream not in specs]
        await self._stop_streams(gone, GapCause.SWITCHED_OFF)
        staying = [(self._streams[spec.stream], spec) for spec in wanted.streams if spec.stream in self._streams]
        for spec in wanted.streams:
            if spec.stream not in self._streams:
                self._add(spec, wanted)
        await asyncio.gather(*(stream.configure(spec, wanted.recording) for stream, spec in staying))

    def _add(self, spec: StreamSpec, wanted: Configure) -> None:
        context = StreamContext(spec.stream, self._media, self._volumes, self._clock, self.outbox.tell)
        stream = Stream(spec, context, self._slots, wanted.recording)
        self._streams[spec.stream] = stream
        stream.start()

    async def hand_over(self, stream: StreamId, *, at_once: bool) -> Place | None:
        """Stop recording a stream in favour of another recorder; see ``Stream.hand_over``."""
        found = self._streams.get(stream)
        return await found.hand_over(at_once=at_once) if found is not None else None

    def take_back(self, stream: StreamId) -> None:
        """Go on with a stream that was not taken away after it had been handed over."""
        if stream in self._streams:
            self._streams[stream].take_back()

    async def _stop_streams(self, streams: list[StreamId], cause: GapCause) -> None:
        leaving = [self._streams.pop(stream) for stream in streams]
        await asyncio.gather(*(stream.stop(cause) for stream in leaving))

    async def shutdown(self) -> None:
        """End all segments properly."""
        async with self._changing:
            await self._stop_streams(list(self._streams), GapCause.SHUTDOWN)
            if self._ticking is not None:
                self._ticking.cancel()
            self._volumes.stop()

    @property
    def recorded(self) -> list[StreamId]:
        """Streams that are to be recorded here."""
        return [stream.spec.stream for stream in self._streams.values() if stream.is_to_be_recorded]

    @property
    def standby(self) -> list[StreamId]:
        """Streams that another recorder has still."""
        return [stream.spec.stream for stream in self._streams.values() if stream.spec.standby]

    def status(self) -> list[StreamStatus]:
        """Of all streams."""
        return [stream.status() for stream in self._streams.values()]

    def volumes(self) -> list[VolumeStatus]:
        """All that may be written to, in the order of the settings."""
        return self._volumes.status(self.status())

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._settings.tick_ms / 1000, loop.time())
            await asyncio.sleep(due - loop.time())
            for stream in tuple(self._streams.values()):
                stream.drain()
            self._follow_viewers()
            self._tidy_up()
            if sum(stream.runner.hung for stream in self._streams.values()) > MOST_HUNG:
                self._note_worn_out()

    def _tidy_up(self) -> None:
        """Sources refer to themselves; Python frees them when it likes, too late for their descriptors."""
        ended, now = sum(stream.runner.ended for stream in self._streams.values()), self._clock.monotonic()
        if ended != self._ended and now - self._tidied_at > TIDY_INTERVAL_S:
            self._ended, self._tidied_at = ended, now
            gc.collect()

    def _follow_viewers(self) -> None:
        self._demand.follow(self._streams.values())
        self._set_marks()

    def _set_marks(self) -> None:
        now = self._clock.monotonic()
        wishes = (stream.mark_wish(now) for stream in self._streams.values())
        marks = receive_mark.agree(wish for wish in wishes if wish is not None)
        awaited = any(mark == OFF != self._marks.get(peer, OFF) for peer, mark in marks.items())
        if marks and (awaited or now - self._marked_at > MARK_INTERVAL_S):
            self._marks, self._marked_at = marks, now
            receive_mark.apply(marks)

    def _note_worn_out(self) -> None:
        if not self.worn_out.is_set():
            _log.error("several pipelines hang; this process waits for another one to take over")
            self.worn_out.set()
