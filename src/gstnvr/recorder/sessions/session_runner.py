"""Carries out what the session machine of one stream says, and tells it what came of it."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace

from gstnvr.ipc.messages import StreamSpec
from gstnvr.logs.setup import camera_logger
from gstnvr.media.messages import FramesDropped, MediaMessage, PlayAnswered
from gstnvr.media.pipelines import MediaFactory, Source, SourceSpec
from gstnvr.media.units import AudioCodec
from gstnvr.mjpeg.probe import probe_mjpeg
from gstnvr.model.choices import G711, Audio, Route, Transport
from gstnvr.model.clock import Clock
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.recorder.reporting.reports import IncidentLog, Tell, to_utc
from gstnvr.recorder.sessions.slots import ConnectSlots, Slot, head_start_s
from gstnvr.rtsp.probe import ProbeError, ProbeResult, probe
from gstnvr.session import effects, inputs, machine
from gstnvr.session.faults import report
from gstnvr.session.notices import Notice

G711_CODECS = (AudioCodec.PCMA, AudioCodec.PCMU)


class SessionRunner:
    """One stream's sessions, one after the other."""

    def __init__(
        self, spec: StreamSpec, media: MediaFactory, clock: Clock, tell: Tell, slots: ConnectSlots
    ) -> None:
        self.spec = spec
        self.state = machine.initial(spec.session, _routes(spec))
        self.source: Source | None = None
        """While there is something to drain."""
        self.offer: ProbeResult | None = None
        """What the camera offered last."""
        self.ended = 0
        """Sources that were let go of."""
        self.hung = 0
        """Sources that did not stop."""
        self.frames_dropped = 0
        """By elements that could not keep up, since the stream was added."""
        self.on_last_call: Callable[[], None] = lambda: None
        """The source is about to be stopped: what it holds is to be drained now."""
        self.on_interrupted: Callable[[], None] = lambda: None
        """A session ended, or could not begin; ``state`` says why."""
        self.incidents = IncidentLog(tell, spec.stream)
        self._notices = {notice: IncidentLog(tell, spec.stream) for notice in Notice}
        self._media = media
        self._clock = clock
        self._slots = slots
        self._held_slots: dict[Generation, Slot] = {}
        self._log = camera_logger(__name__, spec.stream)
        self._tasks: set[asyncio.Task[None]] = set()
        self._probing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._warned: str | None = None
        """The camera is still away for the reason that was logged."""
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def generation(self) -> Generation:
        """Of the newest attempt."""
        return self.state.generation

    @property
    def audio(self) -> AudioCodec | None:
        """Audio that the source is to give."""
        offered = self.offer.audio if self.offer is not None else None
        dropped = offered in G711_CODECS and self.spec.g711 is G711.DROP
        return None if dropped or self.spec.audio is Audio.OFF else offered

    def start(self) -> None:
        """Connect, and stay so."""
        self._idle.clear()
        self.feed(inputs.Start())

    async def stop(self) -> None:
        """Disconnect; returns when nothing is left of the last session."""
        self.feed(inputs.Stop())
        await self._idle.wait()
        if self._timer is not None:
            self._timer.cancel()

    def configure(self, spec: StreamSpec, *, reconnect: bool) -> None:
        """Take new settings."""
        self.spec = spec
        self.feed(inputs.SettingsChanged(spec.session, reconnect, _routes(spec)))

    def feed(self, event: inputs.Input) -> None:
        """One step of the machine, and all that follows from it."""
        before = self.state
        now = self._clock.monotonic()
        self.state, wanted = machine.step(before, event, now, random.random)
        try:
            for effect in wanted:
                self._carry_out(effect, now)
            if self.state.phase is not before.phase:
                self._note_phase(before.phase)
            if any(isinstance(effect, effects.StopSource | effects.IncidentOpened) for effect in wanted):
                self.on_interrupted()
        finally:  # what an effect that fails leaves undone, the deadline of the new state sees to
            if self.state.phase is SessionPhase.IDLE:
                self._idle.set()
            self._set_timer(now)

    def _note_phase(self, before: SessionPhase) -> None:
        match self.state.phase:
            case SessionPhase.STREAMING:
                self._log.info("streaming")
                self._warned = None
            case SessionPhase.BACKING_OFF if self.state.fault is not None:
                said = self.state.fault.message
                self._log.log(logging.DEBUG if said == self._warned else logging.WARNING, "%s", said)
                self._warned = said
            case phase:
                self._log.debug("%s after %s", phase, before)

    def _set_timer(self, now: float) -> None:
        """Only ever bring it forward: a stall limit moves on with every frame, and the timer looks again."""
        deadline = machine.next_deadline(self.state)
        if deadline is None:
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + max(0.0, deadline - now)
        if self._timer is not None and not self._timer.cancelled():
            if loop.time() < self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self.on_last_call()
        self.feed(inputs.Tick())

    # --- effects --------------------------------------------------------------------------------------

    def _carry_out(self, effect: effects.Effect, now: float) -> None:
        match effect:
            case effects.RequestSlot(generation):
                ahead_s = head_start_s(self.spec.priority, fresh=self.state.attempts == 0)
                self._slots.request(ahead_s, lambda slot: self._grant(generation, slot))
            case effects.ReleaseSlot(generation):
                self._held_slots.pop(generation).release()
            case effects.Probe(generation, timeout_s, route):
                self._probing = self._spawn(self._probe(generation, timeout_s, route))
            case effects.CancelProbe():
                if self._probing is not None:
                    self._probing.cancel()
            case effects.StartSource(generation, route):
                self._later(lambda: self._start_source(generation, route))
            case effects.StopSource(generation):
                self._stop_source(generation)
            case effects.ReportHung():
                self.hung += 1
            case _:
                self._tell(effect, now)

    def _tell(self, effect: effects.Telling, now: float) -> None:
        match effect:
            case effects.IncidentOpened(found, started, detected):
                self.incidents.open(found, to_utc(self._clock, started), to_utc(self._clock, detected))
            case effects.IncidentUpdated(found, attempts):
                self.incidents.update(found, attempts)
            case effects.IncidentClosed(at, _, attempts):
                self.incidents.close(to_utc(self._clock, min(at, now)), attempts)
            case effects.NoticeOpened(notice, found, started, detected):
                self._log.warning("%s", found.message)
                log = self._notices[notice]
                log.open(found, to_utc(self._clock, started), to_utc(self._clock, detected))
            case effects.NoticeClosed(notice, at):
                self._notices[notice].close(to_utc(self._clock, min(at, now)), attempts=0)

    def _later(self, function: Callable[[], None]) -> None:
        """Not within the step that asked for it: its result is an input of its own."""
        asyncio.get_running_loop().call_soon(function)

    def _grant(self, generation: Generation, slot: Slot) -> None:
        self._held_slots[generation] = slot
        self._later(lambda: self.feed(inputs.SlotGranted(generation)))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _probe(self, generation: Generation, timeout_s: float, route: Route) -> None:
        try:
            offer = await self._ask(timeout_s, route)
        except ProbeError as error:
            self.feed(inputs.ProbeFailed(generation, error.report))
            return
        if generation == self.generation and route is self.state.route:
            self.offer = offer
        self.feed(inputs.ProbeSucceeded(generation))

    async def _ask(self, timeout_s: float, route: Route) -> ProbeResult:
        spec = self.spec
        if route is Route.HTTP:
            return await probe_mjpeg(_url(spec, route), spec.username, spec.password, timeout_s, trust=spec.trust)
        tunnel = spec.transport is Transport.HTTP
        return await probe(spec.url, spec.username, spec.password, timeout_s, trust=spec.trust, tunnel=tunnel)

    def _start_source(self, generation: Generation, route: Route) -> None:
        if generation != self.generation or self.offer is None:
            return
        spec = self.spec
        wanted = SourceSpec(
            url=_url(spec, route),
            username=spec.username,
            password=spec.password,
            transport=spec.transport,
            latency_ms=spec.session.latency_ms,
            tcp_timeout_ms=spec.session.tcp_timeout_ms,
            keepalive_s=spec.session.keepalive_timeout_s,
            video=self.offer.video,
            audio=self.audio,
            g711=spec.g711,
            route=route,
            trust=spec.trust,
            local_address=self.offer.local_address,
        )
        try:
            self.source = self._media.source(wanted)
        except LookupError as error:
            self.feed(inputs.StartFailed(generation, _unbuildable(error)))
            return
        self.source.start(lambda message: self._hear(generation, message))

    def _hear(self, generation: Generation, message: MediaMessage) -> None:
        slot = self._held_slots.get(generation)
        if slot is not None and isinstance(message, PlayAnswered):
            slot.release()  # the first frame may be a long GOP away, and waiting for it is no work for anybody
        if isinstance(message, FramesDropped):
            self.frames_dropped += 1
        self.feed(inputs.Message(generation, message))

    def _stop_source(self, generation: Generation) -> None:
        self.on_last_call()
        source, self.source = self.source, None
        self._spawn(self._stop(generation, source))

    async def _stop(self, generation: Generation, source: Source | None) -> None:
        clean = source is None or await source.stop(self.spec.session.stop_timeout_s)
        self.ended += 1
        self.feed(inputs.SourceStopped(generation, clean))


def _routes(spec: StreamSpec) -> tuple[Route, ...]:
    return (Route.RTSP,) if spec.http_url is None else (Route.RTSP, Route.HTTP)


def _url(spec: StreamSpec, route: Route) -> str:
    return spec.url if route is Route.RTSP or spec.http_url is None else spec.http_url


def _unbuildable(error: LookupError) -> FaultReport:
    found = report(Fault.UNKNOWN, Reason.MISSING_ELEMENT, code="source build")
    return replace(found, message=str(error))
