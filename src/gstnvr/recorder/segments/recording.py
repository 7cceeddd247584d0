"""The recording of one stream: from the ring into segments, through every fault of the storage."""

import asyncio
from collections.abc import Callable
from functools import partial

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import SegmentClosed, SegmentGrown, SegmentOpened
from gstnvr.logs.setup import camera_logger
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import FaultReport, GapCause, gap_cause
from gstnvr.model.records import Segment, SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.recorder.context import StreamContext, own_mistake
from gstnvr.recorder.handover import Handover, place_of
from gstnvr.recorder.reporting.outages import Origin, OutageLog
from gstnvr.recorder.reporting.reports import IncidentLog
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.attempts import Attempts
from gstnvr.recorder.segments.broken import BrokenSegments
from gstnvr.recorder.segments.endings import Endings
from gstnvr.recorder.segments.feeding import next_piece
from gstnvr.recorder.segments.leftovers import Leftovers
from gstnvr.recorder.segments.mirroring import STORAGE, Mirroring
from gstnvr.recorder.segments.planning import Planner, Position, SegmentPlan
from gstnvr.recorder.segments.refusals import Refusals, is_of_media
from gstnvr.recorder.segments.segment_file import SegmentError, SegmentFile
from gstnvr.recorder.segments.segment_pair import SegmentPair
from gstnvr.recorder.segments.syncing import Syncing
from gstnvr.recorder.sessions.session_ends import SessionEnd, SessionEnds
from gstnvr.recorder.sessions.waiting import done_before, set_within
from gstnvr.recorder.storage.volume_choice import VolumeChoice
from gstnvr.recorder.storage.volume_guard import VolumeGuard, stalled

CHECK_INTERVAL_S = 1.0
RING_MARGIN_S = 0.1
STOP_WITHIN_S = 10.0
"""What has no proper end by then is left to the next start."""


