"""A book about the life signs of one session, by which every stall that its machine finds is checked."""

from dataclasses import dataclass

from gstnvr.media.messages import Buffering
from gstnvr.model.faults import Reason
from gstnvr.model.status import SessionPhase
from gstnvr.session import effects, inputs
from gstnvr.session.state import SessionState

_TOLERANCE_S = 1e-6


@dataclass(slots=True)
class LifeBook:
    """What came of the session that streams, and when."""

    frame_at: float = 0.0
    packets_at: float = 0.0
    buffered: bool = False
    """A buffer said that it was not full, since the last frame or still then."""
    not_full: bool = False
    changed: bool = False
    """Settings changed since the last frame; another limit may be over already."""

    def enter(
        self,
        before: SessionState,
        event: inputs.Input,
        after: SessionState,
        wanted: tuple[effects.Effect, ...],
        now: float,
    ) -> None:
        """Enter one step.

        Raises:
            AssertionError: a stall was found too soon, or too late.
        """
        self._enter_event(before, event, now)
        for effect in wanted:
            if isinstance(effect, effects.IncidentOpened) and effect.report.reason is Reason.VIDEO_STALLED:
                self._check(effect, after)
        if after.phase is not SessionPhase.STREAMING:
            self.not_full = self.buffered = False
        elif isinstance(event, inputs.Tick):
            longest = after.settings.stall_after_s + after.settings.buffering_grace_s
            assert now - self.frame_at <= longest + _TOLERANCE_S or self.buffered, "a stall went unnoticed"

    def _enter_event(self, before: SessionState, event: inputs.Input, now: float) -> None:
        match event:
            case inputs.Frames(generation, frame_at) if generation == before.generation:
                began = before.phase is not SessionPhase.STREAMING
                self.frame_at = frame_at if began else max(self.frame_at, frame_at)
                self.buffered, self.changed = self.not_full, False
            case inputs.Packets(generation) if generation == before.generation:
                self.packets_at = now
            case inputs.Message(generation, Buffering(percent)) if generation == before.generation:
                self.not_full = percent < 100
                self.buffered |= self.not_full
            case inputs.SettingsChanged():
                self.changed = True
            case _:
                pass

    def _check(self, opened: effects.IncidentOpened, after: SessionState) -> None:
        stall_after_s, grace_s = after.settings.stall_after_s, after.settings.buffering_grace_s
        assert opened.started == self.frame_at
        silent_s = opened.detected - self.frame_at
        assert silent_s >= stall_after_s - _TOLERANCE_S
        if self.buffered:
            return
        sign_at = max(self.frame_at, min(self.packets_at, self.frame_at + grace_s))
        late_s = opened.detected - sign_at - stall_after_s
        assert self.changed or late_s >= -_TOLERANCE_S, "in spite of a sign of life"
        assert self.changed or late_s <= _TOLERANCE_S, "noticed too late"
