"""Which cameras are to be recorded now: modes, schedules and manual orders, followed as time goes by."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from gstnvr.api.common.ports import OrderNotKeptError, UnknownCameraError
from gstnvr.config.settings import Settings
from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.recording import ManualOrder, RecordingIntent, RecordMode
from gstnvr.schedule.intent import Recording, Stretch
from gstnvr.supervisor.recording.assignment import wanted_streams
from gstnvr.supervisor.recording.manual_orders import ManualOrders

_log = logging.getLogger(__name__)

_LOOK_INTERVAL_S = 0.2
_SAVE_INTERVAL_S = 1.0


class RecordingModes:
    """Knows what is to be recorded; what it says changes in ``configure``, ``order`` and ``run`` only."""

    def __init__(self, clock: Clock, orders: ManualOrders) -> None:
        self.on_change: Callable[[], None] = lambda: None
        """Called on the event loop when another camera is to be recorded, or one is not any more."""
        self._clock = clock
        self._orders = orders
        self._recordings: Mapping[CameraId, Recording] = {}
        self._streams: Sequence[StreamId] = ()
        self._intents: Mapping[CameraId, RecordingIntent] = {}
        self._looked_at = clock.utc_ns()
        self._due: UtcNs | None = None

    @property
    def intents(self) -> Mapping[CameraId, RecordingIntent]:
        """Of every configured camera."""
        return self._intents

    @property
    def recorded(self) -> frozenset[StreamId]:
        """Streams that are to be recorded now."""
        return frozenset(stream for stream in self._streams if self._intents[stream.camera].record)

    def configure(self, settings: Settings) -> None:
        """Go by these settings from now on; whoever calls tells the recorders."""
        schedules = {name: one.schedule() for name, one in settings.schedules.items()}
        self._recordings = {
            CameraId(camera.id): Recording(camera.record, schedules.get(camera.schedule or ""))
            for camera in settings.cameras
        }
        self._streams = wanted_streams(settings)
        self._orders.keep({camera: recording.mode for camera, recording in self._recordings.items()})
        self._look()

    async def order(
        self, camera: CameraId, *, record: bool | None, until: UtcNs | None, by: str
    ) -> RecordingIntent:
        """Have a camera recorded, or not, whatever its mode says; ``record=None`` takes the last order back.

        Args:
            until: when the order ends; without it, with the next change of the schedule, if there is one.
            by: who gives the order.

        Raises:
            UnknownCameraError: there is no such camera, or it is off.
            OrderNotKeptError: it is in force, and will be forgotten with the next restart.
        """
        if camera not in {stream.camera for stream in self._streams}:
            raise UnknownCameraError(f"there is no camera {camera!r} that is switched on")
        recording, now = self._recordings[camera], self._clock.utc_ns()
        order = None
        if record is not None:
            end = recording.next_change(now) if until is None else until
            order = ManualOrder(camera, record, now, end, by, recording.mode)
        try:
            await self._orders.put(camera, order, now)
        finally:
            self._tell(self._look())
        return self._intents[camera]

    async def begin(self) -> None:
        """Take up the orders of the last run."""
        await self._orders.read()

    async def end(self) -> None:
        """Write down what is not yet."""
        try:
            await self._orders.save()
        except OrderNotKeptError as error:
            _log.error("the next start will not know which orders are in force: %s", error)

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_time())
            tasks.create_task(self._keep_orders())

    async def _keep_time(self) -> None:
        """Notice when something is due, also after the clock was set; for ever."""
        while True:
            await asyncio.sleep(_LOOK_INTERVAL_S)
            now = self._clock.utc_ns()
            if now < self._looked_at or (self._due is not None and now >= self._due):
                self._tell(self._look())

    async def _keep_orders(self) -> None:
        """Write down what could not be written at once, and which orders a new configuration ended; for ever."""
        complaint = ""
        while True:
            await self._orders.news.wait()
            try:
                await self._orders.save()
            except OrderNotKeptError as error:
                if str(error) != complaint:
                    _log.warning("a restart would not know which orders are in force: %s", error)
                complaint = str(error)
                await asyncio.sleep(_SAVE_INTERVAL_S)
            else:
                complaint = ""

    def stretches(self, stream: StreamId, start: UtcNs, end: UtcNs) -> Sequence[Stretch]:
        """What was to be recorded in a span of time by its schedule; nothing for a stream without one."""
        recording = self._recordings.get(stream.camera)
        if recording is None or recording.mode is not RecordMode.SCHEDULE or stream not in self._streams:
            return ()
        return recording.stretches(self._orders.all.get(stream.camera), start, end)

    def _tell(self, changed: Sequence[CameraId]) -> None:
        if changed:
            self.on_change()

    def _look(self) -> Sequence[CameraId]:
        """Cameras of which something else holds now."""
        now = self._clock.utc_ns()
        plain = {recording: recording.intent(None, now) for recording in set(self._recordings.values())}
        before = self._intents
        self._intents = {
            camera: recording.obey(plain[recording], self._orders.all.get(camera), now)
            for camera, recording in self._recordings.items()
        }
        self._looked_at = now
        ends = [intent.until for intent in self._intents.values() if intent.until is not None]
        self._due = min(ends, default=None)
        changed = [camera for camera in self._intents if self._is_news(camera, before.get(camera))]
        for camera in changed:
            _log.info("camera %s: %s", camera, describe(self._intents[camera]))
        return changed

    def _is_news(self, camera: CameraId, before: RecordingIntent | None) -> bool:
        intent = self._intents[camera]
        return before is not None and (before.record, before.cause) != (intent.record, intent.cause)


def describe(intent: RecordingIntent) -> str:
    """For a log line."""
    what = "is recorded" if intent.record else "is not recorded"
    order = intent.order
    return f"{what}, by {f'order of {order.by}' if order is not None else f'mode {intent.mode}'}"