class Recording:
    """Runs from ``start`` to ``stop``; ``on_units`` is to be called whenever the ring has grown."""

    def __init__(
        self, context: StreamContext, ring: Ring, outages: OutageLog, settings: RecordingSettings
    ) -> None:
        self.settings = settings
        self.container = settings.container
        """May differ from the settings for the sake of a codec."""
        self.audio_expected = False
        """The camera announced audio, and it is to be recorded."""
        self._stream = context.stream
        self._ring = ring
        self._planner = Planner(context.stream, ring)
        self._volumes = context.volumes
        self._choice = VolumeChoice(context.stream, context.volumes, context.clock)
        self._media = context.media
        self._clock = context.clock
        self._tell = context.tell
        self._outages = outages
        self._incidents = IncidentLog(context.tell, context.stream)
        self._log = camera_logger(__name__, context.stream)
        self._position = Position(ring.end, ring.end)
        self._current: SegmentPair | None = None
        self._cut: int | None = None
        self._busy = False
        self._refusals = Refusals(ring)
        self._leftovers = Leftovers(context.tell)
        self._broken = BrokenSegments(ring, context.tell, self._choice.is_out_of_reach, self._leftovers)
        self._mirroring = Mirroring(context, ring, self._choice, self._leftovers, self._incidents)
        self._endings = Endings(self._enter, lambda pair: self._broken.add(pair.alone()), self._fail)
        self._session_ends = SessionEnds(outages)
        self._news = asyncio.Event()
        self.handover = Handover(self._news.set)
        self._stopping = False
        self._failure: FaultReport | None = None
        self._suspect: VolumeGuard | None = None
        """Where the failure was noticed."""
        self._volume_incident: str | None = None
        self._verdict_due = False
        self._attempts = Attempts()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self, position: Position | None = None) -> None:
        """Begin with the first key frame from a position on, or with the next one."""
        self._position = position or self._position
        self._unsubscribe = self._volumes.subscribe(self._on_volume)
        self._task = asyncio.create_task(self._keep_running(), name=f"recording {self._stream}")

    async def stop(self) -> None:
        """End the segment properly, or leave it to the next start if the storage does not let us."""
        self._stopping = True
        self._news.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=STOP_WITHIN_S)
            await self._abandon_or_check(self._task)
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._leftovers.leave()
        self._incidents.close(self._clock.utc_ns(), attempts=0)

    async def _abandon_or_check(self, task: asyncio.Task[None]) -> None:
        if task.done():
            await task
            return
        self._log.warning("storage does not let the last files end, they are left to the next start")
        task.cancel()
        self._endings.cancel()
        await asyncio.wait({task})

    @property
    def phase(self) -> RecordingPhase:
        """For the status."""
        if self._volumes.fault is not None or self._failure is not None or self._broken:
            return RecordingPhase.BLOCKED
        return RecordingPhase.RECORDING if self._busy else RecordingPhase.WAITING

    @property
    def fault(self) -> FaultReport | None:
        """Why it is blocked."""
        return self._volumes.fault or self._failure

    @property
    def segment(self) -> SegmentPair | None:
        """File that grows now."""
        return self._current

    @property
    def buffered_s(self) -> float:
        """Media in the ring that no file was given yet."""
        oldest = self._current.fed_to if self._current is not None else self._position.video
        return self._ring.seconds_from(oldest)

    @property
    def ring_s(self) -> float:
        """How much the ring must keep now: what is not on the disk for certain, within a limit."""
        needed = self._ring.seconds_from(self._unsafe_from) + RING_MARGIN_S
        return min(max(self.settings.ring_s, needed), self.settings.ring_s + self.settings.outage_buffer_s)

    @property
    def _unsafe_from(self) -> int:
        position = min(self._position.video, self._position.audio)
        mine = position if self._current is None else self._current.unsafe_from
        return min(one for one in (mine, self._endings.unsafe_from, self._broken.unsafe_from) if one is not None)

    @property
    def written_to(self) -> int:
        """Number in the ring up to which files may hold it once this has stopped."""
        return self._ring.end if self._broken else self._position.video

    def on_units(self) -> None:
        """The ring has grown."""
        if self._current is None:
            self._news.set()
        elif self._failure is None and self._cut is None:
            try:
                self._pump(self._current)
            except Exception:  # noqa: BLE001 - the session and the other cameras go on
                self._note_mistake()

    def end_session(self, cause: GapCause, detail: str, incident: str | None) -> None:
        """No more access units come from this session: end the segment, something is missing from here on."""
        self._session_ends.add(SessionEnd(self._ring.end, cause, detail, incident))
        if self._failure is not None:
            self._outages.open(Origin.CAMERA, self._clock.utc_ns(), cause, detail, incident)
        self.on_units()
        self._news.set()

    def _on_volume(self, guard: VolumeGuard) -> None:
        """It failed, or is well again, or is used no more."""
        found = guard.fault
        if found is not None and (self._needs(guard) or self._volumes.fault is not None):
            self._fail(found, guard)
            self._verdict_due = False
            self._volume_incident = guard.incidents.uid
        if self._volumes.fault is None:
            for failing in self._volumes.failing:
                self._endings.break_off(failing)
        self._leftovers.look_again()
        self._news.set()

    def _needs(self, guard: VolumeGuard) -> bool:
        writes = self._current is not None and not self._current.does_without(guard)
        return writes or guard is self._suspect or self._endings.are_on(guard)

    def _fail(self, found: FaultReport, suspect: VolumeGuard | None) -> None:
        """The first fault counts until everything is well again."""
        if self._failure is None:
            self._failure, self._suspect = found, suspect
            self._verdict_due = True
            self.handover.settle(None)
            self._log.warning("recording interrupted: %s", found.message)
        self._news.set()

    # --- feeding --------------------------------------------------------------------------------------

    def _pump(self, segment: SegmentPair) -> None:
        """Hand on what is new, up to the key frame that begins the next segment."""
        try:
            piece = next_piece(self._ring, segment, partial(self._ends_before, segment))
        except LookupError:
            self._fail(stalled(segment.guard.spec.path), segment.guard)
            return
        if piece is None:
            return
        segment.feed(piece.units, piece.first)
        if piece.cut is not None:
            self._cut = piece.cut
            self._news.set()

    def _ends_before(self, segment: SegmentPair, number: int, unit: AccessUnit) -> bool:
        if number <= segment.plan.first_video:
            return False
        if self.handover.asked or self._volumes.is_to_be_left(segment.guard) or segment.is_to_end:
            return True
        length = segment.plan.timeline.at(unit.pts) - segment.plan.start
        return length >= self.settings.segment_s * NS_PER_S or unit.format != segment.plan.video

    # --- the life of a recording ----------------------------------------------------------------------

    async def _keep_running(self) -> None:
        """A mistake of ours interrupts this recording as a failed write does: what is in the ring is not lost."""
        while True:
            try:
                return await self._run()
            except Exception:  # noqa: BLE001 - the session and the other cameras go on
                self._note_mistake()
            if self._stopping:
                return None
            self._set_aside()
            await self._attempts.pause()

    def _note_mistake(self) -> None:
        self._log.exception("recording interrupted by a mistake")
        self._attempts.note_mistake()
        self._failure = None
        self._fail(own_mistake("recording"), None)

    def _set_aside(self) -> None:
        """What is being written is not to be written any more."""
        segment, self._current, self._cut = self._current, None, None
        if segment is not None:
            self._position = Position(segment.unsafe_from, segment.unsafe_from)
            self._broken.add(segment.alone())
        if self._attempts.are_hopeless:
            self._broken.give_up()
            self._position = Position(self._ring.end, self._ring.end)

    async def _run(self) -> None:
        while not self._stopping:
            self._news.clear()
            if self._verdict_due and self._failure is not None:
                await self._blame(self._failure)
            elif self._volumes.fault is not None:
                self._note_missing()
                await self._news.wait()
            elif self._failure is not None or self._broken:
                await self._recover()
            elif (plan := self._plan()) is not None:
                self._busy = True
                await self._record(plan)
            else:
                self._busy = False
                await self._news.wait()
        if self._verdict_due and self._failure is not None:
            await self._blame(self._failure)
        self._note_missing()
        await self._endings.settle()
        await self._mirroring.settle()
        if self._broken and self._volumes.fault is None:
            await self._broken.salvage(go_on=False)
            self._position = self._broken.take_position() or self._position
        await self._leftovers.settle()

    async def _blame(self, found: FaultReport) -> None:
        """A storage fault is the volume's, with one incident for all; anything else is our own."""
        self._verdict_due = False
        if found.fault in STORAGE and self._suspect is not None:
            if await self._suspect.examine():
                return
            self._choice.avoid(self._suspect)
        if self._incidents.uid is None:
            now = self._clock.utc_ns()
            self._incidents.open(found, now, now)
        self._note_missing()
        await self._attempts.pause()

    def _note_missing(self) -> None:
        """Not while a segment is being made: it may begin with what is doubtful now."""
        found = self._volumes.fault or self._failure
        if found is not None:
            incident = self._incidents.uid or self._volume_incident
            cause = gap_cause(found.fault)
            doubtful_from = self._ring.moment(self._unsafe_from) or self._clock.utc_ns()
            self._outages.open(Origin.STORAGE, doubtful_from, cause, found.message, incident)

    async def _recover(self) -> None:
        """Save what the broken files hold."""
        self._note_missing()
        await self._endings.settle()
        setback = await self._broken.salvage(disk_is_well=is_of_media(self._failure))
        if setback is not None:
            self._failure, self._suspect, self._verdict_due = setback.report, setback.guard, True
            return
        self._position = self._refusals.go_on(self._broken.take_position() or self._position, self._failure)
        if self._volumes.fault is None:
            self._failure = self._suspect = None
            self._outages.relent(Origin.STORAGE, self._clock.utc_ns())

    def _plan(self) -> SegmentPlan | None:
        """The next segment; None: not enough is known, or nothing is there yet."""
        if self.handover.done:
            return None
        key = self._ring.key_from(self._position.video)
        self._session_ends.pass_all(self._ring.end if key is None else key, self._clock.utc_ns())
        if key is None:
            return None
        if self.audio_expected and not self._session_ends and self._planner.audio_may_come(key):
            return None
        return self._planner.plan(key, self._position, self.container, self.settings.fragment_ms)

    async def _record(self, plan: SegmentPlan) -> None:
        """One segment, from creation until it is handed to its ending."""
        guard = self._choice.next()
        if guard is None:
            return
        creating = asyncio.create_task(SegmentFile.create(plan, guard, self._media))
        if not await done_before(guard.failed, creating):
            self._leftovers.take_late(creating)
            return
        try:
            segment = SegmentPair(creating.result(), self._mirroring)
        except SegmentError as error:
            self._fail(error.report, guard)
            return
        self._current, self._cut = segment, None
        self._tell(SegmentOpened(segment.record(SegmentState.OPEN, plan.start)))
        segment.start(self._fail)
        self._outages.end_all(plan.start)
        if guard.fault is not None:
            self._fail(guard.fault, guard)
        if self._failure is None:
            self._pump(segment)
        await self._attend(segment)

    async def _attend(self, segment: SegmentPair) -> None:
        syncing = Syncing(segment, self._clock, partial(self._grow, segment), partial(self._not_synced, segment))
        ended = self._session_ends.reached
        while not (self._failure or self._stopping or self._cut is not None or ended(segment.fed_to)):
            await set_within(self._news, CHECK_INTERVAL_S)
            self._news.clear()
            if segment.is_stuck(self._clock.monotonic()):
                self._fail(stalled(segment.guard.spec.path), segment.guard)
            syncing.go_on(self.settings.sync_interval_s, follow=self._volumes.several)
        while self._failure is None and not syncing.is_settled():
            await set_within(self._news, CHECK_INTERVAL_S)
            self._news.clear()
        if self._failure is not None:
            self._set_aside()
            return
        self._hand_over(segment)
        self._current = None

    def _hand_over(self, segment: SegmentPair) -> None:
        """Let it end in the background while the next one begins."""
        end: UtcNs | None = None
        if self._cut is not None and self._ring.next_session(segment.plan.first_video) != self._cut:
            pts = self._ring.unit(self._cut).pts
            end = segment.end_before(pts)
            self.handover.settle(place_of(self._ring, self._cut, segment.plan.timeline.at(pts)))
        elif self._cut is not None:
            end = self._planner.end_before_jump(segment.plan, segment.end, self._cut)
        self.handover.settle(None)
        if self._session_ends.reached(segment.fed_to):
            self._session_ends.pass_one(segment.end)
        self._position, self._cut = Position(segment.fed_to, segment.fed_to, end), None
        self._endings.add(segment, segment.end if end is None else end)

    def _enter(self, closed: Segment) -> None:
        self._tell(SegmentClosed(closed))
        self._note_success()

    def _note_success(self) -> None:
        """Something reached the disk."""
        self._incidents.close(self._clock.utc_ns(), attempts=0)
        self._attempts.begin_anew()

    def _grow(self, segment: SegmentPair, grown: Segment) -> None:
        """What is said of a segment after it was handed on counts no more."""
        if segment is self._current:
            self._tell(SegmentGrown(grown))
            self._note_success()
            self._news.set()

    def _not_synced(self, segment: SegmentPair, found: FaultReport) -> None:
        if segment is self._current:
            self._fail(found, segment.guard)
