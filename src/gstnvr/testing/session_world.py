"""Simulated cameras and a simulated executor around session machines, under a simulated clock.

The world keeps its own books of slots, probes, sources and incidents, and fails an assertion as soon as an effect
of a machine does not fit them.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import (
    EndOfStream,
    ErrorDomain,
    MediaMessage,
    PipelineError,
    ResourceCode,
    Role,
    StreamCode,
)
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import effects, faults, inputs, machine
from gstnvr.session.state import SessionState
from gstnvr.testing.clock import SimulatedClock
from gstnvr.testing.session_books import Books

DRAIN_S = 0.5
ANSWER_S = 0.02
SLOW_ANSWER_S = 1.2


class Camera(StrEnum):
    """What a simulated camera does."""

    UP = "up"
    SLOW = "slow"
    REFUSING = "refusing"
    UNREACHABLE = "unreachable"
    FROZEN = "frozen"
    UNAUTHORIZED = "unauthorized"
    MISSING = "missing"
    MUTE = "mute"
    """Agrees to play and sends nothing."""
    CRASHING = "crashing"
    """Answers the probe, drops the connection that follows."""
    UNBUILDABLE = "unbuildable"
    """The source for it cannot be built."""
    TRICKLING = "trickling"
    """Its link is so slow that no frame is whole; packets come all the same."""
    WITHOUT_AUDIO = "without_audio"
    """As well as can be, but sound that had come comes no more."""


class Stopping(StrEnum):
    """What a source does that is told to stop."""

    CLEAN = "clean"
    HUNG = "hung"
    LOST = "lost"
    """The executor never answers, against its contract."""


def _source_error(code: ResourceCode | StreamCode, text: str, fatal: bool = True) -> PipelineError:
    domain = ErrorDomain.RESOURCE if isinstance(code, ResourceCode) else ErrorDomain.STREAM
    return PipelineError(domain, code, Role.SOURCE, text, fatal=fatal)


_CLOSED = _source_error(ResourceCode.READ, "The server closed the connection.", fatal=False)
_STREAM_ERROR = _source_error(StreamCode.FAILED, "streaming stopped, reason error (-5)")

STORMS: dict[str, tuple[tuple[float, MediaMessage], ...]] = {
    "killed": ((0.0, _CLOSED), (0.02, EndOfStream())),
    "reset": (
        (0.0, _source_error(ResourceCode.READ, "(System error)")),
        (0.01, _STREAM_ERROR),
        (0.01, EndOfStream()),
    ),
    "killed over udp": (
        (0.0, _CLOSED),
        (0.01, _source_error(ResourceCode.OPEN_READ_WRITE, "Failed to connect. (Generic error)")),
        (0.02, _STREAM_ERROR),
        (0.03, EndOfStream()),
    ),
    "hung up over udp": ((0.0, _CLOSED),),
    "cascade": (
        (0.0, _source_error(ResourceCode.READ, "Could not read from resource.")),
        (0.1, _STREAM_ERROR),
        (0.3, _source_error(ResourceCode.WRITE, "Could not write to resource.")),
        (0.5, _source_error(ResourceCode.READ, "Could not read from resource.")),
        (0.9, _source_error(ResourceCode.OPEN_READ_WRITE, "(Timeout while waiting for server response)")),
    ),
}
"""Messages of one broken connection, with the seconds from the first."""

_PROBE_FAULTS: dict[Camera, tuple[Fault, Reason]] = {
    Camera.REFUSING: (Fault.RTSP_NETWORK, Reason.REFUSED),
    Camera.UNREACHABLE: (Fault.RTSP_NETWORK, Reason.CONNECT_TIMEOUT),
    Camera.FROZEN: (Fault.RTSP_NETWORK, Reason.NO_ANSWER),
    Camera.UNAUTHORIZED: (Fault.AUTHENTICATION, Reason.UNAUTHORIZED),
    Camera.MISSING: (Fault.RTSP_NETWORK, Reason.NOT_FOUND),
}
_TAKES_LONG = (Camera.UNREACHABLE, Camera.FROZEN)
_SENDING = (Camera.UP, Camera.SLOW, Camera.WITHOUT_AUDIO)


@dataclass(slots=True)
class Stream:
    """One camera and its session."""

    state: SessionState
    books: Books
    camera: Camera = Camera.UP
    stopping: Stopping = Stopping.CLEAN
    http: Camera = Camera.UP
    """What the camera does over HTTP, if it is asked there."""
    epoch: int = 0
    """Rises when the camera drops its connections."""
    seen: list[effects.Effect] = field(default_factory=list)

    def by(self, route: Route) -> Camera:
        """What the camera does there."""
        return self.camera if route is Route.RTSP else self.http


class SessionWorld:
    """Any number of streams that share the slots for connecting."""

    def __init__(
        self,
        *,
        streams: int = 1,
        slots: int = 8,
        seed: int = 0,
        settings: SessionSettings | None = None,
        routes: tuple[Route, ...] = (Route.RTSP,),
    ) -> None:
        self.clock = SimulatedClock()
        self.random = random.Random(seed)  # noqa: S311 - a simulation must be repeatable
        settings = settings or SessionSettings()
        self.streams = [Stream(machine.initial(settings, routes), Books()) for _ in range(streams)]
        self.steps = 0
        self.steps_of: dict[str, int] = {}
        self.most_slots_held = 0
        self._slots = self._free_slots = slots
        self._slot_queue: list[tuple[Stream, Generation]] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def give(self, stream: Stream, event: inputs.Input) -> None:
        """Let a session take one input now, and carry out what it wants."""
        now = self.clock.monotonic()
        before = stream.state
        stream.state, wanted = machine.step(before, event, now, self.random.random)
        self.steps += 1
        kind = type(event).__name__
        self.steps_of[kind] = self.steps_of.get(kind, 0) + 1
        stream.books.check_step(before, event, stream.state, wanted, now)
        stream.seen.extend(wanted)
        for effect in wanted:
            self._carry_out(stream, effect)

    def run(self, seconds: float) -> None:
        """Let time pass and everything happen that falls due in it."""
        end = self.clock.monotonic() + seconds
        while True:
            at, stream = self._next_tick()
            if self._due and self._due[0][0] <= min(at, end):
                at, _, action = heapq.heappop(self._due)
                self.clock.advance_to(at)
                action()
            elif stream is not None and at <= end:
                self.clock.advance_to(max(at, self.clock.monotonic()))
                self.give(stream, inputs.Tick())
            else:
                self.clock.advance_to(end)
                return

    def set_camera(self, stream: Stream, camera: Camera, storm: str = "killed") -> None:
        """Change what the camera does; one that restarts for it drops its connection with that storm."""
        silent = (*_SENDING, Camera.UNREACHABLE, Camera.FROZEN, Camera.MUTE, Camera.TRICKLING)
        if camera not in silent and stream.camera not in _TAKES_LONG:
            self.drop_connection(stream, storm)
        stream.camera = camera

    def drop_connection(self, stream: Stream, storm: str) -> None:
        """Break the connection that is there, if any; the camera itself stays as it is."""
        generation = stream.books.live_source
        if generation is None:
            return
        stream.epoch += 1
        for delay_s, message in STORMS[storm]:
            self._give_later(delay_s, stream, inputs.Message(generation, message))

    def say(self, stream: Stream, message: MediaMessage) -> None:
        """Let the source that is there, if any, say something that is no end."""
        if stream.books.live_source is not None:
            self.give(stream, inputs.Message(stream.books.live_source, message))

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.clock.monotonic() + delay_s, next(self._order), action))

    def _give_later(self, delay_s: float, stream: Stream, event: inputs.Input) -> None:
        self._later(delay_s, lambda: self.give(stream, event))

    def _next_tick(self) -> tuple[float, Stream | None]:
        earliest, owner = float("inf"), None
        for stream in self.streams:
            deadline = machine.next_deadline(stream.state)
            if deadline is not None and deadline < earliest:
                earliest, owner = deadline, stream
        return earliest, owner

    def all_in(self, phase: SessionPhase) -> bool:
        """Whether every stream is in this phase."""
        return all(stream.state.phase is phase for stream in self.streams)

    # --- the executor ---------------------------------------------------------------------------------

    def _carry_out(self, stream: Stream, effect: effects.Effect) -> None:
        match effect:
            case effects.RequestSlot(generation):
                self._slot_queue.append((stream, generation))
                self._grant_slots()
            case effects.ReleaseSlot():
                self._free_slots += 1
                self._grant_slots()
            case effects.Probe(generation, timeout_s, route):
                self._probe(stream, generation, timeout_s, stream.by(route))
            case effects.StartSource(generation, route):
                self._start_source(stream, generation, route)
            case effects.StopSource(generation):
                self._stop_source(stream, generation)
            case _:
                pass

    def _grant_slots(self) -> None:
        while self._free_slots and self._slot_queue:
            stream, generation = self._slot_queue.pop(0)
            self._free_slots -= 1
            self.most_slots_held = max(self.most_slots_held, self._slots - self._free_slots)
            self._give_later(0, stream, inputs.SlotGranted(generation))

    def _probe(self, stream: Stream, generation: Generation, timeout_s: float, camera: Camera) -> None:
        delay_s = SLOW_ANSWER_S if camera is Camera.SLOW else ANSWER_S
        if camera in _TAKES_LONG:
            delay_s = timeout_s
        answer: inputs.Input = inputs.ProbeSucceeded(generation)
        if camera in _PROBE_FAULTS:
            answer = inputs.ProbeFailed(generation, faults.report(*_PROBE_FAULTS[camera]))
        self._give_later(delay_s, stream, answer)

    def _start_source(self, stream: Stream, generation: Generation, route: Route) -> None:
        camera = stream.by(route)
        if camera is Camera.UNBUILDABLE:
            report: FaultReport = faults.report(Fault.DECODER, Reason.MISSING_ELEMENT)
            self._give_later(0, stream, inputs.StartFailed(generation, report))
            return
        if camera is Camera.CRASHING:
            self._later(ANSWER_S, lambda: self.drop_connection(stream, self.random.choice(sorted(STORMS))))
        self._later(ANSWER_S, lambda: self._drain(stream, generation, stream.epoch, route))

    def _drain(
        self, stream: Stream, generation: Generation, epoch: int, route: Route, audio_at: float | None = None
    ) -> None:
        if stream.books.live_source != generation or stream.epoch != epoch:
            return
        camera, now = stream.by(route), self.clock.monotonic()
        if camera in (Camera.UP, Camera.SLOW):
            audio_at = now
        if camera in _SENDING:
            self.give(stream, inputs.Frames(generation, now, audio_at))
        elif camera is Camera.TRICKLING:
            self.give(stream, inputs.Packets(generation))
        self._later(DRAIN_S, lambda: self._drain(stream, generation, epoch, route, audio_at))

    def _stop_source(self, stream: Stream, generation: Generation) -> None:
        if stream.stopping is Stopping.LOST:
            return
        clean = stream.stopping is Stopping.CLEAN
        delay_s = ANSWER_S if clean else stream.state.settings.stop_timeout_s
        self._give_later(delay_s, stream, inputs.SourceStopped(generation, clean))
