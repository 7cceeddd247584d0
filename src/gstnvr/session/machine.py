"""Life of one stream's session as a pure function: no clock, no log, no input or output."""

from collections.abc import Callable
from dataclasses import replace

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import backoff, faults
from gstnvr.session.effects import (
    CancelProbe,
    Effect,
    IncidentClosed,
    IncidentOpened,
    IncidentUpdated,
    Probe,
    ReleaseSlot,
    ReportHung,
    RequestSlot,
    StartSource,
    StopSource,
)
from gstnvr.session.inputs import (
    Frames,
    Input,
    Message,
    ProbeFailed,
    ProbeSucceeded,
    SettingsChanged,
    SlotGranted,
    SourceStopped,
    Start,
    StartFailed,
    Stop,
    Tick,
)
from gstnvr.session.state import ConnectStage, Hint, OpenIncident, SessionState, SourceState

Draw = Callable[[], float]
"""A random number in [0, 1), such as ``random.Random(seed).random``; called at most once a step."""

Step = tuple[SessionState, tuple[Effect, ...]]

OVERDUE_S = 1.0
"""An answer that is later than its own limit by this much is not waited for any longer."""


def initial(settings: SessionSettings) -> SessionState:
    """A session that waits for ``Start``."""
    return SessionState(settings, Generation(0))


def next_deadline(state: SessionState) -> float | None:
    """When a ``Tick`` is due, in monotonic seconds; None: only an input can change anything."""
    if state.deadline is not None:
        return state.deadline
    if state.phase is SessionPhase.STREAMING and state.last_frame_at is not None:
        return state.last_frame_at + state.settings.stall_after_s
    return state.retry_at


def step(state: SessionState, event: Input, now: float, draw: Draw) -> Step:  # noqa: PLR0911 - one for each input
    """Take one input at ``now``; the new state, and what is to be done, in order."""
    match event:
        case Start():
            return _start(state, now)
        case Stop():
            return _stop(state, now)
        case SettingsChanged():
            return _change_settings(state, event, now)
        case Tick():
            return _tick(state, now, draw)
        case SlotGranted():
            return _begin_probe(state, event.generation, now)
        case _ if event.generation != state.generation:
            return state, ()
        case ProbeSucceeded():
            return _begin_source(state, now)
        case ProbeFailed():
            return _fail_probe(state, event.report, now, draw)
        case StartFailed():
            return _fail_start(state, event.report, now, draw)
        case Frames():
            return _take_frames(state, event.last_frame_at, now)
        case Message():
            return _hear(state, event.message, now, draw)
        case SourceStopped():
            return _source_gone(state, event.clean, now)


def _enter(state: SessionState, phase: SessionPhase, now: float) -> SessionState:
    return replace(state, phase=phase, since=now, stage=None, retry_at=None, start_again=False, hint=None)


def _let_go(state: SessionState, now: float) -> Step:
    """Give back the slot, drop the probe, begin to close the source."""
    effects: tuple[Effect, ...] = ()
    if state.stage is ConnectStage.PROBING:
        effects += (CancelProbe(state.generation),)
    if state.slot_held:
        effects += (ReleaseSlot(state.generation),)
    released = replace(state, stage=None, slot_held=False)
    if state.source is SourceState.RUNNING:
        deadline = now + state.settings.stop_timeout_s + OVERDUE_S
        effects += (StopSource(state.generation),)
        return replace(released, source=SourceState.CLOSING, deadline=deadline), effects
    if state.source is SourceState.NONE:
        return replace(released, deadline=None), effects
    return released, effects


# --- orders -------------------------------------------------------------------------------------------


def _start(state: SessionState, now: float) -> Step:
    if state.phase is SessionPhase.IDLE:
        return _connect(state, now)
    if state.phase is SessionPhase.STOPPING:
        return replace(state, start_again=True), ()
    return state, ()


