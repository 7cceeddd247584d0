"""The recording of one stream: from the ring into segments, through every fault of the storage."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import SegmentClosed, SegmentGrown, SegmentOpened
from gstnvr.logs.setup import camera_logger
from gstnvr.media.pipelines import MediaFactory
from gstnvr.media.units import Track, VideoFormat
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import Fault, FaultReport, GapCause, gap_cause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.recorder.broken import BrokenSegments
from gstnvr.recorder.reports import GapLog, IncidentLog, Tell
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segment_file import STUCK_AFTER_S, SegmentError, SegmentFile, SegmentPlan
from gstnvr.recorder.volume_guard import VolumeGuard, stalled

CHECK_INTERVAL_S = 1.0
AUDIO_WAIT_NS = NS_PER_S
"""So much video may come before the announced audio without it being missed in the first segment."""
AUDIO_ALIVE_NS = 2 * NS_PER_S
OWN_FAULT_PAUSE_S = 1.0
"""Between two segments of which the first failed although the volume is well."""

_STORAGE = (Fault.STORAGE_DISCONNECTED, Fault.DISK_FULL)


@dataclass(frozen=True, slots=True)
class StreamContext:
    """What everything that belongs to one stream has in common."""

    stream: StreamId
    media: MediaFactory
    guard: VolumeGuard
    clock: Clock
    tell: Tell


@dataclass(frozen=True, slots=True)
class Position:
    """Numbers in the ring with which the next segment may begin."""

    video: int
    audio: int


class Recording:
    """Runs from ``start`` to ``stop``; ``on_units`` is to be called whenever the ring has grown."""

    def __init__(self, context: StreamContext, ring: Ring, gaps: GapLog, settings: RecordingSettings) -> None:
        self.settings = settings
        self.container = settings.container
        """May differ from the settings for the sake of a codec."""
        self.audio_expected = False
        """The camera announced audio, and it is to be recorded."""
        self._stream = context.stream
        self._ring = ring
        self._guard = context.guard
        self._media = context.media
        self._clock = context.clock
        self._tell = context.tell
        self._gaps = gaps
        self._incidents = IncidentLog(context.tell, context.stream)
        self._log = camera_logger(__name__, context.stream)
        self._position = Position(ring.end, ring.end)
        self._current: SegmentFile | None = None
        self._cut: int | None = None
        self._endings: set[asyncio.Task[None]] = set()
        self._broken = BrokenSegments(ring, context.guard, context.tell, gaps)
        self._news = asyncio.Event()
        self._session_over = False
        self._stopping = False
        self._failure: FaultReport | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin with the next key frame."""
        self._unsubscribe = self._guard.subscribe(self._on_guard)
        self._task = asyncio.create_task(self._run(), name=f"recording {self._stream}")

    async def stop(self) -> None:
        """End the segment properly, or leave it to the next start if the storage does not let us."""
        self._stopping = True
        self._news.set()
        if self._task is not None:
            await self._task
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._incidents.close(self._clock.utc_ns(), attempts=0)

    @property
    def phase(self) -> RecordingPhase:
        """For the status."""
        if self._guard.fault is not None or self._failure is not None or self._broken:
            return RecordingPhase.BLOCKED
        return RecordingPhase.RECORDING if self._current is not None else RecordingPhase.WAITING

    @property
    def fault(self) -> FaultReport | None:
        """Why it is blocked."""
        return self._guard.fault or self._failure

    @property
    def segment_path(self) -> str | None:
        """File that grows now."""
        return self._current.path if self._current is not None else None

    @property
    def buffered_s(self) -> float:
        """Media in the ring that no file was given yet."""
        oldest = self._current.fed_to if self._current is not None else self._position.video
        return self._ring.seconds_from(oldest)

    @property
    def ring_s(self) -> float:
        """How much the ring must keep now."""
        extra = self.settings.outage_buffer_s if self.phase is RecordingPhase.BLOCKED else 0.0
        return self.settings.ring_s + extra

    def on_units(self) -> None:
        """The ring has grown."""
        if self._current is not None and not self._current.failed and self._cut is None:
            self._pump(self._current)
        elif self._current is None:
            self._news.set()

    def end_session(self, cause: GapCause, detail: str, incident: str | None) -> None:
        """No more access units come from this session: end the segment, something is missing from here on."""
        if self._current is not None:
            self.on_units()
            self._session_over = True
            self._gaps.open(self._current.end, cause, detail, incident)
        else:
            self._gaps.open(self._clock.utc_ns(), cause, detail, incident)
        self._news.set()

    def _on_guard(self) -> None:
        if self._guard.fault is not None and self._current is not None:
            self._fail(self._guard.fault)
        self._news.set()

    def _fail(self, found: FaultReport) -> None:
        if self._failure is None:
            self._failure = found
            self._log.warning("recording interrupted: %s", found.message)
        self._news.set()

    # --- feeding --------------------------------------------------------------------------------------

    def _pump(self, segment: SegmentFile) -> None:
        """Hand on what is new, up to the key frame that begins the next segment."""
        begin = segment.fed_to
        if begin < self._ring.first:
            raise RuntimeError(f"{self._stream}: access units left the ring before they were written")
        units = self._ring.since(begin)
        if not units:
            return
        next_session = self._ring.next_session(segment.plan.first_video)
        count = len(units) if next_session is None else next_session - begin
        cut = next_session
        for offset, unit in enumerate(units[:count]):
            if unit.key and unit.track is Track.VIDEO and self._ends_before(segment, begin + offset):
                cut, count = begin + offset, offset
                break
        segment.feed(units[:count], begin)
        if cut is not None:
            self._cut = cut
            self._news.set()

    def _ends_before(self, segment: SegmentFile, number: int) -> bool:
        if number <= segment.plan.first_video:
            return False
        unit = self._ring.unit(number)
        length = segment.plan.timeline.at(unit.pts) - segment.plan.start
        return length >= self.settings.segment_s * NS_PER_S or unit.format != segment.plan.video

    # --- the life of a recording ----------------------------------------------------------------------

    async def _run(self) -> None:
        while not self._stopping:
            self._news.clear()
            if self._guard.fault is not None:
                await self._news.wait()
                continue
            if not await self._recover():
                continue
            plan = self._plan()
            if plan is None:
                self._session_over = False
                await self._news.wait()
                continue
            await self._record(plan)
        await self._end_everything()

    async def _recover(self) -> bool:
        """Save what the broken files hold; False: the volume is not well yet."""
        if self._failure is None and not self._broken:
            return True
        await self._settle()
        resumed = await self._broken.salvage()
        if self._guard.fault is not None:
            return False
        if resumed is not None:
            self._position = Position(resumed.video, resumed.audio)
        self._failure = None
        return True

    def _plan(self) -> SegmentPlan | None:
        """The next segment; None: not enough is known, or nothing is there yet."""
        ring = self._ring
        key = ring.key_from(self._position.video)
        if key is None:
            return None
        unit = ring.unit(key)
        audio = ring.audio_near(key, AUDIO_ALIVE_NS)
        newest = ring.next_session(key) is None
        waits = self.audio_expected and audio is None and newest
        if waits and ring.newest_pts - unit.pts < AUDIO_WAIT_NS and not self._session_over:
            return None
        if not isinstance(unit.format, VideoFormat):
            raise TypeError(f"not video: {unit.format!r}")
        timeline = ring.session_of(key).timeline
        follows = key == self._position.video and self._position.audio <= key
        start = timeline.at(unit.pts)
        timeline.correct(unit.pts)
        return SegmentPlan(
            stream=self._stream,
            first_video=key,
            first_audio=max(self._position.audio, ring.first) if follows else key,
            start=start,
            timeline=timeline,
            video=unit.format,
            audio=audio,
            container=self.container,
            fragment_ms=self.settings.fragment_ms,
        )

    async def _record(self, plan: SegmentPlan) -> None:
        """One segment, from creation until it is handed to its ending."""
        try:
            segment = await SegmentFile.create(plan, self._guard, self._media)
        except SegmentError as error:
            self._gaps.open(
                plan.start, gap_cause(error.report.fault), error.report.message, self._guard.incidents.uid
            )
            await self._blame(error.report)
            return
        if plan.first_video < self._ring.first:
            await segment.discard()
            await self._broken.forget(segment)
            self._position = Position(self._ring.first, self._ring.first)
            return
        self._current, self._cut = segment, None
        segment.start(self._fail)
        self._tell(SegmentOpened(segment.record(SegmentState.OPEN, plan.start)))
        self._gaps.close(plan.start)
        self._pump(segment)
        await self._attend(segment)

    async def _attend(self, segment: SegmentFile) -> None:
        next_sync = self._clock.monotonic() + self.settings.sync_interval_s
        syncing: asyncio.Task[None] | None = None
        while True:
            await self._wait(CHECK_INTERVAL_S)
            now = self._clock.monotonic()
            if self._failure is None and segment.is_stuck(now):
                self._fail(stalled(self._guard.spec.path))
            if self._failure is not None or self._cut is not None or self._session_over or self._stopping:
                break
            if now >= next_sync and (syncing is None or syncing.done()):
                next_sync = now + self.settings.sync_interval_s
                syncing = asyncio.create_task(self._sync(segment))
        if syncing is not None and self._failure is None:
            await syncing
        self._current = None
        if self._failure is not None:
            await self._break(segment, self._failure)
            return
        self._hand_over(segment)

    def _hand_over(self, segment: SegmentFile) -> None:
        """Let it end in the background while the next one begins."""
        end: UtcNs | None = None
        if self._cut is not None:
            self._position = Position(self._cut, self._cut)
            if self._ring.next_session(segment.plan.first_video) != self._cut:
                end = segment.plan.timeline.at(self._ring.unit(self._cut).pts)
        else:
            self._position = Position(segment.fed_to, segment.fed_to)
        self._cut, self._session_over = None, False
        task = asyncio.create_task(self._finish(segment, end))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _finish(self, segment: SegmentFile, end: UtcNs | None) -> None:
        try:
            closed = await segment.finish(end)
        except SegmentError as error:
            self._fail(error.report)
            await self._break(segment, error.report)
            return
        self._tell(SegmentClosed(closed))
        self._incidents.close(self._clock.utc_ns(), attempts=0)

    async def _sync(self, segment: SegmentFile) -> None:
        try:
            self._tell(SegmentGrown(await segment.sync()))
        except SegmentError as error:
            self._fail(error.report)

    async def _break(self, segment: SegmentFile, found: FaultReport) -> None:
        """The file is not to be written any more; what it holds is seen to once the volume is well."""
        self._cut = None
        safe_until = UtcNs(max(segment.plan.start, segment.end - int(STUCK_AFTER_S * NS_PER_S)))
        self._broken.add(segment)
        await self._blame(found)
        self._gaps.open(
            safe_until, gap_cause(found.fault), found.message, self._guard.incidents.uid or self._incidents.uid
        )

    async def _blame(self, found: FaultReport) -> None:
        """A storage fault is the volume's, with one incident for all; anything else is our own."""
        self._failure = found
        if found.fault in _STORAGE:
            self._guard.report(found)
            return
        if self._incidents.uid is None:
            now = self._clock.utc_ns()
            self._incidents.open(found, now, now)
        await asyncio.sleep(OWN_FAULT_PAUSE_S)

    async def _settle(self) -> None:
        while self._endings:
            await asyncio.wait(self._endings)

    async def _end_everything(self) -> None:
        await self._settle()
        if (self._failure is not None or self._broken) and self._guard.fault is None:
            await self._broken.salvage()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
