"""One stream of a camera: its sessions, its ring, its recording and its figures."""

from collections.abc import Sequence
from dataclasses import replace

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import Place, StreamSpec
from gstnvr.logs.setup import camera_logger
from gstnvr.media.messages import ErrorDomain, PipelineError, Role
from gstnvr.media.pipelines import Source
from gstnvr.media.units import AccessUnit, Track, first_key
from gstnvr.model.choices import G711, Container, Route
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause, gap_cause
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatus
from gstnvr.recorder.context import OWN_MISTAKE, StreamContext
from gstnvr.recorder.handover import Hush, find, next_key
from gstnvr.recorder.reporting.outages import ClockWatch, Origin, OutageLog
from gstnvr.recorder.reporting.reports import to_utc
from gstnvr.recorder.reporting.statistics import StatisticsCounter
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.beginning import position_at
from gstnvr.recorder.segments.pace import Pace
from gstnvr.recorder.segments.planning import Position
from gstnvr.recorder.segments.recording import Recording
from gstnvr.recorder.segments.timeline import JUMP_NS, MediaTimeline
from gstnvr.recorder.sessions.life_signs import LifeSigns
from gstnvr.recorder.sessions.link_counter import LinkCounter
from gstnvr.recorder.sessions.pauses import PauseWatch
from gstnvr.recorder.sessions.receive_mark import OFF, MarkWish, is_bare, mark_for
from gstnvr.recorder.sessions.session_runner import G711_CODECS, SessionRunner
from gstnvr.recorder.sessions.slots import ConnectSlots
from gstnvr.recorder.spec_changes import same_connection, same_pipeline
from gstnvr.session import inputs

MARK_AFTER_S = 3.0
"""A young session is drained at once: its first frames anchor the time line."""
SILENCE_S = 0.6
"""Frames that only wait for the receive mark must show up long before a stall is declared."""
LATE_S = 0.5
"""No frame waits longer than this for mark and tick while the camera goes on."""
LONGEST_WAIT_S = 1.0
"""The same when it does not: until the silence is noticed and the mark is lowered."""
SLOWEST_FOR_MARK_FPS = 4.0
PLACE_WAIT_S = 3.0
"""So much later than another recorder a picture may come here, at most."""


