"""How an attempt or a stream is lost: what is let go of, what the cause was, and when the next attempt is due."""

from collections.abc import Callable
from dataclasses import replace

from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.model.faults import Fault, FaultReport, Severity
from gstnvr.model.status import SessionPhase
from gstnvr.session import backoff, faults, routes, watch
from gstnvr.session.effects import (
    CancelProbe,
    Effect,
    IncidentOpened,
    IncidentUpdated,
    ReleaseSlot,
    StopSource,
)
from gstnvr.session.state import ConnectStage, Hint, OpenIncident, SessionState, SourceState

Draw = Callable[[], float]
"""A random number in [0, 1), such as ``random.Random(seed).random``; called at most once a step."""

Step = tuple[SessionState, tuple[Effect, ...]]

OVERDUE_S = 1.0
"""An answer that is later than its own limit by this much is not waited for any longer."""


def enter(state: SessionState, phase: SessionPhase, now: float) -> SessionState:
    """Another phase; what belonged to the one before is forgotten."""
    return replace(
        state,
        phase=phase,
        since=now,
        stage=None,
        retry_at=None,
        start_again=False,
        hint=None,
        hung_up_at=None,
        watch=None,
        return_at=None,
        return_until=None,
    )


def let_go(state: SessionState, now: float) -> Step:
    """Give back the slot, drop the probe, begin to close the source, end what was watched."""
    effects: tuple[Effect, ...] = ()
    if state.stage is ConnectStage.PROBING or state.return_until is not None:
        effects += (CancelProbe(state.generation),)
    if state.slot_held:
        effects += (ReleaseSlot(state.generation),)
    if state.watch is not None:
        effects += watch.end(state.watch, now)
    released = replace(state, stage=None, slot_held=False, watch=None, return_until=None)
    if state.source is SourceState.RUNNING:
        deadline = now + state.settings.stop_timeout_s + OVERDUE_S
        effects += (StopSource(state.generation),)
        return replace(released, source=SourceState.CLOSING, deadline=deadline), effects
    if state.source is SourceState.NONE:
        return replace(released, deadline=None), effects
    return released, effects


def fail(state: SessionState, cause: FaultReport, started: float, now: float, draw: Draw) -> Step:
    """Let go of everything, enter the incident, plan the next attempt."""
    released, effects = let_go(state, now)
    retry = _next_attempt(state, cause.fault, now, draw())
    lasting = Severity.CRITICAL if retry.attempts >= state.settings.max_reconnect_attempts else Severity.LOW
    if state.incident is None:
        incident = OpenIncident(_weighed(cause, lasting))
        effects += (IncidentOpened(incident.report, started, now),)
    else:
        incident = replace(state.incident, report=_weighed(state.incident.report, lasting))
        effects += (IncidentUpdated(incident.report, incident.attempts),)
    waiting = replace(
        enter(routes.count_failure(released, cause.fault), SessionPhase.BACKING_OFF, now),
        attempts=retry.attempts,
        fault=cause,
        fault_at=now,
        incident=incident,
        retry_at=retry.at,
        quick_until=retry.quick_until,
    )
    return waiting, effects


def _next_attempt(state: SessionState, fault: Fault, now: float, drawn: float) -> backoff.Retry:
    if state.healthy:
        return backoff.after_healthy(state.settings, fault, now, drawn)
    if state.returning and fault is not Fault.AUTHENTICATION:  # the route that was left works still
        return backoff.Retry(now, state.attempts, None)
    return backoff.after_failure(
        state.settings,
        fault,
        attempts=state.attempts,
        quick_until=state.quick_until,
        tried_at=state.tried_at,
        now=now,
        drawn=drawn,
    )


def hear(state: SessionState, message: MediaMessage, now: float, draw: Draw) -> Step:
    """The source said something about its connection."""
    if state.phase is SessionPhase.BACKING_OFF:
        return _sharpen(state, message, now, draw)
    if state.source is not SourceState.RUNNING:
        return state, ()
    hint = state.hint if state.hint is not None and now - state.hint.at <= faults.CAUSE_WINDOW_S else None
    if faults.names_cause(message):
        hung_up_at = state.hung_up_at
        if hung_up_at is None and faults.hangs_up(message):
            hung_up_at = now
        return replace(state, hint=hint or Hint(message, now), hung_up_at=hung_up_at), ()
    if not faults.ends_session(message):
        return state, ()
    cause = faults.of_message(message)
    if hint is not None:
        cause = faults.first_cause(faults.of_message(hint.message), cause)
    return fail(state, cause, now, now, draw)


def _sharpen(state: SessionState, message: MediaMessage, now: float, draw: Draw) -> Step:
    """A message of the storm that followed a fault: it may name the cause better, and does nothing else."""
    if not isinstance(message, PipelineError) or not message.fatal or state.fault is None:
        return state, ()
    if now - state.fault_at > faults.CAUSE_WINDOW_S:
        return state, ()
    cause = faults.first_cause(state.fault, faults.of_message(message))
    if cause is state.fault:
        return state, ()
    sharpened = replace(state, fault=cause)
    if cause.fault is Fault.AUTHENTICATION:
        delay_s = backoff.unauthorized_delay_s(state.settings, draw())
        sharpened = replace(sharpened, retry_at=now + delay_s, attempts=max(1, state.attempts), quick_until=None)
    if state.incident is None or state.incident.attempts:
        return sharpened, ()
    incident = replace(state.incident, report=_weighed(cause, state.incident.report.severity))
    return replace(sharpened, incident=incident), (IncidentUpdated(incident.report, incident.attempts),)


def _weighed(found: FaultReport, at_least: Severity) -> FaultReport:
    """CRITICAL stays so, whatever the cause turns out to be."""
    return replace(found, severity=Severity.CRITICAL) if at_least is Severity.CRITICAL else found