def _stop(state: SessionState, now: float) -> Step:
    if state.phase is SessionPhase.IDLE:
        return state, ()
    if state.phase is SessionPhase.STOPPING:
        return replace(state, start_again=False), ()
    released, effects = _let_go(state, now)
    if state.incident is not None:
        effects += (IncidentClosed(now, recovered=False, attempts=state.incident.attempts),)
    stopping = replace(_enter(released, SessionPhase.STOPPING, now), fault=None, incident=None)
    if stopping.source is SourceState.NONE:
        return _become_idle(stopping, now), effects
    return stopping, effects


def _become_idle(state: SessionState, now: float) -> SessionState:
    return SessionState(state.settings, state.generation, since=now, reconnects=state.reconnects)


def _change_settings(state: SessionState, event: SettingsChanged, now: float) -> Step:
    changed = replace(state, settings=event.settings)
    if not event.reconnect or state.phase in (SessionPhase.IDLE, SessionPhase.STOPPING):
        return changed, ()
    released, effects = _let_go(changed, now)
    waiting = replace(_enter(released, SessionPhase.BACKING_OFF, now), retry_at=now, attempts=0)
    if waiting.source is SourceState.CLOSING:
        return waiting, effects
    connecting, more = _connect(waiting, now)
    return connecting, effects + more


# --- connecting ---------------------------------------------------------------------------------------


def _connect(state: SessionState, now: float) -> Step:
    generation = Generation(state.generation + 1)
    incident = state.incident and replace(state.incident, attempts=state.incident.attempts + 1)
    connecting = replace(
        _enter(state, SessionPhase.CONNECTING, now),
        generation=generation,
        incident=incident,
        stage=ConnectStage.QUEUED,
        first_frame_at=None,
        last_frame_at=None,
        healthy=False,
    )
    return connecting, (RequestSlot(generation),)


def _begin_probe(state: SessionState, generation: Generation, now: float) -> Step:
    if generation != state.generation or state.stage is not ConnectStage.QUEUED:
        return state, (ReleaseSlot(generation),)
    quick = state.quick_until is not None and now < state.quick_until
    timeout_s = backoff.probe_timeout_s(state.settings, quick)
    probing = replace(
        state,
        stage=ConnectStage.PROBING,
        slot_held=True,
        tried_at=now,
        deadline=now + timeout_s + OVERDUE_S,
    )
    return probing, (Probe(generation, timeout_s),)


def _begin_source(state: SessionState, now: float) -> Step:
    if state.stage is not ConnectStage.PROBING:
        return state, ()
    starting = replace(
        state,
        stage=ConnectStage.STARTING,
        source=SourceState.RUNNING,
        deadline=now + state.settings.first_frame_timeout_s,
    )
    return starting, (StartSource(state.generation),)


def _fail_probe(state: SessionState, cause: FaultReport, now: float, draw: Draw) -> Step:
    if state.stage is not ConnectStage.PROBING:
        return state, ()
    return _fail(replace(state, stage=None), cause, now, now, draw)


def _fail_start(state: SessionState, cause: FaultReport, now: float, draw: Draw) -> Step:
    if state.stage is not ConnectStage.STARTING:
        return state, ()
    return _fail(replace(state, source=SourceState.NONE), cause, now, now, draw)


# --- streaming ----------------------------------------------------------------------------------------


def _take_frames(state: SessionState, last_frame_at: float, now: float) -> Step:
    if state.stage is ConnectStage.STARTING:
        return _begin_streaming(state, last_frame_at, now)
    if state.phase is not SessionPhase.STREAMING:
        return state, ()
    return _note_frames(state, last_frame_at), ()


def _begin_streaming(state: SessionState, last_frame_at: float, now: float) -> Step:
    effects: tuple[Effect, ...] = (ReleaseSlot(state.generation),)
    if state.incident is not None:
        effects += (IncidentClosed(last_frame_at, recovered=True, attempts=state.incident.attempts),)
    streaming = replace(
        _enter(state, SessionPhase.STREAMING, now),
        fault=None,
        incident=None,
        slot_held=False,
        deadline=None,
        has_streamed=True,
        reconnects=state.reconnects + state.has_streamed,
    )
    return _note_frames(streaming, last_frame_at), effects