class Stream:
    """Made and kept by the engine."""

    def __init__(
        self, spec: StreamSpec, context: StreamContext, slots: ConnectSlots, settings: RecordingSettings
    ) -> None:
        self.spec = spec
        self._hush = Hush(context.tell, hushed=spec.standby)
        context = replace(context, tell=self._hush.tell)
        self.runner = SessionRunner(spec, context.media, context.clock, context.tell, slots)
        self.runner.on_last_call = self.drain
        self.runner.on_interrupted = self._interrupted
        self._context = context
        self._clock = context.clock
        self._settings = settings
        self._ring = Ring()
        self._outages = OutageLog(context.tell, spec.stream)
        self._clock_watch = ClockWatch(context.clock)
        self._recording: Recording | None = None
        self._written = 0
        """Number in the ring up to which the last recording may have got."""
        self.handed_over = False
        self._sought: Place | None = None
        self._sought_until = 0.0
        self._timeline: MediaTimeline | None = None
        self._jumped = False
        self._keyless = True
        self._counter = StatisticsCounter(self._clock.monotonic())
        self._link = LinkCounter()
        self._pace = Pace()
        self._pauses = PauseWatch(self._clock, self._outages)
        self._in_batches = False
        self._session_since = 0.0
        self._frame_at: float | None = None
        self._audio_at: float | None = None
        self._signs = LifeSigns()
        self._silent = False
        self.watched = False
        self._log = camera_logger(__name__, spec.stream)

    def start(self) -> None:
        """Connect; record if that is wanted."""
        if self.is_to_be_recorded:
            self._begin_recording()
        if self.spec.linger_s is None:
            self.runner.start()

    @property
    def is_to_be_recorded(self) -> bool:
        """Here, and now."""
        return self.spec.record and not self.spec.standby

    def _begin_recording(self) -> None:
        place = self.spec.resume
        if place is None:
            now, since = self._clock.utc_ns(), self.spec.record_since
            self._outages.take_over(self.spec.open_outages, now, since)
            self._blame_session(now)
            self._begin_at(None if since is None else position_at(self._ring, since, self._written))
            return
        self._outages.go_on(self.spec.open_outages, place.at)
        self._sought_until = self._clock.monotonic() + (PLACE_WAIT_S if place.sizes else 0.0)
        self._sought = place
        self._seek(place)

    def _seek(self, place: Place) -> None:
        """Begin where another recorder stopped; it may have seen that picture a little sooner."""
        position = find(self._ring, place)
        if position is None and self._clock.monotonic() < self._sought_until:
            return
        self._sought = None
        self._begin_at(position or next_key(self._ring, place))

    def _blame_session(self, at: UtcNs) -> None:
        """The camera was lost while it was not recorded."""
        found = self.runner.state.fault if self._timeline is None else None
        if found is not None:
            cause, incident = gap_cause(found.fault), self.runner.incidents.uid
            self._outages.open(Origin.CAMERA, at, cause, found.message, incident)

    def _begin_at(self, position: Position | None) -> None:
        self._recording = Recording(self._context, self._ring, self._outages, self._settings)
        self._prepare_recording(self._recording)
        self._recording.start(position)

    def rest(self) -> None:
        """Disconnect, and keep nothing in memory, until ``runner`` is started again."""
        self.runner.feed(inputs.Stop())
        self._ring = Ring()

    async def stop(self, cause: GapCause) -> None:
        """Disconnect and end the segment.

        Args:
            cause: of the outage that begins now.
        """
        await self.runner.stop()
        await self._end_recording(cause)

    async def hand_over(self, *, at_once: bool) -> Place | None:
        """Stop recording in favour of another recorder, until ``stop`` or ``take_back``.

        Args:
            at_once: disconnect; else stop in front of the next key frame, and stay connected.

        Returns:
            where it stopped; None if nothing was recorded, or if that is not at a key frame.
        """
        self.handed_over = True
        if at_once:
            await self.runner.stop()
            return None
        if self._recording is None or self._recording.phase is not RecordingPhase.RECORDING:
            return None
        return await self._recording.handover.ask()

    def take_back(self) -> None:
        """The other recorder did not come: go on."""
        self.handed_over = False
        if self._recording is not None:
            self._recording.handover.take_back()
        if self.runner.state.phase is SessionPhase.IDLE and self.spec.linger_s is None:
            self.runner.start()

    async def _end_recording(self, cause: GapCause) -> None:
        recording, self._recording = self._recording, None
        self._sought = None
        if recording is not None:
            await recording.stop()
            self._written = recording.written_to
        if not self.handed_over:
            tell = self._outages.switch if recording is None else self._outages.stop
            tell(self._clock.utc_ns(), cause)

    async def configure(self, spec: StreamSpec, settings: RecordingSettings) -> None:
        """Take what changed, and touch nothing else."""
        before, self.spec = self.spec, spec
        self._settings = settings
        if self._recording is not None:
            self._recording.settings = settings
            self._prepare_recording(self._recording)
        if not spec.standby:
            self._hush.speak()
        if self.is_to_be_recorded and self._recording is None and self._sought is None:
            self._begin_recording()
        elif not self.is_to_be_recorded:
            await self._end_recording(spec.off_cause)
        same_camera = same_connection(spec, before)
        if not same_camera or spec.session != before.session:
            self.runner.configure(spec, reconnect=not same_camera or not same_pipeline(spec, before))
        self.runner.spec = spec

    # --- data -----------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Move what has come from the source to the ring, and from there to the file.

        A mistake of ours costs this stream its session, and no other stream anything.
        """
        try:
            self._drain()
        except Exception:  # noqa: BLE001 - whatever is wrong with one camera, all others are drained next
            self._log.exception("what came from the camera could not be taken; it is connected anew")
            message = PipelineError(ErrorDomain.OTHER, None, Role.UNKNOWN, OWN_MISTAKE)
            self.runner.feed(inputs.Message(self.runner.generation, message))

    def _drain(self) -> None:
        self._watch_clock()
        source = self.runner.source
        units = source.pull() if source is not None else []
        now = self._clock.monotonic()
        if units:
            self._take(units, now)
        elif self._frame_at is not None and now - self._frame_at > SILENCE_S:
            self._silent = True
        if source is not None:
            self._look_for_life(source, now)
        if self._sought is not None:
            self._seek(self._sought)
        if self._counter.roll(now):
            self._link.note(source.link() if source is not None else None)

    def _watch_clock(self) -> None:
        """What a clock leaves out that is set forward while frames come is known better from these."""
        jump = self._clock_watch.jump()
        if jump is None or not (self._recording is not None or self._outages.any_lasts):
            return
        if jump[1] < jump[0] or self._timeline is None:
            self._outages.note_jump(*jump)

    def _look_for_life(self, source: Source, now: float) -> None:
        silent_s = 0.0 if self._frame_at is None else now - self._frame_at
        if silent_s <= SILENCE_S:
            self._signs.rest()
        elif self._signs.found(source.packets, silent_s):
            self.runner.feed(inputs.Packets(self.runner.generation))

    def _take(self, units: list[AccessUnit], now: float) -> None:
        if self._timeline is None:
            self._begin_session(units[-1], now)
        video = [unit for unit in units if unit.track is Track.VIDEO]
        if video:
            self._note_arrival(video[-1].pts, now)
            self._pace.note(len(video), now if self._frame_at is None else self._frame_at)
        if len(video) < len(units):
            self._audio_at = now
        self._append(units, video[-1] if video else None)
        self._note_first_key(units)
        self._counter.count(units)
        if self._recording is not None:
            self._recording.on_units()
            self._ring.trim(int(self._recording.ring_s * NS_PER_S))
        else:
            longest_wait_s = self._settings.outage_buffer_s if self.spec.standby else 0.0
            self._ring.trim(int((self._settings.ring_s + longest_wait_s) * NS_PER_S))
        if video and self._frame_at is not None:
            self.runner.feed(
                inputs.Frames(self.runner.generation, self._frame_at, self._audio_at, self._pace.interval_s)
            )

    def _begin_session(self, unit: AccessUnit, now: float) -> None:
        self._timeline = self._timeline_from(unit.pts)
        self._ring.begin_session(int(now * NS_PER_S) - unit.pts, self._timeline)
        self._counter.begin_session()
        self._session_since = now
        self._frame_at = self._audio_at = None
        self._pace = Pace()
        self._pauses = PauseWatch(self._clock, self._outages)
        self._jumped = False
        self._keyless = True
        if self._recording is not None:
            self._prepare_recording(self._recording)

    def _note_first_key(self, units: Sequence[AccessUnit]) -> None:
        """From here on the camera gives what can be recorded."""
        key = first_key(units) if self._keyless else None
        if key is not None and self._timeline is not None:
            self._keyless = False
            self._outages.relent(Origin.CAMERA, self._timeline.at(units[key].pts))

    def _prepare_recording(self, recording: Recording) -> None:
        audio = self.runner.audio
        recording.audio_expected = audio is not None
        as_it_is = audio in G711_CODECS and self.spec.g711 is G711.MKV
        recording.container = Container.MKV if as_it_is else self._settings.container

    def _note_arrival(self, pts: int, now: float) -> None:
        """Frames that had waited for the mark came when they were sent, not when they were drained.

        What is later than the mark can make it was late on its way, and came when it came.
        """
        came_late = self._frame_at is not None and now - self._frame_at > LATE_S and not self._signs.settled
        longest_wait_s = LONGEST_WAIT_S if came_late else LATE_S
        waited_s = 0.0
        if self._timeline is not None:
            waited_s = max(0.0, (self._clock.utc_ns() - self._timeline.at(pts)) / NS_PER_S)
        self._frame_at, self._silent = now - waited_s if waited_s <= longest_wait_s else now, False

    def _append(self, units: list[AccessUnit], newest: AccessUnit | None) -> None:
        if newest is not None and self._timeline is not None:
            told = self._recording is not None and self.runner.state.route is Route.RTSP  # HTTP tells no times
            self._pauses.see(units, self._timeline, tell=told)
            self._jumped |= self._timeline.observe(newest.pts, self._clock.utc_ns(), self._ticked())
        key = first_key(units) if self._jumped else None
        if key is None or newest is None:
            self._ring.append(units)
            return
        self._log.warning("the clock of this machine or of the camera was set; a new segment begins")
        self._ring.append(units[:key])
        timeline = self._timeline_after_jump(newest.pts, units[key].pts)
        self._timeline = timeline
        self._ring.begin_session(self._ticked() - newest.pts, timeline)
        self._ring.append(units[key:])
        self._jumped = False

    def _ticked(self) -> int:
        return int(self._clock.monotonic() * NS_PER_S)

    def _timeline_from(self, pts: int) -> MediaTimeline:
        return MediaTimeline(pts, self._clock.utc_ns(), self._ticked())

    def _timeline_after_jump(self, newest: int, key: int) -> MediaTimeline:
        """Of what begins with the key frame: it goes on where the last picture ended if only the camera jumped."""
        timeline = self._timeline_from(newest)
        last_end = self._ring.video_end()
        if last_end is None or self._timeline is None:
            return timeline
        start, end = timeline.at(key), self._timeline.at(last_end)
        if abs(start - end) < JUMP_NS:
            return MediaTimeline(key, end, self._ticked() + end - self._clock.utc_ns())
        if start > end and self._recording is not None:
            self._outages.note_jump(end, start)
        return timeline

    # --- session --------------------------------------------------------------------------------------

    def _interrupted(self) -> None:
        state = self.runner.state
        self._timeline = None
        self._frame_at = None
        self._link.end_session()
        if self._recording is None:
            return
        if state.fault is None:
            self._recording.end_session(GapCause.SHUTDOWN, "stopped or reconnected on purpose", None)
        else:
            cause = gap_cause(state.fault.fault)
            self._recording.end_session(cause, state.fault.message, self.runner.incidents.uid)

    # --- for the engine -------------------------------------------------------------------------------

    @property
    def live(self) -> Ring | None:
        """What those may see who watch; None: nothing comes from the camera."""
        return self._ring if self._timeline is not None else None

    def mark_wish(self, now: float) -> MarkWish | None:
        """How the TCP sockets of this stream should be read; None: it has none."""
        offer = self.runner.offer
        if offer is None or self.runner.source is None:
            return None
        bare = is_bare(self.spec.transport, offer, self.runner.state.route)
        steady = now - self._session_since > MARK_AFTER_S and self._counter.fps >= SLOWEST_FOR_MARK_FPS
        awaited = self._silent or self.watched
        wanted = mark_for(self._counter.bitrate_bps) if bare and steady and not awaited else OFF
        self._in_batches = wanted != OFF
        return MarkWish(offer.address, wanted)

    def status(self) -> StreamStatus:
        """For everybody who wants to know."""
        state = self.runner.state
        now = self._clock.monotonic()
        recording = self._recording
        age = None if self._frame_at is None else now - self._frame_at
        link = self._link.status(in_batches=self._in_batches)
        segment = recording.segment if recording is not None else None
        retry = state.retry_at if state.phase is SessionPhase.BACKING_OFF else None
        return StreamStatus(
            stream=self.spec.stream,
            session=state.phase,
            recording=recording.phase if recording is not None else RecordingPhase.OFF,
            generation=state.generation,
            since=to_utc(self._clock, state.since),
            statistics=self._counter.figures(age, state.reconnects, self.runner.frames_dropped, link),
            fault=state.fault or (recording.fault if recording is not None else None),
            attempts=state.attempts,
            next_retry=None if retry is None else to_utc(self._clock, retry),
            segment_path=segment.path if segment is not None else None,
            volume=segment.guard.spec.uuid if segment is not None else None,
            buffered_s=recording.buffered_s if recording is not None else 0.0,
        )
