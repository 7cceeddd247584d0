"""A machine with the time and the luck of a test, for stories with exact times."""

from collections.abc import Sequence
from typing import TypeVar

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import ErrorDomain, MediaMessage, PipelineError, ResourceCode, Role
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import faults, machine
from gstnvr.session.effects import Effect
from gstnvr.session.inputs import (
    Frames,
    Input,
    Message,
    ProbeFailed,
    ProbeSucceeded,
    SlotGranted,
    SourceStopped,
    Start,
    Tick,
)
from gstnvr.testing.session_world import STORMS

REFUSED = faults.report(Fault.RTSP_NETWORK, Reason.REFUSED)
DENIED = faults.report(Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
READ_ERROR = PipelineError(ErrorDomain.RESOURCE, ResourceCode.READ, Role.SOURCE, "(System error)")


class Session:
    """A machine with the time and the luck of the test."""

    def __init__(
        self,
        settings: SessionSettings | None = None,
        drawn: float = 0.5,
        routes: tuple[Route, ...] = (Route.RTSP,),
    ) -> None:
        self.state = machine.initial(settings or SessionSettings(), routes)
        self.now = 1000.0
        self.drawn = drawn

    @property
    def generation(self) -> Generation:
        return self.state.generation

    def is_in(self, phase: SessionPhase) -> bool:
        return self.state.phase is phase

    def give(self, event: Input) -> tuple[Effect, ...]:
        self.state, effects = machine.step(self.state, event, self.now, lambda: self.drawn)
        return effects

    def tick_when_due(self) -> tuple[Effect, ...]:
        """Give one tick at once, which must do nothing unless due, and one when due; what that led to."""
        deadline = machine.next_deadline(self.state)
        assert deadline is not None
        assert self.give(Tick()) == () or self.now >= deadline
        self.now = max(self.now, deadline)
        return self.give(Tick())

    def say(self, message: MediaMessage) -> tuple[Effect, ...]:
        return self.give(Message(self.generation, message))

    def frames(self) -> tuple[Effect, ...]:
        return self.give(Frames(self.generation, self.now))

    def stopped(self, clean: bool = True) -> tuple[Effect, ...]:
        return self.give(SourceStopped(self.generation, clean))

    def fail_probe(self, report: FaultReport = REFUSED) -> tuple[Effect, ...]:
        """From queued or due to try again, to a failed probe."""
        if self.state.phase is SessionPhase.BACKING_OFF:
            self.tick_when_due()
        self.give(SlotGranted(self.generation))
        return self.give(ProbeFailed(self.generation, report))

    def start_source(self) -> None:
        """From queued to a source that is starting."""
        self.give(SlotGranted(self.generation))
        self.give(ProbeSucceeded(self.generation))

    def stream_for(self, seconds: float) -> None:
        """Let time pass with frames in each drain of 0.2 s."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + 0.2, end)
            self.frames()


def streaming(settings: SessionSettings | None = None, seconds: float = 0.0, drawn: float = 0.5) -> Session:
    """A session that began to stream ``seconds`` ago."""
    session = Session(settings, drawn)
    session.give(Start())
    session.start_source()
    session.frames()
    session.stream_for(seconds)
    return session


EffectKind = TypeVar("EffectKind")


def of_kind(effects: Sequence[Effect], kind: type[EffectKind]) -> list[EffectKind]:
    """Those of one kind, in order."""
    return [effect for effect in effects if isinstance(effect, kind)]


def play_storm(session: Session, storm: str) -> list[Effect]:
    """Say all that ``STORMS`` has under this name; what it led to."""
    begun = session.now
    effects: list[Effect] = []
    for delay_s, message in STORMS[storm]:
        session.now = begun + delay_s
        effects += session.say(message)
    return effects