def _note_frames(state: SessionState, last_frame_at: float) -> SessionState:
    first = last_frame_at if state.first_frame_at is None else state.first_frame_at
    last = last_frame_at if state.last_frame_at is None else max(last_frame_at, state.last_frame_at)
    noted = replace(state, first_frame_at=first, last_frame_at=last)
    if last - first < state.settings.healthy_after_s:
        return noted
    return replace(noted, healthy=True, attempts=0)


# --- faults -------------------------------------------------------------------------------------------


def _hear(state: SessionState, message: MediaMessage, now: float, draw: Draw) -> Step:
    if state.phase is SessionPhase.BACKING_OFF:
        return _sharpen(state, message, now, draw)
    if state.source is not SourceState.RUNNING:
        return state, ()
    hint = state.hint if state.hint is not None and now - state.hint.at <= faults.CAUSE_WINDOW_S else None
    if faults.names_cause(message):
        return replace(state, hint=hint or Hint(message, now)), ()
    if not faults.ends_session(message):
        return state, ()
    cause = faults.of_message(message)
    if hint is not None:
        cause = faults.first_cause(faults.of_message(hint.message), cause)
    return _fail(state, cause, now, now, draw)


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


def _fail(state: SessionState, cause: FaultReport, started: float, now: float, draw: Draw) -> Step:
    """The attempt or the stream is lost: let go of everything, enter the incident, plan the next attempt."""
    released, effects = _let_go(state, now)
    settings, drawn = state.settings, draw()
    if state.healthy:
        retry = backoff.after_healthy(settings, cause.fault, now, drawn)
    else:
        retry = backoff.after_failure(
            settings,
            cause.fault,
            attempts=state.attempts,
            quick_until=state.quick_until,
            tried_at=state.tried_at,
            now=now,
            drawn=drawn,
        )
    lasting = Severity.CRITICAL if retry.attempts >= settings.max_reconnect_attempts else Severity.LOW
    if state.incident is None:
        incident = OpenIncident(_weighed(cause, lasting))
        effects += (IncidentOpened(incident.report, started, now),)
    else:
        incident = replace(state.incident, report=_weighed(state.incident.report, lasting))
        effects += (IncidentUpdated(incident.report, incident.attempts),)
    waiting = replace(
        _enter(released, SessionPhase.BACKING_OFF, now),
        attempts=retry.attempts,
        fault=cause,
        fault_at=now,
        incident=incident,
        retry_at=retry.at,
        quick_until=retry.quick_until,
    )
    return waiting, effects


def _weighed(found: FaultReport, at_least: Severity) -> FaultReport:
    """CRITICAL stays so, whatever the cause turns out to be."""
    return replace(found, severity=Severity.CRITICAL) if at_least is Severity.CRITICAL else found


# --- time and ends ------------------------------------------------------------------------------------


def _tick(state: SessionState, now: float, draw: Draw) -> Step:
    deadline = next_deadline(state)
    if deadline is None or now < deadline:
        return state, ()
    if state.source is SourceState.CLOSING:
        return _source_gone(state, False, now)
    if state.phase is SessionPhase.BACKING_OFF:
        return _connect(state, now)
    reason, started = Reason.NO_ANSWER, now
    if state.stage is ConnectStage.STARTING:
        reason = Reason.NO_FIRST_FRAME
    elif state.last_frame_at is not None:
        reason, started = Reason.VIDEO_STALLED, state.last_frame_at
    return _fail(state, faults.report(Fault.RTSP_NETWORK, reason, code=f"session {reason}"), started, now, draw)


def _source_gone(state: SessionState, clean: bool, now: float) -> Step:
    if state.source is not SourceState.CLOSING:
        return state, ()
    hung: tuple[Effect, ...] = () if clean else (ReportHung(state.generation),)
    gone = replace(state, source=SourceState.NONE, deadline=None)
    if gone.phase is SessionPhase.STOPPING:
        idle = _become_idle(gone, now)
        if not gone.start_again:
            return idle, hung
        gone = idle
    elif gone.retry_at is None or now < gone.retry_at:
        return gone, hung
    connecting, effects = _connect(gone, now)
    return connecting, hung + effects
